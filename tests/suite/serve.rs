//! The effects of each saved change on a build. With an installed mdBook, `mdbook serve` itself is tested, too:
//! `cargo test -- --ignored serve::`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::mdbook::Server;
use crate::project::{PROGRAM, Project, outputs};

/// A file with the word `one`, and the runs and the page whose text depends on it.
struct Edit {
    file: &'static str,
    runs: &'static [&'static str],
    page: &'static str,
    says: &'static str,
}

const EDITS: [Edit; 5] = [
    Edit {
        file: "examples/recorded.rs",
        runs: &["recorded"],
        page: "book/files.html",
        says: "recorded",
    },
    Edit {
        file: "examples/unrecorded.rs",
        runs: &["unrecorded"],
        page: "book/files.html",
        says: "unrecorded",
    },
    Edit {
        file: "examples/words.txt",
        runs: &["includes"],
        page: "book/files.html",
        says: "words",
    },
    Edit {
        file: "src/page.md",
        runs: &["typed"],
        page: "book/page.html",
        says: "typed",
    },
    Edit {
        file: "src/prose.md",
        runs: &[],
        page: "book/prose.html",
        says: "prose",
    },
];

impl Edit {
    fn save(&self, project: &Project) {
        project.change(self.file, "one", "two");
    }

    /// Asserts that the page shows the saved change, in the output of a program, not in its code.
    #[track_caller]
    fn assert_shown(&self, project: &Project) {
        let page = project.read(self.page);
        let shown = if self.runs.is_empty() {
            page
        } else {
            outputs(&page).join("\n")
        };
        let is_the_line = |line: &str| line.trim_start_matches("<p>").starts_with(self.says);
        let line = shown.lines().find(|line| is_the_line(line));
        assert!(line.is_some_and(|line| line.contains(": two")), "{shown}");
    }
}

/// A book with four programs, one of which is recorded.
fn book() -> Project {
    let project = Project::from("served");
    project.run(&["record", "recorded"]).succeeds();
    project
}

/// The executed runs in a log with `-v`.
fn runs(log: &str) -> Vec<&str> {
    let lines = log.lines().map(str::trim);
    let executed = lines.filter_map(|line| line.strip_prefix("DEBUG `")?.strip_suffix("`: run"));
    executed
        .map(|run| run.trim_start_matches("cargo run --example "))
        .collect()
}

/// Files with their times of modification and contents.
type Files = BTreeMap<PathBuf, (SystemTime, Vec<u8>)>;

/// The files that a build must not write, because mdBook may watch them.
fn files(project: &Project) -> Files {
    fn add(folder: &Path, files: &mut Files) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let written = fs::metadata(&path).unwrap().modified().unwrap();
                let text = fs::read(&path).unwrap();
                files.insert(path, (written, text));
            } else if !path.ends_with("target") && !path.ends_with("book") {
                add(&path, files);
            }
        }
    }
    let mut files = Files::new();
    add(&project.path(""), &mut files);
    files
}

#[test]
fn a_save_executes_the_changed_programs_and_writes_no_watched_file() {
    let project = book();
    let build = || project.run(&["build", "-v"]);
    assert_eq!(
        runs(&build().succeeds().stderr),
        ["unrecorded", "includes", "typed"]
    );
    for edit in EDITS {
        edit.save(&project);
        let before = files(&project);
        let output = build();
        assert_eq!(
            runs(&output.succeeds().stderr),
            edit.runs,
            "{}",
            output.stderr
        );
        edit.assert_shown(&project);
        let stale = "stale recordings: `recorded`";
        assert!(output.stderr.contains(stale), "{}", output.stderr);
        assert!(
            files(&project) == before,
            "{}: mdBook would build again",
            edit.file
        );
    }
}

#[test]
fn a_failed_save_leaves_the_page_and_writes_no_watched_file() {
    let project = book();
    let build = || project.run(&["build", "-v"]);
    build().succeeds();
    for (right, wrong, says) in [
        ("main()", "main(", "`unrecorded` does not build"),
        ("println!", "panic!", "found exit status 101"),
    ] {
        let page = project.read("book/files.html");
        project.change("examples/unrecorded.rs", right, wrong);
        let before = files(&project);
        let output = build();
        assert!(output.fails().stderr.contains(says), "{}", output.stderr);
        assert_eq!(project.read("book/files.html"), page);
        assert!(files(&project) == before, "mdBook would build again");
        project.change("examples/unrecorded.rs", wrong, right);
        build().succeeds();
    }
}

/// The effects of a save.
#[derive(Debug, PartialEq)]
struct Effects {
    builds: usize,
    runs: Vec<String>,
    reloads: usize,
}

impl Effects {
    fn once(runs: &[&str]) -> Effects {
        Effects {
            builds: 1,
            runs: runs.iter().map(|run| (*run).to_owned()).collect(),
            reloads: 1,
        }
    }
}

