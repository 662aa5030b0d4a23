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
use std::path::Path;
use std::process::Command;

use mdbook_transcript::cargo::build::PROFILE;

mod books;
mod cold;
#[path = "../../tests/suite/mdbook.rs"]
mod mdbook;
mod pairs;
mod serve;
mod timings;
mod warm;

use books::Book;
use pairs::Pairs;

/// The program that is measured.
const OURS: &str = env!("CARGO_BIN_EXE_mdbook-transcript");

/// A row of the table, by its name.
type Row = (&'static str, fn());

const ROWS: [Row; 12] = [
    ("warm: mdBook's build", warm::build),
    ("warm: the preprocessor", warm::preprocessor_alone),
    ("warm: programs of their own", warm::programs_of_their_own),
    (
        "warm: ten times, a hundred times the chapters",
        warm::scaling,
    ),
    ("cold: five that sleep", cold::five_that_sleep),
    ("one changed", cold::one_changed),
    ("cold: a hundred trivial", cold::a_hundred_trivial),
    ("one changed of a hundred", cold::one_changed_of_a_hundred),
    ("serve: one changed of five", serve::serve),
    ("timings", timings::rows),
    ("timings: printing", timings::printing),
    ("warm: mdbook-cmdrun", warm::cmdrun),
];

fn main() {
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["echo"] => warm::echo(),
        // Every renderer is.
        ["echo", "supports", _] => {}
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

/// The preprocessor, called as mdBook calls it. What it builds and keeps goes to the book's own target folder.
fn preprocessor(book: &Book) -> Command {
    let mut command = Command::new(OURS);
    command
        .current_dir(book.path())
        .env_remove("CARGO_TARGET_DIR");
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
