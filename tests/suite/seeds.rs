//! `run --seed`: executions that depend on the seed alone, by a virtual clock.

use std::collections::BTreeSet;

use crate::project::Project;

/// The exit status, the stdout and the errors of a seeded execution.
pub fn seeded(project: &Project, run: &str, seed: &str) -> (Option<i32>, String, String) {
    let output = project.run(&["run", run, "--seed", seed]);
    let (stdout, errors) = (output.stdout.clone(), output.errors());
    (output.status, stdout, errors)
}

/// All executions of these runs with a seed, as one text.
pub fn all(project: &Project, program: &str, runs: &[&str], seed: &str) -> String {
    let mut text = String::new();
    for run in runs {
        let (status, stdout, errors) = seeded(project, &format!("{program}-{run}"), seed);
        assert_eq!((status, errors.as_str()), (Some(0), ""), "{run}: {stdout}");
        text.push_str(&format!("$ {program} {run}\n{stdout}\n"));
    }
    text
}

pub fn snapshot(name: &str, text: &str) {
    insta::with_settings!({
        prepend_module_to_snapshot => false,
        snapshot_path => "../snapshots",
        filters => vec![(r"at 0x[0-9a-f]+", "at [ADDRESS]")],
    }, { insta::assert_snapshot!(name, text) });
}

const WAITS: [&str; 11] = [
    "spin",
    "yield",
    "clock",
    "channel",
    "condition",
    "park",
    "barrier",
    "stress",
    "turns",
    "crowd",
    "race",
];
const FILES: [&str; 7] = [
    "pipe", "full", "socket", "timeout", "datagram", "poll", "fifo",
];
const PROCESSES: [&str; 11] = [
    "shell",
    "lines",
    "many",
    "killed",
    "replaced",
    "by-file",
    "listed",
    "with-environment",
    "nested",
    "headless",
    "without-first",
];
const CALLS: [&str; 17] = [
    "killed",
    "blocked-signal",
    "looks",
    "at-once",
    "deadlines",
    "own-lock",
    "shared",
    "robust",
    "elsewhere",
    "file-locks",
    "moved",
    "timer-file",
    "event-file",
    "wake-op",
    "system",
    "stream",
    "by-file",
];
const SIGNALS: [&str; 9] = [
    "sleep",
    "calls",
    "restarted",
    "pipe",
    "sent",
    "suspend",
    "timers",
    "ended",
    "stopped",
];
const QUEUES: [&str; 5] = ["semaphore", "messages", "queue", "parts", "all"];
const SHELL: [&str; 7] = ["trap", "timeout", "wait", "stop", "alive", "pipes", "fifo"];

/// Every wait ends at its time by the virtual clock: the snapshots have exact times.
#[test]
fn waits_end_on_time() {
    let project = Project::from("seeds");
    for (program, runs) in [
        ("waits", WAITS.as_slice()),
        ("files", &FILES),
        ("processes", &PROCESSES),
        ("calls", &CALLS),
        ("signals", &SIGNALS),
        ("shell", &SHELL),
        ("queues", &QUEUES),
    ] {
        let text = all(&project, program, runs, "s1");
        snapshot(&format!("seeds-{program}"), &text);
    }
}

/// The same seed gives the same execution, in both worlds and by each strategy; other seeds give others.
#[test]
fn the_same_seed_gives_the_same_execution() {
    let project = Project::from("seeds");
    for run in [
        "waits-race",
        "waits-barrier",
        "files-socket",
        "processes-many",
        "signals-calls",
        "shell-stop",
    ] {
        let mut different = BTreeSet::new();
        for seed in ["s1", "s2", "late:random:s3", "late:pct:s4"] {
            let (status, first, errors) = seeded(&project, run, seed);
            assert_eq!(
                (status, errors.as_str()),
                (Some(0), ""),
                "{run} {seed}: {first}"
            );
            for _ in 0..2 {
                assert_eq!(seeded(&project, run, seed).1, first, "{run} {seed}");
            }
            let (lines, end) = first.trim_end().rsplit_once('\n').unwrap();
            assert!(end.contains(&format!("({seed}, ")), "{end}");
            different.insert(lines.to_owned());
        }
        assert!(different.len() > 1, "{run}: {different:?}");
    }
}

/// A lost update, which natively is rare, is found by a few seeds.
#[test]
fn a_seed_shows_a_race() {
    let project = Project::from("seeds");
    let is_lost = |seed: &u32| {
        let (_, stdout, _) = seeded(&project, "waits-race", &format!("s{seed}"));
        !stdout.contains("counted 3")
    };
    assert!((1..10).any(|seed| is_lost(&seed)));
}

