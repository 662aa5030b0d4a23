//! The commands, one file or folder each; the main file of each lists its steps.

pub mod build;
pub mod check;
pub mod completions;
pub mod doctor;
pub mod export;
pub mod install;
pub mod list;
pub mod man;
pub mod new;
pub mod preprocess;
pub mod record;
pub mod review;
pub mod run;
pub mod schema;
