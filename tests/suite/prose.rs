//! The rule for prose (CONTRIBUTING.md, "Write"): no sentence opens with a relative clause, and each thing
//! has one name. Checked in the documents, and in the comments, names of functions and string literals of the sources.

use std::fs;
use std::path::{Path, PathBuf};

use crate::words::{Piece, markdown, rust, rust_tests};

/// The openings that no sentence may have, in lower case. Questions may.
const OPENINGS: &[&str] = &[
    "what",
    "who",
    "whoever",
    "those that",
    "those who",
    "those which",
    "that which",
];

/// The words to avoid, and the words to use instead. In a pattern, `|` separates alternatives, `*` stands
/// for any end of a word, and `~` for up to two words.
const TERMS: &[(&str, &str)] = &[
    ("hold|holds|held|holding ~ back", "hold"),
    ("tag word|words", "attribute"),
    ("recorded transcript|transcripts", "recording"),
    ("what is recorded|kept", "recording, cached"),
    ("kept transcript|transcripts", "cached transcript"),
    ("transcript|transcripts is|are kept", "cached"),
    ("program|programs in the page", "snippet"),
    ("wish|wishes|wished", "run, want"),
    ("disturb*", "schedule, delay"),
    ("standard input", "stdin"),
    ("standard output", "stdout"),
    ("standard error", "stderr"),
    ("exit code|codes", "exit status"),
];

/// Each violation of the rule in a piece of prose, in words.
fn violations(text: &str) -> Vec<String> {
    let mut violations = Vec::new();
    for sentence in sentences(text) {
        let words = words(sentence);
        let is_question = sentence.ends_with('?');
        let opens = |opening: &&&str| find(&words, opening) == Some(0);
        // A single word is a label, as in the head of a table.
        if let Some(opening) = OPENINGS.iter().find(opens)
            && !is_question
            && !sentence.starts_with('[')
            && words.len() > 1
        {
            violations.push(format!("`{sentence}` begins with `{opening}`"));
        }
        for (pattern, instead) in TERMS {
            if find(&words, pattern).is_some() {
                violations.push(format!("`{sentence}` has `{pattern}`; use: {instead}"));
            }
        }
    }
    violations
}

/// The sentences of a text, each with its full stop, exclamation or question mark.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive([' ', '\n'])
        .scan((0, 0), |(begin, end), word| {
            *end += word.len();
            let bare = word.trim_end().trim_end_matches(['"', ')', '”', '*']);
            if bare.ends_with(['.', '!', '?']) || *end == text.len() {
                let sentence = &text[*begin..*end];
                *begin = *end;
                return Some(Some(sentence.trim()));
            }
            Some(None)
        })
        .flatten()
}

/// The words of a sentence, in lower case and without punctuation. Inline code is no word.
fn words(sentence: &str) -> Vec<String> {
    let prose: Vec<&str> = sentence.split('`').step_by(2).collect();
    let prose = prose.join(" ` ");
    let is_around = |c: char| c.is_ascii_punctuation() && c != '`' || "“”…".contains(c);
    let words = prose.split(|c: char| c.is_whitespace() || "/—–".contains(c));
    words
        .map(|word| word.trim_matches(is_around).to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

/// The first word at which a pattern matches.
fn find(words: &[String], pattern: &str) -> Option<usize> {
    let parts: Vec<&str> = pattern.split(' ').collect();
    (0..words.len()).find(|at| matches_here(&words[*at..], &parts))
}

/// Whether the first words match the parts of a pattern.
fn matches_here(words: &[String], parts: &[&str]) -> bool {
    let Some((part, parts)) = parts.split_first() else {
        return true;
    };
    if *part == "~" {
        return (0..=2.min(words.len())).any(|gap| matches_here(&words[gap..], parts));
    }
    words.split_first().is_some_and(|(word, words)| {
        let matches_word = |one: &str| match one.strip_suffix('*') {
            Some(start) => word.starts_with(start),
            None => word == one,
        };
        part.split('|').any(matches_word) && matches_here(words, parts)
    })
}

#[test]
fn the_rule() {
    let wrong = [
        "What is recorded stays.",
        "It runs. Who prints, waits.",
        "what stands on stdin",
        "Those that sleep wait.",
        "*Whoever* asks gets it.",
        "One line is held back.",
        "It holds the line back, and waits.",
        "The recorded transcripts are text.",
        "Run it again, disturbed.",
        "It goes to standard output.",
        "A tag word is missing.",
        "The wish of a fence.",
    ];
    for text in wrong {
        assert_ne!(violations(text), Vec::<String>::new(), "{text}");
    }
    let right = [
        "What does it cost?",
        "It says what a run is. Whatever happens, it ends.",
        "what",
        "[What a shape is](shapes.md) explains it.",
        "The author `who` has a what-if.",
        "Hold the line, then go back.",
        "The `recorded transcript` is quoted.",
        "The recording is a transcript.",
    ];
    for text in right {
        assert_eq!(violations(text), Vec::<String>::new(), "{text}");
    }
}

/// Reports all violations in the pieces of a file.
fn check(name: &str, pieces: &[Piece], found: &mut Vec<String>) {
    for piece in pieces {
        let line = piece.line;
        let all = violations(&piece.text).into_iter();
        // A heading is no sentence, but it has words.
        let counted = all.filter(|it| !piece.is_heading || !it.contains(" begins with "));
        found.extend(counted.map(|it| format!("{name}:{line}: {it}")));
    }
}

/// The files below a folder with this extension, relative to the repository.
fn files(folder: &str, extension: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![PathBuf::from(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(root.join(&folder)) else {
            continue;
        };
        for entry in entries {
            let path = folder.join(entry.unwrap().file_name());
            if root.join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == extension) {
                files.push(path.to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    files.sort();
    files
}

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

#[test]
fn the_documents_follow_the_rule() {
    let mut documents = files("book", "md");
    documents.extend(files("guide", "md"));
    let in_root = [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "ARCHITECTURE.md",
    ];
    documents.extend(in_root.map(str::to_owned));
    assert!(documents.len() > 40);
    let mut found = Vec::new();
    for file in documents {
        check(&file, &markdown(&read(&file)), &mut found);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_sources_follow_the_rule() {
    let mut found = Vec::new();
    for folder in ["src", "observer", "benches"] {
        for file in files(folder, "rs") {
            check(&file, &rust(&read(&file)), &mut found);
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The fixtures are left out: they are data.
#[test]
fn the_tests_follow_the_rule() {
    let mut found = Vec::new();
    for folder in ["tests/suite", "tests/corpus"] {
        for file in files(folder, "rs") {
            check(&file, &rust_tests(&read(&file)), &mut found);
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
