//! A lesson: a chapter as this tool parses it, Markdown with blocks.
//!
//! [`parse`](parse::parse) finds the blocks, [`splice`](splice::splice) replaces them. The text between the blocks
//! stays byte for byte.

pub mod admonition;
pub mod annotation;
pub mod attributes;
mod block;
pub mod claim;
pub mod comments;
pub mod container;
pub mod fence;
pub mod fenced;
pub mod field;
pub mod include;
pub mod indented;
pub mod info;
pub mod listing;
mod names;
pub mod parse;
pub mod part;
pub mod purpose;
pub mod running;
mod sets;
pub mod shell;
pub mod snippet;
pub mod source;
mod span;
pub mod splice;
pub mod syntax;
pub mod tabs;
pub mod text;
pub mod value;

pub use block::{Admonition, Block, BlockId, Definition, Kind, Lesson, Tab};
pub use span::Span;
