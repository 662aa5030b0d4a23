//! Rules that rest on seeded executions, learned from constructed ones.

use mdbook_transcript::compare::{Awaited, differences, under_seed};
use mdbook_transcript::learn::shape::shape;
use mdbook_transcript::transcript::Exit;
use mdbook_transcript::transcript::execution::Execution;
use mdbook_transcript::transcript::seed::{Seed, World};
use mdbook_transcript::transcript::shape::{InOrder, Shape};

use crate::shapes::{execution, transcript};

/// The lines of an execution.
type Lines = &'static [&'static str];

/// Executions with these lines, each with its own seed: so many on time, so many late.
pub fn seeded(all: &[(Lines, usize, usize)]) -> Vec<Execution> {
    let mut executions = vec![execution(all[0].0, None)];
    for (lines, on_time, late) in all {
        for (world, times) in [(World::Base, on_time), (World::Late, late)] {
            for _ in 0..*times {
                let seed = Some(Seed::of(executions.len() as u64, world));
                executions.push(Execution {
                    seed,
                    ..execution(lines, None)
                });
            }
        }
    }
    executions
}

/// The shape of executions, and the text of its rules that rest on seeds. The text is read as it was written.
fn learned(all: &[(Lines, usize, usize)]) -> (Shape, Vec<String>) {
    let shape = shape(&seeded(all), None);
    let text = shape.text();
    assert_eq!(Shape::parse(&text).as_ref(), Ok(&shape), "{text}");
    let rules = text
        .lines()
        .skip_while(|line| !line.starts_with("schedules: "));
    let rules = rules.map(str::to_owned).collect();
    (shape, rules)
}

/// The messages about an execution with these lines.
fn found(shape: &Shape, lines: &[&str], world: World) -> Vec<String> {
    let found = under_seed(shape, &transcript(lines).lines, world);
    found
        .into_iter()
        .map(|found| format!("{:?} {}", found.kind, found.message))
        .collect()
}

/// The messages about what executions have not shown.
fn missing(awaited: &Awaited<'_>) -> Vec<String> {
    let missing = awaited.differences().into_iter();
    missing
        .map(|found| format!("{:?} {}", found.kind, found.message))
        .collect()
}

const ANNA_FIRST: Lines = &[
    "Anna enters",
    "Anna leaves",
    "Ben enters",
    "Ben leaves",
    "closed",
];
const BEN_FIRST: Lines = &[
    "Ben enters",
    "Ben leaves",
    "Anna enters",
    "Anna leaves",
    "closed",
];

/// Two threads whose lines a lock keeps apart.
#[test]
fn lines_that_a_lock_keeps_apart_stay_apart() {
    let (shape, rules) = learned(&[(ANNA_FIRST, 20, 30), (BEN_FIRST, 30, 20)]);
    assert_eq!(
        rules,
        [
            "schedules: 50 on time, 50 late, 0.0% unseen",
            "2 under seeds after 1",
            "4 under seeds after 3",
            "5 under seeds after 2 4",
            "other pairs: in either order",
            "never between 1 and 2: 3 4",
            "never between 3 and 4: 1 2",
            "at most 1 at once: 1 3 to 2 4",
        ]
    );
    assert!(found(&shape, BEN_FIRST, World::Base).is_empty());
    let together = [
        "Anna enters",
        "Ben enters",
        "Anna leaves",
        "Ben leaves",
        "closed",
    ];
    assert_eq!(
        found(&shape, &together, World::Late),
        [
            "Order prints `Ben enters` between `Anna enters` and `Anna leaves`",
            "Order prints `Anna leaves` between `Ben enters` and `Ben leaves`",
            "Order prints `Ben enters` too early: 1 at once were the most in all 100 recorded schedules",
        ]
    );
}

/// An order that follows from durations holds while waits end on time.
#[test]
fn an_order_that_follows_from_durations_holds_on_time() {
    const ANSWER: Lines = &["question", "answer", "time-out"];
    const LATE: Lines = &["question", "time-out", "answer"];
    let (shape, rules) = learned(&[(ANSWER, 50, 46), (LATE, 0, 4)]);
    assert_eq!(
        rules,
        [
            "schedules: 50 on time, 50 late, 0.0% unseen",
            "2 3 under seeds after 1",
            "3 on time after 2",
            "3 seldom before 2",
            "other pairs: in either order",
        ]
    );
    assert!(found(&shape, LATE, World::Late).is_empty());
    assert_eq!(
        found(&shape, LATE, World::Base),
        ["Order prints `time-out` before `answer`"]
    );
    // Seldom is not never, and nobody waits for it.
    assert!(Awaited::of(&shape).is_over());
}

