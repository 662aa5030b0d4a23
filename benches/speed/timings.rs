//! The accuracy of timings: in a book of twenty sleeping and four CPU-bound programs, each timing must be the time
//! that the program takes alone, and the build must be as fast as that allows.

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

/// The number of sleeping runs, which come first.
const SLEEPING: usize = 20;

/// The number of rounds in which all programs are executed together, for one row.
const ROUNDS: usize = 15;

/// Measures three times and prints two rows for each.
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
    // A warm-up that builds the programs.
    ours();
    // Measured once: the wall time of a sleeping program hardly varies.
    let sleeping: Vec<Duration> = runs[..SLEEPING]
        .iter()
        .map(|run| alone(&target, run))
        .collect();
    for _ in 0..3 {
        row(&runs, &sleeping, &target, ours);
    }
}

/// Executes all together, in turns with each alone, and prints by how much the wall times deviate. The wall time of a
/// CPU-bound program varies even alone, and a core may be half a physical one; so the row also shows the deviations of
/// each program alone, and of the CPU-bound programs with one on each core and nothing else running.
fn row(runs: &[Run], sleeping: &[Duration], target: &Path, ours: impl Fn() -> Duration) {
    let all_alone = || -> Vec<Duration> {
        let computing = runs[SLEEPING..].iter().map(|run| alone(target, run));
        sleeping.iter().copied().chain(computing).collect()
    };
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    let mut wholes = Vec::new();
    let mut noisy = 0;
    // For each run and round, the deviation from the wall time alone.
    let mut together = vec![Vec::new(); runs.len()];
    let mut alone_again = together.clone();
    let mut one_per_core = vec![Vec::new(); runs.len() - SLEEPING];
    let mut before = all_alone();
    for _ in 0..ROUNDS {
        forget(target);
        let whole = ours();
        let side_by_side = side_by_side(target, &runs[SLEEPING..], cores);
        let after = all_alone();
        let cached = cached(target);
        let transcripts: Vec<&Value> = runs.iter().map(|run| transcript(&cached, run)).collect();
        for (number, transcript) in transcripts.iter().enumerate() {
            let expected = (before[number] + after[number]) / 2;
            together[number].push(Deviation::new(time(&transcript["wall"]), expected));
            alone_again[number].push(Deviation::new(after[number], before[number]));
            noisy += usize::from(transcript["timing"] == "noisy");
        }
        for (number, wall) in side_by_side.into_iter().enumerate() {
            let expected = (before[SLEEPING + number] + after[SLEEPING + number]) / 2;
            one_per_core[number].push(Deviation::new(wall, expected));
        }
        let longest = *after.iter().max().unwrap();
        let cpu: Duration = transcripts
            .iter()
            .map(|transcript| time(&transcript["cpu"]))
            .sum();
        let bound = longest.max(cpu / cores as u32);
        wholes.push((whole, bound));
        before = after;
    }
    let pairs = Pairs { walls: wholes };
    print(
        "20 sleeping and 4 CPU-bound programs at once: the whole build",
        "the longest program, or the CPU time per processor",
        "1.5",
        pairs.ratios(),
        &pairs,
    );
    println!(
        "| the largest deviation of a wall time | alone | 5% | | {:.1}% | | alone against alone: {:.1}%; CPU-bound, one \
         on each core, without us: {:.1}%; {noisy} of {} marked as noisy |",
        worst(&together),
        worst(&alone_again),
        worst(&one_per_core),
        runs.len() * ROUNDS,
    );
}

/// The wall time of a program that prints a lot, by its transcript, against the same program writing to a pipe: each
/// write goes through a socket that stamps it, and is read separately.
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
            time(&transcript(&cached(&target), &runs[0])["wall"])
        },
        || {
            let start = Instant::now();
            let output = program(&target, "print").arg(lines).output();
            let wall = start.elapsed();
            assert!(output.unwrap().stdout.ends_with(b"\n"));
            wall
        },
    );
    print(
        "a program that prints 20,000 lines at once: its wall time",
        "the same writing to a pipe",
        "",
        pairs.ratios(),
        &pairs,
    );
}

/// Executes a run without the preprocessor, and returns its wall time.
fn alone(target: &Path, (name, arg): &Run) -> Duration {
    process(program(target, name).arg(arg), None)
}

/// Executes runs without the preprocessor, one on each core at the same time, and returns their wall times.
fn side_by_side(target: &Path, runs: &[Run], cores: usize) -> Vec<Duration> {
    let at_once = |runs: &[Run]| -> Vec<Duration> {
        thread::scope(|scope| {
            let runs = runs.iter().map(|run| scope.spawn(|| alone(target, run)));
            let runs: Vec<_> = runs.collect();
            let walls = runs.into_iter().map(|run| run.join().unwrap());
            walls.collect()
        })
    };
    runs.chunks(cores).flat_map(at_once).collect()
}

/// The deviation of a wall time from the expected one.
#[derive(Clone, Copy)]
struct Deviation {
    /// As a fraction of the expected wall time.
    share: f64,
    /// In seconds.
    seconds: f64,
}

impl Deviation {
    fn new(wall: Duration, expected: Duration) -> Deviation {
        let seconds = wall.as_secs_f64() - expected.as_secs_f64();
        Deviation {
            share: seconds / expected.as_secs_f64(),
            seconds,
        }
    }
}

/// Returns the largest deviation of a run in percent, each run by the median of its rounds. Less than 10 ms counts as
/// none.
fn worst(runs: &[Vec<Deviation>]) -> f64 {
    let medians = runs.iter().map(|rounds| {
        let mut rounds = rounds.clone();
        rounds.sort_by(|a, b| a.share.total_cmp(&b.share));
        let Deviation { share, seconds } = rounds[rounds.len() / 2];
        if seconds.abs() < 0.01 {
            0.0
        } else {
            share.abs() * 100.0
        }
    });
    medians.fold(0.0, f64::max)
}

/// The cached transcript of a run.
fn transcript<'a>(cached: &'a [Value], (name, arg): &Run) -> &'a Value {
    let is_of_run = |entry: &&Value| {
        let command = entry[2].as_str().unwrap();
        command.ends_with(&format!("--example {name} -- {arg}"))
    };
    let entry = cached.iter().find(is_of_run).unwrap();
    &entry[3]
}

fn time(value: &Value) -> Duration {
    let part = |name: &str| value[name].as_u64().unwrap();
    Duration::from_secs(part("secs")) + Duration::from_nanos(part("nanos"))
}

/// Removes the cache in a target folder, so that every program is executed again.
fn forget(target: &Path) {
    std::fs::remove_dir_all(target.join("transcript")).unwrap();
}

/// Reads the cached runs in a target folder: one line each, after the lines of the programs.
fn cached(target: &Path) -> Vec<Value> {
    let files = std::fs::read_dir(target.join("transcript")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let cached = files.filter(|file| file.extension().is_some_and(|end| end == "jsonl"));
    let text: String = cached
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    text.lines()
        .filter(|line| line.starts_with('['))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
