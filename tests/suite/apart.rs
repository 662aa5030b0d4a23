//! Threads that do not wait for each other, and how a recording names them: by a line that they print, because a thread
//! that prints nothing may come and go.

use mdbook_transcript::compare::is_another;
use mdbook_transcript::learn::shape::shape;
use mdbook_transcript::transcript::Timing;
use mdbook_transcript::transcript::execution::{Execution, Held};
use mdbook_transcript::transcript::format::Recording;
use mdbook_transcript::transcript::shape::{Shape, Starts};

use crate::project::Project;
use crate::shapes::execution;

/// An execution of lines, each with its thread, that starts so many threads.
fn observed(lines: &[(&str, &str)], held: Option<Held>, threads: usize) -> Execution {
    let texts: Vec<&str> = lines.iter().map(|(_, text)| *text).collect();
    let mut execution = execution(&texts, held);
    for (seen, (actor, _)) in execution.lines.iter_mut().zip(lines) {
        seen.printed_by = Some(((*actor).to_owned(), 0));
    }
    execution.starts = Some(Starts {
        threads,
        ..Starts::default()
    });
    execution
}

/// The shape of two threads that print, and one that does not: each was held at its start once.
fn two_and_a_silent_one() -> Shape {
    let both = [("0.0", "one"), ("0.1", "two"), ("0", "main")];
    let held = |actor: &str, came| Some(Held::Start(actor.to_owned(), came));
    let all = [
        observed(&both, None, 3),
        observed(&[both[1], both[0], both[2]], None, 3),
        observed(&[both[1], both[0], both[2]], held("0.0", 1), 3),
        observed(&both, held("0.1", 1), 3),
        observed(&both, held("0.2", 2), 3),
    ];
    shape(&all, None)
}

#[test]
fn a_thread_has_the_name_of_its_line() {
    let shape = two_and_a_silent_one();
    let text = shape.text();
    let apart =
        "\napart from 0.0 printing 1: 2\napart from 0.1 printing 2: 1\napart from 0.2: 1 2\n";
    assert!(text.contains(apart), "{text}");
    assert_eq!(Shape::parse(&text), Ok(shape));
    assert!(Shape::parse(&text.replace("printing 2", "printing 4")).is_err());
}

/// A line that several threads may print, or that comes more than once, names none of them.
#[test]
fn a_line_of_several_threads_names_none() {
    let held = || Some(Held::Start("0.0".to_owned(), 1));
    for (one, other) in [("job", "job"), ("job 1", "job 2")] {
        let lines = [("0.0", one), ("0.1", other), ("0.2", "alone")];
        let swapped = [("0.1", one), ("0.0", other), ("0.2", "alone")];
        let all = [
            observed(&lines, None, 3),
            observed(&swapped, None, 3),
            observed(&[lines[2], lines[0], lines[1]], held(), 3),
        ];
        let text = shape(&all, None).text();
        assert!(text.contains("\napart from 0.0: "), "{one} {other}: {text}");
    }
}

#[test]
fn a_held_thread_is_the_recorded_one_or_another() {
    let shape = two_and_a_silent_one();
    let as_recorded = [("0.0", "one"), ("0.1", "two"), ("0", "main")];
    let after_a_silent_one = [("0.1", "one"), ("0.2", "two"), ("0", "main")];
    let with_other_numbers = [("0.1", "one"), ("0.0", "two"), ("0", "main")];
    let silent_first = [("0.2", "one"), ("0.1", "two"), ("0", "main")];
    for (number, lines, threads, expected) in [
        (0, &as_recorded[..], 3, false),
        (1, &as_recorded, 3, false),
        (0, &after_a_silent_one, 4, true),
        (1, &after_a_silent_one, 4, true),
        // A line that is missing is a finding of its own.
        (0, &as_recorded[1..], 3, false),
        // As many threads as before, or fewer, or one more.
        (2, &as_recorded, 3, false),
        (2, &as_recorded, 2, false),
        (2, &as_recorded, 4, true),
        // Started in another order.
        (0, &with_other_numbers, 3, true),
        (1, &with_other_numbers, 3, true),
        (2, &silent_first, 3, true),
    ] {
        let execution = observed(lines, None, threads);
        let fewest = execution.starts.unwrap();
        let found = is_another(&shape, &shape.apart[number], &execution, fewest);
        assert_eq!(found, expected, "{number}, {lines:?}, {threads}");
    }
}

