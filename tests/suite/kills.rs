//! SIGKILL, at any moment of executions, of the tool, a supervisor or a process of the program: no process and no
//! temporary file is left, and each recording is the old one or the new one.

use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::hostile::{
    command, processes_of, processes_with_ids, recordings_of, temporary_files_of, within,
};
use crate::project::Project;

/// A program of three processes with two threads each, which take turns for as long as it has arguments. It ends with the
/// first of its children. It prints the text of a file, a line a thread and process.
const FAMILY: &str = r#"use std::io::{BufRead, Write, pipe};
use std::process::{Command, Stdio, exit};
use std::thread::{scope, sleep};
use std::time::Duration;

fn child(turns: u64, text: &str) {
    let (reader, mut writer) = pipe().unwrap();
    scope(|scope| {
        scope.spawn(move || {
            for turn in 0..turns {
                sleep(Duration::from_millis(turn % 3));
                writer.write_all(b"turn\n").unwrap();
            }
        });
        let lines = std::io::BufReader::new(reader).lines();
        println!("{text}: {} turns", lines.count());
    });
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let is_endless = args.iter().any(|arg| arg == "endless");
    let turns = if is_endless { u64::MAX } else { 20 };
    if args.last().is_some_and(|arg| arg == "child") {
        return child(turns, &std::fs::read_to_string("text").unwrap_or_default());
    }
    let start = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(&args).arg("child").stdin(Stdio::null());
        command.spawn().unwrap()
    };
    let children = [start(), start()];
    scope(|scope| {
        for mut child in children {
            scope.spawn(|| {
                let status = child.wait().unwrap();
                drop(child);
                if !status.success() {
                    exit(1);
                }
            });
        }
    });
}
"#;

/// A book with this run of the program.
fn book(fence: &str) -> Project {
    let project = Project::from("good");
    project.write("examples/family.rs", FAMILY);
    project.write("text", "version 0");
    project.write("src/SUMMARY.md", "- [Runs](runs.md)\n");
    project.write("src/runs.md", &format!("```{fence}\n```\n"));
    project
}

const SHORT: &str = "rust,example=family,files=text";
const ENDLESS: &str = "rust,example=family,args=endless,timeout=1000000s";

fn start(project: &Project, args: &[&str]) -> Child {
    let mut command = command(project, args);
    command.stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

fn kill(process: u32) {
    let process = Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    // It may have ended.
    kill_process(process, Signal::KILL).ok();
}

/// Waits until a command has ended, or something is so.
fn unless_ended(child: &mut Child, condition: &str, is_met: impl Fn() -> bool) {
    let ended = std::cell::Cell::new(false);
    let child = std::cell::RefCell::new(child);
    within(Duration::from_secs(120), condition, || {
        ended.set(child.borrow_mut().try_wait().unwrap().is_some());
        ended.get() || is_met()
    });
}

#[track_caller]
fn nothing_remains(project: &Project, victim: &str) {
    let left = || (processes_of(project), temporary_files_of(project));
    let by = Instant::now() + Duration::from_secs(20);
    while left() != Default::default() {
        assert!(
            Instant::now() < by,
            "after the end of {victim}: {:?}",
            left()
        );
        sleep(Duration::from_millis(5));
    }
}

/// Starts a command, and kills it a while after its first execution has begun.
fn kill_after(project: &Project, args: &[&str], time: Duration) {
    let mut child = start(project, args);
    unless_ended(&mut child, "an execution begins", || {
        !temporary_files_of(project).is_empty()
    });
    sleep(time);
    child.kill().unwrap();
    child.wait().unwrap();
    nothing_remains(project, "the tool");
}

/// The moments of kills: a machine that is faster or slower only moves them.
fn moments() -> impl Iterator<Item = (u32, Duration)> {
    (0..12).map(|number| (number, Duration::from_millis(120) * number))
}

#[test]
fn a_killed_record_leaves_the_old_recording_or_the_new_one() {
    let project = book(SHORT);
    project.run(&["record"]).succeeds();
    let mut version = 0;
    for (number, moment) in moments() {
        project.write("text", &format!("version {}", number + 1));
        kill_after(&project, &["record"], moment);
        let list = project.run(&["list", "--format", "json"]);
        let (row, _) = list.succeeds().stdout.split_once('\n').unwrap();
        if row.contains("\"fresh\"") {
            version = number + 1;
        } else {
            assert!(row.contains("\"stale\""), "{row}");
        }
        let [(_, recording)] = &recordings_of(&project)[..] else {
            panic!("expected one file");
        };
        let line = format!("version {version}: 20 turns");
        assert!(recording.contains(&line), "no {line:?} in {recording}");
    }
}

#[test]
fn a_killed_check_leaves_nothing() {
    let project = book(SHORT);
    project.run(&["record"]).succeeds();
    let old = recordings_of(&project);
    for (_, moment) in moments() {
        kill_after(&project, &["check"], moment);
        assert_eq!(recordings_of(&project), old);
    }
}

/// Starts the endless run, and returns its processes by id when all are there: the tool's helpers, and then
/// the program's.
fn start_endless(project: &Project, args: &[&str]) -> (Child, Vec<u32>) {
    let mut child = start(project, args);
    let processes = || {
        let is_of_run = |text: &String| text.contains("examples/family");
        let is_helper =
            |text: &String| text.contains(" supervise ") || text.contains(" keep-folder ");
        let all = processes_with_ids(project);
        let (program, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(_, text)| is_of_run(text));
        let helpers = others.into_iter().filter(|(_, text)| is_helper(text));
        let mut ids: Vec<u32> = helpers.chain(program).map(|(id, _)| id).collect();
        ids.dedup();
        ids
    };
    unless_ended(&mut child, "all processes have started", || {
        processes().len() == 5
    });
    let processes = processes();
    (child, processes)
}

#[test]
fn nothing_outlives_a_process_that_is_killed_among_others() {
    let project = book(ENDLESS);
    let seeded = ["run", "runs.md", "--seed", "s1"];
    for run in [&seeded[..], &seeded[..2]] {
        for victim in 0..5 {
            for moment in [0, 2, 60] {
                let (mut child, processes) = start_endless(&project, run);
                assert_eq!(processes.len(), 5, "{victim}: {:?}", processes_of(&project));
                sleep(Duration::from_millis(moment));
                kill(processes[victim]);
                if victim == 0 {
                    // Without its keeper, the tool goes on.
                    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
                }
                let ends = format!("{run:?} ends {moment} ms after process {victim}");
                unless_ended(&mut child, &ends, || false);
                nothing_remains(&project, &format!("process {victim} of {run:?}"));
            }
        }
        for (_, moment) in moments() {
            kill_after(&project, run, moment / 4);
        }
    }
}
