//! Shell commands in a fence: ` ```console,run `. As in a terminal, each follows a `$ `, and `> ` continues the line
//! before it.

/// The prompt of a command.
const PROMPT: &str = "$ ";
/// The prompt of a further line of a command.
const MORE: &str = "> ";
/// The prompt of a further line that is empty.
const EMPTY: &str = ">";

/// Reads the commands in the body of a fence.
///
/// # Errors
/// The number of the first line, from 0, that is no command, such as output; 0 if the body is empty.
pub fn commands(body: &str) -> Result<Vec<String>, usize> {
    let mut commands: Vec<String> = Vec::new();
    for (number, line) in body.lines().enumerate() {
        let line = line.trim_end();
        if let Some(command) = line.strip_prefix(PROMPT) {
            commands.push(command.to_owned());
        } else if let Some(more) = line
            .strip_prefix(MORE)
            .or(line.strip_prefix(EMPTY).filter(|rest| rest.is_empty()))
            && let Some(command) = commands.last_mut()
        {
            command.push('\n');
            command.push_str(more);
        } else if !line.is_empty() {
            return Err(number);
        }
    }
    if commands.is_empty() {
        Err(0)
    } else {
        Ok(commands)
    }
}

/// The lines of a command with their prompts, as a terminal shows them.
pub fn echo(command: &str) -> Vec<String> {
    let lines = command.split('\n').enumerate();
    let prompted = lines.map(|(number, line)| match (number, line) {
        (0, _) => format!("{PROMPT}{line}"),
        (_, "") => EMPTY.to_owned(),
        _ => format!("{MORE}{line}"),
    });
    prompted.collect()
}

/// The commands in one line, each as its own first line.
pub fn in_one_line(commands: &[String]) -> String {
    let first = |command: &String| match command.split_once('\n') {
        Some((first, _)) => format!("{first} …"),
        None => command.clone(),
    };
    commands.iter().map(first).collect::<Vec<_>>().join("; ")
}

/// A script for a POSIX shell that prints and runs each command in turn.
///
/// The commands find nothing of this tool, as far as a shell allows that: `$?` is the status of the command before,
/// and `$_` its last word; a number in `$LINENO` counts the author's lines, for which the command that prints is on the
/// line of the printed one; it uses no variable, and an author's `set -x` does not show it.
///
/// - `%.0s` prints nothing, but makes the old `$_` the new one. It may be unset (`set -u`).
/// - `&& :` keeps a status without ending a shell that ends at the first failure: only the last command of such a list
///   counts (POSIX.1-2024, `set -e`).
/// - `command` avoids an author's function of the same name.
pub fn script(commands: &[String]) -> String {
    // bash stores its script in a variable.
    let mut script = "unset BASH_EXECUTION_STRING; ".to_owned();
    for command in commands {
        let lines: String = echo(command)
            .iter()
            .map(|line| format!("{line}\n"))
            .collect();
        let format = lines.replace('\\', "\\\\").replace('%', "%%");
        let format = quoted(&(format.replace('\n', "\\n") + "%.0s"));
        let print = format!("command printf {format} \"${{_-}}\"");
        script.push_str(&format!(
            "{{ case $? in 0) {print} || :;; *) (set -- \"$?\"; {print}; exit \"$1\") && :;; esac; }} 2>/dev/null; \
             {command}\n"
        ));
    }
    script
}

/// The number of commands that a shell has printed, of all that a [`script`] prints, given the lines that it printed.
pub fn reached<'a>(commands: &[String], printed: impl IntoIterator<Item = &'a str>) -> usize {
    let mut reached = 0;
    let mut rest = commands.iter().map(|command| echo(command));
    let mut next = rest.next();
    for line in printed {
        // Output without a newline is on the same line, before the prompt.
        if let Some(lines) = &next
            && lines.first().is_some_and(|prompt| line.ends_with(prompt))
        {
            reached += 1;
            next = rest.next();
        }
    }
    reached
}

/// The first command that starts Cargo to run a program, and the name of the program if the command has it.
pub fn cargo_run(commands: &[String]) -> Option<(&str, Option<&str>)> {
    commands.iter().find_map(|command| {
        let mut words =
            command.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '('));
        words.find(|word| *word == "cargo")?;
        // A toolchain, `+nightly`, and flags may come before the subcommand.
        let mut words = words.skip_while(|word| word.starts_with(['+', '-']));
        words.next().filter(|word| matches!(*word, "run" | "r"))?;
        let mut args = words.take_while(|word| *word != "--");
        let program = args.find_map(|arg| {
            let flag = ["--example", "--bin"].iter();
            flag.filter_map(|flag| arg.strip_prefix(flag)).next()
        });
        let program = program.and_then(|rest| match rest.strip_prefix('=') {
            Some(name) => Some(name),
            None => args.next().filter(|_| rest.is_empty()),
        });
        Some((command.as_str(), program))
    })
}

/// The words of commands that can be names of programs: letters, digits, `-` and `_`.
pub fn words(commands: &[String]) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    commands
        .iter()
        .flat_map(move |command| command.split(move |c| !is_part(c)))
        .filter(|word| !word.is_empty())
}

/// Quotes a text with single quotes (POSIX.1-2024, Shell Command Language, 2.2.2).
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::{cargo_run, commands, reached};

    #[test]
    fn commands_follow_prompts() {
        let owned = |commands: &[&str]| -> Vec<String> {
            commands.iter().map(|&command| command.to_owned()).collect()
        };
        for (body, found) in [
            ("$ a\n", Ok(owned(&["a"]))),
            ("$ a b\n\n$ c  \n", Ok(owned(&["a b", "c"]))),
            (
                "$ for i in 1 2\n> do echo $i\n> done\n",
                Ok(owned(&["for i in 1 2\ndo echo $i\ndone"])),
            ),
            ("$ cat <<E\n> a\n>\n> E\n", Ok(owned(&["cat <<E\na\n\nE"]))),
            ("$ a\n>b\n", Err(1)),
            ("$ a\nprinted\n", Err(1)),
            ("> a\n", Err(0)),
            ("a\n", Err(0)),
            ("\n", Err(0)),
        ] {
            assert_eq!(commands(body), found, "{body:?}");
        }
    }

    #[test]
    fn commands_that_were_printed_were_reached() {
        let commands = ["a".to_owned(), "b\nc".to_owned(), "d".to_owned()];
        for (printed, expected) in [
            (vec![], 0),
            (vec!["$ a", "text"], 1),
            (vec!["$ a", "no newline$ b", "> c", "$ c"], 2),
            (vec!["$ a", "$ b", "> c", "$ d", "$ d"], 3),
        ] {
            assert_eq!(reached(&commands, printed.clone()), expected, "{printed:?}");
        }
    }

    #[test]
    fn a_command_that_starts_cargo_is_found() {
        for (command, expected) in [
            ("cargo run --example join -- 1", Some(Some("join"))),
            ("RUST_BACKTRACE=1 cargo run --bin tool", Some(Some("tool"))),
            ("cargo run", Some(None)),
            ("cargo r -q --example=join -- --bin x", Some(Some("join"))),
            ("cd x; cargo +nightly -v run --bin tool", Some(Some("tool"))),
            ("cargo run --release && ls", Some(None)),
            ("cargo run --examples join", Some(None)),
            ("cargo build --example join", None),
            ("join --example cargo run-it", None),
        ] {
            let commands = ["ls".to_owned(), command.to_owned()];
            let found = cargo_run(&commands).map(|(_, name)| name);
            assert_eq!(found, expected, "{command}");
        }
    }
}
