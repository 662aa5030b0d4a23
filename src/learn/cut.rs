//! Learns the shape of a program that never ends: the time-out cuts each execution.
//!
//! Two executions are seldom cut at the same line, so the last lines are no rule. A line that came in the first half of
//! the time must come: durations hold within a factor of two. A later line may be missing, and more may follow the last
//! one.

use std::num::NonZero;

use super::Native;
use super::batch::{Batch, Scheduled};
use super::shape::classes::classes;
use super::shape::shape;
use super::subject::Observation;
use crate::exec::{Processors, RunError};
use crate::observe::control::Control;
use crate::progress::Progress;
use crate::transcript::execution::Execution;
use crate::transcript::redaction::Redactions;
use crate::transcript::shape::{Shape, Untested};
use crate::transcript::{Exit, Transcript};

/// The number of executions besides the native one.
const MORE: usize = 5;

/// A run that the time-out cuts.
#[derive(Debug)]
pub struct Cut {
    /// The shortest of the executions, which readers see: every other execution is at least as long.
    pub shown: Transcript,
    /// All executions, each cut at the number of lines of the shortest; the shortest is the first.
    pub executions: Vec<Execution>,
    /// The rules that all of them obey.
    pub shape: Shape,
}

/// Executes each run several times, at most `jobs` executions at a time, and learns their shapes. The results are in the
/// order of the runs; a run fails if its program ends by itself.
pub fn cuts(
    runs: &[Native<'_>],
    jobs: NonZero<usize>,
    progress: &dyn Progress,
) -> Vec<Result<Cut, RunError>> {
    let scheduled = runs.iter().flat_map(|run| {
        let scheduled = Scheduled {
            subject: run.subject,
            control: Control::default(),
            processors: Processors::All,
            seed: None,
            demand: run.subject.demand(run.transcript),
            wall: run.transcript.wall,
        };
        std::iter::repeat_n(scheduled, MORE)
    });
    let batch = Batch::prepare(scheduled);
    let mut observations = batch.execute(jobs, progress).into_iter();
    let cuts = runs.iter().map(|run| {
        let of_run: Vec<_> = observations.by_ref().take(MORE).collect();
        let more: Result<Vec<Observation>, RunError> = of_run.into_iter().collect();
        let more = more?.into_iter().map(|observation| observation.transcript);
        let native = [run.transcript.clone()].into_iter();
        cut(
            native.chain(more).collect(),
            &run.subject.launch.run.redactions,
        )
    });
    cuts.collect()
}

/// Learns from all transcripts of a run.
fn cut(mut all: Vec<Transcript>, redactions: &Redactions) -> Result<Cut, RunError> {
    if let Some(other) = all.iter().find(|other| other.exit != Exit::Timeout) {
        let found = other.exit.in_words();
        let message = format!("it does not always reach its time-out: it ended with {found}");
        return Err(RunError::Failed(message));
    }
    // The native execution unless another one is shorter.
    let shortest = (0..all.len()).min_by_key(|&at| all[at].lines.len());
    all.swap(0, shortest.unwrap_or(0));
    let (executions, shape) = learned(&all, redactions);
    Ok(Cut {
        shown: all.swap_remove(0),
        executions,
        shape,
    })
}

/// Learns from transcripts, the shortest of which is the first.
fn learned(all: &[Transcript], redactions: &Redactions) -> (Vec<Execution>, Shape) {
    let shortest = all.first().map_or(0, |first| first.lines.len());
    let executions: Vec<Execution> = all
        .iter()
        .map(|transcript| {
            let mut execution = Execution::of(transcript).redacted(redactions);
            execution.lines.truncate(shortest);
            execution
        })
        .collect();
    let mut shape = shape(&executions, Some(Untested::Cut));
    let classes = classes(&executions);
    for (number, template) in shape.templates.iter_mut().enumerate() {
        let early = |(transcript, templates): (&Transcript, &Vec<usize>)| {
            let lines = transcript.lines.iter().zip(templates);
            let half = transcript.wall / 2;
            let early = lines.filter(|(line, of)| **of == number && line.at <= half);
            early.count()
        };
        let least = all.iter().zip(&classes.of_lines).map(early).min();
        let (start, end) = template.count.clone().into_inner();
        template.count = start.min(least.unwrap_or(0))..=end;
    }
    (executions, shape.with_redactions(redactions))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Redactions, learned};
    use crate::transcript::{Exit, Line, Stream, Transcript};

    /// A transcript with these lines, `(milliseconds, text)`, cut after a second.
    fn transcript(lines: &[(u64, &str)]) -> Transcript {
        let line = |&(at, text): &(u64, &str)| Line {
            stream: Stream::Stdout,
            at: Duration::from_millis(at),
            writer: None,
            track: None,
            text: text.to_owned(),
        };
        Transcript {
            wall: Duration::from_secs(1),
            ..Transcript::of(lines.iter().map(line).collect(), Exit::Timeout)
        }
    }

    #[test]
    fn lines_of_the_second_half_may_be_missing() {
        let ticks = [
            (10, "ready"),
            (400, "tick 1"),
            (700, "tick 2"),
            (990, "tick 3"),
        ];
        let (executions, shape) = learned(
            &[transcript(&ticks[..3]), transcript(&ticks)],
            &Redactions::default(),
        );
        assert!(
            executions
                .iter()
                .all(|execution| execution.lines.len() == 3)
        );
        let text = shape.text();
        let expected = "ends with timeout\nstarts at least 0 threads, 0 processes\n1 stdout 1 ready\n\
                        2 stdout 1 tick 1\n3 stdout 0..1 tick 2\n\
                        order: untested, the time-out cuts it: 3 pairs\n";
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn a_program_that_prints_on_and_on_varies_in_number_only() {
        let lines = |count: u64| {
            let lines = (1..=count).map(|number| (number * 900 / count, "again"));
            transcript(&lines.collect::<Vec<_>>())
        };
        let (_, shape) = learned(
            &[lines(100), lines(140), lines(200)],
            &Redactions::default(),
        );
        assert!(
            shape.text().contains("\n1 stdout 55..100 again\n"),
            "{}",
            shape.text()
        );
    }
}
