//! `schema`: what may stand in `[preprocessor.transcript]`, for editors.

use crate::config::schema;

/// The JSON schema of a book.toml.
pub fn schema() -> String {
    format!("{:#}", schema::schema())
}
