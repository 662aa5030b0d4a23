//! Misbehaving programs and interrupted builds: neither leaves a process or a file.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use mdbook_transcript::exec::job::{
    AtTimeout, Channel, End, Excess, Job, Limits, Message, Processors, Report,
};
use mdbook_transcript::exec::supervisor;
use mdbook_transcript::transcript::Exit;
use rustix::process::{Pid, Signal, geteuid, kill_process, kill_process_group};

use crate::failures::snapshot;
use crate::project::{PROGRAM, Project, outputs};

/// The processes of a project, each with its id, its command line and its environment: started from the project's target
/// folder, or with its temporary folder in their environment.
pub fn processes_with_ids(project: &Project) -> Vec<(u32, String)> {
    let marks = [project.path("target"), project.path("temporary")];
    let marks = marks.map(|path| path.to_str().unwrap().to_owned());
    let folders = fs::read_dir("/proc")
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let processes = folders.filter_map(|folder| {
        let read = |file: &str| fs::read(folder.join(file)).ok();
        let id = folder.file_name()?.to_str()?.parse().ok()?;
        let bytes = [read("cmdline")?, read("environ")?].concat();
        Some((id, String::from_utf8_lossy(&bytes).replace('\0', " ")))
    });
    processes
        .filter(|(_, process)| marks.iter().any(|mark| process.contains(mark)))
        .collect()
}

/// The same without ids.
pub fn processes_of(project: &Project) -> Vec<String> {
    let processes = processes_with_ids(project).into_iter();
    processes.map(|(_, process)| process).collect()
}

