//! The preprocessor, without a command: reads mdBook's JSON from stdin, and writes it to stdout with the blocks
//! replaced.

use std::io::Write;
use std::mem;

use anyhow::Context;

use crate::book::Json;
use crate::pipeline::render::Pages;
use crate::pipeline::threads::{keep_memory, share_out};

/// Reads a book's JSON, replaces its blocks, and writes the book.
///
/// # Errors
/// The input is not a book, or the book's settings, lessons or examples have errors; all of them are returned, and
/// nothing is written.
pub fn preprocess(input: Vec<u8>, output: impl Write) -> anyhow::Result<()> {
    keep_memory();
    share_out(input.len());
    let json = Json::read(&input)?;
    let pages = Pages::of(&json.book)?;
    json.write(output, |chapter| pages.chapter(chapter))
        .context("failed to write the book to stdout")?;
    // The process is about to end: freeing the memory of a large book would only take time.
    mem::forget(pages);
    mem::forget(json);
    mem::forget(input);
    Ok(())
}
