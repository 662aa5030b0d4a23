//! The package, the workflows and the templates for CI: their scripts, run here against small books, and the names and
//! versions on which they must agree.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use toml::Table;

use crate::project::{Output, PROGRAM, Project};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const MANIFEST: &str = include_str!("../../Cargo.toml");
const ACTION: &str = include_str!("../../action.yml");
const TEMPLATE: &str = include_str!("../../templates/gitlab.yml");
const CI: &str = include_str!("../../.github/workflows/ci.yml");
const RELEASE: &str = include_str!("../../.github/workflows/release.yml");
const GUIDE: &str = include_str!("../../guide/ci.md");

/// The first script after a line of a workflow.
#[track_caller]
fn script(workflow: &str, line: &str) -> String {
    let mut lines = workflow.lines().skip_while(|it| it.trim() != line).skip(1);
    let first = lines.by_ref().find_map(|it| {
        let it = it.trim();
        it.strip_prefix("run: ").or(it.strip_prefix("- "))
    });
    let first = first.unwrap_or_else(|| panic!("no script after {line:?}"));
    if first != "|" {
        return first.to_owned();
    }
    let mut lines = lines.peekable();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let by = indent(lines.peek().unwrap());
    let block = lines.take_while(|it| it.trim().is_empty() || indent(it) >= by);
    let block: Vec<&str> = block.map(|it| it.get(by..).unwrap_or_default()).collect();
    block.join("\n") + "\n"
}

/// Runs a script as GitHub and GitLab do, with the tested program in the PATH.
fn bash(project: &Project, script: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = project.command(&[]);
    let path = std::env::var("PATH").unwrap();
    let program = Path::new(PROGRAM).parent().unwrap().display();
    let mut bash = Command::new("bash");
    bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
        .current_dir(command.get_current_dir().unwrap())
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("GITHUB_WORKSPACE")
        .env_remove("GITHUB_STEP_SUMMARY")
        .env("PATH", format!("{program}:{path}"))
        .envs(variables.iter().copied());
    command = bash;
    project.output(command, b"")
}

fn book() -> Project {
    let project = Project::recorded(
        "greeting",
        "",
        "fn main() {\n    println!(\"good morning\");\n}\n",
    );
    let git = "git init --quiet && git add --all && \
        git -c user.name=me -c user.email=me@example.com commit --quiet --message first";
    bash(&project, git, &[]).succeeds();
    project
}

fn break_it(project: &Project) {
    project.change("examples/greeting.rs", "morning", "evening");
}

/// The targets of the release's binaries.
fn targets() -> Vec<&'static str> {
    let targets = RELEASE
        .lines()
        .filter_map(|it| it.trim().strip_prefix("- target: "));
    targets.collect()
}

/// A release of an executable with this text, as the workflow's scripts make it, in `release/vVERSION`.
fn released(project: &Project, executable: &str) {
    let tag = format!("v{VERSION}");
    let folder = format!("release/{tag}");
    fs::create_dir_all(project.path(&folder)).unwrap();
    for file in ["README.md", "CHANGELOG.md", "LICENSE-MIT"] {
        project.write(&format!("{folder}/{file}"), "");
    }
    for target in targets() {
        let built = format!("{folder}/target/{target}/release");
        fs::create_dir_all(project.path(&built)).unwrap();
        let suffix = if target.contains("windows") {
            ".exe"
        } else {
            ""
        };
        let file = format!("{built}/mdbook-transcript{suffix}");
        project.write(&file, executable);
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(project.path(&file), executable).unwrap();
        let pack = format!("cd {folder}\n{}", script(RELEASE, "- name: Pack"));
        bash(project, &pack, &[("TAG", &tag), ("TARGET", target)]).succeeds();
    }
    let sums = script(RELEASE, "- name: List the checksums");
    bash(project, &format!("cd {folder}\n{sums}"), &[]).succeeds();
}

