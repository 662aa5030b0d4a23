//! The quality of shapes: how often a check rejects an unchanged program, and how often it detects a changed one.
//!
//! `cargo test --test suite -- --ignored corpus --nocapture` prints both numbers; `CORPUS_CHECKS` sets the
//! number of checks of unchanged programs. A check is one native execution of one program, and some sixty with seeds.
#![expect(clippy::print_stdout, reason = "the test prints its measurement")]

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde_json::Value;

use crate::change::Change;
use crate::mutants::MUTANTS;
use crate::project::{PROGRAM, copy};

/// The state of the machine during an execution.
#[derive(Debug, Clone, Copy)]
pub enum Machine {
    Idle,
    Loaded,
    OneProcessor,
}

pub const MACHINES: [Machine; 3] = [Machine::Idle, Machine::Loaded, Machine::OneProcessor];

/// A copy of a package of programs, which one test at a time uses. Its folder outlives the test, so that its
/// dependencies are built once.
pub struct Corpus {
    folder: PathBuf,
    /// The toolchain that builds the programs; `None`: the tests' own.
    toolchain: Option<String>,
    _alone: MutexGuard<'static, ()>,
}

/// The kinds and messages of the errors that a check found in a program.
pub type Errors = Vec<String>;

impl Corpus {
    /// A copy of `tests/corpus`.
    pub fn copied() -> Corpus {
        Corpus::copy_of("corpus")
    }

    /// A copy of a package in `tests`.
    pub fn copy_of(package: &str) -> Corpus {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(package);
        for part in ["examples", "src"] {
            // The recordings of an earlier test are among the examples.
            fs::remove_dir_all(folder.join(part)).ok();
        }
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        copy(&original.join(package), &folder);
        Corpus {
            folder,
            toolchain: None,
            _alone: alone,
        }
    }

    /// Records programs, or all, whether or not they have a recording.
    pub fn record(&self, names: &[&str]) {
        fs::remove_dir_all(self.folder.join("examples/transcripts")).ok();
        let mut command = self.command(&["record"]);
        assert!(command.args(names).status().unwrap().success());
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(args)
            .current_dir(&self.folder)
            .env_remove("CARGO_TARGET_DIR");
        if let Some(toolchain) = &self.toolchain {
            command
                .env("RUSTUP_TOOLCHAIN", toolchain)
                .env_remove("CARGO");
        }
        command
    }

    /// Checks programs, or all, with the seeds from a number on, and returns the errors of each.
    pub fn check(
        &self,
        names: &[&str],
        machine: Machine,
        first_seed: usize,
    ) -> BTreeMap<String, Errors> {
        let mut command = self.command(&["check", "--format", "json"]);
        command.args(["--first-seed", &first_seed.to_string()]);
        command
            .args(names)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut run = || {
            let started = on(machine, || command.spawn().unwrap());
            started.wait_with_output().unwrap()
        };
        let output = match machine {
            Machine::Loaded => under_load(run),
            Machine::Idle | Machine::OneProcessor => run(),
        };
        let text = String::from_utf8(output.stdout).unwrap();
        let verdict = |line: &str| -> (String, Errors) {
            let verdict: Value = serde_json::from_str(line).unwrap();
            let errors = verdict["findings"].as_array().unwrap().iter();
            let errors = errors.filter(|finding| finding["severity"] == "error");
            let errors =
                errors.map(|finding| format!("{} {}", finding["kind"], finding["message"]));
            (
                verdict["run"].as_str().unwrap().to_owned(),
                errors.collect(),
            )
        };
        let verdicts: BTreeMap<_, _> = text.lines().map(verdict).collect();
        assert!(!verdicts.is_empty());
        verdicts
    }

    /// Checks programs, or all, after a change to the whole package or to each program. A change makes the recordings
    /// stale, which is no error here.
    fn check_changed(&self, names: &[&str], changes: &[&Change]) -> BTreeMap<String, Errors> {
        let changed: Vec<_> = changes.iter().map(|it| it.apply(&self.folder)).collect();
        let mut verdicts = self.check(names, Machine::Idle, 1);
        drop(changed);
        for (program, errors) in &mut verdicts {
            let builds = !errors.iter().any(|error| error.contains("BUILD"));
            assert!(builds, "{program}: {errors:?}: {changes:?}");
            errors.retain(|error| !error.contains("STALE"));
        }
        verdicts
    }

    /// Checks programs, or all, once after a change to the whole package.
    pub fn check_with(&self, names: &[&str], change: &Change) -> BTreeMap<String, Errors> {
        // A requirement of another version changes the lock file, too.
        let lock = self.folder.join("Cargo.lock");
        let locked = fs::read(&lock).unwrap();
        let verdicts = self.check_changed(names, &[change]);
        fs::write(&lock, locked).unwrap();
        verdicts
    }

    /// Checks programs, or all, once with another toolchain.
    pub fn check_built_by(&mut self, toolchain: &str, names: &[&str]) -> BTreeMap<String, Errors> {
        self.toolchain = Some(toolchain.to_owned());
        let verdicts = self.check_changed(names, &[]);
        self.toolchain = None;
        verdicts
    }

