//! The features of a program are those of its own command, whatever else is built; a program that lacks its required
//! features is an error of its own.

use std::fs;
use std::process::Command;

use crate::cargo::{book, shown};
use crate::project::Project;

const COMMON: &str = "pub fn style() -> &'static str {\n    \
    if cfg!(feature = \"fancy\") { \"fancy\" } else { \"plain\" }\n}\n";

/// A workspace of three packages, `lessons`, `two` and `three`, each with an example of its own and `lessons` with a
/// binary. They depend on `common` as given, and `lessons` also for its examples alone.
fn workspace(resolver: &str, [lessons, examples, two, three]: [&str; 4]) -> Project {
    let fences = "```rust,bin=tool\n```\n\n```rust,example=one\n```\n\n```rust,example=two\n```\n\n\
                  ```rust,example=three\n```\n";
    let project = book("one", &program("one"), fences);
    let dependency = |features: &str| match features {
        "" => "common = { path = \"common\" }\n".to_owned(),
        features => format!("common = {{ path = \"common\", features = [\"{features}\"] }}\n"),
    };
    let package = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{rest}")
    };
    let workspace = format!(
        "resolver = \"{resolver}\"\n[dependencies]\n{}[dev-dependencies]\n{}[workspace]\nmembers = [\"two\", \"three\"]\n",
        dependency(lessons),
        dependency(examples),
    );
    project.write("programs/Cargo.toml", &package("lessons", &workspace));
    for (name, features) in [("two", two), ("three", three)] {
        let folder = format!("programs/{name}/examples");
        fs::create_dir_all(project.path(&folder)).unwrap();
        let dependencies = dependency(features).replace("\"common\"", "\"../common\"");
        let manifest = package(name, &format!("[dependencies]\n{dependencies}"));
        project.write(&format!("programs/{name}/Cargo.toml"), &manifest);
        project.write(&format!("{folder}/{name}.rs"), &program(name));
        fs::create_dir_all(project.path(&format!("programs/{name}/src"))).unwrap();
        project.write(&format!("programs/{name}/src/lib.rs"), "");
    }
    for folder in ["programs/src/bin", "programs/common/src"] {
        fs::create_dir_all(project.path(folder)).unwrap();
    }
    project.write("programs/src/bin/tool.rs", &program("the tool"));
    project.write("programs/common/src/lib.rs", COMMON);
    let common = package("common", "[features]\nfancy = []\nother = []\n");
    project.write("programs/common/Cargo.toml", &common);
    project
}

fn program(name: &str) -> String {
    format!("fn main() {{\n    println!(\"{name} is {{}}\", common::style());\n}}\n")
}

