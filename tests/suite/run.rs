//! `run`: one execution, its lines with their times and threads, and its end.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::project::{Project, outputs};
use crate::terminal::on_terminal;

/// A book with a chapter `a.md` of this text, and programs: their names and sources.
fn book(chapter: &str, programs: &[(&str, &str)]) -> Project {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [A](a.md)\n");
    project.write("src/a.md", chapter);
    for (name, source) in programs {
        project.write(&format!("examples/{name}.rs"), source);
    }
    project
}

/// Two threads, one of which has a name, and a child process, which is the program itself.
const FAMILY: &str = r#"use std::process::Command;
use std::sync::mpsc::channel;
use std::thread::{Builder, scope, sleep};
use std::time::Duration;

fn main() {
    if std::env::args().count() > 1 {
        println!("from the child");
        return;
    }
    scope(|scope| {
        let (here, is_here) = channel();
        scope.spawn(move || {
            println!("\u{1b}[32mgreen\u{1b}[0m words");
            here.send(()).unwrap();
            sleep(Duration::from_millis(200));
        });
        is_here.recv().unwrap();
        let named = Builder::new().name("named".to_owned());
        let named = named.spawn_scoped(scope, || {
            sleep(Duration::from_millis(100));
            eprintln!("to {}", "stderr");
        });
        named.unwrap();
    });
    let program = std::env::current_exe().unwrap();
    Command::new(program).arg("child").status().unwrap();
    println!();
    println!("done");
}
"#;

/// Waits for a lock that it has.
const DEADLOCK: &str = r#"use std::sync::Mutex;

fn main() {
    let lock = Mutex::new(());
    let wait = || {
        println!("before");
        let _first = lock.lock();
        println!("between");
        let _second = lock.lock();
        println!("after");
    };
    std::thread::scope(|scope| {
        scope.spawn(wait);
    });
}
"#;

/// The exit status, the stdout with `[TIME]` for times, and the errors and warnings of a command.
fn output(project: &Project, command: Command) -> (Option<i32>, String, String) {
    let output = project.output(command, b"");
    let times =
        regex::Regex::new(r"(?m)^ *[0-9]+\.[0-9]+|[0-9.]+ m?s( on a busy machine)?").unwrap();
    let stdout = times.replace_all(&output.stdout, "[TIME]").into_owned();
    (output.status, stdout, output.errors())
}

/// The same of `run` with these arguments.
fn run(project: &Project, args: &[&str]) -> (Option<i32>, String, String) {
    output(project, project.command(&[&["run"], args].concat()))
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({
        prepend_module_to_snapshot => false,
        snapshot_path => "../snapshots",
        filters => vec![(r"\(\d+\) panicked", "([TID]) panicked")],
    }, { insta::assert_snapshot!(name, text) });
}

#[test]
fn each_line_has_its_time_thread_and_stream() {
    let project = book("```rust,example=family\n```\n", &[("family", FAMILY)]);
    let (status, stdout, stderr) = run(&project, &["family"]);
    snapshot("run", &stdout);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));

    // A chapter, and a folder other than the book's, name the same run. Nothing was recorded or cached.
    let book = project.path("");
    let mut command = project.command(&["run", "-v", "--book", book.to_str().unwrap(), "a.md"]);
    command.current_dir(std::env::temp_dir());
    let (status, again, _) = output(&project, command);
    assert_eq!((status, again), (Some(0), stdout));
    assert!(!project.path("examples/transcripts").exists());
    let list = project.run(&["list"]);
    assert!(
        list.succeeds().stdout.contains("missing"),
        "{}",
        list.stdout
    );
    let build = project.run(&["build", "-v"]);
    let built = &build.succeeds().stderr;
    assert!(
        built.contains("`cargo run --example family`: run"),
        "{built}"
    );
}

#[test]
fn a_program_that_fails_was_executed() {
    let panics = "fn main() {\n    println!(\"so far\");\n    \
                  std::thread::spawn(|| panic!(\"no\")).join().unwrap();\n}\n";
    let project = book("```rust,example=panics\n```\n", &[("panics", panics)]);
    let (status, stdout, stderr) = run(&project, &["panics"]);
    snapshot("run-panics", &stdout);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));

    project.write(
        "examples/panics.rs",
        "fn main() { std::process::abort() }\n",
    );
    let (status, stdout, _) = run(&project, &["panics"]);
    assert!(
        stdout.starts_with("ended by signal 6 after [TIME]"),
        "{stdout}"
    );
    assert_eq!(status, Some(0));

    project.write("examples/panics.rs", "fn main() { panics }\n");
    let (status, stdout, stderr) = run(&project, &["panics"]);
    assert_eq!((status, stdout.as_str()), (Some(2), ""));
    assert!(stderr.contains("cannot find value `panics`"), "{stderr}");
    assert!(
        stderr.ends_with("error: the run was not completed: 1 error"),
        "{stderr}"
    );
}

