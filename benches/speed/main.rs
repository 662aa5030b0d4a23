//! What the preprocessor costs, against what would have to be done without it: `cargo bench`.
//!
//! Every row measures whole processes against a counterpart, in turns. What counts are ratios; a time
//! alone says nothing on a machine that others use too. `cargo bench -- warm` measures the rows with
//! that word in their names.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a benchmark that fails says where, and prints what it found"
)]

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use mdbook_transcript::example::build::PROFILE;
use serde_json::Value;

mod books;
#[path = "../../tests/suite/mdbook.rs"]
mod mdbook;
mod pairs;
mod timings;

use books::{Book, Fences};
use mdbook::Server;
use pairs::{Pairs, process};

/// The program that is measured.
const OURS: &str = env!("CARGO_BIN_EXE_mdbook-transcript");

/// A row of the table, by its name.
type Row = (&'static str, fn());

const ROWS: [Row; 10] = [
    ("warm: mdBook's build", warm_build),
    ("warm: the preprocessor", warm_preprocessor),
    ("warm: ten times, a hundred times the chapters", scaling),
    ("cold: five that sleep", five_that_sleep),
    ("one changed", one_changed),
    ("cold: a hundred trivial", a_hundred_trivial),
    ("one changed of a hundred", one_changed_of_a_hundred),
    ("serve: one changed of five", serve),
    ("timings", timings::row),
    ("warm: mdbook-cmdrun", cmdrun),
];

fn main() {
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["echo"] => echo(),
        ["mdbook", folder] => mdbook_driver::MDBook::load(folder)
            .unwrap()
            .build()
            .unwrap(),
        ["mdbook-0.4", folder] => mdbook_04::MDBook::load(folder).unwrap().build().unwrap(),
        words => {
            println!("| work | against | asked for | minimum | median | maximum | medians |");
            println!("| --- | --- | --- | --- | --- | --- | --- |");
            for (name, row) in ROWS {
                if words.iter().all(|word| name.contains(word)) {
                    row();
                }
            }
        }
    }
}

/// Prints a row; what is asked for is a ratio at most.
fn print(work: &str, against: &str, asked: &str, [low, median, high]: [f64; 3], pairs: &Pairs) {
    let [ours, theirs] = pairs.medians().map(|wall| wall.as_secs_f64() * 1000.0);
    println!(
        "| {work} | {against} | {asked} | {low:.2} | {median:.2} | {high:.2} | {ours:.1} ms, {theirs:.1} ms |"
    );
}

/// This program, doing something else.
fn this(args: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(args);
    command
}

/// The preprocessor, called as mdBook calls it. The output of its programs goes to this target folder.
fn preprocessor(book: &Book, target: &Path) -> Command {
    let mut command = Command::new(OURS);
    command
        .current_dir(book.path())
        .env("CARGO_TARGET_DIR", target);
    command
}

/// Cargo, building these programs as the preprocessor does.
fn cargo(book: &Book, target: &Path, what: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command
        .arg("build")
        .args(PROFILE)
        .args(what)
        .current_dir(book.path())
        .env("CARGO_TARGET_DIR", target);
    command
}

fn program(target: &Path, name: &str) -> Command {
    Command::new(target.join("lesson/examples").join(name))
}

fn warm_build() {
    let ours = Book::trivial(100, Fences::Ours);
    let plain = Book::trivial(100, Fences::Plain);
    let build = |book: &Book| {
        process(
            this(&["mdbook", book.path().to_str().unwrap()]).env_remove("CARGO_TARGET_DIR"),
            None,
        )
    };
    let pairs = Pairs::of(21, || build(&ours), || build(&plain));
    print(
        "warm `mdbook build`, 100 chapters, 100 runs",
        "the same without a preprocessor, ms more",
        "+ 10 ms",
        pairs.differences(),
        &pairs,
    );
}

fn warm_preprocessor() {
    for chapters in [5, 100, 1000] {
        let book = Book::trivial(chapters, Fences::Ours);
        let json = book.json();
        let target = book.path().join("target");
        let pairs = Pairs::of(
            41,
            || process(&mut preprocessor(&book, &target), Some(&json)),
            || process(&mut this(&["echo"]), Some(&json)),
        );
        print(
            &format!("warm, {chapters} chapters, {chapters} runs"),
            "reading the JSON and writing it back",
            "1.5",
            pairs.ratios(),
            &pairs,
        );
    }
}

