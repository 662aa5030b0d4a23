//! Slow runs, the slowest ones, and checks that end early.

use quick_junit::Report;

use crate::project::Project;

/// A book with three runs; each prints a word of a file that no recording depends on.
fn book() -> Project {
    let program = |name: &str| {
        format!(
            "fn main() {{\n    let file = concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{name}.txt\");\n    \
             println!(\"{{}}\", std::fs::read_to_string(file).unwrap());\n}}\n"
        )
    };
    let project = Project::of_program("one", "", &program("one"));
    let mut chapter = project.read("src/one.md");
    for name in ["one", "two", "three"] {
        project.write(&format!("{name}.txt"), name);
        project.write(&format!("examples/{name}.rs"), &program(name));
        if name != "one" {
            chapter.push_str(&format!("\n```rust,example={name}\n```\n"));
        }
    }
    project.write("src/one.md", &chapter);
    project.run(&["record"]).succeeds();
    project
}

#[test]
fn a_check_ends_early() {
    let project = book();
    let output = project.run(&["check", "--fail-fast", "-v"]);
    assert_eq!(
        output.succeeds().stdout,
        "3 runs hold, each executed at least 3 times\n"
    );
    let slowest = output
        .stderr
        .lines()
        .find(|line| line.contains("slowest: "));
    let slowest = slowest.unwrap();
    for run in ["`one` ", "`two` ", "`three` ", " executions)"] {
        assert!(slowest.contains(run), "{slowest}");
    }
    let output = project.run(&["check", "--repeat", "1"]);
    assert!(
        !output.succeeds().stderr.contains("slowest: "),
        "{}",
        output.stderr
    );

    project.write("two.txt", "zwei");
    let fast = project
        .run(&["check", "--fail-fast"])
        .fails()
        .stdout
        .clone();
    assert!(fast.starts_with("error[TEXT]: `two`: "), "{fast}");
    assert!(
        fast.ends_with("1 of 1 run differs; 2 runs not checked after the first error\n"),
        "{fast}"
    );
    assert!(
        !fast.contains("run 2 of 3") && !fast.contains("seed"),
        "{fast}"
    );
    let fast = project.run(&["check", "--fail-fast", "--format", "json"]);
    assert!(
        fast.fails()
            .stdout
            .ends_with(",\"not_checked\":[\"one\",\"three\"]}\n"),
        "{}",
        fast.stdout
    );
    let fast = project.run(&["check", "--fail-fast", "--format", "junit"]);
    let report = fast.fails().stdout.as_str();
    let cases = Report::deserialize_from_str(report).unwrap();
    assert_eq!((cases.tests, cases.failures), (3, 1), "{report}");
    assert!(report.contains(" tests=\"3\" skipped=\"2\" "), "{report}");
    let skipped = report.matches("<skipped message=\"not checked after the first error\"/>");
    assert_eq!(skipped.count(), 2, "{report}");
    let whole = project
        .run(&["check", "--format", "json"])
        .fails()
        .stdout
        .clone();
    assert!(!whole.contains("not_checked"), "{whole}");
    let whole = project.run(&["check"]).fails().stdout.clone();
    assert!(whole.ends_with("1 of 3 runs differs\n"), "{whole}");

    // A stale recording needs no execution.
    project.change("examples/three.rs", "fn main", "// New.\nfn main");
    let output = project.run(&["check", "--fail-fast", "-v"]);
    assert!(
        output
            .fails()
            .stdout
            .ends_with("1 of 1 run differs; 2 runs not checked after the first error\n"),
        "{}",
        output.stdout
    );
    assert!(
        output.stdout.starts_with("error[STALE]: `three`: "),
        "{}",
        output.stdout
    );
    assert!(!output.stderr.contains(": run"), "{}", output.stderr);
}

/// Without a terminal, a line of the log names a slow run while it is running, once.
#[test]
fn a_slow_run_is_named() {
    let sleeps = "fn main() { std::thread::sleep(std::time::Duration::from_millis(5500)); }\n";
    let project = Project::of_program("sleeps", "", sleeps);
    let output = project.run(&["run", "sleeps"]);
    let said = output
        .succeeds()
        .stderr
        .matches(" INFO slow: `sleeps` has been running for 5 s\n");
    assert_eq!(said.count(), 1, "{}", output.stderr);
}