/// Lines that schedules showed in either order must come so again.
#[test]
fn an_order_that_is_often_seen_is_awaited() {
    let (shape, _) = learned(&[(ANNA_FIRST, 45, 45), (BEN_FIRST, 5, 5)]);
    let mut awaited = Awaited::of(&shape);
    let see = |awaited: &mut Awaited<'_>, lines| awaited.sees(&transcript(lines).lines);
    for _ in 0..60 {
        see(&mut awaited, ANNA_FIRST);
    }
    assert_eq!(
        missing(&awaited),
        [
            "Order never prints `Ben enters` before `Anna enters` in 60 schedules, expected in at least 3, and 3 other \
             orders are missing"
        ]
    );
    see(&mut awaited, BEN_FIRST);
    assert!(awaited.is_over());
    assert_eq!(awaited.differences(), []);

    // Lines that never come have no order: each execution has a difference, because they are missing.
    let mut awaited = Awaited::of(&shape);
    for _ in 0..60 {
        see(&mut awaited, &["Cleo enters", "Cleo leaves", "closed"]);
    }
    assert!(!awaited.is_over());
    assert_eq!(awaited.differences(), []);
}

/// A line that does not always come says less about its order, and a finding says on how many executions that rests.
#[test]
fn a_rule_says_on_how_many_executions_it_rests() {
    const LOUD: Lines = &["Anna enters", "it is loud", "Anna leaves"];
    const QUIET: Lines = &["Anna enters", "Anna leaves"];
    const LATE: Lines = &["Anna enters", "Anna leaves", "it is loud"];
    let (shape, rules) = learned(&[(LOUD, 29, 28), (QUIET, 21, 22)]);
    assert_eq!(
        rules,
        [
            "schedules: 50 on time, 50 late, 0.0% unseen",
            "2 under seeds after 1",
            "3 under seeds after 1 2",
            "printed in 57: 1-2 2-3",
            "other pairs: in either order",
        ]
    );
    let lines = transcript(LATE).lines;
    let differences = under_seed(&shape, &lines, World::Base);
    let expected = "must come after `it is loud` (it did in all 57 of 100 recorded schedules that printed both)";
    let mut told = differences.iter().flat_map(|difference| &difference.lines);
    assert!(told.any(|(_, text)| text == expected), "{differences:?}");
}

/// Threads that some schedules ran at the same time do so again; lines that some printed come again.
#[test]
fn overlaps_and_lines_that_are_often_seen_are_awaited() {
    const TOGETHER: Lines = &[
        "Anna enters",
        "Ben enters",
        "it is loud",
        "Anna leaves",
        "Ben leaves",
    ];
    const RARE: Lines = &[
        "Anna enters",
        "Anna leaves",
        "it is late",
        "Ben enters",
        "Ben leaves",
    ];
    let alone = &ANNA_FIRST[..4];
    let (shape, rules) = learned(&[
        (alone, 30, 30),
        (&BEN_FIRST[..4], 10, 10),
        (TOGETHER, 8, 8),
        (RARE, 2, 2),
    ]);
    assert_eq!(
        rules,
        [
            "schedules: 50 on time, 50 late, 0.0% unseen",
            "2 under seeds after 1",
            "4 under seeds after 3",
            "other pairs: in either order",
            "seldom printed: 6",
            "others between: 1-2 3-4",
            "never between 1 and 2: 4",
            "never between 3 and 4: 1",
        ]
    );
    let mut awaited = Awaited::of(&shape);
    for _ in 0..100 {
        awaited.sees(&transcript(alone).lines);
        awaited.sees(&transcript(&BEN_FIRST[..4]).lines);
    }
    assert_eq!(
        missing(&awaited),
        [
            "Count never prints `it is loud` in 200 schedules, expected in at least 10",
            "Order never prints another line between `Anna enters` and `Anna leaves` in 200 schedules, expected in at \
             least 10, and 1 other overlap is missing",
        ]
    );
    awaited.sees(&transcript(TOGETHER).lines);
    assert!(awaited.is_over(), "{awaited:?}");
}

