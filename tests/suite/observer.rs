//! Programs that are hard to observe: the observer doesn't change their output, and the recording has the part of the
//! order that could be proved.

use std::fs;
use std::path::Path;

use crate::project::{Project, between};

#[test]
fn programs_that_are_hard_to_observe_are_recorded() {
    let project = Project::from("observed");
    project.run(&["record"]).succeeds();
    let shape = |name: &str| {
        let file = project.read(&format!("examples/transcripts/{name}.transcript"));
        between(&file, "starts at least", "--- transcript").to_owned()
    };
    // All ways to print; the lines of one thread are in order.
    let kinds = "starts at least 0 threads, 0 processes\n\
        1 stdout 1 a b\n\
        2 stderr 1 err 1 err 2\n\
        3 stdout 1 locked 1\n\
        4 stdout 1 bytes\n\
        5 stdout 1 and more\n\
        6 stdout 1 formatted 3\n\
        7 stdout 1 all\n\
        8 stderr 1 all err\n\
        9 stdout 1 no end\n\
        order: 15 of 22 pairs proved\n";
    assert!(shape("kinds").starts_with(kinds), "{}", shape("kinds"));
    // A thread locks a stream for several lines: only the first of them can be held.
    assert!(
        shape("kinds").contains("\n7 after 6\n8 after 2\n9 after 7\n5 seen after 4\n"),
        "{}",
        shape("kinds")
    );

    // The observer leaves nothing in the environment, and a child that is no Rust program starts under it.
    let envs = "1 stdout 1 HOME LANG PATH TMPDIR\n2 stdout 1 child: HOME LANG PATH TMPDIR\n";
    assert!(shape("envs").contains(envs), "{}", shape("envs"));
    assert!(
        shape("envs").contains("0 threads, 1 processes"),
        "{}",
        shape("envs")
    );

    // Output that bypasses std cannot be observed, and the recording says so.
    assert!(
        shape("shell").contains("order: untested, the program cannot be observed: 6 pairs"),
        "{}",
        shape("shell")
    );
    assert!(
        shape("execs").contains("1 stdout 1 the one\n2 stdout 1 the other\n"),
        "{}",
        shape("execs")
    );
    assert!(
        shape("abrupt").contains("2 after 1\n"),
        "{}",
        shape("abrupt")
    );
    assert!(
        shape("panics").contains("thread '<unnamed>' ({tid}) panicked at examples/panics.rs:"),
        "{}",
        shape("panics")
    );
    assert!(
        shape("much").contains("1000 stdout 1 line 999 of many\norder: "),
        "{}",
        shape("much")
    );

    let output = project.run(&["check"]);
    assert_eq!(
        output.succeeds().stdout,
        "7 runs hold, each executed at least 3 times\n"
    );
    project.run(&["record", "--all"]).succeeds();
}

/// All books of a user share the compiled observer. A cache that cannot be written costs only time.
#[test]
fn the_observer_is_compiled_once_for_all_books() {
    let program = "fn main() { println!(\"one\"); }\n";
    let first = Project::of_program("first", "", program);
    let cache = first.path("cache");
    let record = |project: &Project, cache: &Path| {
        let mut command = project.command(&["record"]);
        command.env("XDG_CACHE_HOME", cache);
        project.output(command, b"").succeeds();
        objects_in(&project.path("target/transcript"))
    };
    let made = record(&first, &cache);
    assert_eq!(objects_in(&cache.join("mdbook-transcript")), made);
    let [(name, bytes)] = &made[..] else {
        panic!(
            "{:?}",
            made.iter().map(|(name, _)| name).collect::<Vec<_>>()
        );
    };

    // The second book's is a copy: a byte after the end changes nothing in it.
    let marked = [&bytes[..], b"!"].concat();
    fs::write(cache.join("mdbook-transcript").join(name), &marked).unwrap();
    let second = Project::of_program("second", "", program);
    assert_eq!(record(&second, &cache), [(name.clone(), marked)]);

    let third = Project::of_program("third", "", program);
    third.write("file", "");
    assert_eq!(record(&third, &third.path("file")), made);
}

/// The observers in a folder, with their names.
fn objects_in(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let files = files.map(|entry| (entry.file_name().into_string().unwrap(), entry.path()));
    files
        .filter(|(name, _)| name.starts_with("observer-"))
        .map(|(name, path)| (name, fs::read(path).unwrap()))
        .collect()
}
