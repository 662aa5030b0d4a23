//! The guide in `guide/` names every command, attribute and setting, each in the chapter about it.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use mdbook_transcript::cli::Cli;
use mdbook_transcript::config::Config;
use mdbook_transcript::lesson::attributes::TaggedInfo;
use mdbook_transcript::transcript::format::Recording;

/// A chapter of the guide.
fn chapter(name: &str) -> String {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("guide");
    fs::read_to_string(guide.join(name)).unwrap()
}

/// Asserts that each text is a word in the first cell of a table row of the chapter.
#[track_caller]
fn names_all<'a>(chapter_name: &str, all: impl IntoIterator<Item = &'a str>) {
    let chapter = chapter(chapter_name);
    let rows = chapter.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells: Vec<&str> = rows.filter_map(|row| row.split(" | ").next()).collect();
    let is_outside = |c: char| !c.is_alphanumeric() && c != '-';
    for text in all {
        let is_named = cells.iter().any(|cell| {
            let mut found = cell.match_indices(text);
            found.any(|(at, _)| {
                let after = &cell[at + text.len()..];
                (at == 0 || cell[..at].ends_with(is_outside)) && after.starts_with(is_outside)
            })
        });
        assert!(is_named, "guide/{chapter_name} has no row for `{text}`");
    }
}

/// The message about an unknown attribute lists nearly all attributes; the test adds the others.
#[test]
fn every_attribute_is_documented() {
    for tag in ["rust,example=a", "console,output=a"] {
        let wrong = TaggedInfo::of(&format!("{tag},zzzzzzzzzzzz=1"), &[])
            .unwrap()
            .read()
            .unwrap_err();
        let label = &wrong[0].label;
        let list = label.strip_prefix("expected one of ").unwrap();
        let (list, _) = list.split_once(", or a word in `pass-on`").unwrap();
        let known: Vec<&str> = list.split(", ").map(|it| it.trim_matches('`')).collect();
        assert!(known.len() > 15, "{label}");
        names_all("attributes.md", known);
    }
    names_all("attributes.md", ["example", "bin", "output", "wall<0.7"]);
}

/// The settings are the fields of `Config`.
#[test]
fn every_setting_is_documented() {
    let config = format!("{:#?}", Config::default());
    let fields = config.lines().filter_map(|line| {
        let field = line.strip_prefix("    ")?;
        let (name, _) = field.split_once(": ")?;
        (!name.starts_with(' ')).then(|| name.replace('_', "-"))
    });
    let fields: Vec<String> = fields.collect();
    assert!(fields.len() >= 10, "{fields:?}");
    names_all("settings.md", fields.iter().map(String::as_str));
}

/// The commands, their flags, and the possible values of the flags.
#[test]
fn every_command_is_documented() {
    let cli = Cli::command();
    let text = chapter("commands.md");
    for command in cli.get_subcommands() {
        let name = format!("mdbook-transcript {}", command.get_name());
        names_all("commands.md", [name.as_str()]);
        for arg in command.get_arguments().chain(cli.get_arguments()) {
            let Some(flag) = arg.get_long() else { continue };
            let is_named = text.contains(&format!("`--{flag}"));
            assert!(is_named, "commands.md does not name --{flag} of {name}");
            let values = arg.get_possible_values();
            for value in values.iter().filter(|_| arg.get_action().takes_values()) {
                let written = format!("--{flag} {}", value.get_name());
                names_all("commands.md", [written.as_str()]);
            }
        }
    }
}

/// The kinds of findings are the upper-case string literals in `diagnostic.rs`.
#[test]
fn every_kind_of_finding_is_documented() {
    let source = include_str!("../../src/diagnostic.rs");
    let words = source.split('"').skip(1).step_by(2);
    let is_kind = |word: &&str| word.len() > 2 && word.bytes().all(|b| b.is_ascii_uppercase());
    let kinds: Vec<&str> = words.filter(is_kind).collect();
    assert!(kinds.len() >= 13, "{kinds:?}");
    names_all("findings.md", kinds);
}

/// The guide explains the shape of `mutex` line by line.
#[test]
fn the_explained_shape_is_the_recorded_one() {
    let recorded = include_str!("../../examples/transcripts/mutex.transcript");
    let shape = Recording::parse(recorded).unwrap().shape.text();
    let shown = format!("```text\n{shape}```");
    assert!(chapter("shapes.md").contains(&shown), "{shown}");
}

/// SUMMARY.md lists each chapter of the guide once, and the guide's links to files are not broken.
#[test]
fn every_chapter_is_in_the_book() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("guide");
    let summary = chapter("SUMMARY.md");
    let files = fs::read_dir(&guide).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    for name in names.filter(|name| name.ends_with(".md") && name != "SUMMARY.md") {
        let link = format!("({name})");
        assert_eq!(summary.matches(&link).count(), 1, "{link} in SUMMARY.md");
        for link in chapter(&name).split("](").skip(1) {
            let to = link.split([')', '#']).next().unwrap();
            let is_elsewhere = to.is_empty() || to.starts_with("http");
            assert!(is_elsewhere || guide.join(to).exists(), "{name}: {to}");
        }
    }
}

/// The documents for contributors name existing files and folders.
#[test]
fn every_path_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"] {
        let text = fs::read_to_string(root.join(document)).unwrap();
        let words = text.split(|c: char| c.is_whitespace() || "`()[]".contains(c));
        let folders = [
            "src/",
            "book/",
            "guide/",
            "examples/",
            "tests/",
            "benches/",
            ".ci/",
        ];
        let paths = words.filter(|it| folders.iter().any(|folder| it.starts_with(folder)));
        for path in paths {
            let path = path
                .split(':')
                .next()
                .unwrap()
                .trim_end_matches(['.', ',', ';']);
            assert!(root.join(path).exists(), "{document} names {path}");
        }
        for link in text.split("](").skip(1) {
            let to = link.split([')', '#']).next().unwrap();
            let is_elsewhere = to.is_empty() || to.starts_with("http");
            assert!(is_elsewhere || root.join(to).exists(), "{document}: {to}");
        }
    }
}
