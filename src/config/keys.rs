//! The keys of `[preprocessor.transcript]`: what [`Config::read`](super::Config::read) reads, and what the
//! JSON schema says of each.

use serde_json::Value;

/// A key.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it means, in words for a reader of the schema.
    pub means: &'static str,
    /// What its value may be.
    pub form: Form,
    /// What is so without it, as JSON; `None`: no value says that.
    pub default: Option<&'static str>,
}

/// What a value may be.
#[derive(Debug)]
pub enum Form {
    /// A text, and what it says.
    Text(&'static str),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A time above zero.
    Duration,
    /// A number of bytes, with or without a unit.
    Bytes,
    /// A whole number from 1.
    Count,
    /// Yes or no.
    Flag,
    /// A table of texts, none of them empty, under these keys.
    Texts(&'static [&'static str]),
}

impl Key {
    /// What is so without it; `None`: no value says that.
    pub fn default_value(&self) -> Option<Value> {
        // A test reads them all.
        serde_json::from_str(self.default?).ok()
    }

    /// What is expected of a value, for a message.
    pub fn expected(&self) -> String {
        match self.form {
            Form::Text(what) => what.to_owned(),
            Form::OneOf(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                words.join(" or ")
            }
            Form::Duration => "a duration above zero, like \"10s\"".to_owned(),
            Form::Bytes => "a number of bytes, like 65536 or \"1MiB\"".to_owned(),
            Form::Count => "a number from 1".to_owned(),
            Form::Flag => "true or false".to_owned(),
            Form::Texts(keys) => {
                let texts: Vec<String> = keys.iter().map(|key| format!("{key} = \"…\"")).collect();
                format!("{{ {} }}", texts.join(", "))
            }
        }
    }
}

pub(super) static MANIFEST: Key = Key {
    name: "manifest",
    means: "The Cargo.toml of the examples, relative to the book. Without it: the nearest one, from the \
            book's folder upwards, else that of the only package in a folder of the book's.",
    form: Form::Text("the path of a Cargo.toml"),
    default: None,
};
pub(super) static TRANSCRIPTS: Key = Key {
    name: "transcripts",
    means: "The folder of recorded transcripts, relative to the book.",
    form: Form::Text("the path of a folder"),
    default: Some("\"examples/transcripts\""),
};
pub(super) static EXECUTE: Key = Key {
    name: "execute",
    means: "Which programs a build may run: those whose recorded transcripts are stale or missing, or none \
            (then these are errors).",
    form: Form::OneOf(&["stale", "never"]),
    default: Some("\"stale\""),
};
pub(super) static TIMEOUT: Key = Key {
    name: "timeout",
    means: "How long a run may take.",
    form: Form::Duration,
    default: Some("\"10s\""),
};
pub(super) static OUTPUT_LIMIT: Key = Key {
    name: "output-limit",
    means: "How many bytes a run may print.",
    form: Form::Bytes,
    default: Some("\"1MiB\""),
};
pub(super) static LINE_LIMIT: Key = Key {
    name: "line-limit",
    means: "How many bytes a line of a run's output may have.",
    form: Form::Bytes,
    default: Some("\"64KiB\""),
};
pub(super) static DISK_LIMIT: Key = Key {
    name: "disk-limit",
    means: "How many bytes a run may write into its folder.",
    form: Form::Bytes,
    default: Some("\"100MiB\""),
};
pub(super) static PROFILE: Key = Key {
    name: "profile",
    means: "The Cargo profile of programs whose fences name none. Without it: the tool's own, which is `dev` \
            with neither debug information nor incremental files.",
    form: Form::Text("the name of a Cargo profile"),
    default: None,
};
pub(super) static JOBS: Key = Key {
    name: "jobs",
    means: "How many runs may share the machine; those that need its processors wait for them whatever \
            this says.",
    form: Form::Count,
    default: Some("32"),
};
pub(super) static SHELL: Key = Key {
    name: "shell",
    means: "Whether a shell may run the commands that stand in the pages (`console,run`).",
    form: Form::Flag,
    default: Some("false"),
};
pub(super) static TIMELINE: Key = Key {
    name: "timeline",
    means: "Whether the picture of a run, who ran, slept and waited when, is shown above its output: where \
            several threads or processes took part, wherever one is known, or nowhere. A fence may say \
            otherwise.",
    form: Form::OneOf(&["auto", "on", "off"]),
    default: Some("\"auto\""),
};
pub(super) static LABELS: Key = Key {
    name: "labels",
    means: "The names of the tabs.",
    form: Form::Texts(&["code", "output"]),
    default: Some("{\"code\":\"Code\",\"output\":\"Output\"}"),
};

/// All of them. What is not among them is refused.
pub static KEYS: [&Key; 12] = [
    &MANIFEST,
    &TRANSCRIPTS,
    &EXECUTE,
    &TIMEOUT,
    &OUTPUT_LIMIT,
    &LINE_LIMIT,
    &DISK_LIMIT,
    &PROFILE,
    &JOBS,
    &SHELL,
    &TIMELINE,
    &LABELS,
];
