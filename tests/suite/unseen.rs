//! The quality of shapes on programs in which nobody looks for a rule: false alarms, missed mistakes, harmless changes
//! that are reported, and the schedules that recordings rest on.
//!
//! `cargo test --test suite -- --ignored --nocapture unseen` prints all four. The environment sets the size:
//! `UNSEEN_RECORDINGS`, made one after the other; `UNSEEN_CHECKS` of unchanged programs, in all, each with seeds of its
//! own; `UNSEEN_PROGRAMS`, names with commas; `UNSEEN_PARTS`, some of `unchanged,mutants,benign,package`;
//! `UNSEEN_TOOLCHAIN`, another one that rustup has. Never look at a program here in order to find a rule that catches its
//! mutants: a rule comes from the corpus, and is measured here.
#![expect(clippy::print_stdout, reason = "the test prints its measurement")]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use mdbook_transcript::transcript::format::Recording;
use serde::Deserialize;

use crate::change::Change;
use crate::corpus::{Corpus, Errors, MACHINES, first_seed};

/// The contents of a file in `tests/unseen/changes`, which is named after the changed program.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    /// Mistakes, which a check should detect.
    #[serde(default)]
    mutant: Vec<Change>,
    /// Changes after which the recording still holds.
    #[serde(default)]
    benign: Vec<Change>,
}

/// The size of a measurement.
struct Size {
    recordings: usize,
    /// The number of checks of unchanged programs, in all recordings together.
    checks: usize,
    programs: Vec<String>,
    /// The parts of the measurement; empty: all.
    parts: Vec<String>,
    toolchain: Option<String>,
}

/// The numbers of a measurement, with the names that explain them.
#[derive(Default)]
struct Tally {
    checks: usize,
    /// A program, a state of the machine and a recording; and whether a check of it was wrong.
    cells: BTreeMap<(String, String, usize), bool>,
    wrong_checks: usize,
    /// The programs and errors of false alarms with the recording that is being measured.
    alarms: BTreeSet<(String, String)>,
    /// For each kind of mutant, how many were caught and how many there are.
    kinds: BTreeMap<String, (usize, usize)>,
    missed: Vec<String>,
    /// For each rule, the mutants and the harmless changes that broke it, false alarms among the latter: a rule that only
    /// alarms is none.
    rules: BTreeMap<String, (usize, usize)>,
    /// The changes to a program, and those to the whole package for each program.
    benign: usize,
    alarmed: Vec<String>,
    /// How many of them are of programs that are reported without a change, too.
    alarmed_anyway: usize,
    saturation: Saturation,
}

/// How many schedules recordings rest on, and how much those leave unseen.
#[derive(Default)]
struct Saturation {
    /// The number of recordings by the number of their schedules.
    schedules: BTreeMap<usize, usize>,
    in_real_time: BTreeSet<String>,
    /// The thousandths of schedules that show something new, and the programs, of all recordings.
    unseen: Vec<(usize, String)>,
}

/// The rules that errors are about: the errors without what programs print, and without numbers.
fn rules_of<'a>(errors: impl Iterator<Item = &'a String>) -> BTreeSet<String> {
    let rule = |error: &String| {
        let parts = error.split('`').step_by(2);
        let words = parts.collect::<Vec<_>>().join("…");
        words.replace(|c: char| c.is_ascii_digit(), "#")
    };
    errors.map(rule).collect()
}

fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/unseen")
}

/// The names of the files in a folder of the package, without their extensions.
fn names(folder: &str) -> BTreeSet<String> {
    let files = fs::read_dir(package().join(folder)).unwrap();
    let names = files.map(|file| file.unwrap().path());
    names
        .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

impl Changes {
    /// The changes to a program, or to the whole `package`.
    fn of(name: &str) -> Changes {
        let file = package().join("changes").join(format!("{name}.toml"));
        let Ok(text) = fs::read_to_string(file) else {
            return Changes::default();
        };
        let mut changes: Changes =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        if name != "package" {
            for change in changes.mutant.iter_mut().chain(&mut changes.benign) {
                change.program = name.to_owned().into();
            }
        }
        changes
    }
}

impl Size {
    fn wanted() -> Size {
        let number =
            |name, default| env::var(name).map_or(default, |number| number.parse().unwrap());
        let all = || names("examples").into_iter().collect();
        let some = |list: String| list.split(',').map(str::to_owned).collect();
        Size {
            recordings: number("UNSEEN_RECORDINGS", 1),
            checks: number("UNSEEN_CHECKS", 60),
            programs: env::var("UNSEEN_PROGRAMS").map_or_else(|_| all(), some),
            parts: env::var("UNSEEN_PARTS").map_or_else(|_| Vec::new(), some),
            toolchain: env::var("UNSEEN_TOOLCHAIN").ok(),
        }
    }

    fn has(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|it| it == part)
    }
}

