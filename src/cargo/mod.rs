//! Everything that talks to Cargo: the manifest, packages and targets of a book's examples, and building them.

pub mod build;
pub mod command;
pub mod editions;
pub mod manifest;
pub mod package;
pub mod targets;
