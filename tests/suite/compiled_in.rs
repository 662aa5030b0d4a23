//! A program that was compiled with a variable or a field of its manifest is stale when that changes.

use std::fs;

use crate::cargo::{book, shown};
use crate::project::{Output, Project};

const PROGRAM: &str = "fn main() {\n    println!(\"version {}\", env!(\"CARGO_PKG_VERSION\"));\n    \
    println!(\"{:?} {}\", option_env!(\"GREETING\"), common::version());\n    \
    println!(\"{}\", env!(\"FROM_SCRIPT\"));\n}\n";

const SCRIPT: &str = "fn main() {\n    println!(\"cargo::rerun-if-env-changed=WATCHED\");\n    \
    println!(\"cargo::rerun-if-changed=absent\");\n    \
    let watched = std::env::var(\"WATCHED\").unwrap_or_default();\n    \
    println!(\"cargo::rustc-env=FROM_SCRIPT=watched {watched}\");\n}\n";

/// A program that prints its version and that of a library, which inherits it, and two variables.
fn about() -> Project {
    let project = book("about", PROGRAM, "```console,output=about\n```\n");
    let manifest = project.read("programs/Cargo.toml").replace(
        "[workspace]",
        "[dependencies]\ncommon = { path = \"common\" }\n\n[workspace]\n\n\
         [workspace.package]\nversion = \"0.3.0\"",
    );
    project.write("programs/Cargo.toml", &manifest);
    project.write("programs/build.rs", SCRIPT);
    fs::create_dir_all(project.path("programs/common/src")).unwrap();
    project.write(
        "programs/common/Cargo.toml",
        "[package]\nname = \"common\"\nversion.workspace = true\nedition = \"2024\"\n",
    );
    project.write(
        "programs/common/src/lib.rs",
        "pub fn version() -> &'static str {\n    env!(\"CARGO_PKG_VERSION\")\n}\n",
    );
    project
}

fn run(project: &Project, command: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = project.command(&[command]);
    command.env_remove("GREETING").env_remove("WATCHED");
    command.envs(variables.iter().copied());
    project.output(command, b"")
}

/// The change that makes the only run stale; `None`: it is fresh.
fn changed(project: &Project, variables: &[(&str, &str)]) -> Option<String> {
    let output = run(project, "list", variables);
    let listed = &output.succeeds().stdout;
    assert!(
        listed.contains("fresh") || listed.contains("stale"),
        "{listed}"
    );
    let mut fates = [" has changed", " is no longer set"].iter();
    let before = fates.find_map(|fate| listed.split_once(fate))?.0;
    before.split_whitespace().last().map(str::to_owned)
}

#[test]
fn a_changed_compiled_in_value_makes_a_recording_stale() {
    let project = about();
    run(&project, "record", &[]).succeeds();
    assert_eq!(changed(&project, &[]), None);

    let manifest = "programs/Cargo.toml";
    for (old, new, expected) in [
        (
            "\"0.1.0\"",
            "\"0.2.0\"",
            Some("programs/Cargo.toml#version"),
        ),
        (
            "\"0.3.0\"",
            "\"0.4.0\"",
            Some("programs/common/Cargo.toml#version"),
        ),
        // The program does not know it.
        ("edition", "description = \"new\"\nedition", None),
    ] {
        project.change(manifest, old, new);
        assert_eq!(changed(&project, &[]).as_deref(), expected, "{new}");
        project.change(manifest, new, old);
        assert_eq!(changed(&project, &[]), None, "{old}");
    }
    for (name, expected) in [
        ("GREETING", Some("programs/$GREETING")),
        ("WATCHED", Some("programs/$WATCHED")),
        // The script sets it, and another program may read it.
        ("FROM_SCRIPT", None),
        ("OTHER", None),
    ] {
        assert_eq!(
            changed(&project, &[(name, "new")]).as_deref(),
            expected,
            "{name}"
        );
    }

    // The variable of Cargo's settings is that of the compiler, unless the environment has one.
    fs::create_dir_all(project.path("programs/.cargo")).unwrap();
    let settings = "programs/.cargo/config.toml";
    for (text, variables, is_stale) in [
        ("GREETING = \"hi\"", &[][..], true),
        ("GREETING = { value = \"hi\", force = true }", &[], true),
        ("GREETING = { value = \"hi\", relative = true }", &[], true),
        ("OTHER = \"hi\"", &[], false),
    ] {
        project.write(settings, &format!("[env]\n{text}\n"));
        assert_eq!(changed(&project, variables).is_some(), is_stale, "{text}");
    }
    project.write(settings, "[env]\nGREETING = \"hi\"\n");
    run(&project, "record", &[]).succeeds();
    assert_eq!(changed(&project, &[]), None);
    assert_eq!(changed(&project, &[("GREETING", "hi")]), None);
    assert!(changed(&project, &[("GREETING", "hello")]).is_some());
    project.write(
        settings,
        "[env]\nGREETING = { value = \"hi\", force = true }\n",
    );
    assert_eq!(changed(&project, &[("GREETING", "hello")]), None);
}