impl Saturation {
    fn add(&mut self, corpus: &Corpus, program: &str) {
        let file = format!("examples/transcripts/{program}.transcript");
        let recorded = fs::read_to_string(corpus.path().join(file)).unwrap();
        let recorded = Recording::parse(&recorded).unwrap();
        match recorded.shape.schedules {
            Some(known) => {
                let schedules = known.executions() + known.other_exits;
                *self.schedules.entry(schedules).or_default() += 1;
                self.unseen.push((known.unseen, program.to_owned()));
            }
            None => {
                self.in_real_time.insert(program.to_owned());
            }
        }
    }

    fn print(&self) {
        let counts = self.schedules.iter();
        let counts = counts.map(|(schedules, count)| format!("{count} with {schedules}"));
        let counts: Vec<String> = counts.collect();
        println!("recordings by schedules: {}", counts.join(", "));
        println!("in real time: {:?}", self.in_real_time);
        let mut unseen = self.unseen.clone();
        unseen.sort_unstable();
        let at = |part: usize| {
            let (thousandths, program) = &unseen[(unseen.len() - 1) * part / 100];
            format!("{:.1}% ({program})", *thousandths as f64 / 10.0)
        };
        if !unseen.is_empty() {
            let (half, most, all) = (at(50), at(90), at(100));
            println!(
                "the next schedule shows something new with a probability of at most {half} for half of the \
                 recordings, {most} for nine of ten, and {all} for all"
            );
        }
    }
}

impl Tally {
    /// Checks unchanged programs at least so many times.
    fn add_unchanged(&mut self, corpus: &Corpus, names: &[&str], recording: usize, checks: usize) {
        self.alarms.clear();
        let rounds = checks.div_ceil(names.len());
        for (round, machine) in MACHINES.into_iter().cycle().take(rounds).enumerate() {
            let first_seed = first_seed(recording * rounds + round);
            for (program, errors) in corpus.check(names, machine, first_seed) {
                for error in &errors {
                    println!("FALSE ALARM: recording {recording}, {machine:?}, {program}: {error}");
                }
                self.add_alarms(&errors);
                self.checks += 1;
                self.wrong_checks += usize::from(!errors.is_empty());
                let cell = (program.clone(), format!("{machine:?}"), recording);
                *self.cells.entry(cell).or_default() |= !errors.is_empty();
                let alarms = errors.into_iter().map(|error| (program.clone(), error));
                self.alarms.extend(alarms);
            }
        }
    }

    fn add_mutants(&mut self, checked: Vec<(&Change, Errors)>) {
        for (mutant, errors) in checked {
            let (caught, all) = self.kinds.entry(mutant.kind().to_owned()).or_default();
            *all += 1;
            let name = format!("{}, {}", mutant.program, mutant.what);
            // A false alarm detects nothing.
            let is_true = |error: &&String| {
                let alarm = (mutant.program.to_string(), (*error).clone());
                !self.alarms.contains(&alarm)
            };
            for rule in rules_of(errors.iter().filter(is_true)) {
                self.rules.entry(rule).or_default().0 += 1;
            }
            match errors.iter().find(is_true) {
                Some(error) => {
                    *caught += 1;
                    println!("caught: {name}: {error}");
                }
                None => self.missed.push(name),
            }
        }
    }

    fn add_alarms(&mut self, errors: &Errors) {
        for rule in rules_of(errors.iter()) {
            self.rules.entry(rule).or_default().1 += 1;
        }
    }

    fn add_benign(&mut self, program: &str, what: &str, errors: &Errors) {
        self.benign += 1;
        self.add_alarms(errors);
        if let Some(error) = errors.first() {
            self.alarmed.push(format!("{program}, {what}: {error}"));
            let is_anyway = self.alarms.iter().any(|(of, _)| of == program);
            self.alarmed_anyway += usize::from(is_anyway);
        }
    }

