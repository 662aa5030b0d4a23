//! `check`: its reports about unchanged and changed programs.

use mdbook_transcript::transcript::Timing;
use mdbook_transcript::transcript::format::Recording;

use crate::project::{Project, Said};
use crate::record::book;

/// A check, its exit status, and the lines that it says.
fn check(project: &Project, args: &[&str]) -> (Option<i32>, Said) {
    let mut command = project.command(&[&["check"], args].concat());
    let status = command.output().unwrap().status.code();
    (status, project.run(&[&["check"], args].concat()))
}

#[test]
fn unchanged_programs_hold() {
    let project = book();
    project.run(&["record"]).succeeds();
    let (status, said) = check(&project, &[]);
    assert_eq!(
        (status, said.stdout.as_str()),
        (Some(0), "1 run holds, executed 3 times\n"),
        "{}",
        said.stderr
    );
    let (_, said) = check(&project, &["--format", "json", "--repeat", "2"]);
    assert_eq!(
        said.stdout,
        "{\"run\":\"two\",\"verdict\":\"holds\",\"findings\":[]}\n"
    );
    for name in ["two", "threads.md", "src/threads.md"] {
        let (_, said) = check(&project, &[name, "--repeat", "1"]);
        assert_eq!(said.stdout, "1 run holds, executed once\n", "{name}");
    }
}

/// A missing join, in a program whose second thread is the slower one.
#[test]
fn differences_are_reported_with_their_places() {
    let project = book();
    project.run(&["record"]).succeeds();
    project.change(
        "examples/two.rs",
        "two.join().unwrap();",
        "std::thread::sleep(Duration::from_millis(10));",
    );
    project.change(
        "examples/two.rs",
        "println!(\"both\");",
        "println!(\"both\");\n    two.join().unwrap();",
    );
    let (status, said) = check(&project, &["--repeat", "1"]);
    assert_eq!(status, Some(1));
    insta::with_settings!({
        prepend_module_to_snapshot => false,
        snapshot_path => "../snapshots",
    }, { insta::assert_snapshot!("check", said.stdout) });
    let (_, said) = check(&project, &["--repeat", "1", "--format", "json"]);
    let expected = "{\"run\":\"two\",\"verdict\":\"differs\",\"findings\":[\
        {\"kind\":\"STALE\",\"severity\":\"error\",\"message\":\"`examples/two.rs` has changed since it was recorded\",\
        \"chapter\":\"src/threads.md\",\"line\":1},\
        {\"kind\":\"ORDER\",\"severity\":\"error\",\"message\":\"prints `both` before `two`\",\
        \"chapter\":\"src/threads.md\",\"line\":1}]}\n";
    assert_eq!(said.stdout, expected);
}

/// Twelve new lines and a missing join: ten of the lines are reported, and the count of the others is theirs.
#[test]
fn each_kind_of_finding_counts_its_own() {
    let project = book();
    project.run(&["record"]).succeeds();
    project.change(
        "examples/two.rs",
        "two.join().unwrap();",
        "std::thread::sleep(Duration::from_millis(10));",
    );
    project.change(
        "examples/two.rs",
        "println!(\"both\");",
        "println!(\"both\");\n    two.join().unwrap();\n    for n in 0..12 {\n        println!(\"new {n}\");\n    }",
    );
    let (_, said) = check(&project, &["--repeat", "1"]);
    let with_count = said
        .stdout
        .split("\n\n")
        .filter(|finding| finding.contains(" of this kind"));
    let with_count: Vec<&str> = with_count.collect();
    assert_eq!(with_count.len(), 1, "{}", said.stdout);
    assert!(with_count[0].starts_with("error[TEXT]"), "{}", said.stdout);
    assert!(
        with_count[0].contains("2 more of this kind"),
        "{}",
        said.stdout
    );
    assert!(said.stdout.contains("error[ORDER]"), "{}", said.stdout);
}

/// The native execution prints the very lines of the recording; only an execution under a schedule differs.
#[test]
fn schedules_reveal_differences_that_a_native_execution_hides() {
    let project = book();
    project.change(
        "examples/two.rs",
        "sleep(Duration::from_millis(50));\n        ",
        "",
    );
    project.change("examples/two.rs", "use std::time::Duration;\n", "");
    project.change("examples/two.rs", "{sleep, spawn}", "spawn");
    project.run(&["record"]).succeeds();
    let sequential = [
        ("let two", "one.join().unwrap();\n    let two"),
        ("});\n    one.join().unwrap();\n", "});\n"),
    ];
    for (from, to) in sequential {
        project.change("examples/two.rs", from, to);
    }
    let (status, said) = check(&project, &[]);
    assert_eq!(status, Some(1));
    let message = "error[ORDER]: `two`: prints `two` only after the first thread that main starts continues, for which \
        it did not wait before";
    assert!(said.stdout.contains(message), "{}", said.stdout);
}

