//! `check` in CI: report formats, partitions over machines, and the runs that a change can affect.

use std::fs;
use std::process::Command;
use std::time::Duration;

use mdbook_transcript::transcript::format::Recording;
use quick_junit::Report;
use regex::Regex;

use crate::failures::snapshot;
use crate::project::{Output, Project};

/// A book with two chapters in the folder `docs` of a repository.
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

fn check(project: &Project, args: &[&str]) -> (Option<i32>, Output) {
    let command = || {
        let mut command = project.command(&[&["check", "--book", "docs"], args].concat());
        command
            .env_remove("GITHUB_WORKSPACE")
            .env_remove("GITHUB_STEP_SUMMARY")
            .env_remove("CI_PROJECT_DIR");
        command
    };
    let status = command().output().unwrap().status.code();
    (status, project.output(command(), b""))
}

/// The runs that a check in JSON reports, in order.
fn checked(output: &Output) -> Vec<String> {
    let lines = output.stdout.lines();
    let runs = lines.filter_map(|line| line.strip_prefix("{\"run\":\"")?.split_once('"'));
    runs.map(|(run, _)| run.to_owned()).collect()
}

/// Changes the wall time of a recording to 100 s, more than twice the real one on every machine.
fn slow_down(project: &Project, run: &str) {
    let file = format!("docs/examples/transcripts/{run}.transcript");
    let mut recorded = Recording::parse(&project.read(&file)).unwrap();
    recorded.transcript.wall = Duration::from_secs(100);
    project.write(&file, &recorded.text());
}

/// A book with a run that differs in its time only, a run that differs, an unchecked run and an orphaned recording.
fn everything() -> Project {
    let project = in_docs(
        "# A\n\n```rust,example=prints\n```\n\n```rust,example=hello\n```\n",
        "```rust,example=hello,args=x,check=off,reason=\"it is <late>, 100%\"\n```\n",
    );
    let prints = |text: &str| format!("fn main() {{\n    println!(\"{text}\");\n}}\n");
    project.write("docs/examples/prints.rs", &prints(r"100%:\tone"));
    project.run(&["record", "--book", "docs"]).succeeds();
    for run in ["hello", "prints"] {
        slow_down(&project, run);
    }
    // The output must break neither XML nor GitHub's log.
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

/// Replaces the measured times in a text.
fn without_times(text: &str) -> String {
    let took = Regex::new(r"took \d+\.\d\d s").unwrap();
    took.replace_all(text, "took [TIME] s").into_owned()
}

#[test]
fn github_shows_each_finding_at_its_line() {
    let project = everything();
    let (status, output) = check(&project, &["--format", "github", "--repeat", "1"]);
    assert_eq!(status, Some(1));
    let token = output.stdout.lines().next().unwrap();
    let token = token.strip_prefix("::stop-commands::").unwrap();
    assert_eq!(token.len(), 64);
    assert!(
        output.stdout.contains(&format!("\n::{token}::\n::error ")),
        "{}",
        output.stdout
    );
    snapshot(
        "github",
        &without_times(&output.stdout.replace(token, "[TOKEN]")),
    );

    // GitHub's workspace decides to which folder the paths are relative.
    let mut command = project.command(&["check", "--format", "github", "--repeat", "1"]);
    command
        .current_dir(project.path("docs"))
        .env("GITHUB_WORKSPACE", project.path(""))
        .env("GITHUB_STEP_SUMMARY", project.path("summary.md"));
    let output = project.output(command, b"");
    assert!(
        output
            .stdout
            .contains("\n::error file=docs/src/a%2Cb.md,line=3,"),
        "{}",
        output.stdout
    );
    snapshot(
        "github-summary",
        &without_times(&project.read("summary.md")),
    );
}

#[test]
fn junit_is_xml_whatever_a_program_prints() {
    let project = everything();
    let (status, output) = check(&project, &["--format", "junit", "--repeat", "1"]);
    assert_eq!(status, Some(1));
    assert!(
        output.stderr.ends_with("1 of 2 runs differs, 1 orphaned\n"),
        "{}",
        output.stderr
    );
    let read = Report::deserialize_from_str(&output.stdout).unwrap();
    assert_eq!((read.tests, read.failures), (4, 2));
    assert!(!output.stdout.contains(['\0', '\u{1b}', '\u{ffff}']));
    let mut parts = output.stdout.split(" time=\"");
    let mut text = parts.next().unwrap().to_owned();
    for part in parts {
        let (time, rest) = part.split_once('"').unwrap();
        assert!(time.parse::<f64>().is_ok(), "{time}");
        text.push_str(&format!(" time=\"[TIME]\"{rest}"));
    }
    snapshot("junit", &without_times(&text));
}

/// The runs are not recorded, so that nothing needs to be built.
#[test]
fn each_run_is_in_one_part() {
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
                let (_, output) = check(&project, &["--format", "json", "--partition", &part]);
                let runs = checked(&output);
                let has_orphans = runs.iter().any(|run| run == "old");
                assert_eq!(
                    has_orphans,
                    part.ends_with(&format!("1/{of}")) && !part.ends_with(&format!("11/{of}")),
                    "{part}"
                );
                together.extend(runs);
            }
            together.sort();
            let mut all = all.clone();
            all.sort();
            assert_eq!(together, all, "{way}{of}");
        }
    }
    let (status, output) = check(&project, &["--partition", "20/20"]);
    assert_eq!(status, Some(0));
    assert_eq!(
        output.stdout,
        "no run was checked; 8 runs in other parts than 20/20\n"
    );
    let (status, output) = check(&project, &["--partition", "6/5"]);
    assert_eq!(status, Some(2));
    assert!(
        output
            .stderr
            .contains("expected a part from 1 to 5, found 6"),
        "{}",
        output.stderr
    );
}

