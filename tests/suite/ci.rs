//! `check` in CI: report formats, partitions over machines, and the runs that a change can affect.

use std::fs;
use std::process::Command;
use std::time::Duration;

use mdbook_transcript::transcript::format::Recording;
use quick_junit::Report;
use regex::Regex;

use crate::failures::snapshot;
use crate::project::{Project, Said};

/// A book in a folder of a repository, with two chapters.
fn in_docs(first: &str, second: &str) -> Project {
    let project = Project::from("good");
    fs::create_dir(project.path("docs")).unwrap();
    for entry in ["Cargo.toml", "book.toml", "examples", "src"] {
        fs::rename(project.path(entry), project.path("docs").join(entry)).unwrap();
    }
    project.write("docs/src/SUMMARY.md", "- [A](a,b.md)\n- [B](b.md)\n");
    project.write("docs/src/a,b.md", first);
    project.write("docs/src/b.md", second);
    project
}

fn check(project: &Project, args: &[&str]) -> (Option<i32>, Said) {
    let command = || {
        let mut command = project.command(&[&["check", "--book", "docs"], args].concat());
        command
            .env_remove("GITHUB_WORKSPACE")
            .env_remove("GITHUB_STEP_SUMMARY")
            .env_remove("CI_PROJECT_DIR");
        command
    };
    let status = command().output().unwrap().status.code();
    (status, project.said(command(), b""))
}

/// The runs that a check says something of, in its order.
fn checked(said: &Said) -> Vec<String> {
    let lines = said.stdout.lines();
    let runs = lines.filter_map(|line| line.strip_prefix("{\"run\":\"")?.split_once('"'));
    runs.map(|(run, _)| run.to_owned()).collect()
}

/// As if a run had taken 100 s when it was recorded: beyond a factor of two, on every machine.
fn recorded_as_slow(project: &Project, run: &str) {
    let file = format!("docs/examples/transcripts/{run}.transcript");
    let mut recorded = Recording::parse(&project.read(&file)).unwrap();
    recorded.transcript.wall = Duration::from_secs(100);
    project.write(&file, &recorded.text());
}

/// One run that holds but for its time, one that differs, one that nobody checks, and a transcript that nobody shows.
fn everything() -> Project {
    let project = in_docs(
        "# A\n\n```rust,example=prints\n```\n\n```rust,example=hello\n```\n",
        "```rust,example=hello,args=x,check=off,reason=\"it is <late>, 100%\"\n```\n",
    );
    let prints = |text: &str| format!("fn main() {{\n    println!(\"{text}\");\n}}\n");
    project.write("docs/examples/prints.rs", &prints(r"100%:\tone"));
    project.run(&["record", "--book", "docs"]).succeeds();
    for run in ["hello", "prints"] {
        recorded_as_slow(&project, run);
    }
    // Neither XML nor a log may be broken by what a program prints.
    project.write(
        "docs/examples/prints.rs",
        &prints(r"100%: \0 \x1b[31m<\u{ffff}> ]]>\n::error::two"),
    );
    let recorded = project.path("docs/examples/transcripts");
    fs::copy(
        recorded.join("hello.transcript"),
        recorded.join("old.transcript"),
    )
    .unwrap();
    project
}

/// A text in which nothing is said of how long a run took this time.
fn without_times(text: &str) -> String {
    let took = Regex::new(r"took \d+\.\d\d s").unwrap();
    took.replace_all(text, "took [TIME] s").into_owned()
}

