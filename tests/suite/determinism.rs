//! The determinism of seeded executions: a program and a seed give the same execution each time, whatever else the
//! machine does.
//!
//! `cargo test --test suite -- --ignored determinism --nocapture` measures it with the tutorial's runs and the corpus's;
//! `DETERMINISM=20x10` sets the number of seeds in each world, and that of executions of each run with each seed.
#![expect(clippy::print_stdout, reason = "the test prints its measurement")]

use std::env;
use std::fmt;
use std::num::NonZero;
use std::path::Path;
use std::time::{Duration, Instant};

use mdbook_transcript::exec::helper::help_with;
use mdbook_transcript::exec::{Excess, RunError};
use mdbook_transcript::learn::batch::{Batch, Scheduled};
use mdbook_transcript::learn::{Observation, Subject};
use mdbook_transcript::observe::control::Control;
use mdbook_transcript::progress::ProgressLine;
use mdbook_transcript::transcript::seed::{Seed, World};
use mdbook_transcript::transcript::{Exit, Stream};

use crate::corpus::{Corpus, MACHINES, Machine, on, under_load};
use crate::project::PROGRAM;
use crate::ready::Ready;

/// The size of a measurement.
#[derive(Debug, Clone, Copy)]
struct Size {
    /// The number of seeds in each world.
    seeds: u64,
    /// The number of executions of each run with each seed.
    times: usize,
}

impl Size {
    fn wanted() -> Size {
        let size = env::var("DETERMINISM").unwrap_or("2x3".to_owned());
        let (seeds, times) = size.split_once('x').unwrap();
        Size {
            seeds: seeds.parse().unwrap(),
            times: times.parse().unwrap(),
        }
    }
}

/// A run and a seed, and their executions.
#[derive(Debug)]
struct Pair<'a> {
    subject: Subject<'a>,
    seed: Seed,
    first: Option<Course>,
    /// The first difference from the first execution.
    difference: Option<String>,
    leaks: bool,
}

/// Everything about an execution that its seed decides.
#[derive(Debug, PartialEq, Eq)]
struct Course {
    lines: Vec<(Stream, String)>,
    exit: Exit,
    virtual_time: Duration,
    points: u64,
    hash: u64,
}

/// The numbers of a measurement.
#[derive(Debug, Default)]
struct Tally {
    pairs: usize,
    identical: usize,
    leaking: usize,
    executions: usize,
    /// The executions of runs without a leak on an idle machine, and their time.
    idle: (usize, Duration),
    /// Executions that were still running at their limit, or in which nobody could go on.
    hangs: Vec<String>,
    /// Executions that have failed otherwise.
    failures: Vec<String>,
    differences: Vec<String>,
}

impl<'a> Pair<'a> {
    fn of(subject: Subject<'a>, seed: Seed) -> Pair<'a> {
        Pair {
            subject,
            seed,
            first: None,
            difference: None,
            leaks: false,
        }
    }

    /// Compares one more execution with the first.
    fn add(&mut self, observation: Observation, machine: Machine) {
        self.leaks |= observation.leaks();
        let Observation {
            transcript, seeded, ..
        } = observation;
        let report = seeded.unwrap();
        let lines = transcript.lines.into_iter();
        let course = Course {
            lines: lines.map(|line| (line.stream, line.text)).collect(),
            exit: transcript.exit,
            virtual_time: report.wall,
            points: report.points,
            hash: report.hash,
        };
        match &self.first {
            None => self.first = Some(course),
            Some(first) if *first == course => {}
            Some(_) if self.difference.is_some() => {}
            Some(first) => {
                let difference = format!("{self}, {machine:?}: {first:?} is now {course:?}");
                self.difference = Some(difference);
            }
        }
    }
}

impl fmt::Display for Pair<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.subject.launch.run.id, self.seed)
    }
}

impl Tally {
    /// Executes all runs of a book that can be seeded.
    fn add(&mut self, book: &Path, size: Size) {
        for subject in Ready::of(book).subjects() {
            match subject.observed {
                Ok(_) => self.add_run(subject, size),
                Err(untested) => println!("not executed: {}: {untested}", subject.launch.run.id),
            }
        }
    }

