//! Builds agree with the commands on the pages: they use the settings next to the manifest, and share no artifacts.

use std::fs;

use crate::project::{Project, outputs};

/// A book above its programs: the package in `programs/` has this example, and `show` is the text of the only chapter.
pub fn book(name: &str, program: &str, show: &str) -> Project {
    let project = Project::empty();
    for folder in ["src", "programs/src", "programs/examples"] {
        fs::create_dir_all(project.path(folder)).unwrap();
    }
    project.write(
        "book.toml",
        "[preprocessor.transcript]\nbefore = [\"links\"]\n",
    );
    project.write("src/SUMMARY.md", "- [Programs](programs.md)\n");
    project.write("src/programs.md", show);
    project.write(
        "programs/Cargo.toml",
        "[package]\nname = \"lessons\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [lints.rust]\nunexpected_cfgs = \"allow\"\n",
    );
    project.write("programs/src/lib.rs", "");
    project.write(&format!("programs/examples/{name}.rs"), program);
    project
}

/// The printed lines of the only chapter: those before the empty line of each figure.
pub fn shown(project: &Project) -> Vec<String> {
    let outputs = outputs(&project.read("book/programs.html"));
    let printed = outputs.iter().flat_map(|output| {
        let lines = output.lines().skip_while(|line| line.starts_with("$ "));
        lines.take_while(|line| !line.is_empty())
    });
    printed.map(str::to_owned).collect()
}

const SETTINGS: &str = "[build]\nrustflags = [\"--cfg\", \"special\"]\ntarget-dir = \"elsewhere\"\n\
    dep-info-basedir = \".\"\n\n[env]\nGREETING = \"from the settings\"\n\
    PLACE = { value = \"place.txt\", relative = true }\n\n[target.'cfg(all())']\nrunner = \"no-such-runner\"\n";

const TELLER: &str = "fn main() {\n    println!(\"special: {}\", cfg!(special));\n    \
    println!(\"{:?}\", option_env!(\"GREETING\"));\n    \
    println!(\"{:?}\", std::env::var_os(\"GREETING\"));\n    \
    println!(\"{}\", include_str!(env!(\"PLACE\")));\n}\n";

#[test]
fn settings_next_to_the_manifest_hold_from_every_folder() {
    let project = book(
        "teller",
        TELLER,
        "```console,output=teller\n```\n\n```rust,example,name=snippet\nfn main() {\n    \
         println!(\"snippet: {}\", cfg!(special));\n}\n```\n",
    );
    fs::create_dir_all(project.path("programs/.cargo")).unwrap();
    project.write("programs/.cargo/config.toml", SETTINGS);
    project.write("programs/place.txt", "beside the manifest");
    let expected = [
        "special: true",
        "Some(\"from the settings\")",
        // The environment of an execution is clean, and the tool itself starts the program.
        "None",
        "beside the manifest",
        "snippet: true",
    ];

    project.run(&["build"]).succeeds();
    assert_eq!(shown(&project), expected);
    assert!(!project.path("programs/elsewhere").exists());
    // A change of the included file is noticed.
    project.write("programs/place.txt", "another text");
    project.run(&["build"]).succeeds();
    assert_eq!(shown(&project)[3], "another text");
    project.write("programs/place.txt", "beside the manifest");

    project.run(&["record"]).succeeds();
    let folder = project.path(".").canonicalize().unwrap();
    let folder = folder.to_str().unwrap();
    let name = folder.rsplit('/').next().unwrap();
    for (from, arguments) in [
        ("programs", vec!["check", "--book", ".."]),
        ("..", vec!["check", "--book", name]),
        ("/", vec!["check", "--book", folder]),
    ] {
        let mut command = project.command(&arguments);
        command.current_dir(project.path(from));
        let output = project.output(command, b"");
        assert!(
            output.succeeded,
            "from {from}: {}{}",
            output.stdout, output.stderr
        );
    }
}

#[cfg(unix)]
#[test]
fn every_cargo_and_compiler_starts_in_the_manifests_folder() {
    use std::os::unix::fs::PermissionsExt;

    let project = book(
        "hello",
        "fn main() {\n    println!(\"hello\");\n}\n",
        "```rust,example=hello\n```\n\n```rust,example,name=snippet\nfn main() {}\n```\n",
    );
    let script = |name: &str| {
        let path = project.path(name);
        let log = project.path("folders");
        let text = format!(
            "#!/bin/sh\necho \"$PWD\" >> '{}'\nexec {name} \"$@\"\n",
            log.display()
        );
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path
    };
    let folder = project.path(".").canonicalize().unwrap();
    let book = folder.to_str().unwrap();
    for (from, arguments) in [
        (".", &["build", book][..]),
        ("..", &["record", "--book", book]),
        ("src", &["list", book]),
    ] {
        let mut command = project.command(arguments);
        command
            .current_dir(project.path(from))
            .env("CARGO", script("cargo"))
            .env("RUSTC", script("rustc"));
        project.output(command, b"").succeeds();
    }
    let programs = project.path("programs").canonicalize().unwrap();
    let folders = project.read("folders");
    // Cargo starts the compiler in the workspace of what it compiles: that of the snippets is in the target folder.
    let mut others = folders
        .lines()
        .filter(|folder| *folder != programs.to_str().unwrap());
    assert!(
        others.all(|folder| folder.starts_with(&format!("{}/target/", programs.display()))),
        "{folders}"
    );
}