/// Saves something in a served book, and returns the effects and the log.
fn save(server: &mut Server, save: impl FnOnce(&Server)) -> (Effects, String) {
    let before = server.log().len();
    save(server);
    let saved = Instant::now();
    let mut reloads = 0;
    loop {
        if server.is_reloaded(Duration::from_millis(50)) {
            reloads += 1;
            break;
        }
        let log = server.log().split_off(before);
        if log.contains("failed to build the book") {
            break;
        }
        assert!(saved.elapsed() < Duration::from_secs(60), "{log}");
    }
    reloads += server.settles();
    let log = server.log().split_off(before);
    let came = Effects {
        builds: log.matches("Book building has started").count(),
        runs: runs(&log).into_iter().map(str::to_owned).collect(),
        reloads,
    };
    (came, log)
}

fn serve(project: &Project) -> Server {
    let command = format!("before = [\"links\"]\ncommand = '{PROGRAM} -v'");
    project.change("book.toml", "before = [\"links\"]", &command);
    let mut server = Server::of(&project.path(""));
    server.settles();
    server
}

#[test]
#[ignore = "needs mdbook"]
fn a_save_under_mdbook_serve_is_one_build_one_execution_and_one_reload() {
    let project = book();
    let mut server = serve(&project);
    for edit in EDITS {
        let (came, log) = save(&mut server, |_| edit.save(&project));
        assert_eq!(came, Effects::once(edit.runs), "{log}");
        edit.assert_shown(&project);
    }

    let program = project.path("examples/unrecorded.rs");
    let shown = |text: &str| project.read("book/files.html").contains(text);
    let source = |number: u8| format!("fn main() {{ println!(\"number {number}\") }}\n");
    // Vim writes a swap file, a probe and a backup.
    let (came, log) = save(&mut server, |_| {
        let [swap, probe, backup] = [".unrecorded.rs.swp", "4913", "unrecorded.rs~"]
            .map(|name| project.path("examples").join(name));
        fs::write(&swap, "").unwrap();
        fs::write(&probe, "").unwrap();
        fs::remove_file(probe).unwrap();
        fs::rename(&program, &backup).unwrap();
        fs::write(&program, source(1)).unwrap();
        fs::remove_file(backup).unwrap();
        fs::remove_file(swap).unwrap();
    });
    assert_eq!(came, Effects::once(&["unrecorded"]), "{log}");
    assert!(shown("number 1"));
    // Other editors write a new file and rename it.
    let (came, log) = save(&mut server, |_| {
        let new = project.path("examples/unrecorded.rs.new");
        fs::write(&new, source(2)).unwrap();
        fs::rename(new, &program).unwrap();
    });
    assert_eq!(came, Effects::once(&["unrecorded"]), "{log}");
    assert!(shown("number 2"));
    // Several saves shortly after each other.
    let (came, log) = save(&mut server, |_| {
        for number in 3..8 {
            fs::write(&program, source(number)).unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    assert_eq!(came, Effects::once(&["unrecorded"]), "{log}");
    assert!(shown("number 7"));
    // A save during the build of the previous one causes a second build.
    let (came, log) = save(&mut server, |server| {
        let before = server.log().len();
        fs::write(&program, source(8)).unwrap();
        while !server.log()[before..].contains("`: must be built") {
            std::thread::sleep(Duration::from_millis(5));
        }
        fs::write(&program, source(9)).unwrap();
    });
    assert_eq!(came.builds, 2, "{log}");
    assert!(shown("number 9"), "{log}");

    let (came, log) = save(&mut server, |_| {
        project.run(&["record"]).succeeds();
    });
    assert_eq!(came, Effects::once(&[]), "{log}");
    assert!(!log.contains("WARN"), "{log}");
}

#[test]
#[ignore = "needs mdbook"]
fn mdbook_serve_reports_an_error_and_shows_the_page_after_the_fix() {
    let project = book();
    let mut server = serve(&project);
    let change = |old: &str, new: &str| project.change("examples/unrecorded.rs", old, new);
    for (right, wrong, says) in [
        ("main()", "main(", "`unrecorded` does not build"),
        ("println!", "panic!", "found exit status 101"),
    ] {
        let page = project.read("book/files.html");
        let (came, log) = save(&mut server, |_| change(right, wrong));
        assert_eq!((came.builds, came.reloads), (1, 0), "{log}");
        assert!(log.contains(says), "{log}");
        assert_eq!(project.read("book/files.html"), page);

        let (came, log) = save(&mut server, |_| {
            change(wrong, right);
            change("println!(\"", "println!(\"mended ");
        });
        assert_eq!((came.builds, came.reloads), (1, 1), "{log}");
        assert!(project.read("book/files.html").contains("mended "));
    }
}
