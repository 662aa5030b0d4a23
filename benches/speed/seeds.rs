//! Executions with seeds: how many there are in a second, and the time of `record` and `check` with them, without them
//! (`seeds = false`), and of one native execution of each run.

use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use mdbook_transcript::exec::folder::copy;
use mdbook_transcript::learn::Subject;
use mdbook_transcript::learn::batch::{Batch, Scheduled};
use mdbook_transcript::progress::ProgressLine;
use mdbook_transcript::transcript::seed::{Seed, World};

use super::books::{Book, Fences};
use super::pairs::{Pairs, process};
use super::ready::Ready;
use super::{OURS, cargo, print, program};

/// Lessons of the tutorial whose programs sleep, with threads or tasks.
const LESSONS: [&str; 5] = ["join", "mutex", "channel", "lost", "asynchronous"];
/// The number of seeds of an execution of all of them.
const SEEDS: u64 = 20;

/// All five lessons with one seed, against their native executions side by side.
pub fn executions() {
    let tutorial = Book::tutorial(root(), "");
    let ready = Ready::of(tutorial.path());
    let is_one = |subject: &Subject<'_>| LESSONS.contains(&subject.launch.run.id.as_str());
    let lessons: Vec<Subject<'_>> = ready.subjects().filter(is_one).collect();
    assert_eq!(lessons.len(), LESSONS.len());
    let pairs = Pairs::of(
        5,
        || seeded(&lessons) / SEEDS as u32,
        || {
            let commands = lessons.iter().map(|lesson| {
                let mut command = Command::new(lesson.launch.binary);
                command.args(&lesson.launch.run.attributes.args);
                command
            });
            side_by_side(commands)
        },
    );
    print(
        "five sleeping lessons, built, with one seed each",
        "the five natively, side by side",
        "",
        pairs.ratios(),
        &pairs,
    );
    let [ours, _] = pairs.medians();
    println!(
        "| executions with seeds, a second | alone | at least 100 for each core | | {:.0} | | |",
        LESSONS.len() as f64 / ours.as_secs_f64()
    );
}

/// Executes all lessons with all seeds, half of them in each world.
fn seeded(lessons: &[Subject<'_>]) -> Duration {
    let start = Instant::now();
    let scheduled = lessons.iter().flat_map(|&lesson| {
        (0..SEEDS).map(move |number| {
            let world = [World::Base, World::Late][(number % 2) as usize];
            let (cpu, control) = Default::default();
            Scheduled::seeded(lesson, cpu, control, Seed::of(number / 2, world))
        })
    });
    let batch = Batch::prepare(scheduled);
    let executed = batch.execute(NonZero::<usize>::MAX, &ProgressLine::begin());
    let wall = start.elapsed();
    for executed in executed {
        executed.unwrap();
    }
    wall
}

/// Runs processes at the same time, and returns the time until the last has ended.
fn side_by_side(commands: impl Iterator<Item = Command>) -> Duration {
    let commands: Vec<Command> = commands.collect();
    let start = Instant::now();
    thread::scope(|scope| {
        for mut command in commands {
            scope.spawn(move || process(&mut command, None));
        }
    });
    start.elapsed()
}

/// `check` of the tutorial.
pub fn check_tutorial() {
    against_both("`check` of the tutorial", &["check"], ["0.4", ""], 5);
}

/// `record --all` of the tutorial.
pub fn record_tutorial() {
    let work = "`record --all` of the tutorial";
    against_both(work, &["record", "--all"], ["0.25", ""], 3);
}

/// Prints the rows of a command on the tutorial, everything built: against the command without seeds, and against a
/// build that executes each run once.
fn against_both(work: &str, args: &[&str], goals: [&str; 2], rounds: usize) {
    let with = Book::tutorial(root(), "");
    let without = Book::tutorial(root(), "seeds = false\n");
    let once = Book::tutorial(root(), "");
    fs::remove_dir_all(once.path().join("examples/transcripts")).unwrap();
    let ours = || process(&mut command(OURS.as_ref(), &with, args), None);
    row(
        work,
        "the same with `seeds = false`",
        goals[0],
        rounds,
        ours,
        || process(&mut command(OURS.as_ref(), &without, args), None),
    );
    let against = "a build that executes each run once, side by side";
    row(work, against, goals[1], rounds, ours, || {
        // Without its cache.
        fs::remove_dir_all(once.path().join("target/transcript")).ok();
        process(&mut command(OURS.as_ref(), &once, &["build"]), None)
    });
}

/// Thirty programs that sleep for a second, in threads that print.
pub fn thirty_sleeping() {
    let book = |settings| {
        let book = Book::of_the_same(30, SLEEPS, Fences::Ours);
        book.set(settings);
        process(
            &mut command(OURS.as_ref(), &book, &["record", "--all"]),
            None,
        );
        book
    };
    let with = book("");
    let without = book("seeds = false\n");
    let target = with.path().join("target");
    let once = || {
        let no_op = process(&mut cargo(&with, &target, &["--examples"]), None);
        no_op + process(&mut program(&target, "p0"), None)
    };
    for (name, args, goal) in [
        ("check", &["check"][..], "1.5"),
        ("record --all", &["record", "--all"], ""),
    ] {
        let work = format!("30 programs that sleep for a second, built: `{name}`");
        let ours = || process(&mut command(OURS.as_ref(), &with, args), None);
        row(&work, "`cargo build` and one of them", goal, 3, ours, once);
        row(&work, "the same with `seeds = false`", "", 3, ours, || {
            process(&mut command(OURS.as_ref(), &without, args), None)
        });
    }
}

/// A program of two threads that sleep for a second and print.
pub const SLEEPS: &str = "use std::thread;
use std::time::Duration;

fn main() {
    let threads = [500, 1000].map(|time| {
        thread::spawn(move || {
            println!(\"sleeping for {time} ms\");
            thread::sleep(Duration::from_millis(time));
            println!(\"slept for {time} ms\");
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
}
";

/// Measures and prints a row.
pub fn row(
    work: &str,
    against: &str,
    goal: &str,
    rounds: usize,
    ours: impl FnMut() -> Duration,
    theirs: impl FnMut() -> Duration,
) {
    let pairs = Pairs::of(rounds, ours, theirs);
    print(work, against, goal, pairs.ratios(), &pairs);
}

/// A command of a build of the tool, with its builds in the book's own target folder.
pub fn command(tool: &Path, book: &Book, args: &[&str]) -> Command {
    let mut command = Command::new(tool);
    command
        .args(args)
        .current_dir(book.path())
        .env_remove("CARGO_TARGET_DIR");
    command
}

/// The checkout of the measured program.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Book {
    /// A copy of a checkout's tutorial with these settings added to its own.
    pub fn tutorial(root: &Path, settings: &str) -> Book {
        let book = Book::empty();
        let manifest = "[workspace]\nmembers = [\"examples\"]\nresolver = \"3\"\n";
        book.write("Cargo.toml", manifest);
        for part in [
            "Cargo.lock",
            "book.toml",
            "transcript.css",
            "transcript.js",
            "book",
            "examples",
        ] {
            copy(&root.join(part), &book.path().join(part)).unwrap();
        }
        book.set(settings);
        book
    }

    /// Adds settings of the preprocessor.
    fn set(&self, settings: &str) {
        let table = "[preprocessor.transcript]\n";
        let text = fs::read_to_string(self.path().join("book.toml")).unwrap();
        assert!(text.contains(table));
        self.write(
            "book.toml",
            &text.replace(table, &format!("{table}{settings}")),
        );
    }
}
