//! The settings of a book: `[preprocessor.transcript]` in book.toml → [`Config`].

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

use keys::{
    BOOKS, DISK_LIMIT, EXECUTE, JOBS, KEYS, Key, LABELS, LINE_LIMIT, MANIFEST, OUTPUT_LIMIT,
    PASS_ON, PROFILE, REDACTIONS, SEEDS, SHELL, TAB, TIMELINE, TIMEOUT, TRANSCRIPTS,
};

use crate::diagnostic::{Diagnostic, Setting};
use crate::spelling::nearest;
use crate::transcript::redaction::{Redaction, Redactions};

pub mod keys;
pub mod schema;

/// The settings of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The Cargo.toml of the examples, relative to the book; `None`: the nearest one, from the book's folder upward.
    pub manifest: Option<PathBuf>,
    /// The folder of recordings, relative to the book.
    pub transcripts: PathBuf,
    /// The runs that a build may execute.
    pub execute: Execute,
    /// The time-out of runs whose fences have none.
    pub timeout: Duration,
    /// The limit on the output of a run, in bytes.
    pub output_limit: u64,
    /// The limit on a line of output, in bytes.
    pub line_limit: u64,
    /// The limit on the files that a run writes into its folder, in bytes.
    pub disk_limit: u64,
    /// The Cargo profile of programs whose fences name none; `None`: the tool's own profile, which inherits `dev`.
    pub profile: Option<String>,
    /// The maximum number of runs at the same time.
    pub jobs: NonZero<usize>,
    /// Whether runs may be executed by a virtual clock, with seeds.
    pub seeds: bool,
    /// Whether a shell may run the commands in the pages.
    pub shell: bool,
    /// The runs whose timelines are shown, unless a fence decides.
    pub timeline: Timeline,
    /// The tab that is open at first, unless a fence decides.
    pub tab: OpenTab,
    /// The titles of the tabs that the tool generates.
    pub labels: Labels,
    /// The folders of further books that `build` builds, relative to the book.
    pub books: Vec<PathBuf>,
    /// The words in info strings that are passed on to the page and to other tools.
    pub pass_on: Vec<String>,
    /// The redactions of all runs, in the order of their names.
    pub redactions: Redactions,
}

/// The runs that a build may execute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Execute {
    /// Runs whose recordings are stale or missing.
    Stale,
    /// No runs: a stale or missing recording is an error.
    Never,
}

/// The runs whose timelines are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeline {
    /// Runs with several threads or processes.
    Auto,
    /// All runs with a known timeline.
    On,
    /// No runs.
    Off,
}

/// The tab that is open at first, of those that the tool generates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenTab {
    /// The tab with the source.
    Code,
    /// The tab with the output.
    Output,
}

/// The titles of the tabs that the tool generates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// The title of the tab with the source.
    pub code: String,
    /// The title of the tab with the output.
    pub output: String,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            manifest: None,
            transcripts: PathBuf::from("examples/transcripts"),
            execute: Execute::Stale,
            timeout: Duration::from_secs(10),
            output_limit: 1024 * 1024,
            line_limit: 64 * 1024,
            disk_limit: 100 * 1024 * 1024,
            profile: None,
            jobs: NonZero::<usize>::MIN.saturating_add(31),
            seeds: true,
            shell: false,
            timeline: Timeline::Auto,
            tab: OpenTab::Code,
            labels: Labels {
                code: "Code".to_owned(),
                output: "Output".to_owned(),
            },
            books: Vec::new(),
            pass_on: Vec::new(),
            redactions: Redactions::default(),
        }
    }
}

/// The keys that mdBook reads from the table of every preprocessor.
const MDBOOKS_KEYS: [&str; 5] = ["command", "before", "after", "renderers", "optional"];