/// The files in a project's temporary folder.
pub fn temporary_files_of(project: &Project) -> Vec<PathBuf> {
    let entries = fs::read_dir(project.temporary_folder()).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[track_caller]
fn nothing_is_left_of(project: &Project) {
    assert_eq!(processes_of(project), [] as [String; 0]);
    assert_eq!(temporary_files_of(project), [] as [PathBuf; 0]);
}

#[track_caller]
pub fn within(time: Duration, condition: &str, is_met: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_met() {
        assert!(
            start.elapsed() < time,
            "expected within {time:?}: {condition}"
        );
        sleep(Duration::from_millis(5));
    }
}

/// A command in a project, with its temporary files in a folder of the project.
pub fn command(project: &Project, args: &[&str]) -> Command {
    let mut command = project.command(args);
    command.env("TMPDIR", project.temporary_folder());
    command
}

#[test]
fn misbehaving_programs_are_named_and_the_others_are_complete() {
    let project = Project::from("hostile");
    let output = project.output(command(&project, &["build"]), b"");
    snapshot("hostile", &output.fails().errors());
    nothing_is_left_of(&project);
    assert!(
        !project.path("book").exists(),
        "a failed build writes no book"
    );

    // The successful runs next to them are cached and complete.
    project.write("src/SUMMARY.md", "- [Printed](printed.md)\n");
    let output = project.output(command(&project, &["build", "-v"]), b"");
    let executed: Vec<&str> = output
        .succeeds()
        .stderr
        .lines()
        .filter(|line| line.ends_with(": run"))
        .collect();
    assert_eq!(executed, [] as [&str; 0]);
    let outputs = outputs(&project.read("book/printed.html"));
    let body = |number: usize| {
        let lines: Vec<&str> = outputs[number].lines().collect();
        lines[1..lines.len() - 1].join("\n").trim_end().to_owned()
    };
    let witnessed: Vec<String> = (0..50)
        .flat_map(|number| [format!("line {number}"), format!("error {number}")])
        .collect();
    assert_eq!(body(0), witnessed.join("\n"));
    assert_eq!(
        body(1),
        "NUL \u{fffd}, invalid \u{fffd}\u{fffd}, cut off \u{fffd}\nred, a link, \n\
         </pre><script>alert(1)</script>\n````````````````````\n{{#include Cargo.toml}}\nno end"
    );
    assert_eq!(body(2), "before\nafter");
    assert_eq!(body(3), "0 lines on standard input");
    assert_eq!(body(4), "first\nsecond");
    assert_eq!(body(5).lines().count(), 60_000);
    assert_eq!(body(6), "true");
    assert_eq!(body(7), "exit 4");
}

/// The user ID of "nobody".
const NOBODY: u32 = 65534;

#[test]
fn limits_hold_for_an_unprivileged_user() {
    if !geteuid().is_root() {
        // The other tests cover this case.
        return;
    }
    let project = Project::from("hostile");
    fs::set_permissions(project.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    let built = Command::new("cargo")
        .args(["build", "--quiet", "--examples"])
        .current_dir(project.path(""))
        .env_remove("CARGO_TARGET_DIR")
        .status();
    assert!(built.unwrap().success());

    let ended = |code| End::Exit(Exit::Code(code));
    let stopped = End::Stopped;
    let signal = |signal| End::Exit(Exit::Signal(signal));
    for (name, args, end, left) in [
        ("endless", &[][..], stopped(Excess::Output), &[][..]),
        ("sleeps", &[], stopped(Excess::Time), &[]),
        ("deaf", &[], stopped(Excess::Time), &[]),
        ("fills", &[], stopped(Excess::Disk), &[]),
        ("many_files", &[], stopped(Excess::Disk), &[]),
        ("leaves", &["loud"], ended(0), &["sleep"]),
        ("leaves", &["silent"], ended(0), &["sleep"]),
        ("daemon", &[], ended(0), &["daemon"]),
        ("chain", &[], ended(0), &["chain"]),
        ("closes", &[], ended(0), &[]),
        ("removes_folder", &[], ended(0), &[]),
        ("ends", &["exit", "3"], ended(3), &[]),
        ("ends", &["panic"], ended(101), &[]),
        ("ends", &["abort"], signal(6), &[]),
        ("ends", &["kill"], signal(9), &[]),
    ] {
        // Long enough for the other limits and ends also on a busy machine.
        let timeout = match end {
            End::Stopped(Excess::Time) => 1,
            _ => 60,
        };
        let report = supervised_by_nobody(&project, name, args, Duration::from_secs(timeout));
        assert_eq!(report.end, end, "{name} {args:?}");
        assert_eq!(report.left_running, left, "{name} {args:?}");
        assert_eq!(report.folder_error, None, "{name} {args:?}");
        nothing_is_left_of(&project);
    }
}

fn supervised_by_nobody(project: &Project, name: &str, args: &[&str], timeout: Duration) -> Report {
    let folder = project.temporary_folder().join(name);
    fs::create_dir(&folder).unwrap();
    chown(project.temporary_folder(), Some(NOBODY), Some(NOBODY)).unwrap();
    chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
    let job = Job {
        binary: project.path("target/debug/examples").join(name),
        args: args.iter().map(|&arg| arg.to_owned()).collect(),
        env: [("MARK".to_owned(), folder.to_str().unwrap().to_owned())].into(),
        stdin: String::new(),
        folder,
        channel: Channel::Stamped,
        limits: Limits {
            at_timeout: AtTimeout::Fail,
            timeout,
            output: 1024 * 1024,
            line: 64 * 1024,
            disk: 8 * 1024 * 1024,
        },
        processors: Processors::All,
        seeded: None,
    };
    let mut child = Command::new(PROGRAM)
        .arg(supervisor::COMMAND)
        .uid(NOBODY)
        .gid(NOBODY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lifeline = child.stdin.take().unwrap();
    writeln!(lifeline, "{}", serde_json::to_string(&job).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap().stdout;
    drop(lifeline);
    let last = output
        .trim_ascii_end()
        .split(|&byte| byte == b'\n')
        .next_back();
    match serde_json::from_slice(last.unwrap()).unwrap() {
        Message::Ended(report) => *report,
        Message::Started(_) | Message::Used(_) => panic!("no report of {name}"),
    }
}

/// Starts a build and returns when its three programs are running, one of which ignores SIGTERM.
fn start_build(project: &Project) -> Child {
    project.write("src/SUMMARY.md", "- [Runs](runs.md)\n");
    project.write(
        "src/runs.md",
        "```rust,example=deaf\n```\n\n```rust,example=sleeps\n```\n\n```rust,example=witness\n```\n",
    );
    project.change("book.toml", "timeout = \"1s\"", "timeout = \"60s\"");
    let child = command(project, &["build"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let is_running = |name: &str| {
        let path = project.path("target/lesson/examples").join(name);
        processes_of(project)
            .iter()
            .any(|process| process.contains(path.to_str().unwrap()))
    };
    within(Duration::from_secs(60), "all three programs run", || {
        ["deaf", "sleeps", "witness"]
            .iter()
            .all(|name| is_running(name))
    });
    assert!(!temporary_files_of(project).is_empty());
    child
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn nothing_outlives_a_killed_build() {
    let project = Project::from("hostile");
    let mut child = start_build(&project);
    send(&child, Signal::KILL);
    child.wait().unwrap();
    within(
        Duration::from_secs(5),
        "no process and no file is left",
        || processes_of(&project).is_empty() && temporary_files_of(&project).is_empty(),
    );
}

#[test]
fn an_interrupted_build_leaves_nothing() {
    for signal in [Signal::INT, Signal::TERM] {
        let project = Project::from("hostile");
        let child = start_build(&project);
        send(&child, signal);
        let output = child.wait_with_output().unwrap();
        nothing_is_left_of(&project);
        assert_eq!(output.status.code(), Some(130));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.ends_with("error: interrupted\n"), "{stderr}");
        assert!(
            !stderr.contains("examples/"),
            "no program is blamed: {stderr}"
        );
        let cache = fs::read_dir(project.path("target/transcript")).unwrap();
        let half_written: Vec<PathBuf> = cache
            .map(|entry| entry.unwrap().path())
            // The names of complete files; builds lock an empty file.
            .filter(|path| {
                path.extension()
                    .is_none_or(|end| end != "json" && end != "jsonl" && end != "lock")
            })
            .collect();
        assert_eq!(half_written, [] as [&Path; 0]);
    }
}

/// A program whose three threads take turns.
const TURNS: &str = "use std::{thread, time::Duration};

fn main() {
    for turn in 0..3 {
        let pause = Duration::from_millis(100);
        thread::spawn(move || thread::sleep(pause)).join().unwrap();
        println!(\"turn {turn}\");
    }
}
";

/// The names and contents of a project's recordings.
pub fn recordings_of(project: &Project) -> Vec<(PathBuf, String)> {
    let files = fs::read_dir(project.path("examples/transcripts")).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let read = |file: PathBuf| (file.clone(), fs::read_to_string(file).unwrap());
    let mut recordings: Vec<_> = files.map(read).collect();
    recordings.sort();
    recordings
}

/// One message, however many programs are running, and the old recordings stay until there are new ones.
#[test]
fn an_interrupted_record_loses_nothing() {
    let project = Project::from("hostile");
    let chapter = |names: &[&str]| {
        let fence = |name: &&str| format!("```rust,example={name}\n```\n\n");
        project.write("src/runs.md", &names.iter().map(fence).collect::<String>());
    };
    project.write("src/SUMMARY.md", "- [Runs](runs.md)\n");
    chapter(&["one", "two", "removed"]);
    for name in ["one", "two", "removed"] {
        project.write(&format!("examples/{name}.rs"), TURNS);
    }
    project.run(&["record"]).succeeds();
    chapter(&["one", "two"]);
    let old = recordings_of(&project);
    let compiler = "rustc --crate-name one ";
    let folders = ["target/lesson/", "target/transcript/observed/lesson/"];
    let [native, observed] = folders.map(|folder| project.path(folder).display().to_string());
    let stages = [
        [compiler.to_owned(), native.clone()],
        [format!("{native}examples/one "), String::new()],
        [compiler.to_owned(), observed.clone()],
        [format!("{observed}examples/one "), String::new()],
    ];
    for (number, stage) in stages.iter().enumerate() {
        for name in ["one", "two"] {
            let changed = TURNS.replace("turn {", &format!("{number}. turn {{"));
            project.write(&format!("examples/{name}.rs"), &changed);
        }
        let mut command = command(&project, &["record"]);
        // A terminal sends the signal to the whole group.
        command.process_group(0).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        within(Duration::from_secs(60), &stage.concat(), || {
            let processes = processes_of(&project);
            let is_of_stage = |process: &String| stage.iter().all(|part| process.contains(part));
            processes.iter().any(is_of_stage)
        });
        kill_process_group(Pid::from_child(&child), Signal::INT).unwrap();
        let output = child.wait_with_output().unwrap();
        nothing_is_left_of(&project);
        assert_eq!(output.status.code(), Some(130), "{stage:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr, "error: interrupted\n", "{stage:?}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "", "{stage:?}");
        assert!(recordings_of(&project) == old, "{stage:?}");
    }
    let recorded = project.run(&["record", "--yes"]).succeeds().stdout.clone();
    assert!(
        recorded.ends_with("2 recorded, 0 unchanged, 1 removed\n"),
        "{recorded}"
    );
}
