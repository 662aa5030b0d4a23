//! `seed=` in a fence: a run that is executed by the virtual clock, with this seed.

use std::collections::BTreeSet;

use crate::project::{Project, outputs};

const TURNS: &str = r#"use std::{thread, time::Duration};

fn main() {
    let threads = ["Anna", "Ben", "Cleo", "Dan"].map(|name| {
        thread::spawn(move || {
            thread::sleep(Duration::from_secs(5));
            println!("{name} is awake");
        })
    });
    threads.map(|thread| thread.join().unwrap());
    println!("all are awake");
}
"#;

fn project(chapter: &str) -> Project {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Seeds](seeds.md)\n");
    project.write("src/seeds.md", chapter);
    project.write("examples/turns.rs", TURNS);
    project
}

fn fences(seeds: &[&str]) -> String {
    let fences = seeds.iter();
    let fences = fences.map(|seed| format!("```console,output=turns,seed={seed}\n```\n"));
    fences.collect::<Vec<_>>().join("\n")
}

#[test]
#[cfg(target_os = "linux")]
fn each_seed_is_a_run_of_its_own() {
    let seeds = ["s1", "s2", "s3", "s5", "s6", "s7", "late:s4"];
    let project = project(&fences(&seeds));
    project.run(&["build"]).succeeds();
    let built = outputs(&project.read("book/seeds.html"));
    let recorded = project.run(&["record"]).succeeds().stdout.clone();
    assert!(recorded.contains("new: turns-late-s4"), "{recorded}");
    project.run(&["build"]).succeeds();
    // A build, `record` and `run` have the same execution of a seed.
    let shown = outputs(&project.read("book/seeds.html"));
    assert_eq!(shown, built);
    let mut orders = BTreeSet::new();
    for (seed, shown) in seeds.iter().zip(&shown) {
        let run = format!("turns-{}", seed.replace(':', "-"));
        let command = format!("$ mdbook-transcript run {run}\n");
        let (_, after) = shown.split_once(&command).expect(shown);
        let lines: Vec<&str> = after.lines().take(5).collect();
        assert_eq!(lines[4], "all are awake", "{shown}");
        assert!(after.contains(" s of virtual time"), "{shown}");
        let again = project.run(&["run", &run]).succeeds().stdout.clone();
        let again: Vec<&str> = again.lines().collect();
        for (line, again) in lines.iter().zip(&again) {
            assert!(again.ends_with(&format!("  stdout  {line}")), "{again}");
        }
        let end = format!(" s of virtual time ({seed}, ");
        assert!(again[5].contains(&end), "{again:?}");
        orders.insert(lines.join("\n"));
    }
    assert!(orders.len() > 2, "{orders:?}");

    let checked = project.run(&["check"]);
    assert!(
        checked.succeeds().stdout.contains("7 runs hold\n"),
        "{}",
        checked.stdout
    );
    project.change(
        "examples/turns.rs",
        "\"Ben\", \"Cleo\"",
        "\"Cleo\", \"Ben\"",
    );
    let checked = project.run(&["check", "--format", "json"]);
    assert!(
        checked.fails().stdout.contains("ORDER"),
        "{}",
        checked.stdout
    );
}

#[test]
fn a_wrong_seed_is_an_error_of_the_fence() {
    let project = project(
        "```console,output=turns,seed=17\n```\n\n```rust,example,compile_fail,E0308,seed=s1\n\
         let a: u8 = \"\";\n```\n",
    );
    let errors = project.run(&["build"]).fails().errors();
    for error in [
        "expected a seed, like `s17` or `late:s17`",
        "error: `seed` has no effect: the program must not compile",
    ] {
        assert!(errors.contains(error), "{errors}");
    }
}

/// A recording would be refused; so is the plan of it.
#[test]
fn a_seed_and_a_time_out_that_cuts_are_an_error_of_every_command() {
    let project = project("```console,output=turns,seed=s1,exit=timeout\n```\n");
    let expected = "`exit=timeout` contradicts `seed=s1` of the same run\n --> src/seeds.md:1:33\n";
    for command in ["list", "build", "check", "record"] {
        let errors = project.run(&[command]).fails().errors();
        assert!(errors.contains(expected), "{command}: {errors}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_program_that_cannot_be_seeded_is_an_error() {
    let project = project(&fences(&["s1"]));
    let computes = "fn main() {\n    let all = std::thread::spawn(|| (0..200_000_000_u64).fold(0, |a, b| a ^ (a << 1) ^ b));\n    \
                    println!(\"{}\", all.join().unwrap());\n}\n";
    project.write("examples/turns.rs", computes);
    let errors = project.run(&["build"]).fails().errors();
    let error = "it cannot be executed with a seed: real time decides which thread goes on";
    assert!(errors.contains(error), "{errors}");
}

/// The virtual clock tells times as reliably as a quiet machine does.
#[test]
#[cfg(target_os = "linux")]
fn claims_about_virtual_time_are_checked() {
    let fence = |claim: &str| format!("```console,output=turns,seed=s1,{claim}\n```\n");
    let project = project(&fence("wall=5s±1%"));
    project.run(&["record"]).succeeds();
    let checked = project.run(&["check"]);
    assert_eq!(checked.succeeds().stdout, "1 run holds\n");
    project.write("src/seeds.md", &fence("wall<4s"));
    let checked = project.run(&["check"]);
    let stdout = &checked.fails().stdout;
    assert!(stdout.contains("error[CLAIM]"), "{stdout}");
    assert!(stdout.contains("= note: by the virtual clock"), "{stdout}");
}

/// The message of a panic is a write of std's own, but it is the whole output.
#[test]
#[cfg(target_os = "linux")]
fn a_program_that_only_panics_has_a_seed() {
    let project = project("```console,output=turns,seed=s1,exit=101\n```\n");
    project.write(
        "examples/turns.rs",
        "fn main() {\n    panic!(\"boom\");\n}\n",
    );
    project.run(&["record"]).succeeds();
    project.run(&["check"]).succeeds();
}