    /// Checks programs after changes to the whole package, and built by another toolchain.
    fn add_packages(&mut self, corpus: &mut Corpus, names: &[&str], size: &Size) {
        for change in Changes::of("package").benign {
            for (program, errors) in corpus.check_with(names, &change) {
                self.add_benign(&program, &change.what, &errors);
            }
        }
        if let Some(toolchain) = &size.toolchain {
            for (program, errors) in corpus.check_built_by(toolchain, names) {
                self.add_benign(&program, toolchain, &errors);
            }
        }
    }

    fn print(&self) {
        self.saturation.print();
        for missed in &self.missed {
            println!("MISSED: {missed}");
        }
        for alarmed in &self.alarmed {
            println!("BENIGN CHANGE REPORTED: {alarmed}");
        }
        let wrong = self.cells.values().filter(|is_wrong| **is_wrong).count();
        println!(
            "false alarms: {wrong} of {} cells of program, machine and recording; {} of {} checks",
            self.cells.len(),
            self.wrong_checks,
            self.checks
        );
        let all: usize = self.kinds.values().map(|(_, all)| all).sum();
        let caught = all - self.missed.len();
        println!("mutants caught by one check: {caught} of {all}");
        for (kind, (caught, all)) in &self.kinds {
            println!("  {kind}: {caught} of {all}");
        }
        println!("rules broken by mutants and by harmless changes:");
        for (rule, (mutants, harmless)) in &self.rules {
            println!("  {mutants:>4} {harmless:>4}  {rule}");
        }
        println!(
            "benign changes reported: {} of {}, of which {} to programs that are reported unchanged, too",
            self.alarmed.len(),
            self.benign,
            self.alarmed_anyway
        );
    }
}

#[test]
fn unseen_programs_have_their_changes() {
    let mut mutants = 0;
    let mut benign = 0;
    let mut programs = names("examples");
    programs.insert("package".to_owned());
    for name in names("changes") {
        assert!(programs.contains(&name), "there is no program {name}");
        let changes = Changes::of(&name);
        mutants += changes.mutant.len();
        benign += changes.benign.len();
        for change in changes.mutant.iter().chain(&changes.benign) {
            change.in_package(&package());
        }
    }
    assert!(mutants >= 281, "{mutants}");
    assert!(benign >= 128, "{benign}");
}

#[test]
#[ignore = "takes minutes"]
fn unseen_programs_are_checked_rightly() {
    let start = Instant::now();
    let size = Size::wanted();
    let programs: Vec<&str> = size.programs.iter().map(String::as_str).collect();
    let changes: Vec<Changes> = programs.iter().map(|it| Changes::of(it)).collect();
    let mut corpus = Corpus::copy_of("unseen");
    let mut tally = Tally::default();
    for recording in 0..size.recordings {
        let passed = |part| {
            let minutes = start.elapsed().as_secs_f64() / 60.0;
            println!("{minutes:.1} min: recording {}, {part}", recording + 1);
        };
        corpus.record(&programs);
        for program in &programs {
            tally.saturation.add(&corpus, program);
        }
        passed("made");
        if size.has("unchanged") {
            let checks = size.checks.div_ceil(size.recordings);
            tally.add_unchanged(&corpus, &programs, recording + 1, checks);
            passed("unchanged programs checked");
        }
        // Each change is checked against one of the recordings.
        let part = |all: fn(&Changes) -> &Vec<Change>| {
            let of_program = move |it| all(it).iter().skip(recording).step_by(size.recordings);
            changes.iter().flat_map(of_program)
        };
        if size.has("mutants") {
            tally.add_mutants(corpus.check_each(part(|it| &it.mutant)));
            passed("mutants checked");
        }
        if size.has("benign") {
            for (change, errors) in corpus.check_each(part(|it| &it.benign)) {
                tally.add_benign(&change.program, &change.what, &errors);
            }
            passed("benign changes checked");
        }
        if recording == 0 && size.has("package") {
            tally.add_packages(&mut corpus, &programs, &size);
            passed("changes to the package checked");
        }
    }
    tally.print();
}