impl Config {
    /// Reads the table. `links_run`: whether mdBook's own preprocessor `links` is one of the book's.
    ///
    /// # Errors
    /// All errors in the table, each at its [`Setting`].
    pub fn read(table: &Map<String, Value>, links_run: bool) -> Result<Config, Vec<Diagnostic>> {
        let mut errors = unknown_keys(table);
        let before = table.get("before").and_then(Value::as_array);
        if links_run && !before.is_some_and(|names| names.iter().any(|name| name == "links")) {
            // Otherwise, mdBook expands includes first, which moves the author's lines.
            errors.push(
                Diagnostic::error("[preprocessor.transcript] needs `before = [\"links\"]`")
                    .at_labeled(Setting::Table, "run `mdbook-transcript install` to add it"),
            );
        }
        let mut reader = Reader { table, errors };
        let default = Config::default();
        let config = Config {
            manifest: reader.read(&MANIFEST, default.manifest, |value| {
                Some(Some(PathBuf::from(value.as_str()?)))
            }),
            transcripts: reader.read(&TRANSCRIPTS, default.transcripts, |value| {
                Some(PathBuf::from(
                    value.as_str().filter(|path| !path.is_empty())?,
                ))
            }),
            execute: reader.read(&EXECUTE, default.execute, |value| match value.as_str()? {
                "stale" => Some(Execute::Stale),
                "never" => Some(Execute::Never),
                _ => None,
            }),
            timeout: reader.read(&TIMEOUT, default.timeout, duration),
            output_limit: reader.bytes(&OUTPUT_LIMIT, default.output_limit),
            line_limit: reader.bytes(&LINE_LIMIT, default.line_limit),
            disk_limit: reader.bytes(&DISK_LIMIT, default.disk_limit),
            profile: reader.read(&PROFILE, None, |value| {
                Some(Some(
                    value.as_str().filter(|name| !name.is_empty())?.to_owned(),
                ))
            }),
            jobs: reader.read(&JOBS, default.jobs, |value| {
                NonZero::new(usize::try_from(value.as_u64()?).ok()?)
            }),
            seeds: reader.read(&SEEDS, default.seeds, Value::as_bool),
            shell: reader.read(&SHELL, default.shell, Value::as_bool),
            timeline: reader.read(&TIMELINE, default.timeline, timeline),
            tab: reader.read(&TAB, default.tab, |value| match value.as_str()? {
                "code" => Some(OpenTab::Code),
                "output" => Some(OpenTab::Output),
                _ => None,
            }),
            labels: reader.read(&LABELS, default.labels.clone(), |value| {
                labels(value, &default.labels)
            }),
            books: reader.read(&BOOKS, default.books, folders),
            pass_on: reader.read(&PASS_ON, default.pass_on, words),
            redactions: reader.redactions(),
        };
        match reader.errors {
            errors if errors.is_empty() => Ok(config),
            errors => Err(errors),
        }
    }
}

fn timeline(value: &Value) -> Option<Timeline> {
    match value.as_str()? {
        "auto" => Some(Timeline::Auto),
        "on" => Some(Timeline::On),
        "off" => Some(Timeline::Off),
        _ => None,
    }
}

/// An error for each key that neither this tool nor mdBook reads.
fn unknown_keys(table: &Map<String, Value>) -> Vec<Diagnostic> {
    let is_known =
        |key: &str| KEYS.iter().any(|known| known.name == key) || MDBOOKS_KEYS.contains(&key);
    let unknown = table.keys().filter(|key| !is_known(key));
    let errors = unknown.map(|key| {
        let near = nearest(key, KEYS.iter().map(|known| known.name));
        let near = near.map(|near| format!("did you mean `{near}`?"));
        Diagnostic::error(format!("unknown key `{key}` in [preprocessor.transcript]"))
            .at_labeled(Setting::Key(key.clone()), near.unwrap_or_default())
    });
    errors.collect()
}

/// Reads keys of the table, and collects the errors in their values.
struct Reader<'a> {
    table: &'a Map<String, Value>,
    errors: Vec<Diagnostic>,
}

impl Reader<'_> {
    /// The value of a key that is a number of bytes.
    fn bytes(&mut self, key: &'static Key, default: u64) -> u64 {
        self.read(key, default, bytes)
    }

    /// The redactions of all runs.
    fn redactions(&mut self) -> Redactions {
        let table = |value: &Value| value.as_object().cloned();
        let table = self.read(&REDACTIONS, Map::new(), table);
        let mut redactions = Redactions::default();
        for (name, value) in table {
            let (message, expected) = match value.as_str().map(|it| Redaction::new(&name, it)) {
                Some(Ok(redaction)) => {
                    redactions.add(redaction);
                    continue;
                }
                Some(Err(error)) => (error.to_string(), error.expected()),
                None => (
                    format!("invalid value `{value}` of the redaction `{name}`"),
                    "expected a regular expression in quotes".to_owned(),
                ),
            };
            let setting = Setting::Entry(REDACTIONS.name.to_owned(), name);
            self.errors
                .push(Diagnostic::error(message).at_labeled(setting, expected));
        }
        redactions
    }

    /// The value of a key, or the default if the key is missing. A value that does not parse is an error.
    fn read<T>(
        &mut self,
        key: &'static Key,
        default: T,
        parse: impl FnOnce(&Value) -> Option<T>,
    ) -> T {
        let Some(value) = self.table.get(key.name) else {
            return default;
        };
        parse(value).unwrap_or_else(|| {
            let name = key.name;
            let message =
                format!("invalid value `{value}` for `{name}` in [preprocessor.transcript]");
            self.errors.push(Diagnostic::error(message).at_labeled(
                Setting::Value(name.to_owned()),
                format!("expected {}", key.expected()),
            ));
            default
        })
    }
}