#[test]
fn a_name_must_select_one_run_that_is_executed() {
    let chapter = "```console,output=inputs,args=a\n```\n\n```console,output=inputs,args=b\n```\n\n\
                   ```rust,example=hello,no_run\n```\n\n\
                   ```rust,example,compile_fail,name=wrong\nlet a = 1; a = 2;\n```\n";
    let project = book(chapter, &[]);
    for (name, error) in [
        (
            "inputs",
            "`inputs` has several runs; choose one of `inputs-a`, `inputs-b`",
        ),
        (
            "a.md",
            "`a.md` has several runs; choose one of `inputs-a`, `inputs-b`, `hello`, `wrong`",
        ),
        (
            "input-a",
            "no run is named `input-a`: did you mean `inputs-a`?",
        ),
        (
            "nothing.md",
            "no run is named `nothing.md`, and no chapter with a run: `mdbook-transcript list` shows all names",
        ),
        (
            "hello",
            "there is nothing to execute: `hello` is built and not executed",
        ),
        (
            "wrong",
            "there is nothing to execute: `wrong` must not compile",
        ),
    ] {
        let (status, stdout, stderr) = run(&project, &[name]);
        assert_eq!((status, stdout.as_str()), (Some(2), ""), "{name}");
        assert_eq!(stderr, format!("error: {error}"));
    }
    assert!(!project.path("target/debug").exists(), "nothing was built");
    let (status, _, stderr) = run(&Project::empty(), &["hello"]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("there is no book in `.`"), "{stderr}");
}

#[test]
fn a_session_and_a_snippet_are_executed() {
    let chapter = "```console,run,name=session\n$ echo one | cat\n$ echo two >&2\n$ exit 3\n```\n\n\
                   ```rust,example,name=snippet\n# let shown = 1;\nprintln!(\"{shown}\");\n```\n";
    let project = book(chapter, &[]);
    project.change("book.toml", "before", "shell = true\nbefore");
    let (status, stdout, _) = run(&project, &["session"]);
    // The number of processes at one time depends on the shell's speed.
    let (lines, end) = stdout.trim_end().rsplit_once('\n').unwrap();
    snapshot("run-session", lines);
    assert!(end.starts_with("exit status 3 after [TIME]: "), "{end}");
    assert_eq!(status, Some(0));
    let (status, stdout, _) = run(&project, &["snippet"]);
    let expected = "[TIME]  main  stdout  1\nexit status 0 after [TIME]: 1 thread, 1 process\n";
    assert_eq!((status, stdout.as_str()), (Some(0), expected));
}

#[test]
fn a_stopped_program_is_an_error_that_tells_what_its_threads_did() {
    let chapter = "```rust,example=deadlock,timeout=1s\n```\n\n\
                   ```rust,example=ticks,timeout=1s,exit=timeout\n```\n";
    let ticks = "fn main() { println!(\"tick\"); loop { std::thread::park(); } }\n";
    let project = book(chapter, &[("deadlock", DEADLOCK), ("ticks", ticks)]);
    let (status, stdout, stderr) = run(&project, &["deadlock"]);
    assert_eq!(
        stdout,
        "[TIME]  thread 1  stdout  before\n[TIME]  thread 1  stdout  between\n"
    );
    snapshot("run-deadlock", &stderr);
    assert_eq!(status, Some(2));

    // The time-out is the expected end of a program that never ends.
    let (status, stdout, stderr) = run(&project, &["ticks"]);
    assert_eq!(
        stdout,
        "[TIME]  main  stdout  tick\nstopped by its time-out after [TIME]: 1 thread, 1 process\n"
    );
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
}

