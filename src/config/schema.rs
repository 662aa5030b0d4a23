//! The JSON schema of a book.toml, as far as this tool reads it: for editors.

use serde_json::{Map, Value, json};

use super::keys::{Form, KEYS, Key};

/// The schema (draft 7) of a whole book.toml, in which `[preprocessor.transcript]` alone is described.
pub fn schema() -> Value {
    let mut keys: Map<String, Value> = KEYS
        .iter()
        .map(|key| (key.name.to_owned(), of_key(key)))
        .collect();
    keys.extend(mdbooks_keys());
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "book.toml with [preprocessor.transcript]",
        "type": "object",
        "properties": {
            "preprocessor": {
                "type": "object",
                "properties": {
                    "transcript": {
                        "description": "mdbook-transcript: every output in the book is a transcript of a real run.",
                        "type": "object",
                        "properties": keys,
                        "additionalProperties": false,
                    },
                },
            },
        },
    })
}

fn of_key(key: &Key) -> Value {
    let mut schema = match key.form {
        Form::Text(_) => json!({ "type": "string", "minLength": 1 }),
        Form::OneOf(words) => json!({ "type": "string", "enum": words }),
        Form::Duration => {
            json!({ "type": "string", "pattern": "[1-9]", "examples": ["10s", "1m 30s"] })
        }
        Form::Bytes => {
            json!({ "type": ["integer", "string"], "minimum": 0, "examples": [65536, "1MiB"] })
        }
        Form::Count => json!({ "type": "integer", "minimum": 1 }),
        Form::Flag => json!({ "type": "boolean" }),
        Form::Texts(keys) => {
            let text = json!({ "type": "string", "minLength": 1 });
            let keys: Map<String, Value> = keys
                .iter()
                .map(|&key| (key.to_owned(), text.clone()))
                .collect();
            json!({ "type": "object", "properties": keys, "additionalProperties": false })
        }
    };
    schema["description"] = json!(key.means);
    if let Some(default) = key.default_value() {
        schema["default"] = default;
    }
    schema
}

/// What mdBook reads of every preprocessor's table.
fn mdbooks_keys() -> [(String, Value); 5] {
    let names = |description: &str| {
        let names = json!({ "type": "string" });
        json!({ "type": "array", "items": names, "description": description })
    };
    let mut before = names("Before which preprocessors it runs: `links` must be one of them.");
    before["contains"] = json!({ "const": "links" });
    let command = "The command that mdBook calls; without it, `mdbook-transcript` from the PATH.";
    let optional = "Whether a book is built without it where the command is not there.";
    [
        ("before", before),
        ("after", names("Behind which preprocessors it runs.")),
        (
            "renderers",
            names("For which renderers it runs; without it, for all."),
        ),
        (
            "command",
            json!({ "type": "string", "description": command }),
        ),
        (
            "optional",
            json!({ "type": "boolean", "description": optional, "default": false }),
        ),
    ]
    .map(|(key, schema)| (key.to_owned(), schema))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::super::keys::KEYS;
    use super::super::{Config, MDBOOKS_KEYS};
    use super::schema;

    #[test]
    fn the_schema_has_the_keys_that_are_read() {
        let schema = schema();
        let table = &schema["properties"]["preprocessor"]["properties"]["transcript"];
        let described = table["properties"].as_object().expect("its keys");
        let mut read: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
        read.extend(MDBOOKS_KEYS);
        read.sort_unstable();
        assert_eq!(described.keys().collect::<Vec<_>>(), read);
        for (key, schema) in described {
            assert!(schema["description"].is_string(), "{key}");
        }
    }

    #[test]
    fn its_defaults_are_those_that_are_read() {
        let defaults: Map<String, Value> = KEYS
            .iter()
            .filter_map(|key| Some((key.name.to_owned(), key.default_value()?)))
            .collect();
        assert_eq!(Config::read(&defaults, false), Ok(Config::default()));
        let without = KEYS.iter().filter(|key| key.default.is_none());
        let without: Vec<&str> = without.map(|key| key.name).collect();
        assert_eq!(without, ["manifest", "profile"]);
    }

    /// Each key that is read has a field, and each field a key.
    #[test]
    fn every_key_is_read() {
        for key in KEYS {
            let table = Map::from_iter([(key.name.to_owned(), Value::Null)]);
            let errors = Config::read(&table, false).expect_err(key.name);
            let expected = format!("expected {}", key.expected());
            let place = errors[0].primary.as_ref();
            let label = place.map(|place| place.label.as_str());
            assert_eq!(label, Some(expected.as_str()));
        }
    }
}
