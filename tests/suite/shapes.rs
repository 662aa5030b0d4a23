//! Shapes, learnt from recordings that are made here: what they say, and what always holds of them.

use std::collections::HashSet;
use std::time::Duration;

use mdbook_transcript::transcript::compare::{InOrder, What, compare, differences};
use mdbook_transcript::transcript::format::{Head, Recorded};
use mdbook_transcript::transcript::shape::learn::shape;
use mdbook_transcript::transcript::shape::{Held, Recording, Seen, Shape};
use mdbook_transcript::transcript::{Exit, Line, Stream, Timing, Transcript};
use proptest::prelude::*;

/// A recording of these lines; a line that begins with `!` goes to standard error.
fn recording(lines: &[&str], held: Option<Held>) -> Recording {
    let seen = lines.iter().map(|line| Seen {
        stream: stream(line),
        text: line.trim_start_matches('!').to_owned(),
        printed_by: None,
        waits: 0,
        whole: true,
    });
    Recording {
        lines: seen.collect(),
        exit: Exit::SUCCESS,
        pids: HashSet::new(),
        tids: HashSet::new(),
        starts: None,
        held,
    }
}

fn stream(line: &str) -> Stream {
    match line.starts_with('!') {
        true => Stream::Stderr,
        false => Stream::Stdout,
    }
}

fn transcript(lines: &[&str]) -> Transcript {
    let lines = lines.iter().enumerate().map(|(at, line)| Line {
        stream: stream(line),
        at: Duration::from_micros(at as u64 * 1000),
        writer: Some(0),
        text: line.trim_start_matches('!').to_owned(),
    });
    Transcript {
        lines: lines.collect(),
        exit: Exit::SUCCESS,
        wall: Duration::from_micros(2_000_017),
        threads: Some(3),
        processes: None,
        cpu: Some(Duration::from_micros(1)),
        memory: Some(2_000_000),
        timing: Timing::Clean,
        replaced: 0,
    }
}

fn learnt(recordings: &[&[&str]]) -> Shape {
    let recordings: Vec<Recording> = recordings
        .iter()
        .map(|lines| recording(lines, None))
        .collect();
    shape(&recordings, None)
}

