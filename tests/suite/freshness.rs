//! Which programs a build builds and executes again, and which run at the same time.

use std::fs;

use crate::project::{Project, outputs};

#[test]
fn a_second_build_starts_nothing() {
    let project = Project::from("good");
    project.run(&["build"]).succeeds();
    let first = project.read("book/fences.html");

    // Without Cargo and without binaries, no process could be started.
    fs::remove_dir_all(project.path("target/lesson")).unwrap();
    let mut command = project.command(&["build"]);
    command.env("PATH", "").env("CARGO", "/nowhere/cargo");
    project.output(command, b"").succeeds();
    assert_eq!(project.read("book/fences.html"), first);
}

#[test]
fn copies_of_a_book_share_a_target_folder_without_mixing_results() {
    // The second variable stands for Cargo's setting `build.target-dir`.
    for sharing in ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"] {
        let [one, two, target] = [
            Project::from("good"),
            Project::from("good"),
            Project::empty(),
        ];
        two.change("examples/hello.rs", "alert", "warn");
        let build = |project: &Project, cargo: &str| {
            let mut command = project.command(&["build"]);
            command.env(sharing, target.path(".")).env("CARGO", cargo);
            project.output(command, b"").succeeds();
            outputs(&project.read("book/fences.html"))[0].clone()
        };
        assert!(build(&one, "cargo").contains("<script>alert("));
        assert!(build(&two, "cargo").contains("<script>warn("));
        // Nothing has changed, so Cargo is not needed.
        assert!(build(&one, "/nowhere/cargo").contains("<script>alert("));
        assert!(build(&two, "/nowhere/cargo").contains("<script>warn("));
    }
}

#[test]
fn an_edit_is_noticed_and_only_a_changed_binary_is_executed() {
    let project = Project::from("good");
    let run = "`cargo run --example hello`";
    let build = || {
        let output = project.run(&["build", "-v"]);
        output.succeeds();
        // On a busy machine, the log mentions a second execution.
        let lines = output
            .stderr
            .lines()
            .filter(|line| line.contains(run) && !line.contains("had to wait for a processor"));
        lines
            .map(|line| line.replace(run, "hello").trim().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        build(),
        [
            "DEBUG hello: missing",
            "DEBUG hello: must be built",
            "DEBUG hello: run"
        ]
    );
    assert_eq!(build(), ["DEBUG hello: fresh"]);

    project.change("examples/hello.rs", "fn main", "// A comment.\nfn main");
    let stale = "DEBUG hello: stale: `[BOOK]/examples/hello.rs` has changed";
    let not_run = "DEBUG hello: not executed, its binary is unchanged";
    assert_eq!(build(), [stale, "DEBUG hello: must be built", not_run]);
    assert!(project.read("book/fences.html").contains("A comment."));

    project.change("examples/hello.rs", "alert", "warn");
    assert_eq!(
        build(),
        [stale, "DEBUG hello: must be built", "DEBUG hello: run"]
    );
    assert!(outputs(&project.read("book/fences.html"))[0].contains("<script>warn("));
}

#[test]
fn programs_of_the_same_name_are_distinguished_and_all_their_sources_watched() {
    let project = Project::from("workspace");
    let lines = || -> Vec<String> {
        project.run(&["build"]).succeeds();
        let outputs = outputs(&project.read("book/programs.html"));
        outputs
            .iter()
            .map(|output| output.lines().nth(1).unwrap().to_owned())
            .collect()
    };
    let of_b = [
        "b, loud false, debug true",
        "b, loud true, debug true",
        "b, loud true, debug false",
    ];
    let all = |of_a| [&[of_a], &of_b[..]].concat();
    assert_eq!(lines(), all("a, dep one, hello"));

    project.write("a/examples/data.txt", "bye");
    assert_eq!(lines(), all("a, dep one, bye"));
    project.change("dep/src/lib.rs", "one", "two");
    assert_eq!(lines(), all("a, dep two, bye"));
}

#[test]
fn files_that_a_build_script_reads_are_watched_too() {
    let project = Project::from("good");
    project.write(
        "build.rs",
        "fn main() {\n    println!(\"cargo::rerun-if-changed=data\");\n    \
             println!(\"cargo::rerun-if-changed=there-is-no-such-file\");\n}\n",
    );
    fs::create_dir_all(project.path("data/folder")).unwrap();
    project.write("data/folder/file", "one");
    project.run(&["build"]).succeeds();
    let list = || project.run(&["list"]).succeeds().stdout.clone();
    assert!(!list().contains("stale"), "{}", list());
    project.write("data/folder/file", "two");
    assert!(list().contains("data has changed"), "{}", list());
    project.write("data/folder/file", "one");
    assert!(!list().contains("stale"), "{}", list());
    project.write("there-is-no-such-file", "now there is");
    assert!(
        list().contains("there-is-no-such-file has changed"),
        "{}",
        list()
    );
}

/// Every command says of a deleted file that it is gone, and of a variable that it is no longer set.
#[test]
fn an_input_that_is_gone_is_called_so() {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Hello](hello.md)\n");
    project.write("src/hello.md", "```rust,example=hello\n```\n");
    project.write(
        "examples/hello.rs",
        "fn main() {\n    println!(\"{} {:?}\", include_str!(\"data.txt\"), option_env!(\"GREETING\"));\n}\n",
    );
    project.write("examples/data.txt", "data");
    let run = |args: &[&str], greeting: Option<&str>| {
        let mut command = project.command(args);
        command.env_remove("GREETING");
        command.envs(greeting.map(|greeting| ("GREETING", greeting)));
        project.output(command, b"")
    };
    run(&["record"], Some("hi")).succeeds();
    let listed = |greeting| run(&["list"], greeting).succeeds().stdout.clone();
    assert!(listed(Some("hi")).starts_with("fresh"));
    assert!(
        listed(None).ends_with("  $GREETING is no longer set\n"),
        "{}",
        listed(None)
    );

    fs::remove_file(project.path("examples/data.txt")).unwrap();
    let gone = "`examples/data.txt` no longer exists";
    let listed = listed(Some("hi"));
    assert!(
        listed.ends_with("  examples/data.txt no longer exists\n"),
        "{listed}"
    );
    let checked = run(&["check"], Some("hi"));
    let finding = format!("error[STALE]: `hello`: {gone}\n");
    assert!(
        checked.fails().stdout.contains(&finding),
        "{}",
        checked.stdout
    );
    let planned = run(&["record", "--dry-run"], Some("hi"));
    let line = format!("would record hello: {gone}\n");
    assert!(
        planned.succeeds().stdout.starts_with(&line),
        "{}",
        planned.stdout
    );
    let exported = run(&["export", "hello"], Some("hi"));
    let warning = format!("`hello`: {gone}; record it again");
    assert!(
        exported.succeeds().stderr.contains(&warning),
        "{}",
        exported.stderr
    );
    project.change(
        "book.toml",
        "[preprocessor.transcript]\n",
        "[preprocessor.transcript]\nexecute = \"never\"\n",
    );
    let built = run(&["build"], Some("hi"));
    assert!(built.fails().stderr.contains(gone), "{}", built.stderr);

    // The state of a cached transcript is in the log.
    fs::remove_dir_all(project.path("examples/transcripts")).unwrap();
    project.change("book.toml", "execute = \"never\"\n", "");
    project.write("examples/data.txt", "data");
    run(&["build"], None).succeeds();
    fs::remove_file(project.path("examples/data.txt")).unwrap();
    let built = run(&["-v", "build"], None);
    let state = ": stale: `[BOOK]/examples/data.txt` no longer exists";
    assert!(built.fails().stderr.contains(state), "{}", built.stderr);
}