/// The tool's sources and the observer's, which the tool compiles at run time; no tests, books or pictures.
#[test]
fn the_package_contains_what_the_tool_is_built_from() {
    let list = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .args(["--package", env!("CARGO_PKG_NAME")])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(list.status.success(), "{list:?}");
    let list = String::from_utf8(list.stdout).unwrap();
    let files: BTreeSet<&str> = list.lines().collect();
    let compiled = include_str!("../../src/observe/compile.rs");
    let (_, sources) = compiled.split_once("= sources![").unwrap();
    let (sources, _) = sources.split_once(']').unwrap();
    let sources: Vec<&str> = sources.split('"').skip(1).step_by(2).collect();
    assert!(sources.len() > 40);
    for source in sources {
        let file = format!("observer/{source}");
        assert!(files.contains(&*file), "the package lacks {file}");
    }
    for file in files {
        let is_known = ["src/", "observer/", "Cargo.", "LICENSE-"]
            .iter()
            .any(|start| file.starts_with(start))
            || [".cargo_vcs_info.json", "README.md", "CHANGELOG.md"].contains(&file);
        assert!(is_known, "the package has {file}");
        let test = ["model.rs", "story.rs", "turns.rs"].map(|name| format!("observer/{name}"));
        assert!(!test.contains(&file.to_owned()), "the package has {file}");
    }
}

#[test]
fn versions_agree() {
    assert!(ACTION.contains(&format!(
        "The version of mdbook-transcript\n    default: \"{VERSION}\"\n"
    )));
    assert!(TEMPLATE.contains(&format!("\n  TRANSCRIPT_VERSION: \"{VERSION}\"\n")));
    let ours = env!("CARGO_PKG_REPOSITORY").trim_start_matches("https://github.com/");
    let uses: Vec<&str> = GUIDE.split(&format!("uses: {ours}@")).skip(1).collect();
    assert!(uses.len() >= 2);
    let start = format!("v{VERSION}\n");
    assert!(uses.iter().all(|it| it.starts_with(&start)), "{uses:?}");
    assert!(GUIDE.contains(&format!("{ours}/v{VERSION}/templates/gitlab.yml\n")));

    let rust = env!("CARGO_PKG_RUST_VERSION");
    assert!(CI.contains(&format!("rustup toolchain install {rust} ")));
    assert!(CI.contains(&format!("cargo +{rust} build ")));
    for document in [
        include_str!("../../README.md"),
        include_str!("../../guide/first.md"),
    ] {
        assert!(document.contains(&format!("Rust toolchain ({rust} or later)")));
    }
}

/// The guide gives the action inputs that it has.
#[test]
fn the_guide_knows_the_inputs_of_the_action() {
    let (_, inputs) = ACTION.split_once("\ninputs:\n").unwrap();
    let (inputs, _) = inputs.split_once("\nruns:\n").unwrap();
    let inputs: BTreeSet<&str> = inputs
        .lines()
        .filter_map(|it| it.strip_prefix("  ")?.strip_suffix(':'))
        .collect();
    assert!(inputs.len() > 4, "{inputs:?}");
    for input in &inputs {
        assert!(GUIDE.contains(&format!("| `{input}` |")), "{input}");
    }
    let uses = GUIDE.split("uses: mdbook-transcript/").skip(1);
    for step in uses {
        let with = step.lines().skip(2);
        let keys = with.map_while(|it| it.strip_prefix("          ")?.split_once(':'));
        for (key, _) in keys {
            assert!(inputs.contains(key), "action.yml has no input {key}");
        }
    }
}

/// `cargo binstall` looks for the names that the release's script gives.
#[test]
fn binstall_finds_the_release() {
    let manifest: Table = toml::from_str(MANIFEST).unwrap();
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let expand = |key: &str, target: &str| {
        let suffix = if target.contains("windows") {
            ".exe"
        } else {
            ""
        };
        let template = binstall[key].as_str().unwrap();
        [
            ("{ repo }", env!("CARGO_PKG_REPOSITORY")),
            ("{ name }", env!("CARGO_PKG_NAME")),
            ("{ bin }", env!("CARGO_PKG_NAME")),
            ("{ version }", VERSION),
            ("{ target }", target),
            ("{ binary-ext }", suffix),
        ]
        .iter()
        .fold(template.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        })
    };
    let project = Project::empty();
    released(
        &project,
        &format!("#!/bin/sh\necho mdbook-transcript {VERSION}\n"),
    );
    assert!(targets().len() >= 5);
    let sums = project.read(&format!("release/v{VERSION}/SHA256SUMS"));
    for target in targets() {
        let url = expand("pkg-url", target);
        let releases = format!("{}/releases/download/", env!("CARGO_PKG_REPOSITORY"));
        let file = url.strip_prefix(&releases).unwrap();
        assert!(sums.contains(file.split_once('/').unwrap().1), "{sums}");
        let list = bash(&project, &format!("tar -tzf release/{file}"), &[]);
        let program = expand("bin-dir", target);
        let mut packed = list.succeeds().stdout.lines();
        assert!(packed.any(|it| it == program), "{program}: {}", list.stdout);
    }
    assert!(TEMPLATE.contains(&format!(
        "{}/releases/download\n",
        env!("CARGO_PKG_REPOSITORY")
    )));
}

