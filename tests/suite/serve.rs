//! Writing a book: what each saved change triggers, and what not. With an installed mdBook, `mdbook serve` itself: `cargo test -- --ignored serve::`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::mdbook::Server;
use crate::project::{PROGRAM, Project, outputs};

/// A file that says `one`, the run that says so, too, and the page on which it stands.
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

    /// Whether the page says so: of a program its output, not its code.
    #[track_caller]
    fn is_shown(&self, project: &Project) {
        let page = project.read(self.page);
        let shown = if self.runs.is_empty() {
            page
        } else {
            outputs(&page).join("\n")
        };
        let is_it = |line: &str| line.trim_start_matches("<p>").starts_with(self.says);
        let line = shown.lines().find(|line| is_it(line));
        assert!(line.is_some_and(|line| line.contains(": two")), "{shown}");
    }
}

/// A book with one program of four recorded.
fn book() -> Project {
    let project = Project::from("served");
    project.run(&["record", "recorded"]).succeeds();
    project
}

/// The runs that were made, as a log with `-v` tells it.
fn runs(log: &str) -> Vec<&str> {
    let lines = log.lines().map(str::trim);
    let made = lines.filter_map(|line| line.strip_prefix("DEBUG `")?.strip_suffix("`: run"));
    made.map(|run| run.trim_start_matches("cargo run --example "))
        .collect()
}

/// Files, each with when it was written and what it says.
type Files = BTreeMap<PathBuf, (SystemTime, Vec<u8>)>;

/// Every file that a build must leave alone, so every one that mdBook may watch.
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
fn a_save_runs_what_has_changed_and_writes_nothing_that_is_watched() {
    let project = book();
    let build = || project.run(&["build", "-v"]);
    assert_eq!(
        runs(&build().succeeds().stderr),
        ["unrecorded", "includes", "typed"]
    );
    for edit in EDITS {
        edit.save(&project);
        let before = files(&project);
        let said = build();
        assert_eq!(runs(&said.succeeds().stderr), edit.runs, "{}", said.stderr);
        edit.is_shown(&project);
        let stale = "stale recordings: `recorded`";
        assert!(said.stderr.contains(stale), "{}", said.stderr);
        assert!(
            files(&project) == before,
            "{}: it would build again",
            edit.file
        );
    }
}

#[test]
fn a_save_that_fails_leaves_the_page_and_writes_nothing_that_is_watched() {
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
        let said = build();
        assert!(said.fails().stderr.contains(says), "{}", said.stderr);
        assert_eq!(project.read("book/files.html"), page);
        assert!(files(&project) == before, "it would build again");
        project.change("examples/unrecorded.rs", wrong, right);
        build().succeeds();
    }
}

/// What came of a save.
#[derive(Debug, PartialEq)]
struct Came {
    builds: usize,
    runs: Vec<String>,
    reloads: usize,
}

impl Came {
    fn once(runs: &[&str]) -> Came {
        Came {
            builds: 1,
            runs: runs.iter().map(|run| (*run).to_owned()).collect(),
            reloads: 1,
        }
    }
}

/// Saves something in a book that is served. Beside what came of it stands what was said.
fn save(server: &mut Server, save: impl FnOnce(&Server)) -> (Came, String) {
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
    let came = Came {
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
fn under_mdbook_serve_a_save_is_a_build_a_run_and_a_reload() {
    let project = book();
    let mut server = serve(&project);
    for edit in EDITS {
        let (came, log) = save(&mut server, |_| edit.save(&project));
        assert_eq!(came, Came::once(edit.runs), "{log}");
        edit.is_shown(&project);
    }

    let program = project.path("examples/unrecorded.rs");
    let shown = |text: &str| project.read("book/files.html").contains(text);
    let source = |number: u8| format!("fn main() {{ println!(\"number {number}\") }}\n");
    // As Vim saves, with a swap file, a probe and a backup.
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
    assert_eq!(came, Came::once(&["unrecorded"]), "{log}");
    assert!(shown("number 1"));
    // As others do: a new file takes the name.
    let (came, log) = save(&mut server, |_| {
        let new = project.path("examples/unrecorded.rs.new");
        fs::write(&new, source(2)).unwrap();
        fs::rename(new, &program).unwrap();
    });
    assert_eq!(came, Came::once(&["unrecorded"]), "{log}");
    assert!(shown("number 2"));
    // Again and again.
    let (came, log) = save(&mut server, |_| {
        for number in 3..8 {
            fs::write(&program, source(number)).unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    assert_eq!(came, Came::once(&["unrecorded"]), "{log}");
    assert!(shown("number 7"));
    // While the build of the save before it is under way: that comes to a second build.
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
    assert_eq!(came, Came::once(&[]), "{log}");
    assert!(!log.contains("WARN"), "{log}");
}

#[test]
#[ignore = "needs mdbook"]
fn mdbook_serve_reports_an_error_and_shows_the_page_when_it_is_fixed() {
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
