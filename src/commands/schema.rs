//! `schema`: prints the JSON schema of the settings, for editors.

use crate::config::schema;

/// Returns the JSON schema of a book.toml.
pub fn schema() -> String {
    format!("{:#}", schema::schema())
}
