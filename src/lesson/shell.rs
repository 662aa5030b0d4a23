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

/// A script for a POSIX shell that prints and runs each command in turn. The first command that fails ends the script,
/// with its exit status.
pub fn script(commands: &[String]) -> String {
    let mut script = "set -e\n".to_owned();
    for command in commands {
        for line in echo(command) {
            script.push_str(&format!("printf '%s\\n' {}\n", quoted(&line)));
        }
        script.push_str(command);
        script.push('\n');
    }
    script
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
    use super::{commands, script};

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
    fn a_script_prints_its_commands() {
        assert_eq!(
            script(&["echo 'a'".to_owned(), "for i in 1\ndo b\ndone".to_owned()]),
            "set -e\nprintf '%s\\n' '$ echo '\\''a'\\'''\necho 'a'\n\
             printf '%s\\n' '$ for i in 1'\nprintf '%s\\n' '> do b'\nprintf '%s\\n' '> done'\nfor i in 1\ndo b\ndone\n"
        );
    }
}