/// Runs git in the project's folder, without the user's and the system's settings.
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

/// A repository with three recorded runs, all committed.
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
        let output = check(&project, &args).1;
        (checked(&output), output.stderr)
    };
    let (runs, log) = since("HEAD");
    assert_eq!(runs, [] as [&str; 0]);
    assert!(
        log.contains("left out: 3, not touched since `HEAD`"),
        "{log}"
    );
    let (status, output) = check(&project, &["--changed-since", "main"]);
    assert_eq!(status, Some(0));
    assert_eq!(
        output.stdout,
        "no run was checked; 3 runs not touched since `main`\n"
    );

    // A changed chapter; `hello-x` compares its time with the one of `hello`.
    let chapter = project.read("docs/src/a,b.md");
    project.write("docs/src/a,b.md", &format!("Words.\n\n{chapter}"));
    assert_eq!(since("HEAD").0, ["hello", "reads", "hello-x"]);
    commit(&project);
    assert_eq!(since("HEAD").0, [] as [&str; 0]);
    assert_eq!(since("HEAD~1").0, ["hello", "reads", "hello-x"]);

    // A changed file that a program includes: before the run is recorded again, and after the commit.
    project.write("docs/examples/dä \"ta\".txt", "two");
    assert_eq!(since("HEAD").0, ["reads"]);
    project.run(&["record", "--book", "docs"]).succeeds();
    commit(&project);
    assert_eq!(since("HEAD").0, [] as [&str; 0]);
    assert_eq!(since("HEAD~1").0, ["reads"]);
    let (_, output) = check(&project, &["--changed-since", "HEAD~1", "--repeat", "1"]);
    let expected = "1 run holds, executed once; 2 runs not touched since `HEAD~1`\n";
    assert!(output.stdout.ends_with(expected), "{}", output.stdout);

    // A changed recording, and an untracked chapter.
    slow_down(&project, "hello-x");
    assert_eq!(since("HEAD").0, ["hello-x"]);
    git(&project, &["checkout", "-q", "."]);
    git(&project, &["rm", "-q", "--cached", "docs/src/b.md"]);
    git(&project, &["commit", "-qm", "x"]);
    assert_eq!(since("HEAD").0, ["hello-x"]);
    commit(&project);

    // A renamed chapter.
    git(&project, &["mv", "docs/src/b.md", "docs/src/c.md"]);
    project.change(
        "docs/src/SUMMARY.md",
        "b.md)\n- [B](b.md",
        "b.md)\n- [B](c.md",
    );
    assert_eq!(since("HEAD").0, ["hello-x"]);
    commit(&project);

    // A new run without a recording, and a part of the affected runs.
    project.write(
        "docs/src/c.md",
        "```rust,example=hello,args=new\n```\n\n```rust,example=hello,args=x\n```\n",
    );
    assert_eq!(since("HEAD").0, ["hello-new", "hello-x"]);
    let names = ["hello", "c.md"];
    let options = ["--repeat=1", "--changed-since=HEAD", "--partition=2/2"];
    let (_, output) = check(&project, &[&names[..], &options[..]].concat());
    let expected = "1 run holds, executed once; 1 run not touched since `HEAD`; 1 run in other parts than 2/2\n";
    assert!(output.stdout.ends_with(expected), "{}", output.stdout);

    // A file that affects every program.
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
        let (status, output) = check(&project, &["--changed-since", commit]);
        assert_eq!(status, Some(2), "{}", output.stdout);
        output.stderr
    };
    let mut errors = vec![since("HEAD")];
    // The text of git's own message depends on its version.
    errors[0] = errors[0]
        .lines()
        .filter(|line| !line.starts_with("fatal: "))
        .collect::<Vec<_>>()
        .join("\n");
    git(&project, &["init", "-q"]);
    commit(&project);
    errors.push(since("man"));
    let (_, output) = check(&project, &["--changed-since=--output=x"]);
    errors.push(output.stderr);
    fs::write(project.path(".git/shallow"), "").unwrap();
    errors.push(since("main~1"));
    let mut command = project.command(&["check", "--book", "docs", "--changed-since", "main"]);
    command.env("PATH", "");
    errors.push(project.output(command, b"").fails().stderr.clone());
    snapshot("changed-since", &errors.join("\n"));
}

