//! Recordings, committed with the book, and cached transcripts, kept below the target folder.

pub mod cache;
pub mod inputs;
pub mod store;
