//! Redactions in fences and in the settings.

use crate::project::{Project, outputs};

/// A program whose name of a file and whose answer differ in each execution.
const RANDOM: &str = r#"use std::hash::{BuildHasher, RandomState};

fn main() {
    let mut number = RandomState::new().hash_one(1);
    let mut name = String::new();
    for _ in 0..8 {
        name.push(char::from(b"ghijklmnopqrstuv"[(number % 16) as usize]));
        number /= 16;
    }
    println!("created tmp-{name}.log");
    println!("answer {name} of 2");
}
"#;

const FILE: &str = "examples/transcripts/random.transcript";
const NAME: &str = r#",redact="tmp-(\w+)\.log=NAME""#;
const ANSWER: &str = r#",redact="answer \w+=ANSWER""#;

fn random(attributes: &str) -> Project {
    Project::of_program("random", attributes, RANDOM)
}

#[test]
fn record_names_the_redaction_that_a_run_needs() {
    let project = random("");
    let errors = project.run(&["record"]).fails().errors();
    let expected = "executions print a line that no other one prints, so no check could hold\n --> src/random.md:3:17\n";
    assert!(errors.contains(expected), "{errors}");
    assert!(errors.contains("write `check=off,reason="), "{errors}");
    assert!(!project.path(FILE).exists());

    let project = random(NAME);
    let errors = project.run(&["record"]).fails().errors();
    assert!(
        errors.contains(r#"`redact="answer (/w+) of=NAME2"`"#),
        "{errors}"
    );

    random(r#",check=off,reason="random""#)
        .run(&["record"])
        .succeeds();
}

#[test]
fn a_redacted_text_is_shown_and_not_compared() {
    let project = random(&[NAME, ANSWER].concat());
    let output = project.run(&["record"]);
    output.succeeds();
    let shape = "redacted NAME: tmp-(\\w+)\\.log\n\
        redacted ANSWER: answer \\w+\n\
        1 stdout 1 created tmp-{NAME}.log\n\
        2 stdout 1 {ANSWER} of 2\n";
    let recorded = project.read(FILE);
    assert!(recorded.contains(shape), "{recorded}");
    project.run(&["check"]).succeeds();
    project.run(&["build"]).succeeds();
    let shown = &outputs(&project.read("book/random.html"))[0];
    assert!(
        shown.contains("created tmp-") && !shown.contains("NAME"),
        "{shown}"
    );

    // The redacted text alone changes no recording. One that was made on a busy machine is replaced, whatever its text.
    let mut recorded = recorded;
    for _ in 0..5 {
        if !recorded.contains("timing: noisy") {
            break;
        }
        project.run(&["record", "--all"]).succeeds();
        recorded = project.read(FILE);
    }
    let output = project.run(&["record", "--all"]);
    assert_eq!(output.succeeds().stdout, "0 recorded, 1 unchanged\n");
    assert_eq!(project.read(FILE), recorded);

    // All else is compared.
    project.change("examples/random.rs", "of 2", "of 3");
    let errors = project.errors_of_check(&[]);
    assert!(
        errors[0].starts_with("FIELD]: `random`: prints `answer "),
        "{errors:?}"
    );
    assert!(errors[0].contains("not `{ANSWER} of 2`"), "{errors:?}");
}

/// A changed redaction changes the shape, and not what readers see.
#[test]
fn a_changed_redaction_makes_a_recording_stale() {
    let project = random(&[NAME, ANSWER].concat());
    project.run(&["record"]).succeeds();
    let text = |recording: &str| recording.split("--- transcript").nth(1).unwrap().to_owned();
    let text = |file: &str| {
        text(&project.read(file))
            .split("--- end")
            .next()
            .unwrap()
            .to_owned()
    };
    let shown = text(FILE);
    let state = || {
        let listed = project.run(&["list"]).stdout;
        let line = listed.lines().find(|line| line.contains("redaction"));
        line.unwrap_or(&listed).trim().to_owned()
    };
    for (old, new, expected) in [
        (
            "answer \\w+=ANSWER",
            "answer \\w+ of=ANSWER",
            "redaction ANSWER has changed",
        ),
        ("=ANSWER", "=OTHER", "redaction ANSWER is no longer set"),
    ] {
        project.change("src/random.md", old, new);
        assert!(state().contains(expected), "{}", state());
        let checked = project.run(&["check"]);
        assert!(
            checked.fails().stdout.contains("STALE"),
            "{}",
            checked.stdout
        );
        project.run(&["record"]).succeeds();
        project.run(&["check"]).succeeds();
        assert_eq!(text(FILE), shown);
    }
    // A new one counts only if it matches.
    let with =
        |redactions: &str| project.change("book.toml", "before", &format!("{redactions}\nbefore"));
    with("redactions.NUMBER = '[3-9]'");
    assert!(!state().contains("redaction"), "{}", state());
    project.change("book.toml", "[3-9]", "of (2)");
    project.change("src/random.md", " of=OTHER", "=OTHER");
    project.run(&["record"]).succeeds();
    assert!(
        project
            .read(FILE)
            .contains("\n2 stdout 1 {OTHER} of {NUMBER}\n")
    );
    assert_eq!(text(FILE), shown);
}

/// A fence's redaction comes first, and takes the place of the book's of the same name.
#[test]
fn the_book_has_redactions_for_all_runs() {
    let project = random(r#",redact="tmp-[a-z]+=FILE""#);
    let redactions = "\n[preprocessor.transcript.redactions]\nFILE = 'never'\nTAIL = '\\w+\\.log'\nWORD = '\\b[g-v]{8}\\b'\n";
    let settings = project.read("book.toml") + redactions;
    project.write("book.toml", &settings);
    project.run(&["record"]).succeeds();
    let recorded = project.read(FILE);
    let shape = "redacted FILE: tmp-[a-z]+\nredacted WORD: \\b[g-v]{8}\\b\n1 stdout 1 created {FILE}.log\n2 stdout 1 answer {WORD} of 2\n";
    assert!(recorded.contains(shape), "{recorded}");
    project.run(&["check"]).succeeds();
}

#[test]
fn wrong_redactions_are_errors_at_their_places() {
    for (attributes, expected) in [
        (
            r#",redact="tmp-(=NAME""#,
            "invalid regular expression `tmp-(` of the redaction `NAME`\n --> src/random.md:3:24\n",
        ),
        (
            r#",redact="tmp""#,
            "a redaction needs a name\n --> src/random.md:3:24\n",
        ),
        (
            r#",redact="tmp=int""#,
            "invalid name `int` of a redaction\n --> src/random.md:3:24\n",
        ),
        (
            r#",redact="x*=X""#,
            "the redaction `X` matches an empty text: `x*`\n --> src/random.md:3:24\n",
        ),
        (
            r#",redact="port (\d*)=X""#,
            "a group of the redaction `X` can match an empty text: `port (/d*)`\n --> src/random.md:3:24\n",
        ),
        (
            r#",redact="a=X",redact="b=X""#,
            "two redactions have the name `X`\n --> src/random.md:3:37\n",
        ),
        (
            ",redact",
            "`redact` needs a value\n --> src/random.md:3:24\n",
        ),
        (",no_run,redact=a=X", "`redact`"),
    ] {
        let errors = random(attributes).run(&["build"]).fails().errors();
        assert!(errors.contains(expected), "{errors}");
    }
    let project = random(r#",redact="a=X""#);
    let chapter =
        project.read("src/random.md") + "\n```console,output=random,redact=\"b=X\"\n```\n";
    project.write("src/random.md", &chapter);
    let errors = project.run(&["build"]).fails().errors();
    let expected =
        "`redact=\"b=X\"` contradicts `redact=\"a=X\"` of the same run\n --> src/random.md:6:";
    assert!(errors.contains(expected), "{errors}");
}

#[test]
fn wrong_settings_are_errors_at_their_lines() {
    for (entry, expected) in [
        (
            "X = '('",
            "invalid regular expression `(` of the redaction `X`\n --> book.toml:6:1\n",
        ),
        (
            "uuid = 'a'",
            "invalid name `uuid` of a redaction\n --> book.toml:6:1\n",
        ),
        (
            "X = 'a?'",
            "the redaction `X` matches an empty text: `a?`\n --> book.toml:6:1\n",
        ),
        (
            "X = 1",
            "invalid value `1` of the redaction `X`\n --> book.toml:6:1\n",
        ),
        (
            "FILE = 'a'\nX = ['b']",
            "invalid value `[\"b\"]` of the redaction `X`\n --> book.toml:7:1\n",
        ),
        (
            r"X = 'port (\d*)'",
            "a group of the redaction `X` can match an empty text: `port (/d*)`\n --> book.toml:6:1\n",
        ),
    ] {
        let project = random("");
        let settings = format!(
            "{}[preprocessor.transcript.redactions]\n{entry}\n",
            project.read("book.toml")
        );
        project.write("book.toml", &settings);
        let errors = project.run(&["build"]).fails().errors();
        assert!(errors.contains(expected), "{errors}");
    }
}

/// The lines of a `HashMap` come in another order each time.
#[test]
fn a_hash_maps_lines_have_no_order() {
    let program = r#"fn main() {
        let map = std::collections::HashMap::from([("a", 1), ("b", 2), ("c", 3)]);
        for (key, value) in &map {
            println!("{key} = {value}");
        }
        println!("{map:?}");
    }"#;
    let project = Project::of_program("map", "", program);
    let output = project.run(&["record"]);
    let note = "\n  its only thread prints lines in varying order, as those of a `HashMap`: sort them, or write `order=free` in its fence\n";
    assert!(output.succeeds().stdout.contains(note), "{}", output.stdout);
    let recorded = project.read("examples/transcripts/map.transcript");
    assert!(
        recorded.contains(r#" stdout 1 {{{set "a": 1, "b": 2, "c": 3}}}"#),
        "{recorded}"
    );
    for _ in 0..3 {
        project.run(&["check"]).succeeds();
    }
    project.change("src/map.md", "example=map", "example=map,order=free");
    project.run(&["check"]).succeeds();
    let again = project.run(&["record", "--all"]);
    assert!(
        !again.succeeds().stdout.contains("its only thread"),
        "{}",
        again.stdout
    );
    project.change("examples/map.rs", r#"("b", 2)"#, r#"("b", 3)"#);
    let errors = project.errors_of_check(&[]);
    assert!(
        errors
            .iter()
            .any(|error| error.starts_with("FIELD") || error.starts_with("TEXT")),
        "{errors:?}"
    );
}

/// The members of maps and sets within others, and their values, are compared in any order.
#[test]
fn a_hash_map_may_contain_sets_and_values_that_vary() {
    let program = r#"use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

fn main() {
    let random = || RandomState::new().hash_one(1) % 1000 + 1000;
    let values: HashMap<_, _> = ["a", "b", "c", "d", "e"].map(|key| (key, random())).into();
    println!("{values:?}");
    let sets: HashMap<_, _> = ["a", "b", "c", "d"].map(|key| (key, HashSet::from([1, 2, 3]))).into();
    println!("{sets:?}");
    println!("{:?}", HashSet::from(['a', ',', '}', '"']));
}
"#;
    let project = Project::recorded("maps", "", program);
    let recorded = project.read("examples/transcripts/maps.transcript");
    let set = "{{{set 1, 2, 3}}}";
    for expected in [
        "1 stdout 1 {{{any}\"a\": {int}, \"b\": {int}, \"c\": {int}, \"d\": {int}, \"e\": {int}{end}}}\n".to_owned(),
        format!("2 stdout 1 {{{{{{any}}\"a\": {set}, \"b\": {set}, \"c\": {set}, \"d\": {set}{{end}}}}}}\n"),
        "3 stdout 1 {{{set '\"', ',', 'a', '}'}}}\n".to_owned(),
    ] {
        assert!(recorded.contains(&expected), "{expected}: {recorded}");
    }
    for _ in 0..3 {
        let checked = project.run(&["check"]);
        assert_eq!(
            checked.succeeds().stdout,
            "1 run holds, executed at least 3 times\n"
        );
    }
    let again = project.run(&["record", "--all"]);
    assert!(
        again.succeeds().stdout.contains("unchanged"),
        "{}",
        again.stdout
    );
    project.change("examples/maps.rs", "[1, 2, 3]", "[1, 2, 4]");
    let errors = project.errors_of_check(&[]);
    // Each execution prints the members in another order.
    let is_found = |error: &String| {
        let printed = error.strip_prefix("TEXT]: `maps`: prints `{");
        let printed =
            printed.and_then(|rest| rest.split_once("`, not `{{{any}\"a\": {{{set 1, 2, 3}}}"));
        printed.is_some_and(|(printed, _)| printed.matches('4').count() == 4)
    };
    assert!(
        !errors.is_empty() && errors.iter().all(is_found),
        "{errors:?}"
    );
}

/// No schedule decides on random values: a few seeds more show that there are some, and many that no value is missing.
#[test]
#[cfg(target_os = "linux")]
fn random_values_are_noticed_where_there_is_nothing_to_choose() {
    let die = r#"use std::hash::{BuildHasher, RandomState};

fn main() {
    println!("You rolled a {}.", RandomState::new().hash_one(1) % 6 + 1);
}
"#;
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Die](die.md)\n");
    project.write(
        "src/die.md",
        "```console,output=die\n```\n\n```console,output=same\n```\n",
    );
    project.write("examples/die.rs", die);
    project.write(
        "examples/same.rs",
        "fn main() {\n    println!(\"the process {}\", std::process::id());\n}\n",
    );
    project.run(&["record"]).succeeds();
    let shape = project.read("examples/transcripts/die.transcript");
    assert!(shape.contains("You rolled a {int 1..6}."), "{shape}");
    // The id of a process follows from its seed, and is no random value.
    let shape = project.read("examples/transcripts/same.transcript");
    assert!(shape.contains("schedules: 1 on time, 1 late, "), "{shape}");
    let checked = project.run(&["check"]);
    assert_eq!(
        checked.succeeds().stdout,
        "2 runs hold, each executed at least 3 times\n"
    );
}
