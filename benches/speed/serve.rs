//! `mdbook serve`: the time from a save to the reload of the page.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::books::{Book, Fences};
use super::mdbook::Server;
use super::pairs::{Pairs, process};
use super::{cargo, print, program};

/// The time from the save of a program to the reload of the page, against the unavoidable part of it.
pub fn serve() {
    let version = Command::new("mdbook")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if version.is_err() {
        println!("| `mdbook serve` | is not on the PATH (`cargo install mdbook`) | | | | | |");
        return;
    }
    let [ours, theirs] = [(); 2].map(|()| Book::of_programs(5, Fences::Ours));
    let plain = Book::trivial(5, Fences::Plain);
    let target = theirs.path().join("target");
    process(&mut cargo(&theirs, &target, &["--examples"]), None);
    let [mut serves_ours, mut serves_plain] = [&ours, &plain].map(|book| Server::of(book.path()));
    let edits = AtomicUsize::new(0);
    let edit = |book: &Book, file: &str, begin: &str, end: &str| {
        let edit = edits.fetch_add(1, Ordering::Relaxed);
        book.write(file, &format!("{begin}edit {edit}{end}\n"));
    };
    let program_of = |book: &Book| {
        edit(
            book,
            "examples/p0.rs",
            "fn main() {\n    println!(\"",
            "\");\n}",
        )
    };
    let pairs = Pairs::of(
        9,
        || reload(&mut serves_ours, || program_of(&ours)),
        || {
            let chapter = reload(&mut serves_plain, || edit(&plain, "src/0.md", "# ", ""));
            program_of(&theirs);
            chapter
                + process(&mut cargo(&theirs, &target, &["--example", "p0"]), None)
                + process(&mut program(&target, "p0"), None)
        },
    );
    print(
        "`mdbook serve`, one of five programs saved, until the page is reloaded",
        "the same for a chapter of a book without programs, plus `cargo build` of the program and one execution",
        "1.1",
        pairs.ratios(),
        &pairs,
    );
}

/// Returns the time from a save to the reload of the page. mdBook polls for changes once a second: a first save
/// synchronizes with the polling, so that the second one falls midway between two polls.
fn reload(server: &mut Server, save: impl Fn()) -> Duration {
    let mut reloaded = || {
        let start = Instant::now();
        save();
        let is_reloaded = server.is_reloaded(Duration::from_secs(60));
        assert!(is_reloaded, "{}", server.log());
        let wall = start.elapsed();
        server.settles();
        wall
    };
    reloaded();
    reloaded()
}