/// A binary that reports another version isn't released.
#[test]
fn a_release_is_of_its_tag() {
    let project = Project::empty();
    project.write(
        "Cargo.toml",
        "[package]\nversion = \"1.2.3\"\n[dependencies.x]\nversion = \"4\"\n",
    );
    let changelog = "# Changelog\n\n## Unreleased\n\nnew\n\n## 1.2.3 (2026-01-02)\n\n### Features\n\n- this\n\n## 1.2.2\n\nold\n";
    project.write("CHANGELOG.md", changelog);
    let script = script(RELEASE, "- name: Take the notes from the changelog");
    bash(&project, &script, &[("TAG", "v1.2.3")]).succeeds();
    assert_eq!(
        project.read("notes.md").trim(),
        "### Features\n\n- this".trim()
    );
    let other = bash(&project, &script, &[("TAG", "v1.2.4")]);
    let message = "expected the tag v1.2.3, the version of Cargo.toml, found v1.2.4\n";
    assert_eq!((other.status, &*other.stderr), (Some(1), message));
    project.write(
        "CHANGELOG.md",
        &changelog.replace("## 1.2.3 (", "## 1.2.30 ("),
    );
    let none = bash(&project, &script, &[("TAG", "v1.2.3")]);
    let message = "expected notes on 1.2.3 in CHANGELOG.md, found none\n";
    assert_eq!((none.status, &*none.stderr), (Some(1), message));
}

#[test]
fn the_action_checks_a_book() {
    let project = book();
    let script = script(ACTION, "- name: Check");
    let all = [("BOOK", "."), ("PARTITION", ""), ("SINCE", "")];
    let green = bash(&project, &script, &all);
    assert_eq!(green.status, Some(0), "{}", green.stderr);
    assert!(green.stdout.contains("1 run holds"), "{}", green.stdout);

    break_it(&project);
    let red = bash(&project, &script, &all);
    assert_eq!(red.status, Some(1), "{}", red.stderr);
    let annotation = "\n::error file=src/greeting.md,line=3,";
    assert!(red.stdout.contains(annotation), "{}", red.stdout);

    let parts = [("BOOK", "."), ("PARTITION", "2/2"), ("SINCE", "HEAD")];
    let other_part = bash(&project, &script, &parts);
    assert_eq!(other_part.status, Some(0), "{}", other_part.stderr);
    let elsewhere = [("BOOK", "no book"), ("PARTITION", ""), ("SINCE", "")];
    assert_eq!(bash(&project, &script, &elsewhere).status, Some(2));
}

#[test]
fn the_template_for_gitlab_installs_and_checks() {
    let project = book();
    released(&project, &format!("#!/bin/sh\nexec {PROGRAM} \"$@\"\n"));
    let install = script(TEMPLATE, "before_script:");
    let both = format!("{install}\n{}", script(TEMPLATE, "script:"));
    let here = project.path("").display().to_string();
    let (home, releases) = (
        format!("{here}/cargo-home"),
        format!("file://{here}/release"),
    );
    let variables = [
        ("CARGO_HOME", &*home),
        ("TRANSCRIPT_RELEASES", &*releases),
        ("TRANSCRIPT_VERSION", VERSION),
        ("TRANSCRIPT_BOOK", "."),
        ("CI_NODE_INDEX", "1"),
        ("CI_NODE_TOTAL", "2"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "HEAD"),
    ];
    bash(&project, &both, &variables[..4]).succeeds();
    assert!(project.read("check.xml").contains("tests=\"1\""));

    break_it(&project);
    let red = bash(&project, &both, &variables);
    assert_eq!(red.status, Some(1), "{}", red.stderr);
    assert!(project.read("check.xml").contains("failures=\"1\""));
    let status = bash(&project, "git status --short cargo-home", &[]);
    assert_eq!(status.stdout, "");

    // An archive that isn't the released one.
    let archive =
        format!("release/v{VERSION}/mdbook-transcript-v{VERSION}-x86_64-unknown-linux-musl.tgz");
    project.write(&archive, "another");
    let refused = bash(&project, &install, &variables);
    assert_eq!(refused.status, Some(1));
    assert!(refused.stdout.contains(": FAILED"), "{}", refused.stdout);
}
