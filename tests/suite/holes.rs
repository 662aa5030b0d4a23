//! Holes of shapes that are learned from constructed executions: hexadecimal numbers, sets, sizes, ports, versions.

use mdbook_transcript::compare::differences;
use mdbook_transcript::learn::shape::shape;
use mdbook_transcript::learn::shape::unlearned::{permutes_alone, unlearned};
use mdbook_transcript::transcript::Exit;
use mdbook_transcript::transcript::execution::Execution;
use mdbook_transcript::transcript::redaction::{Redaction, Redactions};
use mdbook_transcript::transcript::shape::{InOrder, Shape, Starts};

use crate::shapes::{execution, transcript};

fn executions(all: &[&[&str]]) -> Vec<Execution> {
    all.iter().map(|lines| execution(lines, None)).collect()
}

fn templates(shape: &Shape) -> Vec<String> {
    let templates = shape.templates.iter();
    templates
        .map(|it| format!("{:?} {}", it.count, it.text()))
        .collect()
}

/// The messages of the differences.
fn found(shape: &Shape, lines: &[&str]) -> Vec<String> {
    let lines = transcript(lines).lines;
    let found = differences(shape, &lines, Exit::SUCCESS, InOrder::Learned);
    found.into_iter().map(|it| it.message).collect()
}

/// Each line is printed by three executions, in which it is the only one.
#[test]
fn values_that_differ_become_typed_holes() {
    for (lines, expected) in [
        // A part of all hexadecimal numbers has no letter, or nothing else.
        (["at 12ab34f", "at 1234567", "at abcdefa"], "at {hex 7}"),
        (["id ffffffffffffff1", "id 1a", "id 1fffffffffffff1"], ""),
        (
            ["id ffffffffffffff1", "id 1ffffff", "id 1fffffffffffff1"],
            "id {hex 1..15}",
        ),
        (["D1GEST1 a", "ABCDEF12 a", "ABCDEF13 a"], ""),
        (["1BCDEF11 a", "ABCDEF12 a", "ABCDEF13 a"], "{hex 8} a"),
        (
            [
                "550e8400-e29b-41d4-a716-446655440000",
                "12345678-1234-1234-1234-123456789012",
                "abcdefab-abcd-abcd-abcd-abcdefabcdef",
            ],
            "{uuid}",
        ),
        (
            ["got [1, 2, 3]", "got [3, 1, 2]", "got [2, 3, 1]"],
            "got [{set 1, 2, 3}]",
        ),
        // A constant place is no part of the set.
        (
            ["got [0, 1, 2]", "got [0, 2, 1]", "got [0, 1, 2]"],
            "got [0, {set 1, 2}]",
        ),
        (
            [
                "1.5 s: {\"b\", \"a\"}",
                "3.0 s: {\"a\", \"b\"}",
                "2.5 s: {\"b\", \"a\"}",
            ],
            "{duration} s: {{{set \"a\", \"b\"}}}",
        ),
        (
            ["used 1.5 MiB", "used 900 KiB", "used 2.0 MiB"],
            "used {size}",
        ),
        (
            ["used 15 MiB", "used 9 MiB", "used 20 MiB"],
            "used {int 9..20} MiB",
        ),
        (
            ["used 1.5 MB", "used 9 MB", "used 2 MB"],
            "used {number} MB",
        ),
        (["12.5% of 80", "9% of 80", "20% of 80"], "{number}% of 80"),
        (
            ["127.0.0.1:40000!", "127.0.0.1:50000!", "127.0.0.1:60000!"],
            "127.0.0.1:{port}!",
        ),
        // The program has chosen them.
        (
            ["port 8080", "port 8081", "port 8080"],
            "port {int 8080..8081}",
        ),
        (["v1.2.3", "v1.10.0", "v2.0.0-rc.1"], "v{version}"),
    ] {
        learned_as(lines, expected);
    }
}

