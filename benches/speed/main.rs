//! The cost of the preprocessor, compared with the work that would be needed without it: `cargo bench`.
//!
//! Each row times whole processes against a counterpart, in turns. Only the ratios count; absolute times are
//! meaningless on a shared machine. `cargo bench -- warm` measures the rows with that word in their names.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a benchmark may panic, and prints its results"
)]

use std::env;
use std::path::Path;
use std::process::Command;

use mdbook_transcript::cargo::build::PROFILE;
use mdbook_transcript::exec::helper::help_with;

mod before;
mod books;
mod cold;
#[path = "../../tests/suite/mdbook.rs"]
mod mdbook;
mod pairs;
#[path = "../../tests/suite/ready.rs"]
mod ready;
mod seeds;
mod serve;
mod timings;
mod warm;

use books::Book;
use pairs::Pairs;

/// The measured program.
const OURS: &str = env!("CARGO_BIN_EXE_mdbook-transcript");

/// A row of the table: its name and the function that measures and prints it.
type Row = (&'static str, fn());

const ROWS: [Row; 18] = [
    ("warm: mdBook's build", warm::build),
    ("warm: the preprocessor", warm::preprocessor_alone),
    ("warm: programs of their own", warm::programs_of_their_own),
    (
        "warm: ten times, a hundred times the chapters",
        warm::scaling,
    ),
    ("cold: five sleeping", cold::five_sleeping),
    ("one changed", cold::one_changed),
    ("cold: a hundred trivial", cold::a_hundred_trivial),
    ("one changed of a hundred", cold::one_changed_of_a_hundred),
    ("serve: one changed of five", serve::serve),
    ("timings", timings::rows),
    ("timings: printing", timings::printing),
    ("warm: mdbook-cmdrun", warm::cmdrun),
    ("seeds: executions", seeds::executions),
    ("seeds: check of the tutorial", seeds::check_tutorial),
    ("seeds: record the tutorial", seeds::record_tutorial),
    ("seeds: thirty sleeping", seeds::thirty_sleeping),
    ("before: tutorial", before::tutorial),
    ("before: thirty sleeping", before::thirty_sleeping),
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
        // Success: the echo supports every renderer.
        ["echo", "supports", _] => {}
        ["mdbook", folder] => mdbook_driver::MDBook::load(folder)
            .unwrap()
            .build()
            .unwrap(),
        ["mdbook-0.4", folder] => mdbook_04::MDBook::load(folder).unwrap().build().unwrap(),
        words => {
            // The measured program supervises the executions that this one starts.
            help_with(OURS.into());
            println!("| work | against | goal | minimum | median | maximum | medians |");
            println!("| --- | --- | --- | --- | --- | --- | --- |");
            for (name, row) in ROWS {
                if words.iter().all(|word| name.contains(word)) {
                    row();
                }
            }
        }
    }
}

/// Prints a row; `goal` is the largest acceptable ratio or difference.
fn print(work: &str, against: &str, goal: &str, [low, median, high]: [f64; 3], pairs: &Pairs) {
    let [ours, theirs] = pairs.medians().map(|wall| wall.as_secs_f64() * 1000.0);
    println!(
        "| {work} | {against} | {goal} | {low:.2} | {median:.2} | {high:.2} | {ours:.1} ms, {theirs:.1} ms |"
    );
}

/// This benchmark program with other arguments.
fn this(args: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(args);
    command
}

/// The preprocessor, called as mdBook calls it, with its builds and cache in the book's own target folder.
fn preprocessor(book: &Book) -> Command {
    let mut command = Command::new(OURS);
    command
        .current_dir(book.path())
        .env_remove("CARGO_TARGET_DIR");
    command
}

/// `cargo build` of the selected programs, with the preprocessor's settings.
fn cargo(book: &Book, target: &Path, selection: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command
        .arg("build")
        .args(PROFILE)
        .args(selection)
        .current_dir(book.path())
        .env("CARGO_TARGET_DIR", target);
    command
}

/// A built program in a target folder.
fn program(target: &Path, name: &str) -> Command {
    Command::new(target.join("lesson/examples").join(name))
}