#[test]
fn concurrent_builds_are_both_correct() {
    let project = Project::from("good");
    let build = |folder: &str| {
        let mut command = project.command(&["build"]);
        // Each build has its own output folder, because mdBook empties it.
        command.env("MDBOOK_BUILD__BUILD_DIR", folder);
        project.output(command, b"")
    };
    let (one, two) = std::thread::scope(|scope| {
        let one = scope.spawn(|| build("one"));
        let two = build("two");
        (one.join().unwrap(), two)
    });
    one.succeeds();
    two.succeeds();
    let outputs = |folder: &str| -> Vec<String> {
        let outputs = outputs(&project.read(&format!("{folder}/fences.html")));
        let without_times = outputs.iter().map(|output| {
            let lines = output.lines().filter(|line| !line.starts_with("exit "));
            lines.collect::<Vec<_>>().join("\n")
        });
        without_times.collect()
    };
    assert_eq!(outputs("one"), outputs("two"));
    assert!(outputs("one")[0].contains("hello"));
    // The cache that both wrote is complete.
    let output = project.run(&["build", "-v"]);
    assert!(
        !output.succeeds().stderr.contains("`: run"),
        "{}",
        output.stderr
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_exclusive_run_never_overlaps_another() {
    let project = Project::from("good");
    // The program creates a file outside its folder and waits for a second execution, but not longer than an argument
    // says. An execution that finds the file fails, and so does each after it.
    project.write(
        "examples/exclusive.rs",
        "use std::{env, fs, path::Path, thread::sleep, time::Duration};\n\nfn main() {\n    \
             let arguments: Vec<String> = env::args().collect();\n    let lock = &arguments[1];\n    \
             let second = format!(\"{lock}-second\");\n    let second = Path::new(&second);\n    \
             if second.exists() || fs::File::create_new(lock).is_err() {\n        \
             fs::write(second, \"\").unwrap();\n        panic!(\"there are two\");\n    }\n    \
             for _ in 0..arguments[3].parse().unwrap() {\n        \
             if second.exists() {\n            break;\n        }\n        \
             sleep(Duration::from_millis(10));\n    }\n    fs::remove_file(lock).unwrap();\n}\n",
    );
    let lock = project.path("lock");
    let chapter = |checks: u32, attribute: &str| {
        let fence = |number: u8| {
            format!(
                "```rust,example=exclusive,args=\"{} {number} {checks}\"{attribute}\n```\n\n",
                lock.display()
            )
        };
        [fence(1), fence(2), fence(3)].concat()
    };
    project.write("src/fences.md", &chapter(800, ""));
    let errors = project.run(&["build"]).fails().errors();
    assert!(errors.contains("there are two"), "{errors}");
    // A run with an unexpected exit status is not cached.
    assert!(project.run(&["list"]).succeeds().stdout.contains("missing"));

    fs::remove_file(&lock).ok();
    fs::remove_file(project.path("lock-second")).unwrap();
    project.write("src/fences.md", &chapter(30, ",alone"));
    project.run(&["build"]).succeeds();
}

#[cfg(target_os = "linux")]
#[test]
fn a_build_waits_for_another_cargo() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let project = Project::from("good");
    project.run(&["build"]).succeeds();
    project.change("examples/hello.rs", "fn main", "// New.\nfn main");
    let locks: Vec<fs::File> = [".cargo-lock", ".cargo-build-lock", ".cargo-artifact-lock"]
        .iter()
        .filter_map(|lock| fs::File::open(project.path("target/lesson").join(lock)).ok())
        .collect();
    assert!(!locks.is_empty());
    for lock in &locks {
        rustix::fs::flock(lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    }
    let mut child = project
        .command(&["build"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let message = "waiting for another Cargo, which holds a lock";
    let mut lines = lines.map(Result::unwrap);
    assert!(lines.any(|line| line.contains(message)));
    drop(locks);
    assert_eq!(lines.find(|line| line.contains("error")), None);
    assert!(child.wait().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_program_that_changes_during_its_execution_is_neither_recorded_nor_checked() {
    let project = Project::from("good");
    let folder = project.path("signs");
    fs::create_dir(&folder).unwrap();
    let sign = |name: &str| folder.join(name);
    let program = |text: &str| {
        format!(
            "use std::{{fs, path::Path, thread::sleep, time::Duration}};\n\nfn main() {{\n    \
             let sign = |name| Path::new(&std::env::args().nth(1).unwrap()).join(name);\n    \
             fs::write(sign(\"started\"), \"\").unwrap();\n    while !sign(\"go on\").exists() {{\n        \
             sleep(Duration::from_millis(10));\n    }}\n    println!(\"{text}\");\n}}\n"
        )
    };
    project.write("src/SUMMARY.md", "# Summary\n\n- [Waits](waits.md)\n");
    let fence = format!("```rust,example=waits,args=\"{}\"\n```\n", folder.display());
    project.write("src/waits.md", &fence);
    // The source changes during the first execution; the executions under schedules build the program afterwards.
    let save_during = |args: &[&str]| {
        project.write("examples/waits.rs", &program("old"));
        fs::remove_file(sign("started")).ok();
        fs::remove_file(sign("go on")).ok();
        std::thread::scope(|scope| {
            let output = scope.spawn(|| project.run(args));
            while !sign("started").exists() && !output.is_finished() {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            project.write("examples/waits.rs", &program("new"));
            fs::write(sign("go on"), "").unwrap();
            output.join().unwrap()
        })
    };
    let output = save_during(&["record"]);
    assert!(
        output
            .fails()
            .stderr
            .contains("its program changed while it was being recorded"),
        "{}",
        output.stderr
    );
    assert!(!project.path("examples/transcripts").exists());

    project.write("examples/waits.rs", &program("old"));
    project.run(&["record"]).succeeds();
    let output = save_during(&["check"]);
    assert!(
        output
            .fails()
            .stdout
            .contains("its program changed during the check"),
        "{}",
        output.stdout
    );
    assert!(output.stdout.contains("error[BUILD]") && !output.stdout.contains("error[TEXT]"));

    project.write("examples/waits.rs", &program("old"));
    project.run(&["check"]).succeeds();
}

#[cfg(unix)]
#[test]
fn the_last_output_of_cargo_may_come_late() {
    use std::os::unix::fs::PermissionsExt;

    let project = Project::from("good");
    // As on a busy machine, the output arrives after Cargo has ended.
    let late = "#!/bin/sh\n\"$REAL_CARGO\" \"$@\" > \"$0.$$\"\nstatus=$?\n\
                (sleep 0.3; cat \"$0.$$\") &\nexit $status\n";
    project.write("late-cargo", late);
    let cargo = project.path("late-cargo");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = project.command(&["build"]);
    command
        .env("REAL_CARGO", env!("CARGO"))
        .env("CARGO", &cargo);
    project.output(command, b"").succeeds();
}
