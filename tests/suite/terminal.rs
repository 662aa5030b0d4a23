//! The progress of a build on a terminal, and its summary.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::project::Project;

/// What a command writes to standard error while that is a terminal.
fn seen(project: &Project, args: &[&str]) -> String {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let terminal: OwnedFd =
        rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let mut command = project.command(args);
    command.env("TERM", "xterm").stderr(terminal);
    command
        .env_remove("NO_COLOR")
        .stdout(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    // It holds the terminal's other end.
    drop(command);
    let mut seen = Vec::new();
    // Where nobody holds the other end any more, Linux calls it an error.
    File::from(ours).read_to_end(&mut seen).ok();
    child.wait().unwrap();
    String::from_utf8_lossy(&seen).into_owned()
}

/// The line that says what was done.
fn done(said: &str) -> &str {
    let mut lines = said.lines();
    lines.find(|line| line.contains("examples: ")).unwrap()
}

#[test]
fn a_build_says_what_it_does_and_at_last_what_it_did() {
    let project = Project::from("good");
    let hello = "fn main() { std::thread::sleep(std::time::Duration::from_millis(300)); }";
    project.write("examples/hello.rs", hello);
    project.write("examples/marked.rs", "fn main() { broken }");
    let said = seen(&project, &["build"]);
    for what in ["building: ", "running: "] {
        assert!(said.contains(what), "no {what:?} in {said}");
    }
    // Of five programs one does not build; the others have six runs.
    let last = done(&said);
    assert!(
        last.contains("examples: built 4, ran 6, reused 0 in "),
        "{last}"
    );
    // The line that moves is gone before it.
    assert!(last.contains("\u{1b}[2K"), "{last:?}");

    // While one does not build Cargo does not say what the others were built from: it is asked again.
    let said = seen(&project, &["build"]);
    let last = done(&said);
    assert!(
        last.contains("examples: built 4, ran 0, reused 6 in "),
        "{last}"
    );
}

#[test]
fn a_build_that_has_nothing_to_do_says_nothing_of_it() {
    let project = Project::from("good");
    project.run(&["build"]).succeeds();
    let said = seen(&project, &["build"]);
    assert!(
        !said.contains("examples:") && !said.contains("building: "),
        "{said}"
    );
}

#[test]
fn without_a_terminal_there_is_no_progress() {
    let project = Project::from("good");
    let said = project.run(&["build"]);
    for what in ["building: ", "running: ", "examples: ", "\u{1b}["] {
        assert!(!said.stderr.contains(what), "{what:?} in {}", said.stderr);
    }
}
