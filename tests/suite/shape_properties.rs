//! Properties that hold for every shape.

use std::time::Duration;

use mdbook_transcript::compare::{Awaited, differences, under_seed};
use mdbook_transcript::learn::seeds;
use mdbook_transcript::learn::shape::shape;
use mdbook_transcript::transcript::Line;
use mdbook_transcript::transcript::execution::{Execution, Held, Seen};
use mdbook_transcript::transcript::format::{Head, Recording};
use mdbook_transcript::transcript::shape::InOrder;
use mdbook_transcript::transcript::shape::{Common, Order, Shape};
use proptest::prelude::*;

use crate::shapes::{execution, transcript};

/// Lines as programs print them, with numbers that vary.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..3u8).prop_map(|n| format!("worker {n} done")),
        (0..3u8, 0..3u8).prop_map(|(a, b)| format!("from {a} to {b}")),
        (0..2000u32).prop_map(|ms| format!("took {:.2} s", f64::from(ms) / 1000.0)),
        (0..1000u16).prop_map(|n| format!("n {n:>4}|")),
        (0..1000u16).prop_map(|n| format!("{n:<3} left {}", n % 7)),
        any::<u32>().prop_map(|n| format!("commit {:07x}", n >> 4)),
        any::<u64>().prop_map(|n| format!("id {n:x}, {n}")),
        any::<u128>().prop_map(|n| {
            let digits = format!("{n:032x}");
            let (a, b, c) = (&digits[..8], &digits[8..12], &digits[20..]);
            format!("uuid {a}-{b}-{b}-{b}-{c}.")
        }),
        Just(["\"a b\"", "{1, 2}", "3"])
            .prop_shuffle()
            .prop_map(|it| format!("{{{}}}", it.join(", "))),
        (Just([1, 2, 3]).prop_shuffle(), 0..100u8).prop_map(|(it, n)| format!("{it:?} of {n}")),
        (0..3000u16).prop_map(|n| match n {
            0..1000 => format!("used {n} kB of 2 MB"),
            n => format!("used {:.1} MB of 2 MB", f64::from(n) / 1000.0),
        }),
        any::<u16>().prop_map(|n| format!("on 127.0.0.1:{n}, v1.{}.0", n % 5)),
        Just("start".to_owned()),
        Just("!{odd} \\ \u{1b}[1m ".to_owned()),
        "[ -~]{0,12}".prop_map(|text| text.trim_start_matches('!').to_owned()),
    ]
}

fn executions(most: usize) -> impl Strategy<Value = Vec<Execution>> {
    let one = (
        prop::collection::vec(line(), 0..12),
        any::<prop::sample::Index>(),
        any::<bool>(),
    );
    prop::collection::vec(one, 1..most).prop_map(|all| {
        let one = |(lines, held, is_held): (Vec<String>, prop::sample::Index, bool)| {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let held = (is_held && !lines.is_empty()).then(|| Held::Line(held.index(lines.len())));
            execution(&lines, held)
        };
        all.into_iter().map(one).collect()
    })
}

/// Executions with seeds of both worlds, as many as rules need: these, over and over.
fn seeded(most: usize) -> impl Strategy<Value = Vec<Execution>> {
    executions(most).prop_map(|all| {
        let seeds = seeds(1).take(60);
        let seeded = all.iter().cycle().zip(seeds);
        let seeded = seeded.map(|(execution, seed)| Execution {
            seed: Some(seed),
            held: None,
            ..execution.clone()
        });
        seeded.collect()
    })
}

fn lines_of(execution: &Execution) -> Vec<Line> {
    let line = |seen: &Seen| Line {
        stream: seen.stream,
        at: Duration::ZERO,
        writer: None,
        track: None,
        text: seen.text.clone(),
    };
    execution.lines.iter().map(line).collect()
}

/// Whether an execution obeys every rule of a shape.
fn has(shape: &Shape, execution: &Execution) -> bool {
    differences(
        shape,
        &lines_of(execution),
        execution.exit,
        InOrder::Learned,
    )
    .is_empty()
}

/// A shape without the rules that only an execution with a hold can prove: orders, and rising numbers.
fn unproved(shape: &Shape) -> Shape {
    let mut shape = shape.clone();
    shape.order = Order {
        hard: Vec::new(),
        ..shape.order
    };
    shape
        .rules
        .retain(|rule| rule.relation != Common::Increasing);
    shape
}

/// The executions, with holds only before number `first`.
fn plain_from(first: usize, executions: &[Execution]) -> Vec<Execution> {
    let plain = |(number, execution): (usize, &Execution)| Execution {
        held: execution.held.clone().filter(|_| number < first),
        ..execution.clone()
    };
    executions.iter().enumerate().map(plain).collect()
}

/// The number of cases: `PROPTEST_CASES` if set, otherwise `usual`.
pub fn cases(usual: u32) -> u32 {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default().cases,
        None => usual,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(1000)))]

    #[test]
    fn every_execution_obeys_the_shape_learned_from_it(executions in executions(6)) {
        let shape = shape(&executions, None);
        for execution in &executions {
            let found = differences(&shape, &lines_of(execution), execution.exit, InOrder::Learned);
            prop_assert!(found.is_empty(), "{found:?}\n{}", shape.text());
        }
    }

    #[test]
    fn every_seeded_execution_obeys_the_rules_learned_from_it(executions in seeded(6)) {
        let shape = shape(&executions, None);
        let text = shape.text();
        let read = Shape::parse(&text);
        prop_assert_eq!(read.as_ref(), Ok(&shape), "{}", text);
        let mut awaited = Awaited::of(&shape);
        for execution in &executions {
            let lines = lines_of(execution);
            if let Some(world) = execution.world() {
                let found = under_seed(&shape, &lines, world);
                prop_assert!(found.is_empty(), "{found:?}\n{}", text);
            }
            awaited.sees(&lines);
        }
        prop_assert!(awaited.is_over(), "{:?}\n{}", awaited.differences(), text);
    }

    /// Observation only removes rules. A hold is an experiment, which may prove an order that observation alone
    /// can't: no order is learned by observation for lines that aren't always printed. So an execution with a hold
    /// may add the rules that it proves, and no others.
    #[test]
    fn more_executions_never_make_a_shape_tighter(
        executions in executions(6),
        other in executions(2),
    ) {
        let half = executions.len().div_ceil(2);
        let few = shape(&executions[..half], None);
        let watched = shape(&plain_from(half, &executions), None);
        let many = shape(&executions, None);
        for execution in executions.iter().chain(&other) {
            for more in [&watched, &unproved(&many)] {
                prop_assert!(
                    !has(&few, execution) || has(more, execution),
                    "{:?}\n{}\n{}", execution.lines, few.text(), more.text()
                );
            }
        }
    }

    #[test]
    fn a_recording_is_read_as_it_was_written(executions in executions(4), run in "[ -~]{1,20}") {
        let lines: Vec<String> = executions[0].lines.iter().map(|line| line.text.clone()).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let recorded = Recording {
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
            shape: shape(&executions, None),
            transcript: transcript(&lines),
        };
        let text = recorded.text();
        let read = Recording::parse(&text);
        prop_assert_eq!(read.as_ref(), Ok(&recorded), "{}", text);
        let read = Recording::parse(&text.replace('\n', "\r\n"));
        prop_assert_eq!(read.as_ref(), Ok(&recorded));
    }

    #[test]
    fn any_text_is_parsed_or_rejected(text in "(mdbook-transcript [12]\n)?[ -~\n]{0,200}") {
        Recording::parse(&text).ok();
        Shape::parse(&text).ok();
    }
}
