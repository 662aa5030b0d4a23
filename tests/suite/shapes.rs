//! Shapes that are learned from constructed executions.

use std::collections::HashSet;
use std::time::Duration;

use mdbook_transcript::compare::{compare, differences};
use mdbook_transcript::diagnostic::FindingKind;
use mdbook_transcript::learn::shape::shape;
use mdbook_transcript::transcript::execution::{Execution, Held, Seen};
use mdbook_transcript::transcript::shape::InOrder;
use mdbook_transcript::transcript::shape::Shape;
use mdbook_transcript::transcript::{Exit, Line, Stream, Transcript};

/// An execution of these lines; a line that begins with `!` goes to stderr.
pub fn execution(lines: &[&str], held: Option<Held>) -> Execution {
    let seen = lines.iter().map(|line| Seen {
        stream: stream(line),
        text: line.trim_start_matches('!').to_owned(),
        printed_by: None,
        waits: 0,
        whole: true,
    });
    Execution {
        lines: seen.collect(),
        exit: Exit::SUCCESS,
        pids: HashSet::new(),
        tids: HashSet::new(),
        starts: None,
        held,
        seed: None,
    }
}

fn stream(line: &str) -> Stream {
    if line.starts_with('!') {
        Stream::Stderr
    } else {
        Stream::Stdout
    }
}

pub fn transcript(lines: &[&str]) -> Transcript {
    let lines = lines.iter().enumerate().map(|(at, line)| Line {
        stream: stream(line),
        at: Duration::from_micros(at as u64 * 1000),
        writer: Some(0),
        track: None,
        text: line.trim_start_matches('!').to_owned(),
    });
    Transcript {
        wall: Duration::from_micros(2_000_017),
        threads: Some(3),
        cpu: Some(Duration::from_micros(1)),
        memory: Some(2_000_000),
        ..Transcript::of(lines.collect(), Exit::SUCCESS)
    }
}

fn learned(executions: &[&[&str]]) -> Shape {
    let executions: Vec<Execution> = executions
        .iter()
        .map(|lines| execution(lines, None))
        .collect();
    shape(&executions, None)
}

#[test]
fn a_shape_has_the_rules_that_all_executions_obey() {
    let held = |lines, line| execution(lines, Some(Held::Line(line)));
    let plain = [
        "start foo",
        "start bar",
        "end foo",
        "end bar",
        "took 2.00 s",
    ];
    let executions = [
        execution(&plain, None),
        execution(
            &[
                "start bar",
                "start foo",
                "end foo",
                "end bar",
                "took 2.01 s",
            ],
            None,
        ),
        held(
            &[
                "start bar",
                "end bar",
                "start foo",
                "end foo",
                "took 6.01 s",
            ],
            2,
        ),
        held(
            &[
                "start bar",
                "start foo",
                "end bar",
                "end foo",
                "took 6.01 s",
            ],
            3,
        ),
        held(
            &[
                "start foo",
                "end foo",
                "start bar",
                "end bar",
                "took 6.01 s",
            ],
            2,
        ),
        held(
            &[
                "start foo",
                "end foo",
                "start bar",
                "end bar",
                "took 8.01 s",
            ],
            3,
        ),
    ];
    let text = "ends with 0\n\
        starts at least 0 threads, 0 processes\n\
        1 stdout 1 start foo\n\
        2 stdout 1 start bar\n\
        3 stdout 1 end foo\n\
        4 stdout 1 end bar\n\
        5 stdout 1 took {duration} s\n\
        order: 6 of 10 pairs proved\n\
        3 after 1\n\
        4 after 2\n\
        5 after 3 4\n\
        schedules: in real time\n";
    assert_eq!(shape(&executions, None).text(), text);
}

#[test]
fn a_proved_order_holds_across_an_optional_line() {
    let held = |lines, line| execution(lines, Some(Held::Line(line)));
    let executions = [
        execution(&["start", "retry", "end"], None),
        held(&["start", "retry", "end"], 0),
        held(&["start", "retry", "end"], 1),
        execution(&["start", "end"], None),
    ];
    let shape = shape(&executions, None);
    assert_eq!(
        shape.text(),
        "ends with 0\n\
        starts at least 0 threads, 0 processes\n\
        1 stdout 1 start\n\
        2 stdout 0..1 retry\n\
        3 stdout 1 end\n\
        order: 3 of 3 pairs proved\n\
        2 after 1\n\
        3 after 1 2\n\
        schedules: in real time\n"
    );
    let found = differences(
        &shape,
        &transcript(&["end", "start"]).lines,
        Exit::SUCCESS,
        InOrder::Learned,
    );
    let found: Vec<FindingKind> = found.iter().map(|found| found.kind).collect();
    assert_eq!(found, [FindingKind::Order]);
}