#[test]
fn without_the_observer_threads_are_not_known() {
    let fences = ["", ",env=\"LD_PRELOAD=\""];
    let fences = fences.map(|env| format!("```console,output=family{env}\n```\n\n"));
    let project = book(&fences.concat(), &[("family", FAMILY)]);
    let list = project.run(&["list", "--format", "json"]);
    let names = list.succeeds().stdout.lines();
    let names: Vec<String> = names
        .map(|run| {
            serde_json::from_str::<serde_json::Value>(run).unwrap()["run"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let (status, stdout, stderr) = run(&project, &[&names[1]]);
    // Samples may miss the child.
    let (lines, end) = stdout.trim_end().rsplit_once('\n').unwrap();
    snapshot("run-unobserved", lines);
    assert!(end.starts_with("exit status 0 after [TIME]"), "{end}");
    let warning = format!(
        " WARN the threads of `{}` are not known: the run sets LD_PRELOAD or LD_LIBRARY_PATH, which the observer needs",
        names[1]
    );
    assert_eq!((status, stderr), (Some(0), warning));
}

/// Whether the program can be linked statically depends on the machine.
#[test]
fn a_static_program_is_executed_all_the_same() {
    let project = book("```rust,example=family\n```\n", &[("family", FAMILY)]);
    fs::create_dir(project.path(".cargo")).unwrap();
    let flags = "[build]\nrustflags = [\"-C\", \"target-feature=+crt-static\"]\n";
    project.write(".cargo/config.toml", flags);
    let (status, stdout, stderr) = run(&project, &["family"]);
    if stderr.contains("linking with") {
        return;
    }
    assert!(
        stdout.contains("process 1  stdout  from the child\n"),
        "{stdout}"
    );
    let warning = " WARN the threads of `family` are not known: the program did not load the observer, as if it were linked \
                   statically";
    assert_eq!((status, stderr.as_str()), (Some(0), warning));
    // No seed decides on its schedule.
    let (status, _, stderr) = run(&project, &["family", "--seed", "s1"]);
    let error = "`family` cannot be seeded: the program did not load the observer, as if it were linked statically";
    assert_eq!(status, Some(2), "{stderr}");
    assert!(stderr.contains(error), "{stderr}");
}

#[test]
fn the_page_shows_the_picture_of_the_execution() {
    let chapter = "A figure in other text.\n\n=== \"The output\"\n\n    ```console,output=family\n    ```\n\n\
                   === \"A part of the code\"\n\n    ```rust,example=family\n    {{#include ../examples/family.rs:1:2}}\n    ```\n";
    let project = book(chapter, &[("family", FAMILY)]);
    fs::create_dir(project.path("bin")).unwrap();
    let opener = project.path("bin/xdg-open");
    let opened = project.path("opened");
    let script = format!(
        "#!/bin/sh\necho \"$1\" > {0}.new\n/bin/mv {0}.new {0}\n",
        opened.display()
    );
    project.write("bin/xdg-open", &script);
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut command = project.command(&["run", "family", "--open"]);
    command.env("PATH", format!("{}:{path}", project.path("bin").display()));
    let (status, stdout, stderr) = output(&project, command);
    let page = "target/transcript/run/family/book/index.html";
    assert!(stdout.ends_with("3 threads, 2 processes\n"), "{stdout}");
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    within("the browser starts", || opened.exists());
    let file = fs::canonicalize(project.path(page)).unwrap();
    assert_eq!(project.read("opened").trim_end(), file.to_str().unwrap());
    let page = project.read(page);
    let shown = &outputs(&page)[0];
    assert!(
        shown.contains(
            "\n$ cargo run --example family\ngreen words\nto stderr\nfrom the child\n\ndone\n"
        ),
        "{shown}"
    );
    for text in [
        "<title>The run - family</title>",
        "data-label=\"Code\"",
        "data-label=\"Output\"",
        "use std::process::Command;\nuse std::sync::mpsc::channel;\n",
        "<svg class=\"transcript-timeline\"",
        ">named</text>",
    ] {
        assert!(page.contains(text), "no {text:?}");
    }
    assert!(!page.contains("A figure in other text") && !page.contains("is_here"));
}

#[test]
fn colors_need_a_terminal() {
    let project = book("```rust,example=family\n```\n", &[("family", FAMILY)]);
    let (_, stdout, _) = run(&project, &["family"]);
    assert!(!stdout.contains('\u{1b}'), "{stdout:?}");
    let colored = on_terminal(project.command(&["run", "family"]), |command, terminal| {
        command.stdout(terminal).stderr(Stdio::null());
    });
    for text in [
        "  thread 1 \u{1b}[2m  stdout  \u{1b}[0m\u{1b}[32mgreen\u{1b}[0m words\r\n",
        "  named    \u{1b}[31m  stderr  \u{1b}[0mto stderr\r\n",
    ] {
        assert!(colored.contains(text), "no {text:?} in {colored:?}");
    }
    let progress = on_terminal(project.command(&["run", "family"]), |command, terminal| {
        command.stderr(terminal).stdout(Stdio::null());
    });
    assert!(progress.contains("running: family"), "{progress:?}");
    assert!(progress.trim_end().ends_with("\u{1b}[2K"), "{progress:?}");
}

#[test]
fn an_interrupted_run_has_no_output() {
    let sleeps = "fn main() {\n    println!(\"here\");\n    std::fs::write(std::env::var(\"HERE\").unwrap(), \"\").unwrap();\n    \
                  std::thread::sleep(std::time::Duration::from_secs(60));\n}\n";
    let project = book("", &[("sleeps", sleeps)]);
    let here = project.path("here");
    let fence = format!(
        "```rust,example=sleeps,env=\"HERE={}\"\n```\n",
        here.display()
    );
    project.write("src/a.md", &fence);
    let child = project
        .command(&["run", "a.md"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    within("the program runs", || here.exists());
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let stderr = text(output.stderr);
    assert!(stderr.ends_with("error: interrupted\n"), "{stderr}");
    assert_eq!(
        (output.status.code(), text(output.stdout)),
        (Some(130), String::new())
    );
}

#[track_caller]
fn within(condition: &str, is_met: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !is_met() {
        assert!(Instant::now() < end, "expected: {condition}");
        sleep(Duration::from_millis(10));
    }
}
