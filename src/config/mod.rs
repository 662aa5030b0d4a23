//! `[preprocessor.transcript]` in book.toml → [`Config`].

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

use keys::{
    DISK_LIMIT, EXECUTE, JOBS, KEYS, Key, LABELS, LINE_LIMIT, MANIFEST, OUTPUT_LIMIT, PROFILE,
    SHELL, TIMELINE, TIMEOUT, TRANSCRIPTS,
};

use crate::spelling::nearest;

use crate::diagnostic::{Diagnostic, Setting};

pub mod keys;
pub mod schema;

/// The settings of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The Cargo.toml of the examples, relative to the book; `None`: the nearest one, upwards.
    pub manifest: Option<PathBuf>,
    /// The folder of recorded transcripts, relative to the book.
    pub transcripts: PathBuf,
    /// Which programs a build may run.
    pub execute: Execute,
    /// How long a run may take unless its fence says otherwise.
    pub timeout: Duration,
    /// How many bytes a run may print.
    pub output_limit: u64,
    /// How many bytes a line of that may have.
    pub line_limit: u64,
    /// How many bytes a run may leave in its folder.
    pub disk_limit: u64,
    /// The Cargo profile of programs whose fences name none; `None`: the tool's own, which inherits
    /// `dev`.
    pub profile: Option<String>,
    /// How many runs may share the machine.
    pub jobs: NonZero<usize>,
    /// Whether commands that stand in the pages may be run by a shell.
    pub shell: bool,
    /// Where the picture of a run is shown, unless its fence says so.
    pub timeline: Timeline,
    /// The names of the tabs that are made for a source on its own.
    pub labels: Labels,
}

/// Which programs a build may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Execute {
    /// Those whose recorded transcripts are stale or missing.
    Stale,
    /// None: what is not recorded is an error.
    Never,
}

/// Where the picture of a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeline {
    /// Where several threads or processes took part.
    Auto,
    /// Wherever one is known.
    On,
    /// Nowhere.
    Off,
}

/// The names of the tabs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// Of the tab with the source.
    pub code: String,
    /// Of the tab with what it printed.
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
            shell: false,
            timeline: Timeline::Auto,
            labels: Labels {
                code: "Code".to_owned(),
                output: "Output".to_owned(),
            },
        }
    }
}

/// The keys that mdBook reads from the table of every preprocessor.
const MDBOOKS_KEYS: [&str; 5] = ["command", "before", "after", "renderers", "optional"];

impl Config {
    /// Reads the table, in whatever form mdBook passes it on. `links_run`: the book uses mdBook's own `links`
    /// preprocessor.
    ///
    /// # Errors
    /// Every unknown key and every value that does not parse, each at its [`Setting`].
    pub fn read(table: &Map<String, Value>, links_run: bool) -> Result<Config, Vec<Diagnostic>> {
        let mut errors = Vec::new();
        for key in table.keys().map(String::as_str) {
            let is_known = KEYS.iter().any(|known| known.name == key);
            if !is_known && !MDBOOKS_KEYS.contains(&key) {
                let near = nearest(key, KEYS.iter().map(|known| known.name));
                let near = near.map(|near| format!("did you mean `{near}`?"));
                let message = format!("unknown key `{key}` in [preprocessor.transcript]");
                errors.push(
                    Diagnostic::error(message)
                        .at_labeled(Setting::Key(key.to_owned()), near.unwrap_or_default()),
                );
            }
        }
        let before = table.get("before").and_then(Value::as_array);
        if links_run && !before.is_some_and(|names| names.iter().any(|name| name == "links")) {
            // mdBook would expand includes first, and the lines would not be the author's.
            errors.push(
                Diagnostic::error("[preprocessor.transcript] must say `before = [\"links\"]`")
                    .at_labeled(Setting::Table, "`mdbook-transcript install` writes it here"),
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
            timeout: reader.read(&TIMEOUT, default.timeout, |value| {
                let time = humantime::parse_duration(value.as_str()?).ok()?;
                (!time.is_zero()).then_some(time)
            }),
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
            shell: reader.read(&SHELL, default.shell, Value::as_bool),
            timeline: reader.read(&TIMELINE, default.timeline, |value| {
                match value.as_str()? {
                    "auto" => Some(Timeline::Auto),
                    "on" => Some(Timeline::On),
                    "off" => Some(Timeline::Off),
                    _ => None,
                }
            }),
            labels: reader.read(&LABELS, default.labels.clone(), |value| {
                labels(value, &default.labels)
            }),
        };
        match reader.errors {
            errors if errors.is_empty() => Ok(config),
            errors => Err(errors),
        }
    }
}

struct Reader<'a> {
    table: &'a Map<String, Value>,
    errors: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn bytes(&mut self, key: &'static Key, default: u64) -> u64 {
        self.read(key, default, bytes)
    }

    /// The value of a key, its default where the key is not there; what does not parse is noted.
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
            let message = format!("`{name}` in [preprocessor.transcript] cannot be `{value}`");
            self.errors.push(Diagnostic::error(message).at_labeled(
                Setting::Value(name.to_owned()),
                format!("expected {}", key.expected()),
            ));
            default
        })
    }
}

/// As a number, or with a unit.
fn bytes(value: &Value) -> Option<u64> {
    match value.as_str() {
        Some(text) => Some(text.parse::<bytesize::ByteSize>().ok()?.as_u64()),
        None => value.as_u64(),
    }
}

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
    fn settings_are_read() {
        let config = read(json!({
            "command": "mdbook-transcript", "manifest": "../Cargo.toml", "timeout": "1m",
            "output-limit": "64KiB", "jobs": 2, "labels": { "output": "Ausgabe" },
        }));
        let config = config.expect("the table is right");
        assert_eq!(config.timeout.as_secs(), 60);
        assert_eq!(config.output_limit, 65536);
        assert_eq!(config.jobs.get(), 2);
        assert_eq!(config.labels.code, "Code");
        assert_eq!(config.labels.output, "Ausgabe");
        assert_eq!(read(json!({})), Ok(Config::default()));
    }

    #[test]
    fn everything_wrong_is_named() {
        let errors =
            read(json!({ "timeuot": "1s", "jobs": 0, "timeout": "soon", "labels": { "x": "y" } }));
        assert_eq!(
            errors,
            Err(vec![
                "unknown key `timeuot` in [preprocessor.transcript]: did you mean `timeout`?".to_owned(),
                "`timeout` in [preprocessor.transcript] cannot be `\"soon\"`: expected a duration above zero, like \"10s\"".to_owned(),
                "`jobs` in [preprocessor.transcript] cannot be `0`: expected a number from 1".to_owned(),
                "`labels` in [preprocessor.transcript] cannot be `{\"x\":\"y\"}`: expected { code = \"…\", output = \"…\" }".to_owned(),
            ])
        );
    }

    #[test]
    fn it_must_run_before_links() {
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