/// CI systems cache dependencies with such wrappers, for example sccache.
#[cfg(target_os = "linux")]
#[test]
fn a_compiler_wrapper_is_called() {
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
        let output = project.output(command, b"");
        output.succeeds();
        let calls = fs::read_to_string(&log).unwrap();
        let calls = calls
            .lines()
            .filter(|call| call.contains("--crate-name hello"));
        let observed = calls.clone().filter(|call| call.contains("prefer-dynamic"));
        (output.stdout, calls.count(), observed.count())
    };
    assert_eq!(calls_of(&["build", "docs"]).1, 1);
    let (output, calls, observed) = calls_of(&["record", "--book", "docs"]);
    assert!(output.contains("3 of 3 pairs of lines proved"), "{output}");
    assert_eq!((calls, observed), (1, 1));
    project.change("docs/examples/hello.rs", "fn main", "// New.\nfn main");
    project.run(&["record", "--book", "docs"]).succeeds();
    let (output, ..) = calls_of(&["check", "--book", "docs"]);
    assert!(
        output.ends_with("1 run holds, executed at least 3 times\n"),
        "{output}"
    );
}

#[test]
fn color_follows_the_environment() {
    let project = in_docs("```rust,example=hello\n```\n", "Nothing.\n");
    let with = |variables: &[&str]| {
        let mut command = project.command(&["check", "--book", "docs"]);
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command.envs(variables.iter().map(|name| (name, "1")));
        project.output(command, b"").stdout
    };
    assert!(with(&["CLICOLOR_FORCE"]).contains("\u{1b}["));
    assert!(!with(&["CLICOLOR_FORCE", "NO_COLOR"]).contains('\u{1b}'));
    assert!(!with(&[]).contains('\u{1b}'));
}
