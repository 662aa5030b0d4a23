//! Warm builds: the cost of a build when nothing has changed.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::books::{Book, Fences};
use super::pairs::{Pairs, process};
use super::{preprocessor, print, this};

/// Builds of a whole book.
pub fn build() {
    let [ours, plain, echo] = [Fences::Ours, Fences::Plain, Fences::PlainThroughEcho]
        .map(|fences| Book::of_programs(100, fences));
    let by_hand = ours.preprocessed(100);
    let build = |book: &Book| {
        process(
            this(&["mdbook", book.path().to_str().unwrap()]).env_remove("CARGO_TARGET_DIR"),
            None,
        )
    };
    let without = "the same without a preprocessor";
    // The last two rows show mdBook's own part of the difference: larger pages, and passing the book to a preprocessor
    // and back.
    for (variant, book, against, theirs, goal) in [
        ("", &ours, without, &plain, "+ 10 ms"),
        ("", &ours, "its output written by hand", &by_hand, ""),
        (
            "; its output written by hand",
            &by_hand,
            without,
            &plain,
            "",
        ),
        (
            "; a preprocessor that does nothing",
            &echo,
            without,
            &plain,
            "",
        ),
    ] {
        let pairs = Pairs::of(21, || build(book), || build(theirs));
        print(
            &format!("warm `mdbook build`, 100 chapters, 100 runs{variant}"),
            &format!("{against}, ms more"),
            goal,
            pairs.differences(),
            &pairs,
        );
    }
    let in_one = || process(preprocessor(&ours).arg("build"), None);
    let pairs = Pairs::of(21, in_one, || build(&plain));
    print(
        "warm `mdbook-transcript build`, 100 chapters, 100 runs",
        "`mdbook build` without a preprocessor, ms more",
        "+ 10 ms",
        pairs.differences(),
        &pairs,
    );
}

/// The preprocessor without mdBook.
pub fn preprocessor_alone() {
    for chapters in [5, 100, 1000] {
        let book = Book::trivial(chapters, Fences::Ours);
        alone(
            &book,
            &format!("warm, {chapters} chapters, {chapters} runs"),
            "1.5",
        );
    }
}

/// The preprocessor without mdBook, with a program of its own in each chapter, whose files must be read.
pub fn programs_of_their_own() {
    let [hundred, thousand] = [100, 1000].map(|count| Book::of_programs(count, Fences::Ours));
    alone(&hundred, "warm, 100 chapters, 100 programs", "");
    alone(&thousand, "warm, 1000 chapters, 1000 programs", "");
    process(preprocessor(&hundred).arg("record"), None);
    alone(&hundred, "warm, 100 chapters, 100 programs, recorded", "");
}

/// Prints a row of the preprocessor against its counterpart.
fn alone(book: &Book, work: &str, goal: &str) {
    let json = book.json();
    let pairs = Pairs::of(
        41,
        || process(&mut preprocessor(book), Some(&json)),
        || process(&mut this(&["echo"]), Some(&json)),
    );
    print(
        work,
        "reading the JSON and writing it back",
        goal,
        pairs.ratios(),
        &pairs,
    );
}

/// The growth of the time with the number of chapters.
pub fn scaling() {
    let warm = |chapters: usize| {
        let book = Book::trivial(chapters, Fences::Ours);
        let json = book.json();
        (book, json)
    };
    let time = |(book, json): &(Book, PathBuf)| process(&mut preprocessor(book), Some(json));
    let ten = warm(10);
    for chapters in [100, 1000] {
        let many = warm(chapters);
        let pairs = Pairs::of(21, || time(&many), || time(&ten));
        print(
            &format!("warm, {chapters} chapters"),
            "10 chapters",
            &format!("{}", chapters / 10),
            pairs.ratios(),
            &pairs,
        );
    }
}

/// Builds with this preprocessor against builds with mdbook-cmdrun.
pub fn cmdrun() {
    let version = Command::new("mdbook-cmdrun")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if version.is_err() {
        println!(
            "| mdbook-cmdrun | is not on the PATH (`cargo install mdbook-cmdrun`) | | | | | |"
        );
        return;
    }
    // mdbook-cmdrun requires mdBook 0.4, which this preprocessor supports too.
    let ours = Book::trivial(100, Fences::Ours);
    let theirs = Book::trivial(100, Fences::CmdRun);
    let build = |book: &Book| {
        process(
            this(&["mdbook-0.4", book.path().to_str().unwrap()]).env_remove("CARGO_TARGET_DIR"),
            None,
        )
    };
    let pairs = Pairs::of(3, || build(&ours), || build(&theirs));
    print(
        "warm `mdbook build` (0.4), 100 chapters, 100 runs",
        "the same with mdbook-cmdrun",
        "",
        pairs.ratios(),
        &pairs,
    );
}

/// Reads a book from stdin and writes it to stdout: the counterpart of the preprocessor.
pub fn echo() {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).unwrap();
    let (_, book): (Value, Value) = serde_json::from_slice(&bytes).unwrap();
    let text = serde_json::to_string(&book).unwrap();
    std::io::stdout().lock().write_all(text.as_bytes()).unwrap();
}
