//! Lines that are unfinished when something else is printed: they stay where they were written, as in a terminal.

use std::fs;

use crate::export::{exported, parsed};
use crate::project::{Project, between, outputs};

/// A program that leaves lines unfinished.
const SAYS: &str = r#"use std::env::{args, current_exe};
use std::io::{Write, stdout};
use std::process::Command;

fn say(text: &str) {
    print!("{text}");
    stdout().flush().unwrap();
}

fn main() {
    match args().nth(1).unwrap().as_str() {
        "ask" => {
            say("Name: ");
            eprintln!("({})", "checking");
            println!("welcome");
        }
        "warn" => {
            eprint!("warning: ");
            println!("out");
            eprintln!("late");
        }
        "end" => {
            say("no end");
            eprint!(" of either");
        }
        "progress" => {
            eprint!("1000000%\r");
            println!("Done");
            eprint!("\r2000000%\r");
        }
        "colors" => {
            eprint!("\x1b[31mred ");
            println!("still red\x1b[0m");
            eprintln!("plain");
        }
        "parent" => {
            say("child: ");
            Command::new(current_exe().unwrap()).arg("child").status().unwrap();
            println!("done");
        }
        "child" => println!("hello"),
        "whole" => {
            say("one ");
            println!("line");
            eprintln!("{} {}", "another", "one");
        }
        _ => unreachable!(),
    }
}
"#;

const MODES: [&str; 7] = [
    "ask", "warn", "end", "progress", "colors", "parent", "whole",
];

/// A book that shows the program in each mode, and the first one once more, with stdout alone.
fn book() -> Project {
    let project = Project::empty();
    for folder in ["src", "examples"] {
        fs::create_dir_all(project.path(folder)).unwrap();
    }
    project.write(
        "book.toml",
        "[preprocessor.transcript]\nbefore = [\"links\"]\n[output.html]\n[output.markdown]\n",
    );
    project.write("src/SUMMARY.md", "[One](one.md)\n");
    let fence = |name: &&str| format!("```console,output=says,args={name}\n```\n\n");
    let fences: String = MODES.iter().map(fence).collect();
    let alone = "```console,output=says,args=ask,stream=stdout\n```\n";
    project.write("src/one.md", &format!("# One\n\n{fences}{alone}"));
    project.write(
        "Cargo.toml",
        "[package]\nname = \"saying\"\nedition = \"2024\"\n",
    );
    project.write("examples/says.rs", SAYS);
    project
}

/// The lines of a recording's transcript, without times and tracks.
fn recorded(project: &Project, run: &str) -> Vec<String> {
    let recording = project.read(&format!("examples/transcripts/{run}.transcript"));
    let transcript = between(&recording, "--- transcript", "--- end");
    let lines = transcript.lines().filter(|line| line.contains(" std"));
    let lines = lines.map(|line| {
        let (_, line) = line.split_once(' ').unwrap();
        match line.split_once('@') {
            Some((printer, rest)) => {
                format!(
                    "{printer} {}",
                    rest.split_once(' ').map_or("", |(_, text)| text)
                )
            }
            None => line.to_owned(),
        }
    });
    lines.collect()
}

/// The lines of a figure between its prompt and its caption.
fn shown(figure: &str) -> Vec<&str> {
    let lines = figure.lines().skip_while(|line| !line.starts_with("$ "));
    lines.skip(1).take_while(|line| !line.is_empty()).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn an_unfinished_line_stays_where_it_was_written() {
    let project = book();
    project.run(&["record"]).succeeds();
    project.run(&["build"]).succeeds();
    let page = project.read("book/html/one.html");
    let figures = outputs(&page);
    let expected: [&[&str]; 8] = [
        &["Name: (checking)", "welcome"],
        &["warning: out", "late"],
        &["no end of either"],
        &["Done000%", "2000000%"],
        &["red still red", "plain"],
        &["child: hello", "done"],
        &["one line", "another one"],
        &["Name: welcome"],
    ];
    for (figure, lines) in figures.iter().zip(expected) {
        assert_eq!(shown(figure), lines, "{figure}");
    }
    assert!(
        page.contains("<span class=\"ansi-red\">red still red</span>"),
        "{page}"
    );
    let markdown = project.read("book/markdown/one.md");
    assert!(
        markdown.contains("\nName: (checking)\nwelcome\n"),
        "{markdown}"
    );

    // A backslash at the end marks an unfinished line.
    assert_eq!(
        recorded(&project, "says-ask"),
        [
            "stdout 0 Name:\\u{20}\\",
            "stderr 0 (checking)",
            "stdout 0 welcome"
        ]
    );
    assert_eq!(
        recorded(&project, "says-whole"),
        ["stdout 0 one line", "stderr 0 another one"]
    );
    let (_, events, _) = parsed(&exported(&project, "says-ask"));
    let data: Vec<&str> = events.iter().map(|(_, data)| &**data).collect();
    assert_eq!(data[1..4], ["Name: ", "(checking)\r\n", "welcome\r\n"]);
}

#[test]
#[cfg(target_os = "linux")]
fn another_interleaving_of_one_thread_is_recorded_and_the_same_one_is_kept() {
    let project = book();
    project.run(&["record"]).succeeds();
    project.run(&["check", "--repeat", "1"]).succeeds();

    let asked =
        "            eprintln!(\"({})\", \"checking\");\n            println!(\"welcome\");\n";
    let changed =
        "            println!(\"welcome\");\n            eprintln!(\"({})\", \"checking\");\n";
    project.change("examples/says.rs", asked, changed);
    let recording = project.run(&["record"]);
    let told = &recording.succeeds().stdout;
    assert_eq!(told.matches("its output still holds").count(), 6, "{told}");
    let lines = "  - | Name: (checking)\n  - | welcome\n  + | Name: welcome\n  + | (checking)\n";
    assert!(told.contains(lines), "{told}");
    assert_eq!(
        recorded(&project, "says-ask"),
        ["stdout 0 Name: welcome", "stderr 0 (checking)"]
    );
}

/// A terminal shows the next prompt after what a command left unfinished.
#[test]
#[cfg(target_os = "linux")]
fn the_next_prompt_of_a_session_follows_an_unfinished_line() {
    let project = book();
    project.write(
        "book.toml",
        "[preprocessor.transcript]\nbefore = [\"links\"]\nshell = true\n",
    );
    let commands = "$ sh -c 'printf bar'\n$ says ask\n$ printf foo\n$ echo end\n";
    project.write("src/one.md", &format!("```console,run\n{commands}```\n"));
    project.run(&["record"]).succeeds();
    project.run(&["build"]).succeeds();
    let page = project.read("book/one.html");
    let lines = [
        "$ sh -c 'printf bar'",
        "bar$ says ask",
        "Name: (checking)",
        "welcome",
        "$ printf foo",
        "foo$ echo end",
        "end",
    ];
    assert!(
        outputs(&page)[0].starts_with(&(lines.join("\n") + "\n\n")),
        "{page}"
    );
    project.run(&["check", "--repeat", "1"]).succeeds();
}