#[test]
fn a_deadlock_is_told_with_the_waiting_threads() {
    let project = Project::from("seeds");
    for run in ["ends-deadlock", "ends-joined", "ends-fifo", "ends-owned"] {
        let (status, stdout, errors) = seeded(&project, run, "s2");
        assert_eq!(status, Some(2), "{stdout}");
        snapshot(&format!("seeds-{run}"), &format!("{stdout}{errors}"));
    }
}

/// Limits count virtual time, so a program that never ends is stopped soon.
#[test]
fn limits_hold_by_the_virtual_clock() {
    let project = Project::from("seeds");
    let (status, stdout, errors) = seeded(&project, "ends-forever", "s1");
    assert_eq!(status, Some(2), "{stdout}");
    assert!(stdout.contains("4.000"), "{stdout}");
    assert!(errors.contains("still running after"), "{errors}");
}

#[test]
fn the_end_of_a_program_is_as_natively() {
    let project = Project::from("seeds");
    let (status, stdout, _) = seeded(&project, "ends-aborted", "s1");
    assert_eq!(status, Some(0));
    assert!(
        stdout.contains("ended by signal 6 after 10 ms of virtual time"),
        "{stdout}"
    );
    let (status, stdout, _) = seeded(&project, "ends-exits", "s1");
    assert_eq!(status, Some(0));
    let printed: Vec<&str> = stdout
        .lines()
        .filter_map(|line| line.split_once("stdout  "))
        .map(|(_, text)| text)
        .collect();
    assert_eq!(printed, ["20", "100", "main"]);
    for (run, left) in [
        ("processes-orphan", "left processes running: `sh`, `sleep`"),
        ("processes-aborted", "left processes running: `sleep`"),
    ] {
        let (status, _, errors) = seeded(&project, run, "s1");
        assert_eq!(status, Some(2));
        assert!(errors.contains(left), "{run}: {errors}");
    }
}

/// A program that computes for long runs outside of the schedule, which is told.
#[test]
fn real_time_that_decides_is_told() {
    let project = Project::from("seeds");
    let output = project.run(&["run", "ends-computing", "--seed", "s1"]);
    output.succeeds();
    let warning = "another execution of `ends-computing` with s1 may differ: once a thread computed for too long";
    assert!(output.stderr.contains(warning), "{}", output.stderr);
    // An answer from another machine comes in real time.
    let output = project.run(&["run", "calls-outside", "--seed", "s1"]);
    output.succeeds();
    let warning = "another execution of `calls-outside` with s1 may differ";
    assert!(output.stderr.contains(warning), "{}", output.stderr);
}

/// While a thread computes outside of the schedule, the others' waits end by real time.
#[test]
fn a_thread_that_spins_does_not_stop_the_clock() {
    let project = Project::from("seeds");
    let output = project.run(&["run", "calls-spins", "--seed", "s1"]);
    output.succeeds();
    assert!(output.stdout.contains("set"), "{}", output.stdout);
    assert!(
        output.stderr.contains("computed for too long"),
        "{}",
        output.stderr
    );
}

/// `tail` prints in the C library's own way, at no scheduling point, but waits by the virtual clock.
#[test]
fn a_program_that_looks_again_and_again_is_ended_by_a_signal() {
    let project = Project::from("seeds");
    let (status, stdout, errors) = seeded(&project, "shell-tail", "s1");
    assert_eq!((status, errors.as_str()), (Some(0), ""), "{stdout}");
    for text in ["first", "second", "143", "after 2.50 s of virtual time"] {
        assert!(stdout.contains(text), "{stdout}");
    }
}

/// A program that cannot be emulated is told at once, and nothing hangs.
#[test]
fn obstacles_are_told() {
    let project = Project::from("seeds");
    for (run, obstacle) in [
        (
            "signals-processor-time",
            "it sets a timer of processor time",
        ),
        ("signals-stops-itself", "it sends a signal whose effect"),
        ("calls-cloned", "it starts a process as `daemon`"),
        ("calls-canceled", "it cancels a thread"),
        ("calls-crowd", "it has too many threads at a time"),
    ] {
        let (status, _, errors) = seeded(&project, run, "s1");
        assert_eq!(status, Some(2), "{run}: {errors}");
        let expected = format!("it cannot be seeded: {obstacle}");
        assert!(errors.contains(&expected), "{run}: {errors}");
    }
}

#[test]
fn a_trace_has_every_scheduling_point() {
    let project = Project::from("seeds");
    let output = project.run(&["run", "waits-park", "--seed", "s3", "--trace"]);
    snapshot("seeds-trace", &output.succeeds().stdout);
    // Without a seed there are none.
    let output = project.run(&["run", "waits-park", "--trace"]);
    assert!(
        output.fails().stderr.contains("--seed"),
        "{}",
        output.stderr
    );
    let output = project.run(&["run", "waits-park", "--seed", "17"]);
    let error = "expected `s` and a number up to 18446744073709551615, as in `s17`; found `17`";
    assert!(output.fails().stderr.contains(error), "{}", output.stderr);
}