#[test]
fn a_missing_recording_does_not_hold() {
    let project = book();
    let (status, said) = check(&project, &[]);
    assert_eq!(status, Some(1));
    assert!(
        said.stdout
            .contains("error[MISSING]: `two`: it is not recorded"),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout.ends_with("1 of 1 run differs\n"),
        "{}",
        said.stdout
    );

    project.run(&["record"]).succeeds();
    let (status, said) = check(&project, &["too"]);
    assert_eq!(status, Some(2));
    assert_eq!(
        said.stderr,
        "error: no run is named `too`: did you mean `two`?\n"
    );

    project.change("examples/two.rs", "fn main", "fn mian");
    let (status, said) = check(&project, &[]);
    assert_eq!(status, Some(1));
    assert!(
        said.stdout
            .contains("error[BUILD]: `two`: `two` does not build"),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout.contains("`main` function not found"),
        "{}",
        said.stdout
    );

    project.change("examples/two.rs", "fn mian", "fn main");
    project.write("src/threads.md", "```rust,example=two,args=x\n```\n");
    let (_, said) = check(&project, &["--format", "json", "--repeat", "1"]);
    let kinds: Vec<&str> = said
        .stdout
        .matches("\"MISSING\"")
        .chain(said.stdout.matches("\"ORPHAN\""))
        .collect();
    assert_eq!(kinds, ["\"MISSING\"", "\"ORPHAN\""], "{}", said.stdout);
    project.write("src/threads.md", "No fence at all.\n");
    let (status, said) = check(&project, &[]);
    assert_eq!(status, Some(1));
    assert!(
        said.stdout.ends_with("no run was checked, 1 orphaned\n"),
        "{}",
        said.stdout
    );
    project.run(&["record"]).succeeds();
    let (status, said) = check(&project, &[]);
    assert_eq!(status, Some(2));
    assert!(
        said.stderr.contains("there is nothing to check"),
        "{}",
        said.stderr
    );
}

#[test]
fn claims_are_checked() {
    let project = book();
    let fence = |attributes: &str| format!("```rust,example=two,{attributes}\n```\n");
    project.write("src/threads.md", &fence("count=3"));
    project.run(&["record"]).succeeds();
    for (claim, broken) in [
        ("wall=60ms±60%", None),
        ("wall=2s±10%", Some("s: the fence says `wall=2s±10%`")),
        ("wall<1s", None),
        ("wall<10ms", Some("s: the fence says `wall<10ms`")),
        ("wall<1.5*two", None),
        (
            "wall<tow",
            Some("`wall<tow`: no run is named `tow`: did you mean `two`?"),
        ),
        ("count=3", None),
        (
            "count=4..9",
            Some("prints 3 lines: the fence says `count=4..9`"),
        ),
        ("before=one then=both", None),
        (
            "before=both then=one",
            Some("prints `one` before `both`: the fence says"),
        ),
        (
            "before=one then=three",
            Some("prints no line with `three`: the fence says"),
        ),
    ] {
        project.write("src/threads.md", &fence(claim));
        let (status, said) = check(&project, &["--repeat", "1"]);
        match broken {
            None => assert_eq!(status, Some(0), "{claim}: {}", said.stdout),
            // On a busy machine nothing is said of times, and that is said.
            Some(_) if said.stdout.contains("is not checked: ") => {}
            Some(message) => {
                assert_eq!(status, Some(1), "{claim}: {}", said.stdout);
                assert!(
                    said.stdout.contains("error[CLAIM]: `two`: "),
                    "{claim}: {}",
                    said.stdout
                );
                assert!(said.stdout.contains(message), "{claim}: {}", said.stdout);
            }
        }
    }
    project.write("src/threads.md", &fence("check=off,reason=\"it is late\""));
    let (status, said) = check(&project, &["--repeat", "1"]);
    assert_eq!(status, Some(0));
    assert!(
        said.stderr.contains("not checked: `two`: it is late"),
        "{}",
        said.stderr
    );
    assert_eq!(said.stdout, "no run was checked\n");
}

#[test]
fn a_broken_claim_is_reported_at_its_place() {
    let project = book();
    project.write(
        "src/threads.md",
        "```rust,example=two\n```\n\n```console,output=two,count=4,order=exact\n```\n",
    );
    project.run(&["record"]).succeeds();
    let (status, said) = check(&project, &["--repeat", "1"]);
    assert_eq!(status, Some(1));
    let place = "error[CLAIM]: `two`: prints 3 lines: the fence says `count=4`\n --> src/threads.md:4:23\n  |\n\
                 4 | ```console,output=two,count=4,order=exact\n  |                       ^^^^^^^\n";
    assert!(said.stdout.contains(place), "{}", said.stdout);
}

