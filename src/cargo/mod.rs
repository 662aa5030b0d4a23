//! Cargo: the manifest and package of a book's examples, their targets, and building them.

pub mod build;
pub mod manifest;
pub mod package;
pub mod targets;