/// Members of lists in braces come in any order at each level, and some of them vary.
#[test]
fn members_that_vary_are_holes_in_any_order() {
    for (lines, expected) in [
        (
            [
                r#"{"a": 12, "b": 7}"#,
                r#"{"b": 8, "a": 3}"#,
                r#"{"a": 5, "b": 1}"#,
            ],
            r#"{{{any}"a": {int 3..12}, "b": {int 1..8}{end}}}"#,
        ),
        // The order is that of the keys, in whatever units the values are.
        (
            [
                "{2: 1.5ms, 1: 900ns}",
                "{1: 20.5µs, 2: 1.5s}",
                "{2: 1.5µs, 1: 7.5ms}",
            ],
            "{{{any}1: {duration}, 2: {duration}{end}}}",
        ),
        // A set that is smaller than all others is no set.
        (
            ["[{1, 2}, {3}]", "[{2, 1}, {3}]", "[{1, 2}, {3}]"],
            "[{{{set 1, 2}}}, {{3}}]",
        ),
        (
            [
                r#"{"x": {1, 2}, "y": {3}}"#,
                r#"{"y": {3}, "x": {1, 2}}"#,
                r#"{"x": {2, 1}, "y": {3}}"#,
            ],
            r#"{{{any}"x": {{{set 1, 2}}}, "y": {{3}}{end}}}"#,
        ),
        // Numbers that never come again tell nothing about their order, and need none.
        (
            [
                r#"{("a", {1, 20}), ("b", {3, 4})}"#,
                r#"{("b", {4, 3}), ("a", {30, 1})}"#,
                r#"{("b", {3, 4}), ("a", {10, 1})}"#,
            ],
            r#"{{{any}("a", {{{int 1..30}, {int 1..20}}}), ("b", {{{set 3, 4}}}){end}}}"#,
        ),
        (
            [
                "S { m: {1: 2, 3: 4}, n: 5 }",
                "S { m: {3: 4, 1: 2}, n: 6 }",
                "S { m: {1: 2, 3: 4}, n: 7 }",
            ],
            "S {{ m: {{{set 1: 2, 3: 4}}}, n: {int 5..7}}}",
        ),
        (
            ["{',', '}', 'a'}", "{'}', ',', 'a'}", "{'a', ',', '}'}"],
            "{{{set ',', 'a', '}'}}}",
        ),
        (
            [
                r#"{"a, b", "}", "\""}"#,
                r#"{"\"", "a, b", "}"}"#,
                r#"{"}", "\"", "a, b"}"#,
            ],
            r#"{{{set "\\"", "a, b", "}"}}}"#,
        ),
        // Two sets, each in its own order, beside other holes.
        (
            [
                "1.5 s: {1, 2} {3: 7, 4: 8}",
                "2.5 s: {2, 1} {3: 9, 4: 8}",
                "3.5 s: {1, 2} {4: 8, 3: 5}",
            ],
            "{duration} s: {{{set 1, 2}}} {{{any}3: {int 5..9}, 4: 8{end}}}",
        ),
        // The keys of a `BTreeMap` have an order.
        (
            [
                r#"{"a": 1, "b": 2}"#,
                r#"{"a": 3, "b": 2}"#,
                r#"{"a": 2, "b": 2}"#,
            ],
            r#"{{"a": {int 1..3}, "b": 2}}"#,
        ),
    ] {
        learned_as(lines, expected);
    }
}

