//! The progress of a build on a terminal, and its summary.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::project::Project;

/// Runs a command with a terminal as its stderr, and returns the text on it.
fn terminal_output(project: &Project, args: &[&str]) -> String {
    on_terminal(project.command(args), |command, terminal| {
        command.stderr(terminal).stdout(Stdio::null());
    })
}

/// Runs a command to which `attach` gives a terminal, and returns the text on it.
pub fn on_terminal(mut command: Command, attach: fn(&mut Command, OwnedFd)) -> String {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let terminal: OwnedFd =
        rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    command.env("TERM", "xterm").env_remove("NO_COLOR");
    attach(&mut command, terminal);
    let mut child = command.spawn().unwrap();
    // `command` has the other end open.
    drop(command);
    let mut seen = Vec::new();
    // Linux returns an error when the other end is closed.
    File::from(ours).read_to_end(&mut seen).ok();
    child.wait().unwrap();
    String::from_utf8_lossy(&seen).into_owned()
}

/// The summary line.
fn summary(output: &str) -> &str {
    let mut lines = output.lines();
    lines.find(|line| line.contains("examples: ")).unwrap()
}

#[test]
fn a_build_shows_its_progress_and_a_summary() {
    let project = Project::from("good");
    let hello = "fn main() { std::thread::sleep(std::time::Duration::from_millis(300)); }";
    project.write("examples/hello.rs", hello);
    project.write("examples/marked.rs", "fn main() { broken }");
    let output = terminal_output(&project, &["build"]);
    for text in ["building: ", "running: "] {
        assert!(output.contains(text), "no {text:?} in {output}");
    }
    // One of five programs does not build; the others have six runs.
    let last = summary(&output);
    assert!(
        last.contains("examples: built 4, ran 6, reused 0 in "),
        "{last}"
    );
    // The progress line is erased first.
    assert!(last.contains("\u{1b}[2K"), "{last:?}");

    // After a failed build, Cargo does not report the sources of the other programs, so they are built again.
    let output = terminal_output(&project, &["build"]);
    let last = summary(&output);
    assert!(
        last.contains("examples: built 4, ran 0, reused 6 in "),
        "{last}"
    );
}

#[test]
fn a_build_without_work_has_no_summary() {
    let project = Project::from("good");
    project.run(&["build"]).succeeds();
    let output = terminal_output(&project, &["build"]);
    assert!(
        !output.contains("examples:") && !output.contains("building: "),
        "{output}"
    );
}

#[test]
fn progress_needs_a_terminal() {
    let project = Project::from("good");
    let output = project.run(&["build"]);
    for text in ["building: ", "running: ", "examples: ", "\u{1b}["] {
        assert!(
            !output.stderr.contains(text),
            "{text:?} in {}",
            output.stderr
        );
    }
}
