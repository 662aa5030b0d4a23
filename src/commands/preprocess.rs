//! The preprocessor, without a command: reads mdBook's JSON from stdin, and writes it to stdout with the blocks
//! replaced.

use std::hint::black_box;
use std::io::{Read, Write};
use std::mem;

use anyhow::Context;

use crate::book::Json;
use crate::pipeline::render::Pages;
use crate::pipeline::threads::{LARGE, share_out};

/// Reads a book, replaces its blocks, and writes the book.
///
/// # Errors
/// The input is not a book, or the book's settings, lessons or examples have errors; all of them are returned, and
/// nothing is written.
pub fn preprocess(mut input: impl Read, output: impl Write) -> anyhow::Result<()> {
    // mdBook sends the whole book before it reads, and parsing a slice is faster than parsing a stream. A large
    // capacity costs nothing, while a growing buffer is copied again and again.
    let mut bytes = Vec::with_capacity(LARGE);
    keep_memory();
    input
        .read_to_end(&mut bytes)
        .context("failed to read the book from stdin")?;
    share_out(bytes.len());
    let json = Json::read(&bytes)?;
    let pages = Pages::of(&json.book)?;
    json.write(output, |chapter| pages.chapter(chapter))
        .context("failed to write the book to stdout")?;
    // The process is about to end: freeing the memory of a large book would only take time.
    mem::forget(pages);
    mem::forget(json);
    mem::forget(bytes);
    Ok(())
}

/// Makes glibc keep freed memory for later allocations. By default, glibc returns memory to the system as soon as
/// 128 KiB are free; after a larger block was freed, only from twice its size (mallopt(3), M_MMAP_THRESHOLD). Other
/// allocators are not affected.
fn keep_memory() {
    drop(black_box(Vec::<u8>::with_capacity(LARGE)));
}
