//! No command: mdBook's JSON comes on standard input and goes, with what the examples print, to
//! standard output.

use std::hint::black_box;
use std::io::{Read, Write};
use std::mem;

use anyhow::Context;

use crate::book::Json;
use crate::pipeline::render::Pages;
use crate::pipeline::threads::{LARGE, share_out};

/// Reads a book, replaces its blocks, writes it.
///
/// # Errors
/// What came is no book; everything that is wrong in its lessons or with its examples. Nothing is
/// written then.
pub fn preprocess(mut input: impl Read, output: impl Write) -> anyhow::Result<()> {
    // mdBook sends the whole book before it reads. Parsing a slice is faster than parsing a stream. What is too
    // much room costs nothing, and what grows is copied again and again.
    let mut bytes = Vec::with_capacity(LARGE);
    keep_memory();
    input
        .read_to_end(&mut bytes)
        .context("failed to read the book from standard input")?;
    share_out(bytes.len());
    let json = Json::read(&bytes)?;
    let pages = Pages::of(&json.book)?;
    json.write(output, |chapter| pages.chapter(chapter))
        .context("failed to write the book to standard output")?;
    // The process is about to end: giving back what a large book took would take longer.
    mem::forget(pages);
    mem::forget(json);
    mem::forget(bytes);
    Ok(())
}

/// Keeps what was freed for what comes next. glibc gives memory back to the system as soon as 128 KiB of it are
/// free, and asks for it again, until a larger piece was freed: then twice that may be free (mallopt(3),
/// M_MMAP_THRESHOLD). Elsewhere this does nothing.
fn keep_memory() {
    drop(black_box(Vec::<u8>::with_capacity(LARGE)));
}
