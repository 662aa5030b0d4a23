//! The JSON schema of book.toml for editors, as far as this tool reads it.

use serde_json::{Map, Value, json};

use super::keys::{KEYS, Key, ValueType};

/// The schema (draft 7) of a book.toml, which describes only `[preprocessor.transcript]`.
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

/// The schema of a key.
fn of_key(key: &Key) -> Value {
    let mut schema = match key.value_type {
        ValueType::Text(_) => json!({ "type": "string", "minLength": 1 }),
        ValueType::OneOf(words) => json!({ "type": "string", "enum": words }),
        ValueType::Duration => {
            json!({ "type": "string", "pattern": "[1-9]", "examples": ["10s", "1m 30s"] })
        }
        ValueType::Bytes => {
            json!({ "type": ["integer", "string"], "minimum": 0, "examples": [65536, "1MiB"] })
        }
        ValueType::Count => json!({ "type": "integer", "minimum": 1 }),
        ValueType::Flag => json!({ "type": "boolean" }),
        ValueType::Words => {
            let word = json!({ "type": "string", "pattern": "^[^\\s,=]+$" });
            json!({ "type": "array", "items": word })
        }
        ValueType::Folders => {
            let folder = json!({ "type": "string", "minLength": 1 });
            json!({ "type": "array", "items": folder, "examples": [["guide"]] })
        }
        ValueType::Redactions => {
            let regex = json!({ "type": "string", "minLength": 1, "format": "regex" });
            json!({
                "type": "object",
                "propertyNames": { "pattern": "^[A-Z][A-Z0-9_]*$" },
                "additionalProperties": regex,
                "examples": [{ "FILE": "file-\\w+" }],
            })
        }
        ValueType::Texts(keys) => {
            let text = json!({ "type": "string", "minLength": 1 });
            let keys: Map<String, Value> = keys
                .iter()
                .map(|&key| (key.to_owned(), text.clone()))
                .collect();
            json!({ "type": "object", "properties": keys, "additionalProperties": false })
        }
    };
    schema["description"] = json!(key.description);
    if let Some(default) = key.default_value() {
        schema["default"] = default;
    }
    schema
}

/// The keys that mdBook reads from the table of every preprocessor, with their schemas.
fn mdbooks_keys() -> [(String, Value); 5] {
    let names = |description: &str| {
        let names = json!({ "type": "string" });
        json!({ "type": "array", "items": names, "description": description })
    };
    let mut before =
        names("The preprocessors that run after this one. `links` must be one of them.");
    before["contains"] = json!({ "const": "links" });
    let command = "The command that mdBook runs. Default: `mdbook-transcript` from the PATH.";
    let optional =
        "Whether mdBook builds the book without this preprocessor if the command is missing.";
    [
        ("before", before),
        (
            "after",
            names("The preprocessors that run before this one."),
        ),
        (
            "renderers",
            names("The renderers for which it runs. Default: all."),
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
    fn the_defaults_are_those_of_the_config() {
        let defaults: Map<String, Value> = KEYS
            .iter()
            .filter_map(|key| Some((key.name.to_owned(), key.default_value()?)))
            .collect();
        assert_eq!(Config::read(&defaults, false), Ok(Config::default()));
        let without = KEYS.iter().filter(|key| key.default.is_none());
        let without: Vec<&str> = without.map(|key| key.name).collect();
        assert_eq!(without, ["manifest", "profile"]);
    }

    /// Each key of the table has a field, and each field a key.
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