    /// Checks each changed program once, and returns the errors of each change.
    pub fn check_each<'a>(
        &self,
        changes: impl IntoIterator<Item = &'a Change>,
    ) -> Vec<(&'a Change, Errors)> {
        let mut checked = Vec::new();
        let mut left: Vec<&Change> = changes.into_iter().collect();
        while !left.is_empty() {
            // One change of each program a round.
            let mut round: BTreeMap<&str, &Change> = BTreeMap::new();
            left.retain(|change| {
                let is_next = !round.contains_key(&*change.program);
                if is_next {
                    round.insert(&change.program, change);
                }
                !is_next
            });
            let names: Vec<&str> = round.keys().copied().collect();
            let changes: Vec<&Change> = round.values().copied().collect();
            let mut verdicts = self.check_changed(&names, &changes);
            let errors = changes.into_iter().map(|change| {
                let errors = verdicts.remove(&*change.program);
                (change, errors.expect("each program has one run"))
            });
            checked.extend(errors);
        }
        checked
    }

    pub fn path(&self) -> &Path {
        &self.folder
    }
}

/// Starts processes, on one processor if the machine has only one.
pub fn on<T>(machine: Machine, start: impl FnOnce() -> T) -> T {
    let all = sched_getaffinity(None).unwrap();
    if let Machine::OneProcessor = machine {
        let mut one = CpuSet::new();
        one.set((0..CpuSet::MAX_CPU).find(|&cpu| all.is_set(cpu)).unwrap());
        sched_setaffinity(None, &one).unwrap();
    }
    let started = start();
    sched_setaffinity(None, &all).unwrap();
    started
}

/// Keeps all processors busy during some work.
pub fn under_load<T>(work: impl FnOnce() -> T) -> T {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 * thread::available_parallelism().unwrap().get() {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let done = work();
        is_over.store(true, Ordering::Relaxed);
        done
    })
}

/// The number of the first seed of each check of unchanged programs, counted from 0: each has seeds of its own, which
/// `record` did not use. With the recorded ones, an unchanged program repeats its recording.
pub fn first_seed(check: usize) -> usize {
    (check + 1) * 10_000
}

/// Makes at least so many checks, and returns their number and their errors, all of which are false.
fn false_alarms(corpus: &Corpus, wanted: usize) -> (usize, Vec<String>) {
    let mut checks = 0;
    let mut alarms = Vec::new();
    for (number, machine) in MACHINES.into_iter().cycle().enumerate() {
        if checks >= wanted {
            break;
        }
        let verdicts = corpus.check(&[], machine, first_seed(number));
        checks += verdicts.len();
        for (run, errors) in verdicts {
            alarms.extend(
                errors
                    .iter()
                    .map(|error| format!("{machine:?} {run}: {error}")),
            );
        }
    }
    (checks, alarms)
}

/// Checks each mutant once, prints the first error of each detected one, and returns the others.
fn missed(corpus: &Corpus) -> Vec<&'static Change> {
    let mut missed = Vec::new();
    for (mutant, errors) in corpus.check_each(MUTANTS) {
        match errors.first() {
            Some(error) => println!("caught: {}, {}: {error}", mutant.program, mutant.what),
            None => missed.push(mutant),
        }
    }
    missed
}

/// The lines of a recording that are about the order of lines, sorted. Each line of output is called by its first word,
/// because its number depends on the order in which the shown execution printed.
fn orders(corpus: &Corpus, run: &str) -> Vec<String> {
    let file = format!("examples/transcripts/{run}.transcript");
    let recorded = fs::read_to_string(corpus.path().join(file)).unwrap();
    let first_words: HashMap<&str, &str> = recorded
        .lines()
        .filter_map(|line| {
            let (number, rest) = line.split_once(" stdout ")?;
            Some((number, rest.split(' ').nth(1)?))
        })
        .collect();
    let lines = recorded.lines();
    let lines = lines.filter(|line| line.contains(" after ") || line.ends_with("either order"));
    let mut lines: Vec<String> = lines
        .map(|line| {
            let words = line.split(' ');
            let words = words.map(|word| *first_words.get(word).unwrap_or(&word));
            words.collect::<Vec<_>>().join(" ")
        })
        .collect();
    lines.sort();
    lines
}

/// A seed chooses among the threads that wait in the kernel, which promises no order. A queue that a library documents is
/// inside the program, and is kept.
#[test]
fn an_order_that_a_library_documents_is_a_rule() {
    const EITHER: &str = "other pairs: in either order";
    let programs = [
        (
            "turns_tokio",
            &["Ben after Anna", "Cleo after Ben", EITHER][..],
        ),
        (
            "turns_parking_lot",
            &["Ben on time after Anna", "Cleo on time after Ben", EITHER],
        ),
        ("turns_mutex", &[EITHER]),
    ];
    let corpus = Corpus::copied();
    corpus.record(&programs.map(|(program, _)| program));
    for (program, expected) in programs {
        assert_eq!(orders(&corpus, program), expected, "{program}");
    }
}

#[test]
#[ignore = "takes minutes"]
fn corpus_checks_are_right() {
    let corpus = Corpus::copied();
    corpus.record(&[]);
    let missed = missed(&corpus);
    let wanted = env::var("CORPUS_CHECKS").map_or(48, |checks| checks.parse().unwrap());
    let (checks, alarms) = false_alarms(&corpus, wanted);
    for alarm in &alarms {
        println!("FALSE ALARM: {alarm}");
    }
    for mutant in &missed {
        println!(
            "missed: {}, {}: {}",
            mutant.program, mutant.what, mutant.why_missed
        );
    }
    let all = MUTANTS.len();
    let caught = all - missed.len();
    println!("false alarms: {} in {checks} checks", alarms.len());
    println!("mutants caught by one check: {caught} of {all}");
    assert!(alarms.is_empty());
    assert!(caught * 100 >= all * 95, "{caught} of {all}");
}
