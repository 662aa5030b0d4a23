//! `check`: its reports about unchanged and changed programs.

use mdbook_transcript::transcript::Timing;
use mdbook_transcript::transcript::format::Recording;

use crate::failures::snapshot;
use crate::project::{Output, Project};
use crate::record::book;

/// Checks, and returns the exit status and the output.
fn check(project: &Project, args: &[&str]) -> (Option<i32>, Output) {
    let output = project.run(&[&["check"], args].concat());
    (output.status, output)
}

#[test]
fn unchanged_programs_hold() {
    let project = book();
    project.run(&["record"]).succeeds();
    let (status, output) = check(&project, &[]);
    assert_eq!(
        (status, output.stdout.as_str()),
        (Some(0), "1 run holds, executed at least 3 times\n"),
        "{}",
        output.stderr
    );
    let (_, output) = check(&project, &["--format", "json", "--repeat", "2"]);
    assert_eq!(
        output.stdout,
        "{\"run\":\"two\",\"verdict\":\"holds\",\"findings\":[]}\n"
    );
    for name in ["two", "threads.md", "src/threads.md"] {
        let (_, output) = check(&project, &[name, "--repeat", "1"]);
        assert_eq!(output.stdout, "1 run holds, executed once\n", "{name}");
    }
}

/// A join is removed, in a program whose second thread is the slower one.
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
    let (status, output) = check(&project, &["--repeat", "1"]);
    assert_eq!(status, Some(1));
    insta::with_settings!({
        prepend_module_to_snapshot => false,
        snapshot_path => "../snapshots",
    }, { insta::assert_snapshot!("check", output.stdout) });
    let (_, output) = check(&project, &["--repeat", "1", "--format", "json"]);
    let expected = "{\"run\":\"two\",\"verdict\":\"differs\",\"findings\":[\
        {\"kind\":\"STALE\",\"severity\":\"error\",\"message\":\"`examples/two.rs` has changed since it was recorded\",\
        \"chapter\":\"src/threads.md\",\"line\":1},\
        {\"kind\":\"ORDER\",\"severity\":\"error\",\"message\":\"prints `both` before `two`\",\
        \"chapter\":\"src/threads.md\",\"line\":1}]}\n";
    assert_eq!(output.stdout, expected);
}

/// Twelve new lines and a missing join: ten of the lines are reported, and the count covers the other two only.
#[test]
fn each_kind_of_finding_has_its_own_count() {
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
    let (_, output) = check(&project, &["--repeat", "1"]);
    let with_count = output
        .stdout
        .split("\n\n")
        .filter(|finding| finding.contains(" of this kind"));
    let with_count: Vec<&str> = with_count.collect();
    assert_eq!(with_count.len(), 1, "{}", output.stdout);
    assert!(
        with_count[0].starts_with("error[TEXT]"),
        "{}",
        output.stdout
    );
    assert!(
        with_count[0].contains("2 more of this kind"),
        "{}",
        output.stdout
    );
    assert!(output.stdout.contains("error[ORDER]"), "{}", output.stdout);
}

/// The native execution prints the recording's lines in order; only an execution under a schedule differs.
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
    let (status, output) = check(&project, &[]);
    assert_eq!(status, Some(1));
    let message = "error[ORDER]: `two`: prints `two` only after the first thread that main starts continues, for which \
        it did not wait before";
    assert!(output.stdout.contains(message), "{}", output.stdout);
}

/// Threads that share only atomics race where no seed shows it. Here, a file decides.
#[test]
fn a_proved_order_that_is_rarely_wrong_causes_a_warning() {
    let project = Project::recorded(
        "shelf",
        "",
        r#"use std::fs;

fn main() {
    let folder = env!("CARGO_MANIFEST_DIR");
    let is_turned = fs::remove_file(format!("{folder}/once")).is_ok()
        || fs::exists(format!("{folder}/always")).unwrap();
    let (first, second) = if is_turned { ("two", "one") } else { ("one", "two") };
    println!("{first}");
    println!("{second}");
}
"#,
    );
    project.write("once", "");
    let output = project.run(&["check", "--seeds", "0"]);
    let output = output.succeeds();
    snapshot("rare-order", &output.stdout);

    project.write("always", "");
    let (status, output) = check(&project, &["--repeat", "1"]);
    assert_eq!(status, Some(1));
    let message = "error[ORDER]: `shelf`: prints `two` before `one`\n";
    assert!(output.stdout.contains(message), "{}", output.stdout);
}

