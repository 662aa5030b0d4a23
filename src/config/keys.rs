//! The keys of `[preprocessor.transcript]`, which [`Config::read`](super::Config::read) reads and the JSON schema
//! describes.

use serde_json::Value;

/// A key of the table.
#[derive(Debug)]
pub struct Key {
    /// The name.
    pub name: &'static str,
    /// The description for readers of the schema.
    pub description: &'static str,
    /// The type of the value.
    pub value_type: ValueType,
    /// The default, as JSON; `None`: no value has the meaning of a missing key.
    pub default: Option<&'static str>,
}

/// The type of a value.
#[derive(Debug)]
pub enum ValueType {
    /// A text, with a description of its contents.
    Text(&'static str),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A duration above zero.
    Duration,
    /// A number of bytes, with or without a unit.
    Bytes,
    /// A whole number from 1.
    Count,
    /// `true` or `false`.
    Flag,
    /// A list of words.
    Words,
    /// A list of folders.
    Folders,
    /// A table with non-empty texts under these keys.
    Texts(&'static [&'static str]),
    /// A table of regular expressions by their names.
    Redactions,
}

impl Key {
    /// The default; `None`: no value has the meaning of a missing key.
    pub fn default_value(&self) -> Option<Value> {
        // A test parses all defaults.
        serde_json::from_str(self.default?).ok()
    }

    /// The description of valid values, for a message.
    pub fn expected(&self) -> String {
        match self.value_type {
            ValueType::Text(description) => description.to_owned(),
            ValueType::OneOf(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                words.join(" or ")
            }
            ValueType::Duration => "a duration above zero, like \"10s\"".to_owned(),
            ValueType::Bytes => "a number of bytes, like 65536 or \"1MiB\"".to_owned(),
            ValueType::Count => "a number from 1".to_owned(),
            ValueType::Flag => "true or false".to_owned(),
            ValueType::Words => "a list of words, like [\"filename\"]".to_owned(),
            ValueType::Folders => "a list of folders, like [\"guide\"]".to_owned(),
            ValueType::Texts(keys) => {
                let texts: Vec<String> = keys.iter().map(|key| format!("{key} = \"…\"")).collect();
                format!("{{ {} }}", texts.join(", "))
            }
            ValueType::Redactions => {
                "a table of regular expressions, like { FILE = 'file-\\w+' }".to_owned()
            }
        }
    }
}

pub(super) static MANIFEST: Key = Key {
    name: "manifest",
    description: "The Cargo.toml of the examples, relative to the book. Default: the nearest one, from the book's folder \
            upward, else that of the only package in a subfolder of the book.",
    value_type: ValueType::Text("the path of a Cargo.toml"),
    default: None,
};
pub(super) static TRANSCRIPTS: Key = Key {
    name: "transcripts",
    description: "The folder of recordings, relative to the book.",
    value_type: ValueType::Text("the path of a folder"),
    default: Some("\"examples/transcripts\""),
};
pub(super) static EXECUTE: Key = Key {
    name: "execute",
    description: "The runs that a build may execute: those whose recordings are stale or missing, or none, which makes \
            stale and missing recordings errors.",
    value_type: ValueType::OneOf(&["stale", "never"]),
    default: Some("\"stale\""),
};
pub(super) static TIMEOUT: Key = Key {
    name: "timeout",
    description: "The time-out of a run.",
    value_type: ValueType::Duration,
    default: Some("\"10s\""),
};
pub(super) static OUTPUT_LIMIT: Key = Key {
    name: "output-limit",
    description: "The limit on the output of a run, in bytes.",
    value_type: ValueType::Bytes,
    default: Some("\"1MiB\""),
};
pub(super) static LINE_LIMIT: Key = Key {
    name: "line-limit",
    description: "The limit on a line of output, in bytes.",
    value_type: ValueType::Bytes,
    default: Some("\"64KiB\""),
};
pub(super) static DISK_LIMIT: Key = Key {
    name: "disk-limit",
    description: "The limit on the files that a run writes into its folder, in bytes.",
    value_type: ValueType::Bytes,
    default: Some("\"100MiB\""),
};
pub(super) static PROFILE: Key = Key {
    name: "profile",
    description: "The Cargo profile of programs whose fences name none. Default: the tool's own, which is `dev` without \
            debug information and incremental compilation.",
    value_type: ValueType::Text("the name of a Cargo profile"),
    default: None,
};
pub(super) static JOBS: Key = Key {
    name: "jobs",
    description: "The maximum number of runs at the same time. CPU-bound runs wait for free cores in any case.",
    value_type: ValueType::Count,
    default: Some("32"),
};
pub(super) static SEEDS: Key = Key {
    name: "seeds",
    description: "Whether `record` and `check` may execute runs by a virtual clock, with seeds that decide which thread \
            goes on. `false`: all executions take place in real time.",
    value_type: ValueType::Flag,
    default: Some("true"),
};
pub(super) static SHELL: Key = Key {
    name: "shell",
    description: "Whether a shell may run the commands in the pages (`console,run`).",
    value_type: ValueType::Flag,
    default: Some("false"),
};
pub(super) static TIMELINE: Key = Key {
    name: "timeline",
    description: "The runs whose timeline, with the times that each thread and process ran, slept and waited, is shown \
            above the output: those with several threads or processes, all, or none. A fence can override it.",
    value_type: ValueType::OneOf(&["auto", "on", "off"]),
    default: Some("\"auto\""),
};
pub(super) static TAB: Key = Key {
    name: "tab",
    description: "The tab that is open at first where a source is shown with its output. A fence can override it, and a tab \
            that the reader has chosen takes precedence.",
    value_type: ValueType::OneOf(&["code", "output"]),
    default: Some("\"code\""),
};
pub(super) static LABELS: Key = Key {
    name: "labels",
    description: "The titles of the tabs.",
    value_type: ValueType::Texts(&["code", "output"]),
    default: Some("{\"code\":\"Code\",\"output\":\"Output\"}"),
};
pub(super) static BOOKS: Key = Key {
    name: "books",
    description: "The folders of further books, relative to the book, which `mdbook-transcript build` builds, too.",
    value_type: ValueType::Folders,
    default: Some("[]"),
};
pub(super) static PASS_ON: Key = Key {
    name: "pass-on",
    description: "The words in info strings of fences that are no attributes of this tool, but classes of the book or \
            attributes of other tools: they are passed on unchanged.",
    value_type: ValueType::Words,
    default: Some("[]"),
};

pub(super) static REDACTIONS: Key = Key {
    name: "redactions",
    description: "The redactions of all runs: regular expressions for texts that differ in each execution, by the names that \
            shapes have in place of these. Those of a fence come first.",
    value_type: ValueType::Redactions,
    default: Some("{}"),
};

/// All keys of this tool. Any other key is an error, except those that mdBook reads.
pub static KEYS: [&Key; 17] = [
    &MANIFEST,
    &TRANSCRIPTS,
    &EXECUTE,
    &TIMEOUT,
    &OUTPUT_LIMIT,
    &LINE_LIMIT,
    &DISK_LIMIT,
    &PROFILE,
    &JOBS,
    &SEEDS,
    &SHELL,
    &TIMELINE,
    &TAB,
    &LABELS,
    &BOOKS,
    &PASS_ON,
    &REDACTIONS,
];
