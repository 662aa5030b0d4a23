//! Output for editors and shells: completions, manual pages, the schema.

use clap::CommandFactory;
use mdbook_transcript::cli::Cli;
use serde_json::Value;

use crate::project::Project;

/// The names of all commands.
fn commands() -> Vec<String> {
    let program = Cli::command();
    let commands = program.get_subcommands();
    let names: Vec<String> = commands.map(|it| it.get_name().to_owned()).collect();
    assert!(names.len() > 9, "{names:?}");
    names
}

#[test]
fn the_completions_of_each_shell_name_every_command() {
    let project = Project::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = project.run(&["completions", shell]);
        let script = &output.succeeds().stdout;
        for command in commands() {
            assert!(script.contains(&command), "{shell}: {command}");
        }
        assert_eq!(output.stderr, "");
    }
    let output = project.run(&["completions", "cmd"]);
    let all = "[possible values: bash, elvish, fish, powershell, zsh]";
    assert!(output.fails().stderr.contains(all), "{}", output.stderr);
}

#[test]
fn each_command_has_a_manual_page() {
    let project = Project::empty();
    let output = project.run(&["man"]);
    // The fixture replaces roff's backslashes by slashes, as in paths.
    let page = &output.succeeds().stdout;
    assert!(page.contains(".TH mdbook-transcript 1"), "{page}");
    for command in commands() {
        assert!(
            page.contains(&format!("mdbook/-transcript/-{command}(1)")),
            "{command}: {page}"
        );
    }

    let output = project.run(&["man", "pages/man1"]);
    output.succeeds();
    for command in commands() {
        let file = format!("pages/man1/mdbook-transcript-{command}.1");
        assert!(
            output.stdout.contains(&format!("wrote {file}\n")),
            "{}",
            output.stdout
        );
        let page = project.read(&file);
        let usage = format!("mdbook\\-transcript {command}");
        assert!(
            page.contains(".SH SYNOPSIS") && page.contains(&usage),
            "{page}"
        );
    }
    let main = project.read("pages/man1/mdbook-transcript.1");
    assert_eq!(&main.replace('\\', "/"), page);
}

/// A unit test compares the schema's keys and defaults with the settings that are read.
#[test]
fn the_schema_describes_the_settings() {
    let project = Project::empty();
    let output = project.run(&["schema"]);
    let schema: Value = serde_json::from_str(&output.succeeds().stdout).unwrap();
    let table = &schema["properties"]["preprocessor"]["properties"]["transcript"];
    assert_eq!(table["additionalProperties"], false);
    assert_eq!(table["properties"]["execute"]["default"], "stale");
    assert_eq!(table["properties"]["jobs"]["default"], 32);
    // The other tables belong to mdBook.
    assert!(schema.get("additionalProperties").is_none());

    let guide = include_str!("../../guide/settings.md");
    for key in table["properties"].as_object().unwrap().keys() {
        let is_mdbooks = ["after", "before", "command", "optional", "renderers"];
        let is_documented = guide.contains(&format!("\n| `{key}`"));
        assert!(
            is_mdbooks.contains(&&**key) || is_documented,
            "guide/settings.md has no row for `{key}`"
        );
    }
}
