//! The progress of a build on a terminal, and its summary.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

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
pub fn on_terminal(command: Command, attach: fn(&mut Command, OwnedFd)) -> String {
    let (ours, mut child) = start_on_terminal(command, attach);
    let mut seen = Vec::new();
    // Linux returns an error when the other end is closed.
    File::from(ours).read_to_end(&mut seen).ok();
    child.wait().unwrap();
    String::from_utf8_lossy(&seen).into_owned()
}

/// Runs a command with a terminal as its stdin, stdout and stderr, and presses the next keys whenever it has asked a question
/// that ends in `?` and a space. Returns the text on the terminal, without the progress, and the exit status.
pub fn answered(command: Command, keys: &[&str]) -> (String, Option<i32>) {
    let mut keys = keys.iter();
    answered_by(command, || keys.next().copied())
}

/// Runs a command as [`answered`] does, and asks a function for the keys whenever the command has asked a question.
pub fn answered_by<'a>(
    command: Command,
    mut keys: impl FnMut() -> Option<&'a str>,
) -> (String, Option<i32>) {
    let (ours, mut child) = start_on_terminal(command, |command, terminal| {
        command
            .stdin(terminal.try_clone().unwrap())
            .stdout(terminal.try_clone().unwrap())
            .stderr(terminal);
    });
    let mut ours = File::from(ours);
    let mut seen = Vec::new();
    let mut some = [0; 4096];
    while let Ok(length @ 1..) = ours.read(&mut some) {
        seen.extend_from_slice(&some[..length]);
        if seen.ends_with(b"? ")
            && let Some(keys) = keys()
        {
            ours.write_all(keys.as_bytes()).unwrap();
        }
    }
    let status = child.wait().unwrap().code();
    let text = String::from_utf8_lossy(&seen).replace("\r\n", "\n");
    let lines = text.lines().map(|line| line.rsplit('\r').next().unwrap());
    let styles = regex::Regex::new("\u{1b}\\[[0-9;]*[A-Za-z]").unwrap();
    let lines = lines.map(|line| styles.replace_all(line, "").into_owned() + "\n");
    (lines.collect(), status)
}

/// Starts a command to which `attach` gives a terminal, and returns the other end of that.
fn start_on_terminal(mut command: Command, attach: fn(&mut Command, OwnedFd)) -> (OwnedFd, Child) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let terminal: OwnedFd =
        rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    command.env("TERM", "xterm").env_remove("NO_COLOR");
    attach(&mut command, terminal);
    // `command`, which ends here, has the other end open.
    (ours, command.spawn().unwrap())
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