/// An answer that nothing delays is the same in all executions, whatever late ones show.
#[test]
fn counts_and_values_that_vary_late_alone_are_required_on_time() {
    const ANSWER: Lines = &[
        "question", "tick 1", "tick 2", "tick 3", "answer", "3 ticks",
    ];
    const LATE: Lines = &[
        "question",
        "tick 1",
        "tick 2",
        "tick 3",
        "tick 4",
        "no answer",
        "4 ticks",
    ];
    let (shape, rules) = learned(&[(ANSWER, 50, 30), (LATE, 0, 20)]);
    assert_eq!(
        rules,
        [
            "schedules: 50 on time, 50 late, 0.0% unseen",
            "3 under seeds after 1",
            "4 under seeds after 1 3",
            "printed in 80: 1-3 3-4",
            "other pairs: in either order",
            "within: 2.1 4.1",
            "on time exactly 0: 5",
            "on time exactly 1: 3",
            "on time exactly 3: 2",
            "on time 1 to 3: 2.1",
            "on time 3: 4.1",
        ]
    );
    assert_eq!(found(&shape, LATE, World::Late), [""; 0]);
    assert_eq!(
        found(&shape, LATE, World::Base),
        [
            "Count prints `no answer` once, expected never, as in all 50 recorded schedules in which waits end on time",
            "Count prints `answer` never, expected once, as in all 50 recorded schedules in which waits end on time",
            "Count prints `tick {int 1..4}` 4 times, expected 3 times, as in all 50 recorded schedules in which waits \
             end on time",
            "Field prints `tick 4`: unexpected value",
        ]
    );
    // Native executions may be late, too.
    let native = differences(
        &shape,
        &transcript(LATE).lines,
        Exit::SUCCESS,
        InOrder::Learned,
    );
    assert_eq!(native, []);
}

/// A pool shares its work in varying ways, but all of it is done.
#[test]
fn counts_that_vary_have_a_sum() {
    const EVEN: Lines = &[
        "worker 1 sorts",
        "worker 2 sorts",
        "worker 1 sorts",
        "worker 2 sorts",
    ];
    const ODD: Lines = &[
        "worker 1 sorts",
        "worker 1 sorts",
        "worker 1 sorts",
        "worker 2 sorts",
    ];
    let (shape, rules) = learned(&[(EVEN, 25, 25), (ODD, 25, 25)]);
    assert_eq!(
        rules.last().map(String::as_str),
        Some("within: 1.1"),
        "{rules:?}"
    );
    let wild = [
        "worker 1 sorts",
        "worker 2 sorts",
        "worker 3 sorts",
        "worker 1 sorts",
    ];
    assert_eq!(
        found(&shape, &wild, World::Base),
        ["Field prints `worker 3 sorts`: unexpected value"]
    );

    const LEFT: Lines = &[
        "the left one sorts",
        "the right one sorts",
        "the left one sorts",
    ];
    const RIGHT: Lines = &[
        "the right one sorts",
        "the right one sorts",
        "the left one sorts",
    ];
    let (shape, rules) = learned(&[(LEFT, 25, 25), (RIGHT, 25, 25)]);
    assert_eq!(
        rules.last().map(String::as_str),
        Some("3 in all: 1 2"),
        "{rules:?}"
    );
    assert!(found(&shape, RIGHT, World::Base).is_empty());
    let fewer = ["the left one sorts", "the right one sorts"];
    assert_eq!(
        found(&shape, &fewer, World::Base),
        [
            "Count prints 2 lines such as `the left one sorts`, expected 3 in all, as in all 100 recorded schedules"
        ]
    );
}

/// The order of stdout and stderr counts under seeds, where it is exact.
#[test]
fn streams_are_compared() {
    const IN_ORDER: Lines = &["begin", "!warning", "end"];
    let (shape, rules) = learned(&[(IN_ORDER, 50, 50)]);
    assert_eq!(
        rules,
        [
            "schedules: 50 on time, 50 late, 0.0% unseen",
            "2 under seeds after 1",
            "3 under seeds after 2",
            "other pairs: in either order",
        ]
    );
    assert_eq!(
        found(&shape, &["begin", "end", "!warning"], World::Late),
        ["Order prints `end` before `warning`"]
    );
}

/// A few executions say nothing, and neither do those of one world.
#[test]
fn few_schedules_make_no_rules() {
    for (on_time, late) in [(0, 0), (100, 0), (0, 100), (24, 100)] {
        let (shape, rules) = learned(&[(ANNA_FIRST, on_time, late)]);
        assert_eq!(
            (shape.schedules, rules),
            (None, vec!["schedules: in real time".to_owned()])
        );
    }
}
