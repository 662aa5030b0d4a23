//! One binary → one transcript.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::Run;
use super::observe::{Observed, Observer};
use super::output::Output;
use super::program::Program;
use crate::transcript::Transcript;

/// How often a running program is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// How often it is asked for its end when nothing else tells of it.
const TICK: Duration = Duration::from_millis(1);

/// What a program may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long it may run.
    pub timeout: Duration,
    /// How many bytes it may print.
    pub output: u64,
}

/// A run that was made, and what else was seen of it.
#[derive(Debug)]
pub struct Made {
    /// What it printed and how it ended.
    pub transcript: Transcript,
    /// What the system told.
    pub observed: Observed,
    /// When it started and ended.
    pub during: (Instant, Instant),
}

/// Why there is no transcript. Each holds what was printed until then.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The system does not start it.
    #[error("failed to start: {0}")]
    Start(#[from] io::Error),
    /// It ran for too long and was stopped.
    #[error("still running after {}", humantime::format_duration(*.after))]
    TimedOut {
        /// Its limit.
        after: Duration,
        /// What it had printed.
        printed: Vec<String>,
        /// What the system told.
        observed: Observed,
    },
    /// It printed too much and was stopped.
    #[error("printed more than {limit} bytes")]
    TooMuch {
        /// Its limit.
        limit: u64,
        /// What it had printed.
        printed: Vec<String>,
    },
}

/// Runs a binary once.
///
/// # Errors
/// It does not start, or goes beyond its limits. A bad exit is none of these: it stands in the
/// transcript.
pub fn run(binary: &Path, run: &Run, limits: Limits) -> Result<Made, RunError> {
    let start = Instant::now();
    let (mut program, pipes) = Program::start(binary, run)?;
    let mut observer = Observer::of(program.pid());
    let mut output = Output::read(pipes, limits.output);

    let mut looked = start;
    while !program.has_ended()? {
        if start.elapsed() >= limits.timeout {
            program.end()?;
            output.drain(start);
            return Err(RunError::TimedOut {
                after: limits.timeout,
                printed: output.into_texts(),
                observed: observer.finish(),
            });
        }
        if output.is_too_much() {
            program.end()?;
            return Err(RunError::TooMuch {
                limit: limits.output,
                printed: output.into_texts(),
            });
        }
        if looked.elapsed() >= LOOK {
            looked = Instant::now();
            observer.look();
        }
        output.wait(TICK, start);
    }
    let end = Instant::now();
    observer.look();
    let exit = program.end()?;
    let observed = observer.finish();
    output.drain(start);
    if output.is_too_much() {
        return Err(RunError::TooMuch {
            limit: limits.output,
            printed: output.into_texts(),
        });
    }
    let lines = output.into_lines();
    Ok(Made {
        transcript: Transcript {
            lines,
            exit,
            wall: end - start,
            threads: observed.threads,
            processes: observed.processes,
        },
        observed,
        during: (start, end),
    })
}
