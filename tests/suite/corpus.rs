//! The quality of shapes: how often a check rejects an unchanged program, and how often it detects a changed one.
//!
//! `cargo test --test suite -- --ignored corpus --nocapture` prints both numbers; `CORPUS_CHECKS` sets the
//! number of checks of unchanged programs. A check is three executions of one program.
#![expect(clippy::print_stdout, reason = "the test prints its measurement")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde_json::Value;

use crate::mutants::{MUTANTS, Mutant};
use crate::project::{PROGRAM, copy};

/// The state of the machine during an execution.
#[derive(Debug, Clone, Copy)]
pub enum Machine {
    Idle,
    Loaded,
    OneProcessor,
}

pub const MACHINES: [Machine; 3] = [Machine::Idle, Machine::Loaded, Machine::OneProcessor];

/// A copy of the corpus, which one test at a time uses. Its folder outlives the test, so that its dependencies are built
/// once.
pub struct Corpus {
    folder: PathBuf,
    _alone: MutexGuard<'static, ()>,
}

/// The kinds and messages of the errors that a check found in a program.
type Errors = Vec<String>;

impl Corpus {
    pub fn copied() -> Corpus {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus");
        for part in ["examples", "src"] {
            // The recordings of an earlier test are among the examples.
            fs::remove_dir_all(folder.join(part)).ok();
        }
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
        copy(&original, &folder);
        Corpus {
            folder,
            _alone: alone,
        }
    }

    fn recorded() -> Corpus {
        let corpus = Corpus::copied();
        let recorded = corpus.command(&["record", "--all"]).status().unwrap();
        assert!(recorded.success());
        corpus
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(args)
            .current_dir(&self.folder)
            .env_remove("CARGO_TARGET_DIR");
        command
    }

    /// Checks programs, or all, and returns the errors of each.
    fn check(&self, names: &[&str], machine: Machine) -> BTreeMap<String, Errors> {
        let mut command = self.command(&["check", "--format", "json"]);
        command
            .args(names)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let output = on(machine, || command.spawn().unwrap())
            .wait_with_output()
            .unwrap();
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
        text.lines().map(verdict).collect()
    }

    pub fn path(&self) -> &Path {
        &self.folder
    }

    fn program(&self, name: &str) -> PathBuf {
        self.folder.join("examples").join(format!("{name}.rs"))
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

/// Makes at least so many checks, and returns their number and their errors, all of which are false.
fn false_alarms(corpus: &Corpus, wanted: usize) -> (usize, Vec<String>) {
    let mut checks = 0;
    let mut alarms = Vec::new();
    for machine in MACHINES.into_iter().cycle() {
        if checks >= wanted {
            break;
        }
        let verdicts = match machine {
            Machine::Loaded => under_load(|| corpus.check(&[], machine)),
            Machine::Idle | Machine::OneProcessor => corpus.check(&[], machine),
        };
        assert!(!verdicts.is_empty());
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
fn missed(corpus: &Corpus) -> Vec<&'static Mutant> {
    let mut missed = Vec::new();
    let mut left: Vec<&Mutant> = MUTANTS.iter().collect();
    while !left.is_empty() {
        // One mutant of each program a round.
        let mut round: BTreeMap<&str, &Mutant> = BTreeMap::new();
        left.retain(|mutant| {
            if round.contains_key(mutant.program) {
                true
            } else {
                round.insert(mutant.program, mutant);
                false
            }
        });
        let mut originals = Vec::new();
        for mutant in round.values() {
            let file = corpus.program(mutant.program);
            let original = fs::read_to_string(&file).unwrap();
            fs::write(&file, mutant.of(&original)).unwrap();
            originals.push((file, original));
        }
        let names: Vec<&str> = round.keys().copied().collect();
        let verdicts = corpus.check(&names, Machine::Idle);
        for (program, mutant) in round {
            let errors = verdicts[program]
                .iter()
                .filter(|error| !error.contains("STALE"));
            let errors: Vec<&String> = errors.collect();
            assert!(
                !errors.iter().any(|error| error.contains("BUILD")),
                "{mutant:?}"
            );
            match errors.first() {
                Some(error) => println!("caught: {program}, {}: {error}", mutant.what),
                None => missed.push(mutant),
            }
        }
        for (file, original) in originals {
            fs::write(file, original).unwrap();
        }
    }
    missed
}

#[test]
#[ignore = "takes minutes"]
fn corpus_checks_are_right() {
    let corpus = Corpus::recorded();
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
