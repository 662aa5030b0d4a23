//! Executes programs under the observer: the binaries that readers execute, and binaries that are built for it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::execute::{Program, launch};
use crate::cargo::build::{BuildError, Linking, Workspace, build};
use crate::config::Config;
use crate::exec::schedule::run_all;
use crate::exec::temporary::TemporaryFolder;
use crate::exec::{Finished, Instrumentation, Launch, Processors};
use crate::learn::{ObservedBinary, Subject};
use crate::observe::Observer;
use crate::observe::control::Control;
use crate::observe::log::Log;
use crate::page::terminal::plain;
use crate::plan::{Plan, Run, RunId};
use crate::progress::Progress;
use crate::transcript::Transcript;
use crate::transcript::folders::Folders;
use crate::transcript::shape::Untested;

/// The observer, and the programs that were built for it.
#[derive(Debug)]
pub struct Watching {
    observer: Result<Observer, Untested>,
    /// The binaries that were built for the observer, by run.
    binaries: Vec<(RunId, Result<PathBuf, Untested>)>,
}

impl Watching {
    /// Builds the observer, and the programs of these runs for it. Failures are reported as warnings.
    pub fn of(
        runs: &[RunId],
        plan: &Plan,
        workspace: &Workspace,
        progress: &dyn Progress,
    ) -> Watching {
        let folder = workspace.target.join("transcript");
        let observer = match Observer::ready(&workspace.manifest, &folder) {
            Ok(observer) => Ok(observer),
            Err(error) => {
                // An interrupted command says so once.
                if !progress.is_interrupted() {
                    tracing::warn!("the order of lines cannot be tested: {error}");
                }
                Err(error.untested())
            }
        };
        let binaries = match &observer {
            Err(untested) => runs.iter().map(|&run| (run, Err(*untested))).collect(),
            Ok(_) => {
                let folder = folder.join("observed");
                let linking = Linking::Dynamic(&folder);
                let built = build(workspace, runs, &plan.runs, linking, progress);
                let built = runs.iter().zip(built);
                built
                    .map(|(&id, binary)| {
                        let run = &plan[id];
                        let binary = match binary {
                            Err(_) if progress.is_interrupted() => Err(Untested::Toolchain),
                            Err(error) => {
                                let error = first_error(&error);
                                tracing::warn!(
                                    "`{}` cannot be built for the observer, so the order of its lines is not tested: {error}",
                                    run.id
                                );
                                Err(Untested::Toolchain)
                            }
                            Ok(_) if sets_observers_variables(run) => Err(Untested::Environment),
                            Ok(binary) => Ok(binary.path),
                        };
                        (id, binary)
                    })
                    .collect()
            }
        };
        Watching { observer, binaries }
    }

    /// Returns the subject for learning a program's shape; `None` if one execution shows everything: the compiler
    /// rejects the program, or the run has a seed.
    pub fn subject<'a>(
        &'a self,
        program: &'a Program,
        run: &'a Run,
        config: &Config,
    ) -> Option<Subject<'a>> {
        let has_choices = run.seed().is_none();
        has_choices
            .then(|| self.with_seed(program, run, config))
            .flatten()
    }

    /// Returns the subject for an execution with a seed; `None` if there is nothing to execute.
    pub fn with_seed<'a>(
        &'a self,
        program: &'a Program,
        run: &'a Run,
        config: &Config,
    ) -> Option<Subject<'a>> {
        Some(Subject {
            launch: launch(program, program.binary()?, run, config),
            observed: if run.is_cut() {
                Err(Untested::Cut)
            } else {
                self.watched(program.run)
            },
            seeds: config.seeds,
        })
    }

    /// Executes the binaries that readers execute, once each, and records their tracks. The results have the order of
    /// `programs`; `None` if a program cannot be observed, failed, or overflowed the observer's log.
    pub fn tracked(
        &self,
        programs: &[&Program],
        plan: &Plan,
        config: &Config,
        progress: &dyn Progress,
    ) -> Vec<Option<Transcript>> {
        let folder = match TemporaryFolder::create() {
            Ok(folder) => folder,
            Err(error) => {
                tracing::warn!("no run can be observed: {error}");
                return vec![None; programs.len()];
            }
        };
        let observed: Vec<Option<Observed<'_>>> = programs
            .iter()
            .map(|program| self.observed(program, &plan[program.run], folder.path()))
            .collect();
        let observable = programs.iter().zip(&observed);
        let observable =
            observable.filter_map(|(program, observed)| Some((program, observed.as_ref()?)));
        let launches: Vec<_> = observable
            .map(|(program, observed)| {
                observed.launch(launch(program, observed.binary, &plan[program.run], config))
            })
            .collect();
        let mut executions = run_all(&launches, config.jobs, progress).into_iter();
        let tracked = observed.iter().map(|observed| {
            let observed = observed.as_ref()?;
            let transcript = observed.with_tracks(executions.next()?.ok()?);
            transcript
                .ok()
                .filter(|transcript| !transcript.tracks.is_empty())
        });
        tracked.collect()
    }

    /// Prepares the observation of the binary that readers execute; `all` is the folder for all programs.
    fn observed<'a>(&self, program: &'a Program, run: &Run, all: &Path) -> Option<Observed<'a>> {
        let observer = self.observer.as_ref().ok()?;
        let binary = program
            .binary()
            .filter(|_| !sets_observers_variables(run) && !run.is_cut() && run.seed().is_none())?;
        match Observed::of(program, binary, observer, all) {
            Ok(observed) => Some(observed),
            Err(error) => {
                tracing::warn!("`{}` cannot be observed: {error}", run.id);
                None
            }
        }
    }

    /// Returns the observer and the binary for a run, or the reason why it cannot be observed.
    fn watched(&self, run: RunId) -> Result<ObservedBinary<'_>, Untested> {
        let observer = self.observer.as_ref().map_err(|untested| *untested)?;
        let binary = self.binaries.iter().find(|(number, _)| *number == run);
        let binary = binary.map_or(Err(Untested::Program), |(_, binary)| {
            binary.as_ref().map_err(|untested| *untested)
        })?;
        Ok(ObservedBinary { observer, binary })
    }
}