#[test]
fn copies_of_a_package_share_a_build_folder_without_mixing_artifacts() {
    let shared = Project::empty();
    let folder = shared.path("build").to_str().unwrap().replace('\\', "/");
    for (name, in_settings) in [("settings", true), ("the environment", false)] {
        let copies = ["one", "two"].map(|copy| {
            let program = format!("fn main() {{\n    println!(\"{copy}\");\n}}\n");
            let project = book(
                "hello",
                &program,
                "```console,output=hello\n```\n\n```rust,example,name=snippet\n\
                 fn main() {\n    println!(\"{}\", lessons::NAME);\n}\n```\n",
            );
            project.write(
                "programs/src/lib.rs",
                &format!("pub const NAME: &str = \"{copy} of the library\";\n"),
            );
            // A file that is older than a build is not compiled again.
            for file in ["programs/src/lib.rs", "programs/examples/hello.rs"] {
                let file = fs::File::options()
                    .write(true)
                    .open(project.path(file))
                    .unwrap();
                file.set_modified(
                    std::time::SystemTime::UNIX_EPOCH
                        + std::time::Duration::from_secs(1_600_000_000),
                )
                .unwrap();
            }
            if in_settings {
                fs::create_dir_all(project.path("programs/.cargo")).unwrap();
                let settings = format!("[build]\nbuild-dir = \"{folder}\"\n");
                project.write("programs/.cargo/config.toml", &settings);
            }
            (copy, project)
        });
        for command in ["record", "build"] {
            for (copy, project) in &copies {
                let mut command = project.command(&[command]);
                if !in_settings {
                    command.env("CARGO_BUILD_BUILD_DIR", &folder);
                }
                project.output(command, b"").succeeds();
                let recorded = project.read("examples/transcripts/hello.transcript");
                assert!(
                    recorded.contains(&format!(" {copy}\n")),
                    "{name}: {recorded}"
                );
            }
        }
        for (copy, project) in &copies {
            assert_eq!(
                shown(project),
                [copy.to_string(), format!("{copy} of the library")],
                "{name}"
            );
        }
    }
    assert!(!shared.path("build").exists());
}

#[test]
fn braces_in_a_path_are_not_cargo_variables() {
    let project = book(
        "hello",
        "fn main() {\n    println!(\"hello\");\n}\n",
        "```console,output=hello\n```\n",
    );
    let braces = Project::empty();
    crate::project::copy(&project.path("."), &braces.path("{workspace-root} {b}"));
    let mut command = braces.command(&["build"]);
    command.current_dir(braces.path("{workspace-root} {b}"));
    braces.output(command, b"").succeeds();
}

#[cfg(target_os = "linux")]
#[test]
fn the_order_of_lines_is_proved_with_flags_of_every_kind() {
    let program = "fn main() {\n    println!(\"{}\", cfg!(special));\n    println!(\"end\");\n}\n";
    let project = book("flags", program, "```console,output=flags\n```\n");
    fs::create_dir_all(project.path("programs/.cargo")).unwrap();
    for (settings, variables) in [
        ("[build]\nrustflags = [\"--cfg\", \"special\"]", &[][..]),
        ("[build]\nrustflags = \"--cfg special\"", &[]),
        ("[target.'cfg(unix)']\nrustflags = \"--cfg special\"", &[]),
        ("", &[("CARGO_BUILD_RUSTFLAGS", "--cfg special")]),
        (
            "[build]\nrustflags = \"--cfg other\"",
            &[("RUSTFLAGS", "--cfg special")],
        ),
    ] {
        project.write("programs/.cargo/config.toml", settings);
        let mut command = project.command(&["record", "--all"]);
        command.envs(variables.iter().copied());
        let output = project.output(command, b"");
        output.succeeds();
        let recording = project.read("examples/transcripts/flags.transcript");
        assert!(recording.contains(" true\n"), "{settings}: {recording}");
        assert!(
            recording.contains("\norder: 1 of 1 pairs proved\n"),
            "{settings}: {recording}"
        );
    }
}
