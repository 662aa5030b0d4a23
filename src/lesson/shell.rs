//! Commands for a shell: ` ```console,run `. Each stands behind a `$ `, as in a terminal; a line behind `> `
//! goes on with the one before it.

/// Before a command.
const PROMPT: &str = "$ ";
/// Before a further line of it.
const MORE: &str = "> ";
/// The same, where nothing stands behind it.
const EMPTY: &str = ">";

/// The commands in the body of a fence.
///
/// # Errors
/// The number of the first line, from 0, that is none: what a program printed, or nothing at all.
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

/// What a terminal shows of a command: the lines with their prompts.
pub fn echo(command: &str) -> Vec<String> {
    let lines = command.split('\n').enumerate();
    let prompted = lines.map(|(number, line)| match (number, line) {
        (0, _) => format!("{PROMPT}{line}"),
        (_, "") => EMPTY.to_owned(),
        _ => format!("{MORE}{line}"),
    });
    prompted.collect()
}

/// What commands are called in one line, each by its own first.
pub fn in_one_line(commands: &[String]) -> String {
    let first = |command: &String| match command.split_once('\n') {
        Some((first, _)) => format!("{first} …"),
        None => command.clone(),
    };
    commands.iter().map(first).collect::<Vec<_>>().join("; ")
}

/// The script for a POSIX shell that runs the commands in their order, shows each before it runs, and ends at
/// the first that fails, with its status.
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

/// The words of commands that can be the names of programs: what a shell would not take apart.
pub fn words(commands: &[String]) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    commands
        .iter()
        .flat_map(move |command| command.split(move |c| !is_part(c)))
        .filter(|word| !word.is_empty())
}

/// A word in single quotes (POSIX.1-2024, Shell Command Language, 2.2.2).
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::{commands, script};

    #[test]
    fn commands_stand_behind_prompts() {
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
    fn a_script_shows_what_it_runs() {
        assert_eq!(
            script(&["echo 'a'".to_owned(), "for i in 1\ndo b\ndone".to_owned()]),
            "set -e\nprintf '%s\\n' '$ echo '\\''a'\\'''\necho 'a'\n\
             printf '%s\\n' '$ for i in 1'\nprintf '%s\\n' '> do b'\nprintf '%s\\n' '> done'\nfor i in 1\ndo b\ndone\n"
        );
    }
}