#[test]
fn a_missing_recording_does_not_hold() {
    let project = book();
    let (status, output) = check(&project, &[]);
    assert_eq!(status, Some(1));
    assert!(
        output
            .stdout
            .contains("error[MISSING]: `two`: it is not recorded"),
        "{}",
        output.stdout
    );
    assert!(
        output.stdout.ends_with("1 of 1 run differs\n"),
        "{}",
        output.stdout
    );

    project.run(&["record"]).succeeds();
    let (status, output) = check(&project, &["too"]);
    assert_eq!(status, Some(2));
    assert_eq!(
        output.stderr,
        "error: no run is named `too`: did you mean `two`?\n"
    );

    project.change("examples/two.rs", "fn main", "fn mian");
    let (status, output) = check(&project, &[]);
    assert_eq!(status, Some(1));
    assert!(
        output
            .stdout
            .contains("error[BUILD]: `two`: `two` does not build"),
        "{}",
        output.stdout
    );
    assert!(
        output.stdout.contains("`main` function not found"),
        "{}",
        output.stdout
    );

    project.change("examples/two.rs", "fn mian", "fn main");
    project.write("src/threads.md", "```rust,example=two,args=x\n```\n");
    let (_, output) = check(&project, &["--format", "json", "--repeat", "1"]);
    let kinds: Vec<&str> = output
        .stdout
        .matches("\"MISSING\"")
        .chain(output.stdout.matches("\"ORPHAN\""))
        .collect();
    assert_eq!(kinds, ["\"MISSING\"", "\"ORPHAN\""], "{}", output.stdout);
    project.write("src/threads.md", "No fence at all.\n");
    let (status, output) = check(&project, &[]);
    assert_eq!(status, Some(1));
    assert!(
        output.stdout.ends_with("no run was checked, 1 orphaned\n"),
        "{}",
        output.stdout
    );
    project.run(&["record", "--yes"]).succeeds();
    let (status, output) = check(&project, &[]);
    assert_eq!(status, Some(2));
    assert!(
        output.stderr.contains("there is nothing to check"),
        "{}",
        output.stderr
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
        let (status, output) = check(&project, &["--repeat", "1"]);
        match broken {
            None => assert_eq!(status, Some(0), "{claim}: {}", output.stdout),
            // On a busy machine, times are not checked, and the check says so.
            Some(_) if output.stdout.contains("is not checked: ") => {}
            Some(message) => {
                assert_eq!(status, Some(1), "{claim}: {}", output.stdout);
                assert!(
                    output.stdout.contains("error[CLAIM]: `two`: "),
                    "{claim}: {}",
                    output.stdout
                );
                assert!(
                    output.stdout.contains(message),
                    "{claim}: {}",
                    output.stdout
                );
            }
        }
    }
    project.write("src/threads.md", &fence("check=off,reason=\"it is late\""));
    let (status, output) = check(&project, &["--repeat", "1"]);
    assert_eq!(status, Some(0));
    assert!(
        output.stderr.contains("not checked: `two`: it is late"),
        "{}",
        output.stderr
    );
    assert_eq!(output.stdout, "no run was checked\n");
}

#[test]
fn a_broken_claim_is_reported_at_its_place() {
    let project = book();
    project.write(
        "src/threads.md",
        "```rust,example=two\n```\n\n```console,output=two,count=4,order=exact\n```\n",
    );
    project.run(&["record"]).succeeds();
    let (status, output) = check(&project, &["--repeat", "1"]);
    assert_eq!(status, Some(1));
    let place = "error[CLAIM]: `two`: prints 3 lines: the fence says `count=4`\n --> src/threads.md:4:23\n  |\n\
                 4 | ```console,output=two,count=4,order=exact\n  |                       ^^^^^^^\n";
    assert!(output.stdout.contains(place), "{}", output.stdout);
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
        let output = project.output(command, b"").fails().errors();
        let cause = "error: failed to start `/nowhere/cargo`";
        assert_eq!(output.matches(cause).count(), 1, "{output}");
        assert_eq!(output.matches("\nerror").count(), 1, "{output}");
        let help = "help: the programs of a book are built with Cargo";
        assert!(output.contains(help), "{output}");
        output
    };
    let output = without(&["check"]);
    let end = "error: the book could not be checked: 1 error";
    assert!(output.ends_with(end), "{output}");
    let mut command = project.command(&["check"]);
    let status = command.env("CARGO", "/nowhere/cargo").output();
    assert_eq!(status.unwrap().status.code(), Some(2));
    without(&["record", "--all"]);
}

