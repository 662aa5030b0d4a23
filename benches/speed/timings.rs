//! Twenty programs that sleep and four that compute, all in one book: is each timing what the program
//! takes alone, and is the whole as fast as that allows?

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::books::{Book, Fences};
use super::pairs::{Pairs, process};
use super::{preprocessor, print, program};

const SLEEP: &str = "fn main() {
    let time = std::env::args().nth(1).unwrap().parse::<u64>().unwrap();
    for part in 0..10 {
        std::thread::sleep(std::time::Duration::from_millis(time / 10));
        println!(\"part {part}\");
    }
}
";

const COMPUTE: &str = "fn main() {
    let rounds = std::env::args().nth(1).unwrap().parse::<u64>().unwrap();
    let mut x = 1_u64;
    for i in 0..rounds * 1_000_000 {
        x = x.wrapping_mul(6364136223846793005).wrapping_add(std::hint::black_box(i));
    }
    println!(\"{x}\");
}
";

const PRINT: &str = "fn main() {
    let lines = std::env::args().nth(1).unwrap().parse::<u32>().unwrap();
    for line in 0..lines {
        println!(\"line {line}\");
    }
}
";

/// A program and its argument.
type Run = (String, String);

/// How many of the runs sleep: the first ones.
const SLEEPING: usize = 20;

/// How often all of them are run together, for one row.
const ROUNDS: usize = 15;

/// Measures it three times and prints a row for each.
pub fn rows() {
    let mut runs: Vec<Run> = (0..SLEEPING)
        .map(|number| ("sleep".to_owned(), (300 + number * 90).to_string()))
        .collect();
    runs.extend((0..4).map(|number| ("compute".to_owned(), (150 + number).to_string())));
    let programs = [("sleep", SLEEP.to_owned()), ("compute", COMPUTE.to_owned())];
    let book = Book::with(&programs, &runs, Fences::Ours);
    let json = book.json();
    let target = book.path().join("target");
    let ours = || process(&mut preprocessor(&book), Some(&json));
    // Only what is built and run afterwards counts.
    ours();
    // That of those that sleep is the same each time.
    let sleeping: Vec<Duration> = runs[..SLEEPING]
        .iter()
        .map(|run| alone(&target, run))
        .collect();
    for _ in 0..3 {
        row(&runs, &sleeping, &target, ours);
    }
}

/// Runs all together, in turns with each alone, and prints by how much the walls are off. Even alone the wall of
/// a program that computes is not the same twice, and what is called a core may be half of one: the same is told of
/// every one alone against itself, and of those that compute when every core has one and nothing else runs.
fn row(runs: &[Run], sleeping: &[Duration], target: &Path, ours: impl Fn() -> Duration) {
    let all_alone = || -> Vec<Duration> {
        let computing = runs[SLEEPING..].iter().map(|run| alone(target, run));
        sleeping.iter().copied().chain(computing).collect()
    };
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    let mut wholes = Vec::new();
    let mut noisy = 0;
    // Of each run and round: how long it took alone, and together, or alone again, against that.
    let mut off = vec![Vec::new(); runs.len()];
    let mut off_alone = off.clone();
    let mut off_side_by_side = vec![Vec::new(); runs.len() - SLEEPING];
    let mut before = all_alone();
    for _ in 0..ROUNDS {
        forget(target);
        let whole = ours();
        let side_by_side = side_by_side(target, &runs[SLEEPING..], cores);
        let after = all_alone();
        let kept = kept(target);
        let transcripts: Vec<&Value> = runs.iter().map(|run| transcript(&kept, run)).collect();
        for (number, transcript) in transcripts.iter().enumerate() {
            let its = (before[number] + after[number]) / 2;
            off[number].push(Off::of(time(&transcript["wall"]), its));
            off_alone[number].push(Off::of(after[number], before[number]));
            noisy += usize::from(transcript["timing"] == "noisy");
        }
        for (number, wall) in side_by_side.into_iter().enumerate() {
            let its = (before[SLEEPING + number] + after[SLEEPING + number]) / 2;
            off_side_by_side[number].push(Off::of(wall, its));
        }
        let longest = *after.iter().max().expect("there are runs");
        let cpu: Duration = transcripts.iter().map(|its| time(&its["cpu"])).sum();
        let bound = longest.max(cpu / cores as u32);
        wholes.push((whole, bound));
        before = after;
    }
    let pairs = Pairs { walls: wholes };
    print(
        "20 that sleep and 4 that compute, all at once: the whole",
        "the longest, or the processors' time by their number",
        "1.5",
        pairs.ratios(),
        &pairs,
    );
    println!(
        "| their walls, the one that is off most | alone | 5% | | {:.1}% | | alone against alone: {:.1}%; those that \
         compute, one on each core, without us: {:.1}%; {noisy} of {} marked as noisy |",
        worst(&off),
        worst(&off_alone),
        worst(&off_side_by_side),
        runs.len() * ROUNDS,
    );
}

