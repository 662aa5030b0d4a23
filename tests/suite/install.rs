//! `install`: the assets and the settings that it adds.

use std::fs;

use crate::project::Project;

#[test]
fn the_style_sheet_and_the_script_become_files() {
    let project = Project::from("good");
    project.run(&["build"]).succeeds();
    let inline = project.read("book/fences.html");
    assert!(inline.contains("<style>\n/* mdbook-transcript"), "{inline}");

    let output = project.run(&["install"]);
    output.succeeds();
    assert_eq!(
        output.stdout,
        "wrote transcript.css\nwrote transcript.js\n\
         book.toml: [output.html] additional-css = [\"transcript.css\"]\n\
         book.toml: [output.html] additional-js = [\"transcript.js\"]\n\
         book.toml: [build] extra-watch-dirs = [\"examples\"]\n"
    );
    assert!(
        project
            .read("book.toml")
            .starts_with("[book]\ntitle = \"Every kind of fence\"\n")
    );

    let before = fs::metadata(project.path("book.toml"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(
        project.run(&["install"]).succeeds().stdout,
        "everything is in place\n"
    );
    let after = fs::metadata(project.path("book.toml"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(before, after, "the second run writes nothing");

    let output = project.run(&["build"]);
    assert!(
        !output.succeeds().stderr.contains("install"),
        "{}",
        output.stderr
    );
    let page = project.read("book/fences.html");
    assert!(!page.contains("/* mdbook-transcript") && !page.contains("// mdbook-transcript"));
    assert!(page.contains("transcript-") && page.contains("<div class=\"transcript-tabs\">"));
    let named = page
        .split("href=\"")
        .find(|rest| rest.starts_with("transcript"))
        .unwrap();
    let named = named.split('"').next().unwrap();
    assert!(
        project
            .read(&format!("book/{named}"))
            .starts_with("/* mdbook-transcript")
    );

    // A file of another version is reported.
    project.write("transcript.js", "// mdbook-transcript: older");
    let output = project.run(&["build"]);
    let warning = "transcript.js was written by another version of mdbook-transcript: run";
    assert!(
        output.succeeds().stderr.contains(warning),
        "{}",
        output.stderr
    );
    assert_eq!(
        project.run(&["install"]).succeeds().stdout,
        "wrote transcript.js\n"
    );
}

#[test]
fn a_malformed_book_toml_stays_unchanged() {
    let project = Project::from("good");
    for (text, message) in [
        (
            "[output.html]\nadditional-css = 1\n",
            "`additional-css` is not a list of strings",
        ),
        ("[output.html\n", "line 1"),
    ] {
        project.write("book.toml", text);
        let output = project.run(&["install"]);
        output.fails();
        assert!(
            output.stderr.contains("book.toml") && output.stderr.contains(message),
            "{}",
            output.stderr
        );
        assert_eq!(project.read("book.toml"), text);
    }
    assert!(!project.path("transcript.css").exists());
    let output = project.run(&["install", "src"]);
    assert!(
        output.fails().stderr.contains("there is no book in `src`"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_users_own_file_is_not_overwritten() {
    let project = Project::from("good");
    project.write("transcript.css", "/* my own */");
    let output = project.run(&["install"]);
    let message = "`transcript.css` is not a file of mdbook-transcript: rename it";
    assert!(output.fails().stderr.contains(message), "{}", output.stderr);
    assert_eq!(project.read("transcript.css"), "/* my own */");
    assert!(!project.path("transcript.js").exists());
}

#[cfg(unix)]
#[test]
fn the_target_of_a_symbolic_link_is_edited() {
    let project = Project::from("good");
    fs::rename(project.path("book.toml"), project.path("real.toml")).unwrap();
    std::os::unix::fs::symlink("real.toml", project.path("book.toml")).unwrap();
    project.run(&["install"]).succeeds();
    assert!(project.path("book.toml").is_symlink());
    assert!(project.read("real.toml").contains("transcript.css"));
}

#[test]
fn a_package_in_a_folder_of_the_book_is_named_and_watched() {
    let project = Project::empty();
    fs::create_dir_all(project.path("src")).unwrap();
    fs::create_dir_all(project.path("programs/src")).unwrap();
    project.write("book.toml", "");
    let manifest = "[package]\nname = \"programs\"\nedition = \"2024\"\n";
    project.write("programs/Cargo.toml", manifest);
    let output = project.run(&["install"]);
    assert!(
        output.succeeds().stdout.contains(
            "book.toml: [preprocessor.transcript] manifest = \"programs/Cargo.toml\"\n\
             book.toml: [preprocessor.transcript] transcripts = \"programs/examples/transcripts\"\n"
        ),
        "{}",
        output.stdout
    );
    // `mdbook serve` fails if a watched folder does not exist, so the folder of examples is added once it exists.
    let watched = "[build] extra-watch-dirs = [\"programs/src\"]\n";
    assert!(output.stdout.ends_with(watched), "{}", output.stdout);
    fs::create_dir_all(project.path("programs/examples")).unwrap();
    assert_eq!(
        project.run(&["install"]).succeeds().stdout,
        "book.toml: [build] extra-watch-dirs = [\"programs/examples\"]\n"
    );

    // `src` is watched as well: binaries are programs, too, and examples use the library.
    project.write("book.toml", "");
    let output = project.run(&["install"]);
    let watched = "book.toml: [build] extra-watch-dirs = [\"programs/examples\"]\n\
                   book.toml: [build] extra-watch-dirs = [\"programs/src\"]\n";
    assert!(output.stdout.ends_with(watched), "{}", output.stdout);

    // A manifest can list programs in other folders; the book's own folder is never watched.
    for (path, watched) in [("lessons/x.rs", "programs/lessons"), ("../x.rs", "")] {
        let listed = format!("{manifest}\n[[example]]\nname = \"x\"\npath = \"{path}\"\n");
        project.write("programs/Cargo.toml", &listed);
        fs::create_dir_all(project.path("programs/lessons")).unwrap();
        let output = project.run(&["install"]);
        let expected = match watched {
            "" => "everything is in place\n".to_owned(),
            watched => format!("book.toml: [build] extra-watch-dirs = [\"{watched}\"]\n"),
        };
        assert_eq!(output.succeeds().stdout, expected);
    }
}

/// A folder `examples` without programs of the book is none of `mdbook serve`'s business; each folder with programs is.
#[test]
fn only_the_folders_with_programs_are_watched() {
    let project = Project::empty();
    for folder in [
        "src",
        "examples",
        "programs/examples",
        "programs/lessons/one",
        "programs/tools",
    ] {
        fs::create_dir_all(project.path(folder)).unwrap();
    }
    project.write("book.toml", "");
    let package = "[package]\nname = \"programs\"\nedition = \"2024\"\n";
    let one = "[[example]]\nname = \"one\"\npath = \"lessons/one/main.rs\"\n";
    let tool = "[[bin]]\nname = \"tool\"\npath = \"tools/tool.rs\"\n";
    for (manifest, watched) in [
        (package.to_owned(), &["programs/examples"][..]),
        (
            format!("{package}{one}{tool}"),
            &["programs/examples", "programs/lessons", "programs/tools"],
        ),
        (
            format!("{package}autoexamples = false\n{one}"),
            &["programs/lessons"],
        ),
        // A part of the programs is in the book's folder.
        (
            format!("{package}{}", one.replace("lessons", "../examples")),
            &["programs/examples", "examples"],
        ),
    ] {
        project.write("book.toml", "");
        project.write("programs/Cargo.toml", &manifest);
        let told = project.run(&["install"]).succeeds().stdout.clone();
        let added: Vec<&str> = told
            .lines()
            .filter_map(|line| line.strip_prefix("book.toml: [build] extra-watch-dirs = [\""))
            .map(|line| line.trim_end_matches("\"]"))
            .collect();
        assert_eq!(added, watched, "{told}");
    }
    // Until it is known which programs are the book's, they may be there.
    fs::remove_dir_all(project.path("programs")).unwrap();
    project.write("book.toml", "");
    let told = project.run(&["install"]).succeeds().stdout.clone();
    assert!(
        told.contains("extra-watch-dirs = [\"examples\"]\n"),
        "{told}"
    );
}

/// A book without settings beside these manifests, `(folder, text)`; each package has an example and a binary.
fn beside(packages: &[(&str, &str)]) -> Project {
    let project = Project::empty();
    fs::create_dir_all(project.path("src")).unwrap();
    project.write("book.toml", "");
    for (folder, manifest) in packages {
        for part in ["src", "examples"] {
            fs::create_dir_all(project.path(&format!("{folder}/{part}"))).unwrap();
        }
        project.write(&format!("{folder}/src/main.rs"), "fn main() {}\n");
        project.write(&format!("{folder}/Cargo.toml"), manifest);
    }
    project
}

const PROGRAMS: &str = "[package]\nname = \"programs\"\nedition = \"2024\"\n";
const PREPROCESSOR: &str =
    "[package]\nname = \"tool\"\n[dependencies]\nmdbook-preprocessor = \"0.5\"\n";

#[test]
fn the_package_of_a_preprocessor_does_not_stand_in_the_way() {
    let named = "[preprocessor.transcript] manifest = \"programs/Cargo.toml\"\n";
    for packages in [
        &[("programs", PROGRAMS), ("tool", PREPROCESSOR)][..],
        // A book in the repository of a preprocessor.
        &[(".", PREPROCESSOR), ("programs", PROGRAMS)],
        &[
            (".", "[package]\nname = \"mdbook-this\"\n"),
            ("programs", PROGRAMS),
        ],
    ] {
        let output = beside(packages).run(&["install"]);
        assert!(
            output.succeeds().stdout.contains(named),
            "{packages:?}: {}",
            output.stdout
        );
        assert!(
            !output.stderr.contains("could be those of"),
            "{}",
            output.stderr
        );
    }
    // The preprocessor's own examples, if there are no others.
    let output = beside(&[("tool", PREPROCESSOR)]).run(&["install"]);
    assert!(
        output
            .succeeds()
            .stdout
            .contains("manifest = \"tool/Cargo.toml\""),
        "{}",
        output.stdout
    );
    let project = beside(&[(".", PREPROCESSOR)]);
    assert!(
        !project
            .run(&["install"])
            .succeeds()
            .stdout
            .contains("manifest")
    );
    // A package without programs is not that of the examples.
    let project = beside(&[
        ("programs", PROGRAMS),
        ("theme", "[package]\nname = \"theme\"\n"),
    ]);
    for part in ["theme/src/main.rs", "theme/examples", "theme/src"] {
        let path = project.path(part);
        fs::remove_file(&path)
            .or_else(|_| fs::remove_dir(&path))
            .unwrap();
    }
    assert!(project.run(&["install"]).succeeds().stdout.contains(named));
}

#[test]
fn a_workspace_named_examples_keeps_its_recordings_in_it() {
    let project = beside(&[("examples/one", PROGRAMS)]);
    project.write(
        "examples/Cargo.toml",
        "[workspace]\nmembers = [\"one\"]\nresolver = \"3\"\n",
    );
    let output = project.run(&["install"]);
    let expected = "book.toml: [preprocessor.transcript] before = [\"links\"]\n\
                    book.toml: [preprocessor.transcript] manifest = \"examples/Cargo.toml\"\n";
    assert!(
        output.succeeds().stdout.contains(expected),
        "{}",
        output.stdout
    );
    assert!(
        !output.stdout.contains("transcripts ="),
        "{}",
        output.stdout
    );
    let watched = "[build] extra-watch-dirs = [\"examples/one/examples\"]\n\
                   book.toml: [build] extra-watch-dirs = [\"examples/one/src\"]\n";
    assert!(output.stdout.ends_with(watched), "{}", output.stdout);
}

#[test]
fn the_programs_of_a_workspace_above_the_book_are_watched() {
    let project = beside(&[
        ("programs", PROGRAMS),
        ("tool", "[package]\nname = \"mdbook-tool\"\n"),
    ]);
    let members = "[workspace]\nmembers = [\"programs\", \"tool\"]\nresolver = \"3\"\n";
    project.write("Cargo.toml", members);
    fs::create_dir_all(project.path("book/src")).unwrap();
    fs::create_dir_all(project.path("book/examples")).unwrap();
    project.write("book/book.toml", "");
    let output = project.run(&["install", "book"]);
    let watched = "book.toml: [build] extra-watch-dirs = [\"../programs/examples\"]\n\
                   book.toml: [build] extra-watch-dirs = [\"../programs/src\"]\n";
    assert!(
        output.succeeds().stdout.ends_with(watched),
        "{}",
        output.stdout
    );
    assert!(
        !output.stdout.contains("[\"examples\"]"),
        "{}",
        output.stdout
    );
    assert_eq!(
        project.run(&["install", "book"]).succeeds().stdout,
        "everything is in place\n"
    );
}

#[test]
fn the_author_is_told_what_remains_to_be_done() {
    let project = beside(&[]);
    let advice = "there is no package with programs yet: create one with `cargo new programs`";
    for _ in 0..2 {
        let output = project.run(&["install"]);
        assert!(
            output.succeeds().stdout.contains(advice),
            "{}",
            output.stdout
        );
    }
    let git = |args: &[&str]| {
        let mut git = std::process::Command::new("git");
        git.args(args).current_dir(project.path("."));
        assert!(git.status().unwrap().success());
    };
    git(&["init", "--quiet"]);
    fs::create_dir_all(project.path("programs/src")).unwrap();
    project.write("programs/src/main.rs", "fn main() {}\n");
    project.write("programs/Cargo.toml", PROGRAMS);
    let output = project.run(&["install"]);
    let advice =
        "git does not ignore Cargo's output: add the line `/target` to programs/.gitignore\n";
    assert!(
        output.succeeds().stdout.ends_with(advice),
        "{}",
        output.stdout
    );
    project.write(".gitignore", "target/\n");
    assert_eq!(
        project.run(&["install"]).succeeds().stdout,
        "everything is in place\n"
    );
}