#[test]
fn github_shows_each_finding_at_its_line() {
    let project = everything();
    let (status, said) = check(&project, &["--format", "github", "--repeat", "1"]);
    assert_eq!(status, Some(1));
    let token = said.stdout.lines().next().unwrap();
    let token = token.strip_prefix("::stop-commands::").unwrap();
    assert_eq!(token.len(), 64);
    assert!(
        said.stdout.contains(&format!("\n::{token}::\n::error ")),
        "{}",
        said.stdout
    );
    snapshot(
        "github",
        &without_times(&said.stdout.replace(token, "[TOKEN]")),
    );

    // Where the repository is another folder, its names are other ones.
    let mut command = project.command(&["check", "--format", "github", "--repeat", "1"]);
    command
        .current_dir(project.path("docs"))
        .env("GITHUB_WORKSPACE", project.path(""))
        .env("GITHUB_STEP_SUMMARY", project.path("summary.md"));
    let said = project.said(command, b"");
    assert!(
        said.stdout
            .contains("\n::error file=docs/src/a%2Cb.md,line=3,"),
        "{}",
        said.stdout
    );
    snapshot(
        "github-summary",
        &without_times(&project.read("summary.md")),
    );
}

#[test]
fn junit_is_xml_whatever_a_program_prints() {
    let project = everything();
    let (status, said) = check(&project, &["--format", "junit", "--repeat", "1"]);
    assert_eq!(status, Some(1));
    assert!(
        said.stderr.ends_with("1 of 2 runs differs, 1 orphaned\n"),
        "{}",
        said.stderr
    );
    let read = Report::deserialize_from_str(&said.stdout).unwrap();
    assert_eq!((read.tests, read.failures), (4, 2));
    assert!(!said.stdout.contains(['\0', '\u{1b}', '\u{ffff}']));
    let mut parts = said.stdout.split(" time=\"");
    let mut text = parts.next().unwrap().to_owned();
    for part in parts {
        let (time, rest) = part.split_once('"').unwrap();
        assert!(time.parse::<f64>().is_ok(), "{time}");
        text.push_str(&format!(" time=\"[TIME]\"{rest}"));
    }
    snapshot("junit", &without_times(&text));
}

/// Not recorded, so that nothing needs to be built.
#[test]
fn each_run_is_checked_by_one_machine() {
    let fences: String = (0..7)
        .map(|number| format!("```rust,example=hello,args={number}\n```\n\n"))
        .collect();
    let project = in_docs(&fences, "```rust,example=hello\n```\n");
    let recorded = project.path("docs/examples/transcripts");
    fs::create_dir_all(&recorded).unwrap();
    fs::write(recorded.join("old.transcript"), "").unwrap();
    let all = checked(&check(&project, &["--format", "json"]).1);
    assert_eq!(all.len(), 9);
    for way in ["", "count:", "hash:"] {
        for of in [1, 3, 20] {
            let mut together = Vec::new();
            for part in 1..=of {
                let part = format!("{way}{part}/{of}");
                let (_, said) = check(&project, &["--format", "json", "--partition", &part]);
                let its = checked(&said);
                let tells_of_orphans = its.iter().any(|run| run == "old");
                assert_eq!(
                    tells_of_orphans,
                    part.ends_with(&format!("1/{of}")) && !part.ends_with(&format!("11/{of}")),
                    "{part}"
                );
                together.extend(its);
            }
            together.sort();
            let mut all = all.clone();
            all.sort();
            assert_eq!(together, all, "{way}{of}");
        }
    }
    let (status, said) = check(&project, &["--partition", "20/20"]);
    assert_eq!(status, Some(0));
    assert_eq!(
        said.stdout,
        "no run was checked; 8 runs in other parts than 20/20\n"
    );
    let (status, said) = check(&project, &["--partition", "6/5"]);
    assert_eq!(status, Some(2));
    assert!(
        said.stderr.contains("expected a part from 1 to 5, found 6"),
        "{}",
        said.stderr
    );
}

