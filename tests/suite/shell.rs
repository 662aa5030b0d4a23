//! Shell sessions: a shell executes them if the book allows it.

use std::fs;

use crate::failures::snapshot_of_build;
use crate::project::{Project, between, outputs};

const CHAPTER: &str = "# A session

```console,run
$ named
$ echo 'two words' > note && cat note
$ for i in 1 2
> do echo \"{{#include $i}}\"
> done
$ echo \"$HOME_OF_NOBODY\" >&2; ls
```

A further one, in a folder of its own:

```console,run,exit=3,timing=off,name=status,env=\"STATUS=3\"
$ ls
$ exit $STATUS
$ echo never
```
";

/// A book whose second chapter has shell sessions, with the permission to execute them.
fn project() -> Project {
    let project = Project::from("pages");
    project.write("src/deep/more.md", CHAPTER);
    project.write("src/programs.md", "# Nothing\n");
    project.change("book.toml", "before", "shell = true\nbefore");
    project
}

#[test]
fn a_shell_executes_the_commands_in_order() {
    let project = project();
    project.run(&["build"]).succeeds();
    let page = project.read("book/deep/more.html");
    let shown = outputs(&page);
    let session = "$ named\na named one\n$ echo 'two words' > note && cat note\ntwo words\n\
                   $ for i in 1 2\n> do echo \"{{#include $i}}\"\n> done\n{{#include 1}}\n{{#include 2}}\n\
                   $ echo \"$HOME_OF_NOBODY\" >&2; ls\n\nnote\n";
    assert!(shown[0].starts_with(session), "{}", shown[0]);
    assert!(shown[0].contains("\nexit 0 · "), "{}", shown[0]);
    assert_eq!(shown[1], "$ ls\n$ exit $STATUS");
    let prompts = between(&page, "<figure", "</figure>");
    assert!(prompts.contains("<span class=\"transcript-prompt\">$ named\n</span>"));
    // A session is stale after a change of a program that it names.
    project.change("programs/examples/named.rs", "a named one", "another");
    let output = project.run(&["build", "-v"]);
    output.succeeds();
    assert!(
        output
            .stderr
            .contains("programs/examples/named.rs` has changed"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("`status`: fresh"),
        "{}",
        output.stderr
    );
    let page = project.read("book/deep/more.html");
    assert!(outputs(&page)[0].starts_with("$ named\nanother\n"));
}

#[test]
fn recordings_of_shell_sessions_are_checked() {
    let project = project();
    project.run(&["record"]).succeeds();
    let recorded = project.read("examples/transcripts/deep-more-shell-1.transcript");
    assert!(
        recorded.contains("\nshell: deep-more-shell-1\n"),
        "{recorded}"
    );
    assert!(
        recorded.contains(" programs/examples/named.rs\n"),
        "{recorded}"
    );
    let output = project.run(&["check"]);
    assert!(
        output
            .stdout
            .ends_with("2 runs hold, each executed at least 3 times\n"),
        "{}",
        output.stdout
    );
    project.change("programs/examples/named.rs", "a named one", "another");
    let output = project.run(&["check"]);
    output.fails();
    assert!(
        output.stdout.contains("error[TEXT]: `deep-more-shell-1`"),
        "{}",
        output.stdout
    );
}

#[test]
fn a_book_must_opt_in_to_shell_sessions() {
    let project = project();
    project.change("book.toml", "shell = true\n", "");
    snapshot_of_build("shell-off", &project);
    project.change("book.toml", "before", "shell = true\nbefore");
    project.write(
        "src/deep/more.md",
        "```console,run\n$ named\na named one\n```\n\n```console,run\n```\n\n\
         ```console,run,args=1,nmae=a\n$ ls\n```\n\n```console,run,exit=1\n$ no-such-program\n```\n\n\
         ```bash,run\nnone of ours\n```\n",
    );
    snapshot_of_build("shell-wrong", &project);
    project.write(
        "src/deep/more.md",
        "```console,run,exit=1\n$ no-such-program\n```\n",
    );
    snapshot_of_build("shell-failing", &project);
}

#[test]
fn changed_commands_are_executed_again() {
    let project = project();
    project.run(&["build"]).succeeds();
    // Neither the shell nor the named program changes.
    project.change("src/deep/more.md", "'two words'", "'three words'");
    project.run(&["build"]).succeeds();
    let page = project.read("book/deep/more.html");
    assert!(outputs(&page)[0].contains("\nthree words\n"), "{page}");
}

#[test]
fn prompts_are_recognized_after_any_output() {
    let project = project();
    project.write(
        "src/deep/more.md",
        "```console,run\n$ cat <<EOF\n> a\n>\n> b\n> EOF\n$ printf c\n$ ls\n$ echo d\n```\n",
    );
    project.run(&["build"]).succeeds();
    let page = project.read("book/deep/more.html");
    let session = "$ cat <<EOF\n> a\n>\n> b\n> EOF\na\n\nb\n$ printf c\nc$ ls\n$ echo d\nd\n";
    assert!(
        outputs(&page)[0].starts_with(session),
        "{}",
        outputs(&page)[0]
    );
    assert!(page.contains("aria-label=\"Output of cat &lt;&lt;EOF …; printf c; ls; echo d\""));
    assert!(
        page.contains("<span class=\"transcript-prompt\">$ echo d\n</span>"),
        "{page}"
    );
    let output = project.run(&["list"]);
    assert!(
        output.stdout.contains("cat <<EOF …; printf c"),
        "{}",
        output.stdout
    );
}

#[test]
fn output_shown_by_another_fence_has_its_prompts_once() {
    let project = project();
    project.write(
        "src/deep/more.md",
        "```console,run,name=session\n$ echo a\n```\n\n```console,output=session\n```\n",
    );
    project.run(&["build"]).succeeds();
    let shown = outputs(&project.read("book/deep/more.html"));
    for shown in &shown {
        assert!(shown.starts_with("$ echo a\na\n"), "{shown}");
    }
    assert_eq!(shown.len(), 2);
}

/// A session of these commands on a page, as its figure shows it.
fn session(project: &Project, commands: &str) -> String {
    project.write(
        "src/deep/more.md",
        &format!("```console,run,timing=off\n{commands}```\n"),
    );
    project.run(&["build"]).succeeds();
    outputs(&project.read("book/deep/more.html")).swap_remove(0)
}

#[test]
fn a_command_sees_the_status_of_the_previous_one() {
    let project = project();
    let shown = session(
        &project,
        "$ false || echo failed\n$ ! true\n$ echo $?\n$ (exit 3) && echo no\n$ echo $?\n$ echo $?\n\
         $ set +e\n$ sh -c 'exit 7'\n$ echo $?\n",
    );
    assert_eq!(
        shown,
        "$ false || echo failed\nfailed\n$ ! true\n$ echo $?\n1\n$ (exit 3) && echo no\n$ echo $?\n3\n\
         $ echo $?\n0\n$ set +e\n$ sh -c 'exit 7'\n$ echo $?\n7"
    );
}

/// The tool adds no visible command, variable, function or trace to a session.
#[test]
fn a_session_has_only_the_authors_commands() {
    let project = project();
    let shown = session(
        &project,
        "$ set -x\n$ echo a\n$ ! true\n$ set +x\n$ trap\n$ jobs\n$ echo \"$# $-\"\n\
         $ printf() { echo mine; }\n$ printf\n$ set -u\n",
    );
    assert_eq!(
        shown,
        "$ set -x\n$ echo a\n+ echo a\na\n$ ! true\n+ true\n$ set +x\n+ set +x\n$ trap\n$ jobs\n\
         $ echo \"$# $-\"\n0 e\n$ printf() { echo mine; }\n$ printf\nmine\n$ set -u",
    );
    let shown = session(&project, "$ set\n$ env\n$ ls /proc/self/fd\n");
    for ours in ["printf", "LD_", "TRANSCRIPT", "STRING"] {
        let mut lines = shown.lines().filter(|line| !line.starts_with("PATH="));
        assert_eq!(lines.find(|line| line.contains(ours)), None, "{shown}");
    }
    // stdin, stdout, stderr, the folder that `ls` reads, and files that this test has been left open by its own caller.
    let open = shown.lines().filter(|line| line.parse::<u32>().is_ok());
    assert_eq!(open.count(), 4 + left_open(), "{shown}");
    // The observer's variables are not in a recording either.
    project.run(&["record"]).succeeds();
    let recorded = project.read("examples/transcripts/deep-more-shell-1.transcript");
    assert!(!recorded.contains("TRANSCRIPT_OBSERVER"), "{recorded}");
}

/// The number of files beyond stdin, stdout and stderr that each program inherits from this process.
fn left_open() -> usize {
    const CLOSED_ON_EXEC: u32 = 0o2_000_000;
    let numbers = fs::read_dir("/proc/self/fdinfo").unwrap();
    let numbers =
        numbers.filter_map(|file| file.unwrap().file_name().to_str()?.parse::<u32>().ok());
    let is_left_open = |number: &u32| {
        let info = fs::read_to_string(format!("/proc/self/fdinfo/{number}")).unwrap_or_default();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
        let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
        flags.is_some_and(|flags| flags & CLOSED_ON_EXEC == 0)
    };
    numbers
        .filter(|&number| number > 2)
        .filter(is_left_open)
        .count()
}

#[test]
fn commands_that_were_never_reached_are_reported() {
    let project = project();
    project.write(
        "src/deep/more.md",
        "```console,run\n$ echo one\n$ exit 0\n$ echo never\n```\n\n\
         ```console,run,exit=1,stream=stderr\n$ false\n$ echo neither\n$ for i in 1\n> do echo $i\n> done\n```\n\n\
         ```console,run\n$ exec true\n$ echo no\n```\n",
    );
    for command in [&["build"][..], &["record"], &["build"], &["record"]] {
        let output = project.run(command);
        output.succeeds();
        for warning in [
            "warning: `deep-more-shell-1`: the last command is not on the page",
            "never reached:\n          $ echo never\n",
            "the session ended with `$ exit 0`: remove the others",
            "warning: `deep-more-shell-2`: the last 2 commands are not on the page",
            "$ echo neither\n          $ for i in 1\n          > do echo $i\n",
            "warning: `deep-more-shell-3`: the last command is not on the page",
        ] {
            assert!(
                output.stderr.contains(warning),
                "{command:?}: {}",
                output.stderr
            );
        }
    }
}

#[test]
fn a_session_that_starts_cargo_gets_help_with_program_names() {
    let project = project();
    project.write(
        "src/deep/more.md",
        "```console,run\n$ cargo run --example named\n```\n",
    );
    let output = project.run(&["build"]).fails().errors();
    let help = "the programs of the workspace are on its PATH: write `$ named` instead of `$ cargo run --example named`";
    assert!(output.contains(help), "{output}");
}
