//! A lesson: a chapter's text as this tool sees it, Markdown with our blocks in it.
//!
//! [`parse`](parse::parse) finds the blocks, [`splice`](splice::splice) puts their replacements in their
//! place. Everything between the blocks is left alone, byte for byte.

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
pub mod in_page;
pub mod indented;
pub mod info;
pub mod listing;
pub mod parse;
pub mod running;
pub mod shell;
pub mod source;
mod span;
pub mod splice;
pub mod syntax;
pub mod tabs;
pub mod text;
pub mod value;

pub use block::{Admonition, Block, BlockId, Definition, Kind, Lesson, Tab};
pub use span::Span;
