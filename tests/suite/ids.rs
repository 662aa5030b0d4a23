//! The ids of processes and threads in seeded executions: they follow from the seed, and mean the same in all calls.

use std::collections::BTreeSet;
use std::process::Command;

use crate::project::Project;
use crate::seeds::{all, seeded, snapshot};

const RUNS: [&str; 9] = [
    "threads",
    "processes",
    "forks",
    "groups",
    "calls",
    "paths",
    "peer",
    "panics",
    "shell",
];

/// Each id is translated wherever the program gets it or passes it on. The snapshot has the ids as they are.
#[test]
fn ids_mean_the_same_in_all_calls() {
    let project = Project::from("seeds");
    let text = all(&project, "ids", &RUNS, "s1");
    snapshot("seeds-ids", &text);
}

/// Ten executions with a seed print the same ids, and have the same schedule.
#[test]
fn the_same_seed_gives_the_same_ids() {
    let project = Project::from("seeds");
    for (run, seed) in [
        ("ids-threads", "s2"),
        ("ids-processes", "late:s3"),
        ("ids-panics", "pct:s4"),
        ("ids-shell", "late:pct:s5"),
    ] {
        let trace = || {
            let output = project.run(&["run", run, "--seed", seed, "--trace"]);
            assert_eq!(output.errors(), "", "{run} {seed}");
            output.succeeds().stdout.clone()
        };
        let traces: BTreeSet<String> = (0..10).map(|_| trace()).collect();
        assert_eq!(traces.len(), 1, "{run} {seed}: {traces:#?}");
    }
}

/// A seed's first id is its own, so that executions side by side can use ids in the names of files.
#[test]
fn other_seeds_give_other_ids() {
    let project = Project::from("seeds");
    let seeds = ["s1", "s2", "late:s1", "pct:s1"];
    let ids = seeds.map(|seed| {
        let (_, stdout, _) = seeded(&project, "ids-threads", seed);
        let line = stdout.lines().find(|line| line.contains(" of ")).unwrap();
        line.rsplit(' ').next().unwrap().to_owned()
    });
    assert_eq!(BTreeSet::from(ids.clone()).len(), seeds.len(), "{ids:?}");
}

/// Recordings know the ids of native and seeded executions.
#[test]
fn recordings_have_holes_for_ids() {
    let project = Project::from("seeds");
    project.run(&["record", "ids-processes"]).succeeds();
    let recorded = project.read("examples/transcripts/ids-processes.transcript");
    for line in [
        "stdout 3 child {pid} of {pid}",
        "stdout 3 started {pid}",
        "stdout 1 wait4 {pid}: true 0",
    ] {
        assert!(recorded.contains(line), "{recorded}");
    }
    assert!(!recorded.contains("not seeded"), "{recorded}");
    project.run(&["check", "ids-processes"]).succeeds();
}

#[test]
fn ids_that_cannot_be_translated_are_told() {
    let project = Project::from("seeds");
    for (run, obstacle) in [
        ("ids-own-status", "it asks the system for ids of processes"),
        ("ids-status-of", "it asks the system for ids of processes"),
        ("ids-all", "it asks the system for ids of processes"),
        ("ids-daemon", "it starts a process as `daemon`"),
    ] {
        let (status, _, errors) = seeded(&project, run, "s1");
        assert_eq!(status, Some(2), "{run}: {errors}");
        let expected = format!("it cannot be seeded: {obstacle}");
        assert!(errors.contains(&expected), "{run}: {errors}");
    }
}

/// A child without the observer has a virtual id for its parent. Whether it can be linked depends on the machine.
#[test]
fn a_static_child_is_known_by_a_virtual_id() {
    let project = Project::from("seeds");
    let source = "fn main() { println!(); std::thread::sleep(std::time::Duration::from_secs(60)) }";
    project.write("static.rs", source);
    let linked = Command::new("rustc")
        .args(["-C", "target-feature=+crt-static", "static.rs"])
        .current_dir(project.path(""))
        .status();
    if !linked.unwrap().success() {
        return;
    }
    let output = project.run(&["run", "ids-static", "--seed", "s1"]);
    let lines = output.succeeds().stdout.lines();
    let lines: Vec<&str> = lines
        .filter_map(|line| Some(line.split_once("stdout  ")?.1))
        .collect();
    let id = lines[0].strip_prefix("static ");
    let id: u32 = id.and_then(|id| id.parse().ok()).unwrap();
    assert!(id > 5_000_000, "{id}");
    assert_eq!(lines[1..], ["Ok(0)", "Some(9)", "Err(3)"]);
    let warning = "once a process ran without the observer";
    assert!(output.stderr.contains(warning), "{}", output.stderr);
}
