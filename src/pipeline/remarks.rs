//! Facts about transcripts that their authors probably did not intend, as warnings of `build` and `record`.

use std::time::Duration;

use crate::compare::claims::{broken_by_lines, broken_by_time, names_no_run};
use crate::diagnostic::Diagnostic;
use crate::lesson::claim::{Claim, TimeLimit};
use crate::lesson::shell::{echo, reached};
use crate::plan::{Origin, Plan, Run, RunId};
use crate::transcript::{Stream, Timing, Transcript};

/// Returns the warnings about the transcripts of a book's runs. Runs without a transcript have none.
pub fn remarks<'a>(
    plan: &Plan,
    transcript: impl Fn(RunId) -> Option<&'a Transcript>,
) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for id in plan.ids() {
        let run = &plan[id];
        let is_remarkable = matches!(run.origin, Origin::Shell { .. }) || !run.claims.is_empty();
        if is_remarkable && let Some(shown) = transcript(id) {
            all.extend(never_reached(run, shown));
            let wall_of = |id: &str| clean_wall(transcript(plan.named(id)?)?);
            all.extend(broken_claims(plan, run, shown, wall_of));
        }
    }
    all
}

/// Returns the wall time of an execution; `None`: other processes kept the processors busy.
fn clean_wall(transcript: &Transcript) -> Option<Duration> {
    (transcript.timing == Timing::Clean).then_some(transcript.wall)
}

/// Returns a warning for each claim that does not hold for a transcript, so that the page itself refutes it.
fn broken_claims(
    plan: &Plan,
    run: &Run,
    transcript: &Transcript,
    wall_of: impl Fn(&str) -> Option<Duration>,
) -> Vec<Diagnostic> {
    // Nobody checks the claims of such a run.
    let claims = run.claims.iter().filter(|_| run.unchecked.is_none());
    let broken = |claim: &Claim| {
        if let Some((message, _)) = broken_by_lines(claim, &transcript.lines) {
            return Some(format!("{message}: the fence says `{claim}`"));
        }
        if let Claim::Less {
            limit: TimeLimit::Run(than),
            ..
        } = claim
            && plan.named(than).is_none()
        {
            let known = plan.runs.iter().map(|run| run.id.as_str());
            return Some(names_no_run(claim, than, known));
        }
        let processors = transcript.processors.map_or(1, |count| count as usize);
        let is_measured = claim.processors() <= processors;
        let wall = clean_wall(transcript).filter(|_| is_measured)?;
        broken_by_time(claim, wall, &wall_of)
    };
    let warnings = claims.filter_map(|claim| {
        let message = broken(&claim.value)?;
        let warning = Diagnostic::warning(format!("`{}`: {message}", run.called()));
        Some(
            warning
                .at(&claim.ask)
                .help("change the program, or what the fence says"),
        )
    });
    warnings.collect()
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
