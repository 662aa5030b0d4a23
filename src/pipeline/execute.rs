//! Builds programs and executes them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::num::NonZero;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::folders::folders;
use crate::cargo::build::{Binary, BuildError, Linking, Workspace, build, sources_of_rejected};
use crate::cargo::command::folder_of;
use crate::cargo::targets::workspace_root;
use crate::config::Config;
use crate::exec::schedule::run_all;
use crate::exec::{AtTimeout, Demand, Launch, Limits, RunError};
use crate::hash::hash_of;
use crate::interrupt;
use crate::lesson::purpose::{Purpose, Refused};
use crate::plan::{Origin, Plan, Run, RunId};
use crate::progress::Progress;
use crate::recordings::cache::Built;
use crate::recordings::inputs::{Contents, Inputs, hash, state};
use crate::transcript::folders::{Folders, without_sources};
use crate::transcript::refusal::essence;
use crate::transcript::{Exit, Line, Stream, Transcript};

/// A program that was built, or that the compiler has rejected as expected.
#[derive(Debug)]
pub struct Program {
    /// The run that the program was built for.
    pub run: RunId,
    /// The outcome of the build.
    pub outcome: Outcome,
    /// The program's inputs, and its hash.
    pub built: Built,
    /// The compiler's warnings, with ANSI colors.
    pub warnings: String,
    /// The folder of the programs that a shell session finds by name.
    pub programs: Option<PathBuf>,
    /// The folder from which the run's files are copied.
    pub home: PathBuf,
    /// The folders of this machine, whose names are not shown.
    pub folders: Folders,
}

/// The outcome of building a program.
#[derive(Debug)]
pub enum Outcome {
    /// An executable, and its modification time.
    Binary(PathBuf, Option<SystemTime>),
    /// There is nothing to execute: readers see the compiler's errors, or nothing of a program that is only built.
    Compiled(Box<Transcript>),
}

impl Program {
    /// Returns the path of the executable, if there is one.
    pub fn binary(&self) -> Option<&Path> {
        match &self.outcome {
            Outcome::Binary(path, _) => Some(path),
            Outcome::Compiled(_) => None,
        }
    }

    /// Returns whether the executable is the one that was built: another Cargo may have replaced it.
    pub fn is_as_built(&self) -> bool {
        match &self.outcome {
            Outcome::Binary(path, then) => written(path) == *then,
            Outcome::Compiled(_) => true,
        }
    }

    /// Returns whether neither the executable nor a source file has changed since the build. The sources count because
    /// the program may have been built again for the observer.
    pub fn is_unchanged(&self, run: &Run, contents: &mut Contents) -> bool {
        contents.know_page(run);
        let mut inputs = self.built.inputs.iter();
        self.is_as_built() && inputs.all(|inputs| inputs.are_unchanged(contents))
    }
}

/// Returns the number of distinct programs: a program may have several runs.
pub fn count<'a>(programs: impl IntoIterator<Item = &'a Program>, plan: &Plan) -> usize {
    let targets = programs
        .into_iter()
        .map(|program| &plan[program.run].target);
    targets.collect::<BTreeSet<_>>().len()
}

/// Returns the limits on a run.
pub fn limits(run: &Run, config: &Config) -> Limits {
    Limits {
        timeout: run
            .timeout
            .as_ref()
            .map_or(config.timeout, |timeout| timeout.value),
        output: config.output_limit,
        line: config.line_limit,
        disk: config.disk_limit,
        at_timeout: match run.expected_exit() {
            Exit::Timeout => AtTimeout::Cut,
            Exit::Code(_) | Exit::Signal(_) => AtTimeout::Fail,
        },
    }
}

/// Builds the programs of these runs. The results have the order of `runs`.
pub fn build_programs(
    runs: &[RunId],
    plan: &Plan,
    workspace: &Workspace,
    progress: &dyn Progress,
) -> Vec<Result<Program, BuildError>> {
    // From here on, Ctrl-C must stop processes and remove files.
    if let Err(error) = interrupt::catch() {
        tracing::warn!("failed to watch for Ctrl-C: {error}");
    }
    let begun = SystemTime::now();
    let folders = folders(workspace);
    let built = build(workspace, runs, &plan.runs, Linking::Ordinary, progress);
    let built = runs.iter().zip(built);
    built
        .map(|(&id, built)| {
            let run = &plan[id];
            let own = workspace.of_target(&run.target);
            let folders = match run.target.standalone {
                true => &self::folders(&own),
                false => &folders,
            };
            match &run.purpose {
                Purpose::Run => of_binary(id, run, built?, &own, begun, folders),
                Purpose::Build | Purpose::Show => only_built(id, run, built?, &own, begun, folders),
                Purpose::Refuse(refused) => refusal(id, run, refused, built, &own, begun),
            }
        })
        .collect()
}