#[test]
fn a_held_line_proves_an_order_that_observation_cannot() {
    let executions = [
        execution(&[], None),
        execution(&["start", "result 2"], None),
        execution(&["start", "result 2"], Some(Held::Line(0))),
    ];
    let order = |executions: &[Execution]| shape(executions, None).order;
    let observed = order(&executions[..2]);
    assert!(observed.hard.is_empty() && observed.soft.is_empty());
    assert_eq!(order(&executions).hard.len(), 1);
}

#[test]
fn only_varying_numbers_become_holes() {
    let shape = learned(&[
        &[
            "Anna: 0 to 1",
            "Ben: 1 to 2",
            "task 1 by 7",
            "task 2 by 8",
            "all 2",
        ],
        &[
            "Ben: 0 to 1",
            "Anna: 1 to 2",
            "task 2 by 7",
            "task 1 by 7",
            "all 2",
        ],
    ]);
    let text = "ends with 0\n\
        starts at least 0 threads, 0 processes\n\
        1 stdout 1 Anna: {int 0..1} to {int 1..2}\n\
        2 stdout 1 Ben: {int 0..1} to {int 1..2}\n\
        3 stdout 1 task 1 by {int 7..7}\n\
        4 stdout 1 task 2 by {int 7..8}\n\
        5 stdout 1 all 2\n\
        each of 0 1: 1.1 2.1\n\
        each of 1 2: 1.2 2.2\n\
        order: 0 of 10 pairs proved\n\
        3 seen after 1 2\n\
        4 seen after 1 2\n\
        5 seen after 3 4\n\
        schedules: in real time\n";
    assert_eq!(shape.text(), text);
    let lost = transcript(&[
        "Anna: 0 to 1",
        "Ben: 0 to 1",
        "task 1 by 7",
        "task 2 by 7",
        "all 2",
    ]);
    let found = differences(&shape, &lost.lines, lost.exit, InOrder::Learned);
    let found: Vec<(FindingKind, &str)> = found
        .iter()
        .map(|it| (it.kind, it.message.as_str()))
        .collect();
    let message = "prints `Ben: 0 to 1`: unexpected value";
    assert_eq!(
        found,
        [(FindingKind::Field, message), (FindingKind::Field, message)]
    );
}

#[test]
fn differences_are_named() {
    let shape = learned(&[&["a 1", "b", "!err"], &["a 1", "b", "!err"]]);
    /// Lines, and the differences in them.
    type Row = (
        &'static [&'static str],
        &'static [(FindingKind, &'static str)],
    );
    let table: [Row; 7] = [
        (&["a 1", "!err", "b"], &[]),
        (
            &["a 2", "b", "!err"],
            &[(FindingKind::Field, "prints `a 2`, not `a 1`")],
        ),
        (
            &["a 1", "!err"],
            &[(FindingKind::Count, "prints `b` never, expected once")],
        ),
        (
            &["a 1", "b", "b", "!err"],
            &[(FindingKind::Count, "prints `b` twice, expected once")],
        ),
        (
            &["a 1", "b", "new", "!err"],
            &[(FindingKind::Text, "prints a new line, `new`")],
        ),
        (
            &["b", "a 1", "!err"],
            &[(
                FindingKind::Learn,
                "prints `b` before `a 1`, an order never seen before",
            )],
        ),
        (
            &["a 1", "b", "err"],
            &[
                (FindingKind::Text, "prints a new line, `err`"),
                (FindingKind::Count, "prints `err` never, expected once"),
            ],
        ),
    ];
    for (lines, expected) in table {
        let fresh = transcript(lines);
        let found = differences(&shape, &fresh.lines, fresh.exit, InOrder::Learned);
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.kind, it.message.as_str()))
            .collect();
        assert_eq!(found, expected, "{lines:?}");
    }
}