    /// Executes a run as often as wanted with each seed, with all seeds on one machine and then on the next.
    fn add_run(&mut self, subject: Subject<'_>, size: Size) {
        let seeds = [World::Base, World::Late].into_iter();
        let seeds = seeds.flat_map(|world| (1..=size.seeds).map(move |seed| Seed::of(seed, world)));
        let mut pairs: Vec<Pair<'_>> = seeds.map(|seed| Pair::of(subject, seed)).collect();
        for machine in MACHINES.into_iter().cycle().take(size.times) {
            // A leaking execution takes real time, and counts no further.
            let pairs: Vec<_> = pairs.iter_mut().filter(|pair| !pair.leaks).collect();
            self.execute(pairs, machine);
        }
        self.pairs += pairs.len();
        for pair in pairs {
            if pair.leaks {
                self.leaking += 1;
            } else if let Some(difference) = pair.difference {
                self.differences.push(difference);
            } else {
                self.identical += 1;
            }
        }
    }

    /// Executes pairs once.
    fn execute(&mut self, pairs: Vec<&mut Pair<'_>>, machine: Machine) {
        let scheduled = pairs.iter().map(|pair| {
            let control = Control::default();
            Scheduled::seeded(pair.subject, Duration::ZERO, control, pair.seed)
        });
        let batch = Batch::prepare(scheduled);
        let progress = ProgressLine::begin();
        let start = Instant::now();
        let execute = || on(machine, || batch.execute(NonZero::<usize>::MAX, &progress));
        let executed = match machine {
            Machine::Loaded => under_load(execute),
            Machine::Idle | Machine::OneProcessor => execute(),
        };
        let wall = start.elapsed();
        let leaks =
            |executed: &Result<Observation, _>| executed.as_ref().is_ok_and(Observation::leaks);
        // A leak takes a tenth of a second.
        if matches!(machine, Machine::Idle) && !executed.iter().any(leaks) {
            self.idle.0 += executed.len();
            self.idle.1 += wall;
        }
        self.executions += executed.len();
        for (pair, executed) in pairs.into_iter().zip(executed) {
            match executed {
                Ok(observation) => pair.add(observation, machine),
                Err(error) => {
                    let hangs = matches!(
                        error,
                        RunError::Deadlock { .. }
                            | RunError::Stopped {
                                excess: Excess::Time,
                                ..
                            }
                    );
                    let list = if hangs {
                        &mut self.hangs
                    } else {
                        &mut self.failures
                    };
                    list.push(format!("{pair}, {machine:?}: {error}"));
                }
            }
        }
    }
}

#[test]
#[ignore = "takes minutes"]
fn a_seed_gives_the_same_execution_each_time() {
    help_with(PROGRAM.into());
    let size = Size::wanted();
    let corpus = Corpus::copied();
    let mut tally = Tally::default();
    for book in [Path::new(env!("CARGO_MANIFEST_DIR")), corpus.path()] {
        tally.add(book, size);
    }
    let Tally {
        pairs,
        identical,
        leaking,
        executions,
        idle,
        hangs,
        failures,
        differences,
    } = tally;
    for difference in &differences {
        println!("DIFFERENT: {difference}");
    }
    for ended in hangs.iter().chain(&failures) {
        println!("FAILED: {ended}");
    }
    let compared = pairs - leaking;
    println!("pairs of a run and a seed: {pairs}; with a leak: {leaking}");
    println!(
        "identical in {} executions: {identical} of {compared}",
        size.times
    );
    println!(
        "executions: {executions}; hangs: {}; other failures: {}",
        hangs.len(),
        failures.len()
    );
    let rate = idle.0 as f64 / idle.1.as_secs_f64();
    println!("executions a second without a leak on the idle machine: {rate:.0}");
    assert!(hangs.is_empty() && failures.is_empty());
    assert!(compared > pairs / 2, "{leaking} of {pairs} pairs leak");
    assert!(
        identical * 1000 >= compared * 995,
        "{identical} of {compared}"
    );
}