fn scaling() {
    let warm = |chapters: usize| {
        let book = Book::trivial(chapters, Fences::Ours);
        let json = book.json();
        (book, json)
    };
    let time = |(book, json): &(Book, PathBuf)| {
        let target = book.path().join("target");
        process(&mut preprocessor(book, &target), Some(json))
    };
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

fn five_that_sleep() {
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
    let json = book.json();
    let pairs = Pairs::of(
        5,
        || in_an_empty_folder(|target| process(&mut preprocessor(&book, target), Some(&json))),
        || {
            in_an_empty_folder(|target| {
                process(&mut cargo(&book, target, &["--examples"]), None)
                    + process(program(target, "a").arg("3000"), None)
            })
        },
    );
    print(
        "cold, five lessons that sleep 6 s in all, the longest 3 s",
        "one `cargo build` and the longest",
        "1.15",
        pairs.ratios(),
        &pairs,
    );
}

/// Times something with a target folder in which nothing was built yet.
fn in_an_empty_folder(time: impl FnOnce(&Path) -> Duration) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    time(folder.path())
}

fn one_changed() {
    changed(5, "one of five changed");
}

fn one_changed_of_a_hundred() {
    changed(100, "one of a hundred changed");
}

fn changed(programs: usize, work: &str) {
    let book = trivial_programs(programs);
    let json = book.json();
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [ours, theirs] = folders.each_ref().map(|folder| folder.path());
    process(&mut preprocessor(&book, ours), Some(&json));
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
            process(&mut preprocessor(&book, ours), Some(&json))
        },
        || {
            edit();
            process(&mut cargo(&book, theirs, &["--example", "p0"]), None)
                + process(&mut program(theirs, "p0"), None)
        },
    );
    print(
        work,
        "`cargo build` of it and its run",
        "1.2",
        pairs.ratios(),
        &pairs,
    );
}

/// From the save of a program to the reload of the page, against what cannot be had for less.
fn serve() {
    let there = Command::new("mdbook")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if there.is_err() {
        println!("| `mdbook serve` | is not on the PATH (`cargo install mdbook`) | | | | | |");
        return;
    }
    let [ours, theirs] = [(); 2].map(|()| trivial_programs(5));
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
        5,
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
        "a chapter saved in a book without programs, until it is; `cargo build` of the program and its run",
        "1.1",
        pairs.ratios(),
        &pairs,
    );
}

/// From a save to the reload of the page. mdBook looks for changes once a second: a save before that one
/// tells when, and this one is in the middle between two looks.
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

fn trivial_programs(count: usize) -> Book {
    let names: Vec<String> = (0..count).map(|number| format!("p{number}")).collect();
    let source = |name: &str| format!("fn main() {{\n    println!(\"{name}\");\n}}\n");
    let programs: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), source(name)))
        .collect();
    let runs: Vec<_> = names
        .iter()
        .map(|name| (name.clone(), String::new()))
        .collect();
    Book::with(&programs, &runs, Fences::Ours)
}

fn a_hundred_trivial() {
    let book = trivial_programs(100);
    let json = book.json();
    let pairs = Pairs::of(
        3,
        || in_an_empty_folder(|target| process(&mut preprocessor(&book, target), Some(&json))),
        || {
            in_an_empty_folder(|target| {
                process(&mut cargo(&book, target, &["--examples"]), None) + four_at_a_time(target)
            })
        },
    );
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

fn cmdrun() {
    let there = Command::new("mdbook-cmdrun")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if there.is_err() {
        println!(
            "| mdbook-cmdrun | is not on the PATH (`cargo install mdbook-cmdrun`) | | | | | |"
        );
        return;
    }
    // It speaks mdBook 0.4's language, and we do too.
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

/// The counterpart of the preprocessor.
fn echo() {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).unwrap();
    let (_, book): (Value, Value) = serde_json::from_slice(&bytes).unwrap();
    let text = serde_json::to_string(&book).unwrap();
    std::io::stdout().lock().write_all(text.as_bytes()).unwrap();
}

/// The transcripts that are kept in a target folder: a line each, behind a first one.
fn kept(target: &Path) -> Vec<Value> {
    let files = fs::read_dir(target.join("transcript")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let kept = files.filter(|file| file.extension().is_some_and(|end| end == "jsonl"));
    let text: String = kept.map(|file| fs::read_to_string(file).unwrap()).collect();
    text.lines()
        .skip(1)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