fn of_binary(
    id: RunId,
    run: &Run,
    binary: Binary,
    workspace: &Workspace,
    begun: SystemTime,
    folders: &Folders,
) -> Result<Program, BuildError> {
    Ok(Program {
        run: id,
        folders: folders.clone(),
        built: read(&binary, run, workspace, begun)?,
        warnings: binary.warnings,
        programs: binary.programs,
        home: home_of(run, workspace).to_owned(),
        outcome: Outcome::Binary(binary.path.clone(), written(&binary.path)),
    })
}

/// The outcome of a program that is built and not executed.
fn only_built(
    id: RunId,
    run: &Run,
    binary: Binary,
    workspace: &Workspace,
    begun: SystemTime,
    folders: &Folders,
) -> Result<Program, BuildError> {
    let transcript = Transcript::of(Vec::new(), run.expected_exit());
    Ok(Program {
        outcome: Outcome::Compiled(Box::new(transcript)),
        ..of_binary(id, run, binary, workspace, begun, folders)?
    })
}

/// Converts the compiler's output about a program that it must reject to a program's outcome.
///
/// # Errors
/// The program compiles, or was rejected with other error codes.
fn refusal(
    id: RunId,
    run: &Run,
    Refused { codes: expected }: &Refused,
    built: Result<Binary, BuildError>,
    workspace: &Workspace,
    begun: SystemTime,
) -> Result<Program, BuildError> {
    let target = run.target.name.clone();
    let (output, codes) = match built {
        Ok(_) => return Err(BuildError::Compiles { target }),
        Err(BuildError::Failed { output, codes, .. }) => (output, codes),
        Err(error) => return Err(error),
    };
    let expected_codes: BTreeSet<Option<String>> = expected.iter().cloned().map(Some).collect();
    if !expected.is_empty() && codes != expected_codes {
        return Err(BuildError::RefusedOtherwise {
            target,
            expected: expected.clone(),
            codes,
            output,
        });
    }
    let output = without_folders(&output, workspace);
    let lines = output.trim_end().lines().map(|line| Line {
        stream: Stream::Stderr,
        at: Duration::ZERO,
        writer: None,
        track: None,
        text: line.to_owned(),
    });
    let transcript = Transcript::of(lines.collect(), run.expected_exit());
    let inputs = match run.origin {
        Origin::Target => settled(sources_of_rejected(run, workspace, begun), begun),
        Origin::Snippet { .. } | Origin::Shell { .. } => Some(Vec::new()),
    };
    let inputs = inputs.map(Inputs::read).transpose();
    let mut inputs = inputs.map_err(|error| BuildError::unreadable(&run.target.source, error))?;
    if let Some(inputs) = &mut inputs {
        inputs.extend_with_page(run);
    }
    Ok(Program {
        run: id,
        outcome: Outcome::Compiled(Box::new(transcript)),
        built: Built {
            inputs,
            binary: hash_of(output.as_bytes()),
        },
        warnings: String::new(),
        programs: None,
        home: PathBuf::new(),
        folders: Folders::default(),
    })
}

/// Removes the folders of this machine from the paths in a compiler's output: the workspace's, Cargo's registry and
/// checkouts, and the standard library's, both the installed one and that of the machine that built it.
fn without_folders(output: &str, workspace: &Workspace) -> String {
    let root = workspace_root(&workspace.manifest);
    let root = fs::canonicalize(&root).unwrap_or(root);
    let output = output.replace(&format!("{}{MAIN_SEPARATOR}", root.display()), "");
    without_sources(&output).into_owned()
}

