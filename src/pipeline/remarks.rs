//! Facts about transcripts that their authors probably did not intend, as warnings of `build` and `record`.

use crate::diagnostic::Diagnostic;
use crate::lesson::shell::{echo, reached};
use crate::plan::{Origin, Plan, Run, RunId};
use crate::transcript::{Stream, Transcript};

/// Returns the warnings about the transcripts of a book's runs. Runs without a transcript have none.
pub fn remarks<'a>(
    plan: &Plan,
    transcript: impl Fn(RunId) -> Option<&'a Transcript>,
) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for id in plan.ids() {
        let run = &plan[id];
        if matches!(run.origin, Origin::Shell { .. })
            && let Some(transcript) = transcript(id)
        {
            all.extend(never_reached(run, transcript));
        }
    }
    all
}

/// Returns a warning if a shell session ended before its last command.
fn never_reached(run: &Run, transcript: &Transcript) -> Option<Diagnostic> {
    let Origin::Shell { commands, .. } = &run.origin else {
        return None;
    };
    let lines = transcript.lines.iter();
    let stdout = lines.filter(|line| line.stream == Stream::Stdout);
    let reached = reached(commands, stdout.map(|line| line.text.as_str()));
    let lost: Vec<String> = commands[reached..]
        .iter()
        .flat_map(|command| echo(command))
        .collect();
    if lost.is_empty() {
        return None;
    }
    let message = match commands.len() - reached {
        1 => format!("`{}`: the last command is not on the page", run.called()),
        lost => format!(
            "`{}`: the last {lost} commands are not on the page",
            run.called()
        ),
    };
    let mut warning = Diagnostic::warning(message)
        .at(&run.asks[0])
        .note(format!("never reached:\n{}", lost.join("\n")));
    if let Some(last) = reached.checked_sub(1) {
        let last = echo(&commands[last]).swap_remove(0);
        warning = warning.help(format!(
            "the session ended with `{last}`: remove the others, or write `$ set +e` before a command that may fail"
        ));
    }
    Some(warning)
}
