//! Cold builds: all programs are built and executed, or one that has changed.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::books::{Book, Fences};
use super::pairs::{Pairs, process};
use super::{cargo, preprocessor, print, program};

/// The environment variable that makes Cargo and the preprocessor build in another folder than the book's own.
const TARGET: &str = "CARGO_TARGET_DIR";

/// Five sleeping programs with different times.
pub fn five_sleeping() {
    let sleep = "fn main() {\n    let time = std::env::args().nth(1).unwrap().parse().unwrap();\n    \
                 std::thread::sleep(std::time::Duration::from_millis(time));\n    println!(\"{time}\");\n}\n";
    let names = ["a", "b", "c", "d", "e"];
    let times = ["3000", "1000", "1000", "500", "500"];
    let programs = names.map(|name| (name, sleep.to_owned()));
    let runs: Vec<_> = names
        .iter()
        .zip(times)
        .map(|(&name, time)| (name.to_owned(), time.to_owned()))
        .collect();
    let book = Book::with(&programs, &runs, Fences::Ours);
    let pairs = all_built(5, &book, |target| {
        process(program(target, "a").arg("3000"), None)
    });
    print(
        "cold, five sleeping programs, 6 s in all, the longest 3 s",
        "one `cargo build` and the longest program",
        "1.15",
        pairs.ratios(),
        &pairs,
    );
}

/// Times the preprocessor with an empty target folder against `cargo build` of all programs plus `run`.
fn all_built(rounds: usize, book: &Book, run: impl Fn(&Path) -> Duration) -> Pairs {
    let json = book.json();
    let empty = || tempfile::tempdir().unwrap();
    Pairs::of(
        rounds,
        || process(preprocessor(book).env(TARGET, empty().path()), Some(&json)),
        || {
            let target = empty();
            process(&mut cargo(book, target.path(), &["--examples"]), None) + run(target.path())
        },
    )
}

/// One of five programs changed.
pub fn one_changed() {
    changed(5, "one of five changed");
}

/// One of a hundred programs changed.
pub fn one_changed_of_a_hundred() {
    changed(100, "one of a hundred changed");
}

fn changed(programs: usize, work: &str) {
    let book = Book::of_programs(programs, Fences::Ours);
    let json = book.json();
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [ours, theirs] = folders.each_ref().map(|folder| folder.path());
    process(preprocessor(&book).env(TARGET, ours), Some(&json));
    process(&mut cargo(&book, theirs, &["--examples"]), None);
    let edits = AtomicUsize::new(0);
    let edit = || {
        let edit = edits.fetch_add(1, Ordering::Relaxed);
        book.write(
            "examples/p0.rs",
            &format!("fn main() {{\n    println!(\"edit {edit}\");\n}}\n"),
        );
    };
    let pairs = Pairs::of(
        11,
        || {
            edit();
            process(preprocessor(&book).env(TARGET, ours), Some(&json))
        },
        || {
            edit();
            process(&mut cargo(&book, theirs, &["--example", "p0"]), None)
                + process(&mut program(theirs, "p0"), None)
        },
    );
    print(
        work,
        "`cargo build` of it and one execution",
        "1.2",
        pairs.ratios(),
        &pairs,
    );
}

/// A hundred trivial programs.
pub fn a_hundred_trivial() {
    let book = Book::of_programs(100, Fences::Ours);
    let pairs = all_built(3, &book, four_at_a_time);
    print(
        "cold, 100 trivial examples",
        "`cargo build --examples` and the 100 binaries four at a time",
        "1.1",
        pairs.ratios(),
        &pairs,
    );
}

fn four_at_a_time(target: &Path) -> Duration {
    let start = Instant::now();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= 100 {
                        return;
                    }
                    process(&mut program(target, &format!("p{number}")), None);
                }
            });
        }
    });
    start.elapsed()
}