/// What a program that prints much takes, by its transcript, against the same into a pipe: each write goes through a
/// socket that stamps it, and is read one by one.
pub fn printing() {
    let lines = "20000";
    let runs: [Run; 1] = [("print".to_owned(), lines.to_owned())];
    let book = Book::with(&[("print", PRINT.to_owned())], &runs, Fences::Ours);
    let json = book.json();
    let target = book.path().join("target");
    process(&mut preprocessor(&book), Some(&json));
    let pairs = Pairs::of(
        11,
        || {
            forget(&target);
            process(&mut preprocessor(&book), Some(&json));
            time(&transcript(&kept(&target), &runs[0])["wall"])
        },
        || {
            let start = Instant::now();
            let output = program(&target, "print").arg(lines).output();
            let wall = start.elapsed();
            assert!(output.expect("it can be started").stdout.ends_with(b"\n"));
            wall
        },
    );
    print(
        "a program that prints 20,000 lines at once: its wall",
        "the same into a pipe",
        "",
        pairs.ratios(),
        &pairs,
    );
}

fn alone(target: &Path, (name, arg): &Run) -> Duration {
    process(program(target, name).arg(arg), None)
}

/// The walls of these runs, one on each core at the same time, without us.
fn side_by_side(target: &Path, runs: &[Run], cores: usize) -> Vec<Duration> {
    let at_once = |runs: &[Run]| -> Vec<Duration> {
        thread::scope(|scope| {
            let runs = runs.iter().map(|run| scope.spawn(|| alone(target, run)));
            let runs: Vec<_> = runs.collect();
            let walls = runs.into_iter().map(|run| run.join().expect("it was run"));
            walls.collect()
        })
    };
    runs.chunks(cores).flat_map(at_once).collect()
}

/// By how much a wall is off.
#[derive(Clone, Copy)]
struct Off {
    /// Of the wall that it should be.
    share: f64,
    /// In seconds.
    time: f64,
}

impl Off {
    fn of(wall: Duration, right: Duration) -> Off {
        let time = wall.as_secs_f64() - right.as_secs_f64();
        Off {
            share: time / right.as_secs_f64(),
            time,
        }
    }
}

/// The percentage of the run that is off most, each by the median of its rounds. What is less than 10 ms is
/// right.
fn worst(off: &[Vec<Off>]) -> f64 {
    let medians = off.iter().map(|rounds| {
        let mut rounds = rounds.clone();
        rounds.sort_by(|a, b| a.share.total_cmp(&b.share));
        let Off { share, time } = rounds[rounds.len() / 2];
        if time.abs() < 0.01 {
            0.0
        } else {
            share.abs() * 100.0
        }
    });
    medians.fold(0.0, f64::max)
}

/// What is kept of a run.
fn transcript<'a>(kept: &'a [Value], (name, arg): &Run) -> &'a Value {
    let is_of_run = |kept: &&Value| {
        let command = kept[2].as_str().expect("it was written");
        command.ends_with(&format!("--example {name} -- {arg}"))
    };
    let its = kept.iter().find(is_of_run).expect("it was run");
    &its[3]
}

fn time(value: &Value) -> Duration {
    let part = |name: &str| value[name].as_u64().expect("it was written");
    Duration::from_secs(part("secs")) + Duration::from_nanos(part("nanos"))
}

/// Removes what is kept in a target folder, that everything is run again.
fn forget(target: &Path) {
    std::fs::remove_dir_all(target.join("transcript")).expect("it was written");
}

/// The runs that are kept in a target folder: a line each, behind those of the programs.
fn kept(target: &Path) -> Vec<Value> {
    let files = std::fs::read_dir(target.join("transcript")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let kept = files.filter(|file| file.extension().is_some_and(|end| end == "jsonl"));
    let text: String = kept
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    text.lines()
        .filter(|line| line.starts_with('['))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