/// Without Cargo, nothing is known about any recording.
#[test]
fn without_cargo_no_book_can_be_checked() {
    let project = book();
    project.write(
        "src/threads.md",
        "```rust,example=two\n```\n\n```rust,example=hello\n```\n\n```rust,example\nfn main() {}\n```\n",
    );
    project.run(&["record"]).succeeds();
    let without = |args: &[&str]| {
        let mut command = project.command(args);
        command.env("CARGO", "/nowhere/cargo");
        let said = project.said(command, b"").fails().errors();
        let cause = "error: failed to start `/nowhere/cargo`";
        assert_eq!(said.matches(cause).count(), 1, "{said}");
        assert_eq!(said.matches("\nerror").count(), 1, "{said}");
        let help = "help: the programs of a book are built with Cargo";
        assert!(said.contains(help), "{said}");
        said
    };
    let said = without(&["check"]);
    let end = "error: the book could not be checked: 1 error";
    assert!(said.ends_with(end), "{said}");
    let mut command = project.command(&["check"]);
    let status = command.env("CARGO", "/nowhere/cargo").output();
    assert_eq!(status.unwrap().status.code(), Some(2));
    without(&["record", "--all"]);
}

/// Claims that cannot hold together are errors of the fences; a claim that the page refutes is reported by each command
/// that shows or records the output.
#[test]
fn claims_that_cannot_hold_are_reported_before_a_check() {
    let project = book();
    let two = |first: &str, second: &str| {
        project.write(
            "src/threads.md",
            &format!("```rust,example=two,{first}\n```\n\n```rust,example=two,{second}\n```\n"),
        );
    };
    for (first, second, message) in [
        (
            "wall=1s±5%",
            "wall=0.4s±20%",
            "error: `wall=400ms±20%` contradicts `wall=1s±5%` of the same run",
        ),
        (
            "count=9",
            "count=5",
            "error: `count=5` contradicts `count=9` of the same run",
        ),
        (
            "timeout=1s",
            "wall=2s±10%",
            "error: `wall=2s±10%` contradicts `timeout=1s` of the same run",
        ),
        (
            "alone",
            "wall<0.9*two",
            "error: `wall<0.9*two` cannot hold: it compares the run with itself",
        ),
        (
            "alone",
            "before=o then=both",
            "error: `before=\"o\" then=\"both\"` cannot hold: ",
        ),
    ] {
        two(first, second);
        for command in ["build", "record"] {
            let said = project.run(&[command]).fails().errors();
            assert!(
                said.contains(message) && said.contains("threads.md:4:"),
                "{command}: {said}"
            );
        }
    }
    // Of two runs.
    project.write(
        "src/threads.md",
        "```rust,example=two,wall=1s±10%,wall<0.5*hello\n```\n\n```rust,example=hello,wall=1s±10%\n```\n",
    );
    let said = project.run(&["build"]).fails().errors();
    let message = "error: `wall<0.5*hello` contradicts `wall=1s±10%` of `hello`";
    assert!(said.contains(message), "{said}");

    project.write(
        "src/threads.md",
        "```rust,example=two,count=4,before=both then=one,wall=9s±1%\n```\n",
    );
    for command in ["build", "record", "build"] {
        let said = project.run(&[command]);
        for message in [
            "warning: `cargo run --example two`: prints 3 lines: the fence says `count=4`\n --> src/threads.md:1:",
            "warning: `cargo run --example two`: prints `one` before `both`: the fence says",
            "s: the fence says `wall=9s±1%`",
        ] {
            // On a busy machine, the time is not the program's alone.
            let is_time = message.starts_with("s:") && !said.stderr.contains(message);
            assert!(
                said.succeeds().stderr.contains(message) || is_time,
                "{command}: {}",
                said.stderr
            );
        }
    }
}

/// An execution on other processors may differ for that reason alone.
#[test]
fn another_number_of_processors_is_told() {
    let project = book();
    project.run(&["record"]).succeeds();
    let file = "examples/transcripts/two.transcript";
    let mut recording = Recording::parse(&project.read(file)).unwrap();
    let here = std::thread::available_parallelism().unwrap().get() as u32;
    assert_eq!(recording.transcript.processors, Some(here));
    let (_, said) = check(&project, &[]);
    assert!(!said.stderr.contains("processor"), "{}", said.stderr);
    recording.transcript.processors = Some(here + 1);
    project.write(file, &recording.text());
    let (status, said) = check(&project, &[]);
    assert_eq!(status, Some(0));
    let differ = format!(
        "the numbers of processors differ: 1 run was recorded on {} processors",
        here + 1
    );
    assert!(said.stderr.contains(&differ), "{}", said.stderr);
    project.change("examples/two.rs", "println!(\"both\")", "println!(\"all\")");
    let (_, said) = check(&project, &["--repeat", "1"]);
    let note = format!(
        "= note: recorded on {} processors, checked on {here} processor",
        here + 1
    );
    assert!(said.stdout.contains(&note), "{}", said.stdout);
    // Another machine does not change a recording that holds.
    project.change("examples/two.rs", "println!(\"all\")", "println!(\"both\")");
    project.run(&["record", "--all"]).succeeds();
    let recording = Recording::parse(&project.read(file)).unwrap();
    if recording.transcript.processors != Some(here + 1) {
        // A busy machine's times were replaced.
        assert!(recording.transcript.timing == Timing::Clean);
    }
}