#[test]
fn a_shape_says_what_recordings_have_in_common() {
    let held = |lines, line| recording(lines, Some(Held::Line(line)));
    let plain = [
        "start foo",
        "start bar",
        "end foo",
        "end bar",
        "took 2.00 s",
    ];
    let recordings = [
        recording(&plain, None),
        recording(
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
        5 after 3 4\n";
    assert_eq!(shape(&recordings, None).text(), text);
}

#[test]
fn numbers_are_holes_where_they_vary_and_only_there() {
    let shape = learnt(&[
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
        5 seen after 3 4\n";
    assert_eq!(shape.text(), text);
    let lost = transcript(&[
        "Anna: 0 to 1",
        "Ben: 0 to 1",
        "task 1 by 7",
        "task 2 by 7",
        "all 2",
    ]);
    let found = differences(&shape, &lost.lines, lost.exit, InOrder::Learnt);
    let found: Vec<(What, &str)> = found
        .iter()
        .map(|its| (its.what, its.message.as_str()))
        .collect();
    let message = "prints `Ben: 0 to 1`: a number in it cannot be so";
    assert_eq!(found, [(What::Field, message), (What::Field, message)]);
}

#[test]
fn what_differs_is_named() {
    let shape = learnt(&[&["a 1", "b", "!err"], &["a 1", "b", "!err"]]);
    /// What is found in some lines.
    type Row = (&'static [&'static str], &'static [(What, &'static str)]);
    let table: [Row; 7] = [
        (&["a 1", "!err", "b"], &[]),
        (
            &["a 2", "b", "!err"],
            &[(What::Field, "prints `a 2`, not `a 1`")],
        ),
        (
            &["a 1", "!err"],
            &[(What::Count, "prints `b` not at all, not once")],
        ),
        (
            &["a 1", "b", "b", "!err"],
            &[(What::Count, "prints `b` twice, not once")],
        ),
        (
            &["a 1", "b", "new", "!err"],
            &[(What::Text, "prints a new line, `new`")],
        ),
        (
            &["b", "a 1", "!err"],
            &[(
                What::Learn,
                "prints `b` before `a 1`, which was never seen before",
            )],
        ),
        (
            &["a 1", "b", "err"],
            &[
                (What::Text, "prints a new line, `err`"),
                (What::Count, "prints `err` not at all, not once"),
            ],
        ),
    ];
    for (lines, expected) in table {
        let fresh = transcript(lines);
        let found = differences(&shape, &fresh.lines, fresh.exit, InOrder::Learnt);
        let found: Vec<_> = found
            .iter()
            .map(|its| (its.what, its.message.as_str()))
            .collect();
        assert_eq!(found, expected, "{lines:?}");
    }
}

/// What a fresh run may print without a word, and what not, given what was recorded.
#[test]
fn padding_times_and_paths_are_no_differences() {
    type Row = (
        &'static [&'static [&'static str]],
        &'static str,
        Option<What>,
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
            Some(What::Learn),
        ),
        (
            &[&["a 7    |b"], &["a 12   |b"]],
            "a 12345|b",
            Some(What::Learn),
        ),
        (&[&["a 7    |b"], &["a 12   |b"]], "a x|b", Some(What::Text)),
        (&[&["took 500 ms"], &["took 500 ms"]], "took 503 ms", None),
        (
            &[&["took 500 ms"], &["took 500 ms"]],
            "took 5000 ms",
            Some(What::Timing),
        ),
        (
            &[&["took 500 sheep"], &["took 500 sheep"]],
            "took 503 sheep",
            Some(What::Field),
        ),
        (
            &[
                &["in /tmp/transcript-aaaaaa/x"],
                &["in /tmp/transcript-bbbbbb/x"],
            ],
            "in /var/transcript-cccccc/x",
            None,
        ),
        (&[&["tick"], &["tick", "tick"]], "tick", None),
    ];
    for (recorded, line, expected) in table {
        let shape = learnt(recorded);
        let fresh = transcript(&[line]);
        let found = differences(&shape, &fresh.lines, fresh.exit, InOrder::Learnt);
        let first = found.first().map(|its| its.what);
        assert_eq!(first, expected, "{line}\n{}", shape.text());
    }
}

/// Three threads print while they have a lock: who is held holds up the others, whoever it is.
#[test]
fn what_a_lock_holds_up_is_no_order_unless_its_thread_was_kept_from_starting() {
    let by = |lines: &[(&str, &str)], held| {
        let texts: Vec<&str> = lines.iter().map(|(_, text)| *text).collect();
        let mut recording = recording(&texts, held);
        for (seen, (actor, _)) in recording.lines.iter_mut().zip(lines) {
            seen.printed_by = Some(((*actor).to_owned(), 0));
        }
        recording
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

/// Lines as programs print them, with numbers that vary.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..3u8).prop_map(|n| format!("worker {n} done")),
        (0..3u8, 0..3u8).prop_map(|(a, b)| format!("from {a} to {b}")),
        (0..2000u32).prop_map(|ms| format!("took {:.2} s", f64::from(ms) / 1000.0)),
        (0..1000u16).prop_map(|n| format!("n {n:>4}|")),
        (0..1000u16).prop_map(|n| format!("{n:<3} left {}", n % 7)),
        Just("start".to_owned()),
        Just("!{odd} \\ \u{1b}[1m ".to_owned()),
        "[ -~]{0,12}".prop_map(|text| text.trim_start_matches('!').to_owned()),
    ]
}

fn recordings(most: usize) -> impl Strategy<Value = Vec<Recording>> {
    let one = (
        prop::collection::vec(line(), 0..12),
        any::<prop::sample::Index>(),
        any::<bool>(),
    );
    prop::collection::vec(one, 1..most).prop_map(|all| {
        let one = |(lines, held, is_held): (Vec<String>, prop::sample::Index, bool)| {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let held = (is_held && !lines.is_empty()).then(|| Held::Line(held.index(lines.len())));
            recording(&lines, held)
        };
        all.into_iter().map(one).collect()
    })
}

fn lines_of(recording: &Recording) -> Vec<Line> {
    let line = |seen: &Seen| Line {
        stream: seen.stream,
        at: Duration::ZERO,
        writer: None,
        text: seen.text.clone(),
    };
    recording.lines.iter().map(line).collect()
}

/// Whether lines have a shape, with everything in it.
fn has(shape: &Shape, recording: &Recording) -> bool {
    differences(shape, &lines_of(recording), recording.exit, InOrder::Learnt).is_empty()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_recording_has_the_shape_that_was_learnt_from_it(recordings in recordings(6)) {
        let shape = shape(&recordings, None);
        for recording in &recordings {
            let found = differences(&shape, &lines_of(recording), recording.exit, InOrder::Learnt);
            prop_assert!(found.is_empty(), "{found:?}\n{}", shape.text());
        }
    }

    #[test]
    fn more_recordings_never_make_a_shape_tighter(
        recordings in recordings(6),
        other in recordings(2),
    ) {
        let few = shape(&recordings[..recordings.len().div_ceil(2)], None);
        let many = shape(&recordings, None);
        for recording in recordings.iter().chain(&other) {
            prop_assert!(
                !has(&few, recording) || has(&many, recording),
                "{:?}\n{}\n{}", recording.lines, few.text(), many.text()
            );
        }
    }

    #[test]
    fn a_recorded_file_comes_back(recordings in recordings(4), run in "[ -~]{1,20}") {
        let lines: Vec<String> = recordings[0].lines.iter().map(|line| line.text.clone()).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let recorded = Recorded {
            head: Head {
                run,
                kind: "example".to_owned(),
                target: "join".to_owned(),
                source: "examples/join.rs".to_owned(),
                inputs: [
                    ("a b.rs".to_owned(), "0123456789abcdef".to_owned()),
                    ("examples/join.rs".to_owned(), "fedcba9876543210".to_owned()),
                ]
                .into(),
                ..Head::default()
            },
            shape: shape(&recordings, None),
            transcript: transcript(&lines),
        };
        let text = recorded.text();
        let read = Recorded::parse(&text);
        prop_assert_eq!(read.as_ref(), Ok(&recorded), "{}", text);
        let read = Recorded::parse(&text.replace('\n', "\r\n"));
        prop_assert_eq!(read.as_ref(), Ok(&recorded));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(mdbook-transcript 1\n)?[ -~\n]{0,200}") {
        Recorded::parse(&text).ok();
        Shape::parse(&text).ok();
    }
}

#[test]
fn a_fresh_transcript_is_compared_with_the_recorded_one_by_its_times() {
    let shape = learnt(&[&["took 2.00 s"], &["took 2.01 s"]]);
    let recorded = transcript(&["took 2.00 s"]);
    let mut fresh = transcript(&["took 4.51 s"]);
    fresh.wall = Duration::from_millis(4510);
    let found = compare(&shape, &recorded, &fresh, InOrder::Learnt);
    let found: Vec<_> = found
        .iter()
        .map(|its| (its.what, its.message.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (What::Timing, "took 4.51 s, and 2.00 s when it was recorded"),
            (What::Timing, "prints `took 4.51 s`"),
        ]
    );
}