/// Each row has recorded executions, the line of a new execution, and the first difference.
#[test]
fn padding_times_and_paths_are_no_differences() {
    type Row = (
        &'static [&'static [&'static str]],
        &'static str,
        Option<FindingKind>,
    );
    let table: [Row; 9] = [
        (
            &[&["[  92 ms] go"], &["[ 105 ms] go"]],
            "[1003 ms] go",
            None,
        ),
        (
            &[&["a    7|b"], &["a   12|b"]],
            "a12345|b",
            Some(FindingKind::Learn),
        ),
        (
            &[&["a 7    |b"], &["a 12   |b"]],
            "a 12345|b",
            Some(FindingKind::Learn),
        ),
        (
            &[&["a 7    |b"], &["a 12   |b"]],
            "a x|b",
            Some(FindingKind::Text),
        ),
        (&[&["took 500 ms"], &["took 500 ms"]], "took 503 ms", None),
        (
            &[&["took 500 ms"], &["took 500 ms"]],
            "took 5000 ms",
            Some(FindingKind::Timing),
        ),
        (
            &[&["took 500 sheep"], &["took 500 sheep"]],
            "took 503 sheep",
            Some(FindingKind::Field),
        ),
        (
            &[
                &["in /tmp/transcript/.tmpaB1"],
                &["in /tmp/transcript/.tmpzZ9"],
            ],
            "in /tmp/transcript/.tmpQq7",
            None,
        ),
        (&[&["tick"], &["tick", "tick"]], "tick", None),
    ];
    for (recorded, line, expected) in table {
        let shape = learned(recorded);
        let fresh = transcript(&[line]);
        let found = differences(&shape, &fresh.lines, fresh.exit, InOrder::Learned);
        let first = found.first().map(|it| it.kind);
        assert_eq!(first, expected, "{line}\n{}", shape.text());
    }
}

/// The first fitting template for each line would leave another line without one.
#[test]
fn every_line_is_assigned_to_a_template_if_possible() {
    let shape = "ends with 0\n\
        starts at least 0 threads, 0 processes\n\
        1 stdout 1 a {int} b {int} c 1\n\
        2 stdout 1 a {int} b 1 c {int}\n\
        3 stdout 1 a 1 b {int} c {int}\n\
        order: 0 of 3 pairs proved\n";
    let shape = Shape::parse(shape).unwrap();
    let lines = ["a 1 b 1 c 1", "a 2 b 1 c 1", "a 2 b 2 c 1"];
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for order in orders {
        let fresh = transcript(&order.map(|line| lines[line]));
        assert_eq!(
            differences(&shape, &fresh.lines, fresh.exit, InOrder::Learned),
            []
        );
    }
    let one_too_many = transcript(&["a 2 b 2 c 1", "a 3 b 2 c 1", "a 1 b 1 c 1"]);
    let found = differences(&shape, &one_too_many.lines, Exit::SUCCESS, InOrder::Learned);
    assert_eq!(found.len(), 2, "{found:?}");
}

/// If threads print under a lock, a held thread delays the others whether or not they wait for it otherwise.
#[test]
fn a_lock_alone_proves_no_order_but_a_held_start_does() {
    let by = |lines: &[(&str, &str)], held| {
        let texts: Vec<&str> = lines.iter().map(|(_, text)| *text).collect();
        let mut execution = execution(&texts, held);
        for (seen, (actor, _)) in execution.lines.iter_mut().zip(lines) {
            seen.printed_by = Some(((*actor).to_owned(), 0));
        }
        execution
    };
    let (a, b) = (("0.0", "a has it"), ("0.1", "b has it"));
    let habit = [by(&[a, b], None), by(&[a, b], Some(Held::Line(0)))];
    assert_eq!(shape(&habit, None).order.hard.len(), 0);
    let start = || Some(Held::Start("0.0".to_owned(), 0));
    let cause = [&habit[..], &[by(&[a, b], start())]].concat();
    assert_eq!(shape(&cause, None).order.hard.len(), 1);
    let chance = [&habit[..], &[by(&[b, a], start())]].concat();
    assert_eq!(shape(&chance, None).order.hard.len(), 0);
}

#[test]
fn times_of_a_new_execution_are_compared_with_the_recorded_ones() {
    let shape = learned(&[&["took 2.00 s"], &["took 2.01 s"]]);
    let recorded = transcript(&["took 2.00 s"]);
    let mut fresh = transcript(&["took 4.51 s"]);
    fresh.wall = Duration::from_millis(4510);
    let found = compare(&shape, &recorded, &fresh, InOrder::Learned);
    let found: Vec<_> = found
        .iter()
        .map(|it| (it.kind, it.message.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (FindingKind::Timing, "took 4.51 s, expected about 2.00 s"),
            (FindingKind::Timing, "prints `took 4.51 s`"),
        ]
    );
}