/// Parses a duration above zero.
fn duration(value: &Value) -> Option<Duration> {
    let time = humantime::parse_duration(value.as_str()?).ok()?;
    (!time.is_zero()).then_some(time)
}

/// Parses a number of bytes, with or without a unit.
fn bytes(value: &Value) -> Option<u64> {
    match value.as_str() {
        Some(text) => Some(text.parse::<bytesize::ByteSize>().ok()?.as_u64()),
        None => value.as_u64(),
    }
}

/// Parses a list of words, which contain no separators of info strings.
fn words(value: &Value) -> Option<Vec<String>> {
    let is_word = |word: &&str| {
        let separates = |c: char| c.is_whitespace() || matches!(c, ',' | '=');
        !word.is_empty() && !word.contains(separates)
    };
    let words = value.as_array()?.iter();
    let words = words.map(|word| Some(word.as_str().filter(is_word)?.to_owned()));
    words.collect()
}

/// Parses a list of folders.
fn folders(value: &Value) -> Option<Vec<PathBuf>> {
    let folders = value.as_array()?.iter();
    let folders = folders.map(|folder| {
        let folder = folder.as_str().filter(|folder| !folder.is_empty())?;
        Some(PathBuf::from(folder))
    });
    folders.collect()
}

/// Parses the titles of tabs.
fn labels(value: &Value, default: &Labels) -> Option<Labels> {
    let table = value.as_object()?;
    if table.keys().any(|key| key != "code" && key != "output") {
        return None;
    }
    let label = |key: &str, default: &str| match table.get(key) {
        None => Some(default.to_owned()),
        Some(label) => label
            .as_str()
            .filter(|label| !label.is_empty())
            .map(str::to_owned),
    };
    Some(Labels {
        code: label("code", &default.code)?,
        output: label("output", &default.output)?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Config;
    use crate::diagnostic::{Diagnostic, Location, Setting};

    fn read(table: Value) -> Result<Config, Vec<String>> {
        let table = table.as_object().cloned().unwrap_or_default();
        let text = |error: &Diagnostic| match &error.primary {
            Some(place) => format!("{}: {}", error.message, place.label),
            None => error.message.clone(),
        };
        Config::read(&table, false).map_err(|errors| errors.iter().map(text).collect())
    }

    #[test]
    fn a_table_is_read() {
        let config = read(json!({
            "command": "mdbook-transcript", "manifest": "../Cargo.toml", "timeout": "1m",
            "output-limit": "64KiB", "jobs": 2, "labels": { "output": "Ausgabe" }, "pass-on": ["ferris"],
            "books": ["guide"],
        }));
        let config = config.expect("the table is right");
        assert_eq!(config.timeout.as_secs(), 60);
        assert_eq!(config.output_limit, 65536);
        assert_eq!(config.jobs.get(), 2);
        assert_eq!(config.labels.code, "Code");
        assert_eq!(config.labels.output, "Ausgabe");
        assert_eq!(config.pass_on, ["ferris"]);
        assert_eq!(config.books, [std::path::PathBuf::from("guide")]);
        assert_eq!(read(json!({})), Ok(Config::default()));
    }

    #[test]
    fn all_errors_are_reported() {
        let errors = read(
            json!({ "timeuot": "1s", "jobs": 0, "timeout": "soon", "labels": { "x": "y" }, "pass-on": ["a=b"], "books": "guide" }),
        );
        assert_eq!(
            errors,
            Err(vec![
                "unknown key `timeuot` in [preprocessor.transcript]: did you mean `timeout`?".to_owned(),
                "invalid value `\"soon\"` for `timeout` in [preprocessor.transcript]: expected a duration above zero, like \"10s\"".to_owned(),
                "invalid value `0` for `jobs` in [preprocessor.transcript]: expected a number from 1".to_owned(),
                "invalid value `{\"x\":\"y\"}` for `labels` in [preprocessor.transcript]: expected { code = \"…\", output = \"…\" }".to_owned(),
                "invalid value `\"guide\"` for `books` in [preprocessor.transcript]: expected a list of folders, like [\"guide\"]".to_owned(),
                "invalid value `[\"a=b\"]` for `pass-on` in [preprocessor.transcript]: expected a list of words, like [\"filename\"]".to_owned(),
            ])
        );
    }

    #[test]
    fn the_preprocessor_must_run_before_links() {
        let table = json!({ "before": ["links"] });
        let table = table.as_object().cloned().unwrap_or_default();
        assert!(Config::read(&table, true).is_ok());
        let errors = Config::read(&Default::default(), true).expect_err("`before` is missing");
        let places = errors.iter().filter_map(|error| error.primary.as_ref());
        assert_eq!(
            places.map(|place| &place.location).collect::<Vec<_>>(),
            [&Location::Setting(Setting::Table)]
        );
    }
}
