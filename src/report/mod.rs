//! Diagnostics and the verdicts of a check → text for people, GitHub, JUnit and JSON.
//!
//! [`render`] draws diagnostics as rustc does. Every format takes [`Verdicts`](verdict::Verdicts).

pub mod checkout;
mod errors;
pub mod github;
pub mod human;
pub mod json;
pub mod junit;
mod render;
mod sources;
pub mod verdict;

pub use errors::Errors;
pub use render::{Color, render};
pub use sources::{Chapters, line_number};