#[test]
fn a_recording_shows_compiled_in_values_without_a_process() {
    let project = about();
    run(&project, "record", &[]).succeeds();
    let mut command = project.command(&["build"]);
    command
        .env_remove("GREETING")
        .env("PATH", "")
        .env("CARGO", "/nowhere/cargo");
    project.output(command, b"").succeeds();
    assert_eq!(shown(&project), ["version 0.1.0", "None 0.3.0", "watched"]);

    // An older version of this program did not record variables and fields.
    let recording = "examples/transcripts/about.transcript";
    let text = project.read(recording);
    let is_newer = |line: &&str| line.contains('#') || line.contains('$');
    assert_eq!(text.lines().filter(is_newer).count(), 4, "{text}");
    let older: Vec<&str> = text.lines().filter(|line| !is_newer(line)).collect();
    project.write(recording, &(older.join("\n") + "\n"));
    project.change("programs/Cargo.toml", "0.1.0", "0.2.0");
    assert_eq!(changed(&project, &[]), None);
}

#[test]
fn a_build_uses_variables_and_settings() {
    let project = about();
    project.write(
        "src/programs.md",
        "```console,output=about\n```\n\n```rust,example\nprintln!(\"{:?}\", option_env!(\"GREETING\"));\n```\n",
    );
    let greeted = |greeting: &[(&str, &str)]| {
        run(&project, "build", greeting).succeeds();
        let shown = shown(&project);
        (shown[1].clone(), shown[3].clone())
    };
    let both = |greeting: &str| (format!("{greeting} 0.3.0"), greeting.to_owned());
    assert_eq!(greeted(&[]), both("None"));
    assert_eq!(greeted(&[("GREETING", "hi")]), both("Some(\"hi\")"));
    assert_eq!(greeted(&[]), both("None"));
    fs::create_dir_all(project.path("programs/.cargo")).unwrap();
    project.write("programs/.cargo/config.toml", "[env]\nGREETING = \"set\"\n");
    assert_eq!(greeted(&[]), both("Some(\"set\")"));
    // A flag is compiled in, too.
    project.change("programs/examples/about.rs", "fn main", "// New.\nfn main");
    project.change(
        "programs/examples/about.rs",
        "\"version {}\", env",
        "\"{} {}\", cfg!(special), env",
    );
    run(&project, "build", &[]).succeeds();
    assert_eq!(shown(&project)[0], "false 0.1.0");
    project.write(
        "programs/.cargo/config.toml",
        "[build]\nrustflags = [\"--cfg\", \"special\"]\n",
    );
    run(&project, "build", &[]).succeeds();
    assert_eq!(shown(&project)[0], "true 0.1.0");
}

/// The generated package of a snippet is that of the author, and the same on every machine.
#[test]
fn a_snippet_has_the_version_of_the_package() {
    let fences = "```rust,example,name=version\nprintln!(\"{} by {}\", env!(\"CARGO_PKG_VERSION\"), env!(\"CARGO_PKG_AUTHORS\"));\n```\n\n\
                  ```rust,example,name=package\nprintln!(\"{}\", env!(\"CARGO_PKG_NAME\"));\n```\n\n\
                  ```rust,example,name=of-a-crate\nprintln!(\"{}\", env!(\"CARGO_CRATE_NAME\"));\n```\n\n\
                  ```rust,example,name=neither\nprintln!(\"neither\");\n```\n";
    let project = book("hello", "fn main() {}\n", fences);
    let manifest = "programs/Cargo.toml";
    project.change(manifest, "edition", "authors = [\"Ann\"]\nedition");
    run(&project, "record", &[]).succeeds();
    run(&project, "build", &[]).succeeds();
    let lines = shown(&project);
    assert_eq!(lines[0], "0.1.0 by Ann");
    assert_eq!(lines[2], "of_a_crate");

    let copy = Project::empty();
    crate::project::copy(&project.path(""), &copy.path(""));
    fs::remove_dir_all(copy.path("programs/target")).unwrap();
    run(&copy, "check", &[]).succeeds();

    for (old, new, field) in [
        ("\"0.1.0\"", "\"0.2.0\"", "version"),
        ("\"Ann\"", "\"Bob\"", "authors"),
    ] {
        project.change(manifest, old, new);
        let expected = format!("programs/Cargo.toml#{field}");
        assert_eq!(changed(&project, &[]), Some(expected), "{new}");
        project.change(manifest, new, old);
    }
    project.change(manifest, "\"0.1.0\"", "\"0.2.0\"");
    run(&project, "build", &[]).succeeds();
    assert_eq!(shown(&project)[0], "0.2.0 by Ann");
}