/// Executes these programs natively, at most so many at once: if they are measured, side by side as far as their timings
/// allow. The results have the order of `programs`.
pub(super) fn run_natively(
    programs: &[&Program],
    (demand, at_once): (Demand, NonZero<usize>),
    plan: &Plan,
    config: &Config,
    progress: &dyn Progress,
) -> Vec<Result<Transcript, RunError>> {
    let mut launches = Vec::new();
    for program in programs {
        if let Some(binary) = program.binary() {
            tracing::debug!("`{}`: run", plan[program.run].called());
            launches.push(Launch {
                demand,
                ..launch(program, binary, &plan[program.run], config)
            });
        }
    }
    let mut executions = run_all(&launches, at_once, progress).into_iter();
    let results = programs.iter().map(|program| match &program.outcome {
        Outcome::Binary(..) => match executions.next() {
            Some(execution) => execution.map(|execution| execution.transcript),
            None => Err(RunError::Interrupted),
        },
        Outcome::Compiled(transcript) => Ok((**transcript).clone()),
    });
    results.collect()
}

/// Returns the native launch of a run of this program.
pub fn launch<'a>(
    program: &'a Program,
    binary: &'a Path,
    run: &'a Run,
    config: &Config,
) -> Launch<'a> {
    Launch {
        binary,
        run,
        programs: program.programs.as_deref(),
        home: &program.home,
        limits: limits(run, config),
        instrumentation: None,
        demand: Demand::Measured,
        folders: &program.folders,
    }
}

/// Returns the transcript as it is compared: a compiler's output is reduced to its [`essence`].
pub fn compared<'a>(run: &Run, transcript: &'a Transcript) -> Cow<'a, Transcript> {
    match run.refused() {
        None => Cow::Borrowed(transcript),
        Some(_) => Cow::Owned(Transcript {
            lines: essence(&transcript.lines),
            ..transcript.clone()
        }),
    }
}

/// Reads a binary's inputs, and its own hash. A source file that was modified after the build began may differ from
/// what the compiler read: the inputs are unknown then, and the next build asks Cargo.
///
/// # Errors
/// A file cannot be read.
fn read(
    binary: &Binary,
    run: &Run,
    workspace: &Workspace,
    begun: SystemTime,
) -> Result<Built, BuildError> {
    let unreadable = |error| BuildError::unreadable(&binary.path, error);
    let mut sources = binary.sources.clone();
    if let Some(sources) = &mut sources {
        // The input of a snippet is its text, not the file that it was written to.
        sources.retain(|file| !file.starts_with(&workspace.pages));
    }
    let files = files_of(run, workspace)?;
    if let Some(sources) = &mut sources {
        sources.extend(files.iter().cloned());
    }
    let sources = sources.and_then(|sources| settled(sources, begun));
    let mut inputs = sources.map(Inputs::read).transpose().map_err(unreadable)?;
    if let Some(inputs) = &mut inputs {
        inputs.extend_with_page(run);
    }
    let mut own_hash = hash(&binary.path).map_err(unreadable)?;
    if let Some(programs) = &binary.programs {
        // The behavior of a shell session depends on its commands and the programs that they name.
        let programs = state(programs).map_err(unreadable)?;
        let commands = run.page_hash().unwrap_or_default();
        own_hash = hash_of((own_hash + &programs + &commands).as_bytes());
    }
    for file in &files {
        own_hash = hash_of((own_hash + &state(file).map_err(unreadable)?).as_bytes());
    }
    Ok(Built {
        inputs,
        binary: own_hash,
    })
}

/// Returns the folder of a run's package; for a snippet or a shell session, that of the workspace's manifest.
fn home_of<'a>(run: &'a Run, workspace: &'a Workspace) -> &'a Path {
    folder_of(match run.origin {
        Origin::Target => &run.target.manifest,
        Origin::Snippet { .. } | Origin::Shell { .. } => &workspace.manifest,
    })
}

/// Returns the files that are copied into the folder of a run.
///
/// # Errors
/// A file does not exist.
fn files_of(run: &Run, workspace: &Workspace) -> Result<Vec<PathBuf>, BuildError> {
    let home = home_of(run, workspace);
    let files = run.attributes.files.iter().map(|name| {
        let file = home.join(name.trim_end_matches('/'));
        let there = file.metadata().map(|_| file.clone());
        there.map_err(|error| BuildError::unreadable(&file, error))
    });
    files.collect()
}

/// Returns these source files if all of them are older than the build that began at this time.
fn settled(sources: Vec<PathBuf>, begun: SystemTime) -> Option<Vec<PathBuf>> {
    let is_old = |file: &PathBuf| written(file).is_none_or(|written| written < begun);
    sources.iter().all(is_old).then_some(sources)
}

fn written(file: &Path) -> Option<SystemTime> {
    file.metadata().ok()?.modified().ok()
}