/// An observation of the binary that readers execute.
pub(super) struct Observed<'a> {
    binary: &'a Path,
    /// The folder that the observer reads and writes.
    folder: PathBuf,
    /// The folders whose names are replaced.
    folders: &'a Folders,
    instrumentation: Instrumentation,
}

impl<'a> Observed<'a> {
    /// Prepares the observation of a program's binary; `all` is the folder for all programs.
    ///
    /// # Errors
    /// The observer's files cannot be written.
    pub(super) fn of(
        program: &'a Program,
        binary: &'a Path,
        observer: &Observer,
        all: &Path,
    ) -> io::Result<Observed<'a>> {
        let control = Control {
            tells_pauses: true,
            ..Control::default()
        };
        let folder = all.join(program.run.0.to_string());
        fs::create_dir(&folder)?;
        control.write(&folder)?;
        let instrumentation = observer.instrumentation(&folder, Processors::All)?;
        Ok(Observed {
            binary,
            instrumentation,
            folder,
            folders: &program.folders,
        })
    }

    /// Returns the launch under the observer; `native` is the one without.
    pub(super) fn launch(&'a self, native: Launch<'a>) -> Launch<'a> {
        Launch {
            instrumentation: Some(&self.instrumentation),
            ..native
        }
    }

    /// Reads the observer's log.
    ///
    /// # Errors
    /// The log cannot be read.
    pub(super) fn log(&self) -> io::Result<Log> {
        let log = fs::read(self.folder.join("log"))?;
        Ok(Log::read(&log, self.folders))
    }

    /// Returns the transcript of an execution with the tracks in the observer's log.
    ///
    /// # Errors
    /// The log cannot be read.
    fn with_tracks(&self, execution: Finished) -> io::Result<Transcript> {
        let mut transcript = execution.transcript;
        self.log()?.add_tracks(&mut transcript, execution.start);
        Ok(transcript)
    }
}

/// Returns the runs whose shapes are learned under the observer: not those of shells and their programs, not those that
/// never end, and not those with a seed.
pub fn observable<'a>(programs: impl Iterator<Item = &'a Program>, plan: &Plan) -> Vec<RunId> {
    let programs = programs.filter(|program| {
        let is_alone = program.binary().is_some() && program.programs.is_none();
        let run = &plan[program.run];
        is_alone && !run.is_cut() && run.seed().is_none()
    });
    programs.map(|program| program.run).collect()
}

/// Returns the first error in the output of Cargo or the compiler.
pub fn first_error(error: &BuildError) -> String {
    let output = match error.compiler_output() {
        "" => error.to_string(),
        output => output.lines().map(plain).collect::<Vec<_>>().join("\n"),
    };
    let first = output
        .lines()
        .find(|line| line.trim_start().starts_with("error"));
    first.unwrap_or(&output).trim().to_owned()
}

/// Returns whether a run sets environment variables that the observer needs.
pub(super) fn sets_observers_variables(run: &Run) -> bool {
    let env = &run.attributes.env;
    env.contains_key("LD_PRELOAD") || env.contains_key("LD_LIBRARY_PATH")
}