/// So it is if Cargo refuses all programs for one reason.
#[test]
fn a_refused_workspace_cannot_be_checked() {
    let project = book();
    project.write(
        "src/threads.md",
        "```rust,example=two\n```\n\n```rust,example=hello\n```\n\n```rust,example\nfn main() {}\n```\n",
    );
    project.run(&["record"]).succeeds();
    let lock = project.read("Cargo.lock");
    project.write("Cargo.lock", "not a lockfile");
    for names in [&[][..], &["two"], &["hello", "two"]] {
        let (status, output) = check(&project, names);
        assert_eq!(status, Some(2), "{}", output.stdout);
        let errors = output.errors();
        let cause = "error: Cargo cannot build the programs\n --> src/threads.md:";
        assert_eq!(errors.matches(cause).count(), 1, "{errors}");
        assert!(errors.contains("failed to parse lock file"), "{errors}");
    }
    // The mistake of a fence is a finding about its run.
    project.write("Cargo.lock", &lock);
    project.change("src/threads.md", "=two", "=two,features=none");
    let (status, output) = check(&project, &[]);
    assert_eq!(status, Some(1), "{}", output.stdout);
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
            let output = project.run(&[command]).fails().errors();
            assert!(
                output.contains(message) && output.contains("threads.md:4:"),
                "{command}: {output}"
            );
        }
    }
    // Of two runs.
    project.write(
        "src/threads.md",
        "```rust,example=two,wall=1s±10%,wall<0.5*hello\n```\n\n```rust,example=hello,wall=1s±10%\n```\n",
    );
    let output = project.run(&["build"]).fails().errors();
    let message = "error: `wall<0.5*hello` contradicts `wall=1s±10%` of `hello`";
    assert!(output.contains(message), "{output}");

    project.write(
        "src/threads.md",
        "```rust,example=two,count=4,before=both then=one,wall=9s±1%\n```\n",
    );
    for command in ["build", "record", "build"] {
        let output = project.run(&[command]);
        for message in [
            "warning: `cargo run --example two`: prints 3 lines: the fence says `count=4`\n --> src/threads.md:1:",
            "warning: `cargo run --example two`: prints `one` before `both`: the fence says",
            "s: the fence says `wall=9s±1%`",
        ] {
            // On a busy machine, the time is not the program's alone.
            let is_time = message.starts_with("s:") && !output.stderr.contains(message);
            assert!(
                output.succeeds().stderr.contains(message) || is_time,
                "{command}: {}",
                output.stderr
            );
        }
    }
}

/// An execution on other processors may differ for that reason alone.
#[test]
fn another_number_of_processors_is_reported() {
    let project = book();
    project.run(&["record"]).succeeds();
    let file = "examples/transcripts/two.transcript";
    let mut recording = Recording::parse(&project.read(file)).unwrap();
    let here = std::thread::available_parallelism().unwrap().get() as u32;
    assert_eq!(recording.transcript.processors, Some(here));
    let (_, output) = check(&project, &[]);
    assert!(!output.stderr.contains("processor"), "{}", output.stderr);
    recording.transcript.processors = Some(here + 1);
    project.write(file, &recording.text());
    let (status, output) = check(&project, &[]);
    assert_eq!(status, Some(0));
    let differ = format!(
        "the numbers of processors differ: 1 run was recorded on {} processors",
        here + 1
    );
    assert!(output.stderr.contains(&differ), "{}", output.stderr);
    project.change("examples/two.rs", "println!(\"both\")", "println!(\"all\")");
    let (_, output) = check(&project, &["--repeat", "1"]);
    let note = format!(
        "= note: recorded on {} processors, checked on {here} processor",
        here + 1
    );
    assert!(output.stdout.contains(&note), "{}", output.stdout);
    // Another machine does not change a recording that holds.
    project.change("examples/two.rs", "println!(\"all\")", "println!(\"both\")");
    project.run(&["record", "--all"]).succeeds();
    let recording = Recording::parse(&project.read(file)).unwrap();
    if recording.transcript.processors != Some(here + 1) {
        // A busy machine's times were replaced.
        assert!(recording.transcript.timing == Timing::Clean);
    }
}

/// A log's time of day is not the same the next time.
#[test]
fn times_of_day_may_differ() {
    let log = r#"use std::time::{SystemTime, UNIX_EPOCH};

fn main() {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let (seconds, micros) = (time.as_secs(), time.subsec_micros());
    let [hour, minute, second] = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60];
    println!("[{hour:02}:{minute:02}:{second:02}.{micros:06} INFO] the server is up");
    println!("2026-11-27T{hour:02}:{minute:02}:{second:02}Z opened at 12:30");
}
"#;
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [A](a.md)\n");
    project.write("src/a.md", "```rust,example=log\n```\n");
    project.write("examples/log.rs", log);
    project.run(&["record"]).succeeds();
    let recording = project.read("examples/transcripts/log.transcript");
    for line in ["[{clock} INFO] the server is up", "{clock} opened at 12:30"] {
        assert!(recording.contains(line), "{recording}");
    }
    std::thread::sleep(std::time::Duration::from_secs(1));
    project.run(&["check"]).succeeds();
}