/// Git in the project's folder, with nobody's settings.
#[track_caller]
fn git(project: &Project, args: &[&str]) {
    let answer = Command::new("git")
        .args([
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@b.c",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(args)
        .current_dir(project.path(""))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(
        answer.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&answer.stderr)
    );
}

fn commit(project: &Project) {
    git(project, &["add", "-A"]);
    git(project, &["commit", "-qm", "x"]);
}

/// Three recorded runs, all committed.
fn committed() -> Project {
    let project = in_docs(
        "```rust,example=hello\n```\n\n```rust,example=reads\n```\n",
        "```rust,example=hello,args=x,wall<100*hello\n```\n",
    );
    project.write(
        "docs/examples/reads.rs",
        "fn main() {\n    println!(\"{}\", include_str!(\"dä \\\"ta\\\".txt\").len());\n}\n",
    );
    project.write("docs/examples/dä \"ta\".txt", "one");
    project.write(".gitignore", "target\n");
    project.run(&["record", "--book", "docs"]).succeeds();
    git(&project, &["init", "-q"]);
    commit(&project);
    project
}

#[test]
fn runs_that_a_change_can_affect_are_checked() {
    let project = committed();
    let since = |commit: &str| {
        let args = [
            "--format",
            "json",
            "--repeat",
            "1",
            "--changed-since",
            commit,
        ];
        let said = check(&project, &args).1;
        (checked(&said), said.stderr)
    };
    let (runs, log) = since("HEAD");
    assert_eq!(runs, [] as [&str; 0]);
    assert!(
        log.contains("left out: 3, not touched since `HEAD`"),
        "{log}"
    );
    let (status, said) = check(&project, &["--changed-since", "main"]);
    assert_eq!(status, Some(0));
    assert_eq!(
        said.stdout,
        "no run was checked; 3 runs not touched since `main`\n"
    );

    // A chapter; `hello-x` compares its time with that of `hello`.
    let chapter = project.read("docs/src/a,b.md");
    project.write("docs/src/a,b.md", &format!("Words.\n\n{chapter}"));
    assert_eq!(since("HEAD").0, ["hello", "reads", "hello-x"]);
    commit(&project);
    assert_eq!(since("HEAD").0, [] as [&str; 0]);
    assert_eq!(since("HEAD~1").0, ["hello", "reads", "hello-x"]);

    // A file that a program includes: as long as it is not recorded, and when all is committed.
    project.write("docs/examples/dä \"ta\".txt", "two");
    assert_eq!(since("HEAD").0, ["reads"]);
    project.run(&["record", "--book", "docs"]).succeeds();
    commit(&project);
    assert_eq!(since("HEAD").0, [] as [&str; 0]);
    assert_eq!(since("HEAD~1").0, ["reads"]);
    let (_, said) = check(&project, &["--changed-since", "HEAD~1", "--repeat", "1"]);
    let expected = "1 run holds, executed once; 2 runs not touched since `HEAD~1`\n";
    assert!(said.stdout.ends_with(expected), "{}", said.stdout);

    // What is recorded, and what git does not know yet.
    recorded_as_slow(&project, "hello-x");
    assert_eq!(since("HEAD").0, ["hello-x"]);
    git(&project, &["checkout", "-q", "."]);
    git(&project, &["rm", "-q", "--cached", "docs/src/b.md"]);
    git(&project, &["commit", "-qm", "x"]);
    assert_eq!(since("HEAD").0, ["hello-x"]);
    commit(&project);

    // A chapter by another name.
    git(&project, &["mv", "docs/src/b.md", "docs/src/c.md"]);
    project.change(
        "docs/src/SUMMARY.md",
        "b.md)\n- [B](b.md",
        "b.md)\n- [B](c.md",
    );
    assert_eq!(since("HEAD").0, ["hello-x"]);
    commit(&project);

    // A new run, which is not recorded, and a part of what a change affects.
    project.write(
        "docs/src/c.md",
        "```rust,example=hello,args=new\n```\n\n```rust,example=hello,args=x\n```\n",
    );
    assert_eq!(since("HEAD").0, ["hello-new", "hello-x"]);
    let names = ["hello", "c.md"];
    let options = ["--repeat=1", "--changed-since=HEAD", "--partition=2/2"];
    let (_, said) = check(&project, &[&names[..], &options[..]].concat());
    let expected = "1 run holds, executed once; 1 run not touched since `HEAD`; 1 run in other parts than 2/2\n";
    assert!(said.stdout.ends_with(expected), "{}", said.stdout);

    // What decides on all programs.
    project.write("docs/src/c.md", "```rust,example=hello,args=x\n```\n");
    commit(&project);
    let manifest = project.read("docs/Cargo.toml");
    project.write("docs/Cargo.toml", &format!("{manifest}\n"));
    let (runs, log) = since("HEAD");
    assert_eq!(runs, ["hello", "reads", "hello-x"]);
    assert!(
        log.contains("all runs are checked: `docs/Cargo.toml` has changed since `HEAD`"),
        "{log}"
    );
}

#[test]
fn errors_of_git_are_reported() {
    let project = in_docs("```rust,example=hello\n```\n", "Nothing.\n");
    let since = |commit: &str| {
        let (status, said) = check(&project, &["--changed-since", commit]);
        assert_eq!(status, Some(2), "{}", said.stdout);
        said.stderr
    };
    let mut errors = vec![since("HEAD")];
    // Git says itself why there is no repository, in the words of its version.
    errors[0] = errors[0]
        .lines()
        .filter(|line| !line.starts_with("fatal: "))
        .collect::<Vec<_>>()
        .join("\n");
    git(&project, &["init", "-q"]);
    commit(&project);
    errors.push(since("man"));
    let (_, said) = check(&project, &["--changed-since=--output=x"]);
    errors.push(said.stderr);
    fs::write(project.path(".git/shallow"), "").unwrap();
    errors.push(since("main~1"));
    let mut command = project.command(&["check", "--book", "docs", "--changed-since", "main"]);
    command.env("PATH", "");
    errors.push(project.said(command, b"").fails().stderr.clone());
    snapshot("changed-since", &errors.join("\n"));
}

/// As sccache is one, by which a CI builds dependencies once.
#[cfg(target_os = "linux")]
#[test]
fn a_wrapper_of_the_compiler_is_called() {
    use std::os::unix::fs::PermissionsExt;

    let project = in_docs("```rust,example=hello\n```\n", "Nothing.\n");
    let wrapper = project.path("wrapper");
    let log = project.path("calls");
    let script = format!(
        "#!/bin/sh\necho \"$@\" >> '{}'\nexec \"$@\"\n",
        log.display()
    );
    fs::write(&wrapper, script).unwrap();
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
    let calls_of = |args: &[&str]| {
        fs::write(&log, "").unwrap();
        let mut command = project.command(args);
        command.env("RUSTC_WRAPPER", &wrapper);
        let said = project.said(command, b"");
        said.succeeds();
        let calls = fs::read_to_string(&log).unwrap();
        let calls = calls
            .lines()
            .filter(|call| call.contains("--crate-name hello"));
        let observed = calls.clone().filter(|call| call.contains("prefer-dynamic"));
        (said.stdout, calls.count(), observed.count())
    };
    assert_eq!(calls_of(&["build", "docs"]).1, 1);
    let (said, calls, observed) = calls_of(&["record", "--book", "docs"]);
    assert!(said.contains("3 of 3 pairs of lines proved"), "{said}");
    assert_eq!((calls, observed), (1, 1));
    project.change("docs/examples/hello.rs", "fn main", "// New.\nfn main");
    project.run(&["record", "--book", "docs"]).succeeds();
    let (said, ..) = calls_of(&["check", "--book", "docs"]);
    assert!(said.ends_with("1 run holds, executed 3 times\n"), "{said}");
}

#[test]
fn color_is_for_those_who_want_it() {
    let project = in_docs("```rust,example=hello\n```\n", "Nothing.\n");
    let with = |variables: &[&str]| {
        let mut command = project.command(&["check", "--book", "docs"]);
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command.envs(variables.iter().map(|name| (name, "1")));
        project.said(command, b"").stdout
    };
    assert!(with(&["CLICOLOR_FORCE"]).contains("\u{1b}["));
    assert!(!with(&["CLICOLOR_FORCE", "NO_COLOR"]).contains('\u{1b}'));
    assert!(!with(&[]).contains('\u{1b}'));
}
