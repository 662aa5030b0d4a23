//! The commands, one a file, each a table of contents of what it does.

pub mod build;
pub mod check;
pub mod completions;
pub mod export;
pub mod install;
pub mod list;
pub mod man;
pub mod new;
pub mod preprocess;
mod programs;
pub mod record;
pub mod schema;