const FILE: &str = "examples/transcripts/two.transcript";

const PROGRAM: &str = r#"use std::thread;

fn main() {
    thread::scope(|scope| {
        scope.spawn(|| println!("one"));
        scope.spawn(|| println!("two"));
    });
    println!("both");
}
"#;

/// A book with this program, whose output is recorded.
fn book() -> Project {
    Project::recorded("two", "", PROGRAM)
}

/// The same recording without the names of threads, as an earlier version wrote it.
fn without_names(project: &Project) -> String {
    let mut old = Recording::parse(&project.read(FILE)).unwrap();
    let known = old
        .shape
        .apart
        .iter()
        .filter(|apart| apart.prints.is_some());
    assert_eq!(known.count(), 2, "{}", old.text());
    for apart in &mut old.shape.apart {
        apart.prints = None;
    }
    // A transcript from a busy machine would be replaced.
    old.transcript.timing = Timing::Clean;
    old.text()
}

/// With seeds and in real time, by a new and by an old recording.
#[test]
fn a_thread_that_prints_nothing_changes_nothing() {
    let project = book();
    let recordings = [project.read(FILE), without_names(&project)];
    project.change(
        "examples/two.rs",
        "|scope| {",
        "|scope| {\n        scope.spawn(thread::yield_now);",
    );
    for recorded in recordings {
        project.write(FILE, &recorded);
        assert_eq!(project.errors_of_check(&[]), [""; 0], "{recorded}");
        let in_real_time = ["--seeds", "0", "--repeat", "5"];
        assert_eq!(
            project.errors_of_check(&in_real_time),
            [""; 0],
            "{recorded}"
        );
    }
}

/// Each thread prints a line twice, so that no line names it.
#[test]
fn threads_may_start_in_another_order() {
    let project = Project::recorded(
        "three",
        "",
        "use std::thread;

fn main() {
    let names = [\"one\", \"two\", \"three\"];
    thread::scope(|scope| {
        for name in names {
            scope.spawn(move || {
                println!(\"{name}\");
                println!(\"{name}\");
            });
        }
    });
}
",
    );
    project.change(
        "examples/three.rs",
        "in names",
        "in names.into_iter().rev()",
    );
    assert_eq!(project.errors_of_check(&[]), [""; 0]);
    let in_real_time = ["--seeds", "0", "--repeat", "5"];
    assert_eq!(project.errors_of_check(&in_real_time), [""; 0]);
}

/// One after the other: each recording shows it.
#[test]
fn threads_that_wait_for_each_other_are_found_by_either_recording() {
    let project = book();
    let recordings = [project.read(FILE), without_names(&project)];
    project.change(
        "examples/two.rs",
        "println!(\"one\"));",
        "println!(\"one\")).join().unwrap();",
    );
    for recorded in recordings {
        project.write(FILE, &recorded);
        let in_real_time = ["--seeds", "0", "--repeat", "5"];
        let found = project.errors_of_check(&in_real_time);
        let message = "ORDER]: `two`: prints `two` only after the first thread that main starts";
        assert!(found.iter().any(|it| it.starts_with(message)), "{found:?}");
    }
}

#[test]
fn an_old_recording_gains_the_names_when_it_is_made_again() {
    let project = book();
    let recorded = Recording::parse(&project.read(FILE)).unwrap();
    project.write(FILE, &without_names(&project));
    project.run(&["check"]).succeeds();
    project.run(&["record", "--all"]).succeeds();
    let upgraded = Recording::parse(&project.read(FILE)).unwrap();
    assert!(
        upgraded.shape.has_the_rules_of(&recorded.shape),
        "{}",
        upgraded.text()
    );
    assert_eq!(upgraded.transcript.lines, recorded.transcript.lines);
}