#[test]
fn members_that_vary_are_compared_at_every_level() {
    let learned = shape(
        &executions(&[
            &[r#"{"x": {1, 2}, "y": {7}}"#],
            &[r#"{"y": {8}, "x": {2, 1}}"#],
            &[r#"{"y": {9}, "x": {1, 2}}"#],
        ]),
        None,
    );
    for same in [r#"{"x": {2, 1}, "y": {8}}"#, r#"{"y": {7}, "x": {1, 2}}"#] {
        assert_eq!(found(&learned, &[same]), [""; 0], "{same}");
    }
    for other in [
        r#"{"x": {1, 3}, "y": {8}}"#,
        r#"{"x": {1, 2}, "z": {8}}"#,
        r#"{"x": {1, 2}}"#,
        r#"{"x": {1, 2}, "y": {8}, "z": {8}}"#,
        r#"{"x": {1, 2}, "y": {8}"#,
        r#"{"x": [1, 2], "y": {8}}"#,
        r#"{"x": {8}, "y": {1, 2}}"#,
    ] {
        assert!(!found(&learned, &[other]).is_empty(), "{other}");
    }
}

/// Verifies the template of three executions, each of which prints one of the lines; none: there is no single one.
fn learned_as(lines: [&str; 3], expected: &str) {
    let all = lines.map(|line| [line]);
    let all: Vec<&[&str]> = all.iter().map(|lines| &lines[..]).collect();
    let shape = shape(&executions(&all), None);
    if expected.is_empty() {
        assert!(
            shape.templates.len() > 1,
            "{lines:?}: {:?}",
            templates(&shape)
        );
    } else {
        assert_eq!(
            templates(&shape),
            [format!("1..=1 {expected}")],
            "{lines:?}"
        );
    }
    assert_eq!(
        Shape::parse(&shape.text()),
        Ok(shape.clone()),
        "{}",
        shape.text()
    );
    for line in lines {
        assert_eq!(found(&shape, &[line]), [""; 0], "{line}");
    }
}

#[test]
fn constant_values_stay_as_they_are() {
    let lines = [
        "deadbeef 12ab34f 1234567",
        "550e8400-e29b-41d4-a716-446655440000",
        "{\"a\", \"b\"} [2, 1]",
        "[1, 2] [2, 1]",
        "1.5 MiB 127.0.0.1:40000 v1.2.3 50%",
        "77ab34f a",
        "12ab34f a",
        "done [1, 2]",
        "done [2, 1]",
    ];
    let shape = shape(&executions(&[&lines[..]; 3]), None);
    assert!(
        shape.templates.iter().all(|it| it.holes().next().is_none()),
        "{}",
        shape.text()
    );
}

#[test]
fn a_set_keeps_its_members() {
    let shape = shape(
        &executions(&[&["{\"a\", \"b\"}"], &["{\"b\", \"a\"}"]]),
        None,
    );
    assert_eq!(found(&shape, &["{\"b\", \"a\"}"]), [""; 0]);
    for other in [
        "{\"a\", \"c\"}",
        "{\"a\", \"a\"}",
        "{\"a\"}",
        "{\"a\", \"b\", \"c\"}",
    ] {
        assert!(!found(&shape, &[other]).is_empty(), "{other}");
    }
}

/// Results of a race come again; random words do not.
#[test]
fn lines_that_no_shape_describes_are_found() {
    let random: Vec<String> = ["aXb", "Cde", "fGh", "iJk"]
        .iter()
        .map(|it| format!("made {it}."))
        .collect();
    let random: Vec<[&str; 2]> = random.iter().map(|line| [line.as_str(), "done"]).collect();
    let random: Vec<&[&str]> = random.iter().map(|lines| &lines[..]).collect();
    let random = executions(&random);
    let found = unlearned(&random, &shape(&random, None), &Redactions::default()).unwrap();
    assert_eq!((found.executions, found.all), (4, 4));
    assert_eq!(
        found.redaction.as_deref(),
        Some(r#"redact="made (\w+)\.=NAME""#)
    );

    let redactions = Redactions::from_iter([Redaction::parse(r"made (\w+)\.=NAME").unwrap()]);
    let redacted: Vec<Execution> = random
        .iter()
        .map(|it| it.clone().redacted(&redactions))
        .collect();
    let learned = shape(&redacted, None).with_redactions(&redactions);
    assert_eq!(unlearned(&redacted, &learned, &Redactions::default()), None);
    assert_eq!(templates(&learned), ["1..=1 made {NAME}.", "1..=1 done"]);
    assert_eq!(Shape::parse(&learned.text()), Ok(learned));

    let race: [&[&str]; 4] = [&["a won"], &["b won"], &["a won"], &["b won"]];
    let race = executions(&race);
    assert_eq!(
        unlearned(&race, &shape(&race, None), &Redactions::default()),
        None
    );
}

#[test]
fn one_thread_permutes_only_by_chance() {
    let mut all = executions(&[&["a", "b", "!c"], &["!c", "a", "b"], &["b", "a", "!c"]]);
    let starts = |threads| {
        Some(Starts {
            threads,
            ..Starts::default()
        })
    };
    let permutes = |all: &[Execution]| permutes_alone(&shape(all, None), all);
    assert!(!permutes(&all), "nothing is known of its threads");
    all.iter_mut().for_each(|it| it.starts = starts(0));
    assert!(permutes(&all));
    assert!(!permutes(&all[..2]), "streams are not compared");
    all.iter_mut().for_each(|it| it.starts = starts(1));
    assert!(!permutes(&all), "a schedule decides");
}
