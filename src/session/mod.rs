//! The parts of a book that every command opens once.

pub mod settings;
