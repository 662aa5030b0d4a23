//! Runs that must be made: their programs built, then run.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::config::Config;
use crate::example::build::{Binary, BuildError, Linking, build};
use crate::example::cache::Built;
use crate::example::inputs::{Inputs, hash};
use crate::example::run::{Limits, RunError, Task};
use crate::example::schedule::run_all;
use crate::example::{Progress, Run};
use crate::interrupt;
use crate::transcript::Transcript;

/// A program that was built.
#[derive(Debug)]
pub struct Program {
    /// The number of the run that it was built for.
    pub run: usize,
    /// The executable.
    pub binary: PathBuf,
    /// What it was built from, and its hash.
    pub built: Built,
    /// What the compiler warned of, with ANSI colours.
    pub warnings: String,
    /// When it was written.
    written: Option<SystemTime>,
}

impl Program {
    /// Whether it still is what was built: another Cargo may have replaced it.
    pub fn is_what_was_built(&self) -> bool {
        written(&self.binary) == self.written
    }
}

/// What a run may use.
pub fn limits(run: &Run, config: &Config) -> Limits {
    Limits {
        timeout: run.timeout.unwrap_or(config.timeout),
        output: config.output_limit,
        line: config.line_limit,
        disk: config.disk_limit,
    }
}

/// Builds the programs of these runs. The answers stand in the order of the numbers.
pub fn build_programs(
    numbers: &[usize],
    runs: &[Run],
    manifest: &Path,
    progress: &dyn Progress,
) -> Vec<Result<Program, BuildError>> {
    // Only now is there something to break off and tidy up.
    if let Err(error) = interrupt::catch() {
        tracing::warn!("failed to watch for Ctrl-C: {error}");
    }
    let begun = SystemTime::now();
    let its_runs: Vec<&Run> = numbers.iter().map(|&run| &runs[run]).collect();
    let built = build(manifest, &its_runs, Linking::Ordinary, progress);
    let built = numbers.iter().zip(built);
    built
        .map(|(&run, binary)| {
            let binary = binary?;
            Ok(Program {
                run,
                built: read(&binary, begun)?,
                written: written(&binary.path),
                warnings: binary.warnings,
                binary: binary.path,
            })
        })
        .collect()
}

/// Runs these programs, side by side as far as their timings allow. The answers stand in their order.
pub fn run_programs(
    programs: &[&Program],
    runs: &[Run],
    config: &Config,
    progress: &dyn Progress,
) -> Vec<Result<Transcript, RunError>> {
    let task = |program: &&Program| tracing::debug!("`{}`: run", runs[program.run].command);
    programs.iter().for_each(task);
    let tasks: Vec<Task<'_>> = programs
        .iter()
        .map(|program| Task {
            binary: &program.binary,
            run: &runs[program.run],
            limits: limits(&runs[program.run], config),
            disturbed: None,
        })
        .collect();
    run_all(&tasks, config.jobs, progress)
}

/// What a binary was built from, and its own hash. What was written since the build has begun may not be
/// what the compiler read: then the sources are not known, and the next build asks Cargo.
fn read(binary: &Binary, begun: SystemTime) -> Result<Built, BuildError> {
    let unreadable = |error: std::io::Error| BuildError::Unreadable {
        file: binary.path.clone(),
        error: error.to_string(),
    };
    let is_old = |file: &PathBuf| written(file).is_none_or(|written| written < begun);
    let sources = binary.sources.clone();
    let sources = sources.filter(|sources| sources.iter().all(is_old));
    Ok(Built {
        inputs: sources.map(Inputs::read).transpose().map_err(unreadable)?,
        binary: hash(&binary.path).map_err(unreadable)?,
    })
}

fn written(file: &Path) -> Option<SystemTime> {
    file.metadata().ok()?.modified().ok()
}