/// The output of the command on the page, in the manifest's folder.
fn own(project: &Project, arguments: &[&str]) -> String {
    let output = Command::new("cargo")
        .args(["run", "-q"])
        .args(arguments)
        .current_dir(project.path("programs"))
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

/// Builds the book with a Cargo that is logged. Returns the number of its builds.
#[cfg(unix)]
fn builds(project: &Project, command: &[&str]) -> usize {
    use std::os::unix::fs::PermissionsExt;

    let (path, log) = (project.path("logged"), project.path("log"));
    fs::remove_file(&log).ok();
    let script = format!(
        "#!/bin/sh\necho \"$1\" >> '{}'\nexec cargo \"$@\"\n",
        log.display()
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = project.command(command);
    command.env("CARGO", path);
    project.output(command, b"").succeeds();
    project
        .read("log")
        .lines()
        .filter(|line| *line == "build")
        .count()
}

#[cfg(unix)]
#[test]
fn the_page_shows_the_output_of_each_command_by_itself() {
    for (resolver, features, expected) in [
        // All packages request the same feature.
        ("2", ["", "", "", ""], 1),
        ("1", ["fancy", "fancy", "fancy", "fancy"], 1),
        // Examples alone have it. Next to an example of any package, Cargo would build the binary with it, too.
        ("2", ["", "fancy", "", ""], 3),
        ("1", ["", "fancy", "", ""], 3),
        // One package of the workspace has it.
        ("2", ["", "", "fancy", ""], 2),
        ("1", ["", "", "", "fancy"], 2),
        ("2", ["other", "other", "fancy", ""], 3),
    ] {
        let project = workspace(resolver, features);
        let number = builds(&project, &["build"]);
        let commands = [
            &["--bin", "tool", "--package", "lessons"][..],
            &["--example", "one", "--package", "lessons"],
            &["--example", "two", "--package", "two"],
            &["--example", "three", "--package", "three"],
        ];
        let own: Vec<String> = commands
            .iter()
            .map(|command| own(&project, command))
            .collect();
        assert_eq!(shown(&project), own, "{resolver} {features:?}");
        assert_eq!(number, expected, "{resolver} {features:?}");
    }
}

#[test]
fn a_part_of_a_book_is_checked_like_the_whole() {
    let project = workspace("2", ["", "fancy", "", "fancy"]);
    project.run(&["record"]).succeeds();
    for arguments in [
        &["check"][..],
        &["check", "tool"],
        &["check", "one"],
        &["check", "two", "three"],
        &["check", "--partition", "1/2"],
        &["check", "--partition", "2/2"],
    ] {
        let output = project.run(arguments);
        assert!(
            output.succeeded,
            "{arguments:?}: {}{}",
            output.stdout, output.stderr
        );
    }
}

/// A book of a good program and others.
fn with_required_features() -> Project {
    let project = book(
        "hello",
        "fn main() {\n    println!(\"hello\");\n}\n",
        "```rust,example=hello\n```\n\n```rust,example=shout\n```\n\n```rust,bin=cry,features=loud\n```\n",
    );
    let manifest = project.read("programs/Cargo.toml");
    let more = "\n[features]\nloud = [\"on\"]\non = []\nlouder = []\n\n\
        [[example]]\nname = \"shout\"\nrequired-features = [\"loud\"]\n\n\
        [[bin]]\nname = \"cry\"\nrequired-features = [\"on\", \"louder\"]\n";
    project.write("programs/Cargo.toml", &(manifest + more));
    fs::create_dir_all(project.path("programs/src/bin")).unwrap();
    for file in ["examples/shout.rs", "src/bin/cry.rs"] {
        project.write(
            &format!("programs/{file}"),
            "fn main() {\n    println!(\"LOUD\");\n}\n",
        );
    }
    project
}

const RECORDED: &str = "examples/transcripts/hello.transcript";

#[test]
fn a_program_without_its_features_is_one_error() {
    let project = with_required_features();
    for command in ["build", "record"] {
        let errors = project.run(&[command]).fails().errors();
        for (error, place, help) in [
            (
                "`shout` requires the feature `loud`",
                "4:17",
                "features=loud",
            ),
            (
                "`cry` requires the feature `louder`",
                "7:13",
                "features=\"loud louder\"",
            ),
        ] {
            let expected = format!("error: {error}\n --> src/programs.md:{place}\n");
            assert_eq!(errors.matches(&expected).count(), 1, "{errors}");
            let help = format!("help: write `{help}` in the fence");
            assert_eq!(errors.matches(&help).count(), 1, "{errors}");
        }
        assert_eq!(errors.matches("error: ").count(), 3, "{errors}");
    }
    assert!(project.path(RECORDED).is_file());

    // Each fence needs the feature.
    let chapter = project.read("src/programs.md");
    let twice = chapter.clone() + "\n```console,output=shout,args=1\n```\n";
    project.write("src/programs.md", &twice);
    let errors = project.run(&["record"]).fails().errors();
    for place in ["4:17", "10:19"] {
        let expected = format!("requires the feature `loud`\n  --> src/programs.md:{place}\n");
        let errors = errors.replace("\n -->", "\n  -->");
        assert_eq!(errors.matches(&expected).count(), 1, "{errors}");
    }
    project.write("src/programs.md", &chapter);

    project.change("src/programs.md", "=shout", "=shout,features=loud");
    project.change(
        "src/programs.md",
        "=cry,features=loud",
        "=cry,features=\"loud louder\"",
    );
    project.run(&["record"]).succeeds();
    project.change(
        "programs/Cargo.toml",
        "\"shout\"\nrequired-features = [\"loud\"]",
        "\"shout\"\nrequired-features = [\"louder\"]",
    );
    let output = project.run(&["check"]);
    let report = format!("{}{}", output.fails().stdout, output.stderr);
    assert_eq!(
        report
            .matches("`shout` requires the feature `louder`")
            .count(),
        1,
        "{report}"
    );
    assert!(report.contains("features=\"loud louder\""), "{report}");
}

#[test]
fn a_program_that_cargo_rejects_causes_no_error_of_another() {
    // Cargo does not know the feature; it is too old for the package; the program has a mistake.
    let manifest = "[package]\nname = \"new\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    for (fence, rest, source, error) in [
        ("example=new,features=nope", "", "fn main() {}", "nope"),
        (
            "example=new",
            "rust-version = \"1.9999\"\n",
            "fn main() {}",
            "1.9999",
        ),
        ("example=new", "", "fn main() { mistake }", "mistake"),
        (
            "example=new",
            "build = \"none.rs\"\n",
            "fn main() {}",
            "none.rs",
        ),
    ] {
        let chapter = format!("```rust,example=hello\n```\n\n```rust,{fence}\n```\n");
        let project = book(
            "hello",
            "fn main() {\n    println!(\"hello\");\n}\n",
            &chapter,
        );
        project.change(
            "programs/Cargo.toml",
            "[workspace]",
            "[workspace]\nmembers = [\"new\"]",
        );
        fs::create_dir_all(project.path("programs/new/examples")).unwrap();
        fs::create_dir_all(project.path("programs/new/src")).unwrap();
        project.write("programs/new/src/lib.rs", "");
        project.write("programs/new/Cargo.toml", &format!("{manifest}{rest}"));
        project.write("programs/new/examples/new.rs", source);
        let errors = project.run(&["record"]).fails().errors();
        assert!(errors.contains(error), "{errors}");
        assert!(errors.contains(" --> src/programs.md:4:"), "{errors}");
        assert!(!errors.contains(" --> src/programs.md:1:"), "{errors}");
        assert!(project.path(RECORDED).is_file(), "{errors}");
    }
}
