//! Programs that are observed: as they are, and built once more for it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::execute::{Program, launch, limits};
use crate::cargo::build::{BuildError, Linking, Workspace, build};
use crate::config::Config;
use crate::exec::schedule::run_all;
use crate::exec::{Finished, Instrumentation, Launch, Processors};
use crate::learn::{ObservedBinary, Subject};
use crate::observe::Observer;
use crate::observe::control::Control;
use crate::observe::log::Log;
use crate::page::terminal::plain;
use crate::plan::{Plan, Run, RunId};
use crate::progress::Progress;
use crate::transcript::Transcript;
use crate::transcript::shape::Untested;

/// The observer, and the programs that were built for it.
#[derive(Debug)]
pub struct Watching {
    observer: Result<Observer, Untested>,
    /// By the numbers of the runs that were asked for.
    binaries: Vec<(RunId, Result<PathBuf, Untested>)>,
}

impl Watching {
    /// Makes all that is needed to observe these runs. What cannot be had is told once, and left out.
    pub fn of(
        numbers: &[RunId],
        plan: &Plan,
        workspace: &Workspace,
        progress: &dyn Progress,
    ) -> Watching {
        let folder = workspace.target.join("transcript");
        let observer = match Observer::ready(&workspace.manifest, &folder) {
            Ok(observer) => Ok(observer),
            Err(error) => {
                tracing::warn!("no order of lines can be tested: {error}");
                Err(error.untested())
            }
        };
        let binaries = match &observer {
            Err(untested) => numbers.iter().map(|&run| (run, Err(*untested))).collect(),
            Ok(_) => {
                let folder = folder.join("observed");
                let linking = Linking::Dynamic(&folder);
                let built = build(workspace, numbers, &plan.runs, linking, progress);
                let built = numbers.iter().zip(built);
                built
                    .map(|(&number, binary)| {
                        let run = &plan[number];
                        let binary = match binary {
                            Err(error) => {
                                let said = said_by(&error);
                                tracing::warn!(
                                    "`{}` cannot be built to be observed, so no order of its lines is tested: {said}",
                                    run.id
                                );
                                Err(Untested::Toolchain)
                            }
                            Ok(_) if sets_what_is_needed(run) => Err(Untested::Environment),
                            Ok(binary) => Ok(binary.path),
                        };
                        (number, binary)
                    })
                    .collect()
            }
        };
        Watching { observer, binaries }
    }

    /// A run of this program, with all that it takes to disturb it; `None`: the compiler refuses it.
    pub fn subject<'a>(
        &'a self,
        program: &'a Program,
        run: &'a Run,
        config: &Config,
    ) -> Option<Subject<'a>> {
        Some(Subject {
            run,
            binary: program.binary()?,
            programs: program.programs.as_deref(),
            limits: limits(run, config),
            observed: self.watched(program.run),
        })
    }

    /// Makes a run of each of these programs, the very binaries that readers run, with its tracks. The answers
    /// stand in their order; `None`: it cannot be observed, did not run to its end, or too much was to be told.
    pub fn tracked(
        &self,
        programs: &[&Program],
        plan: &Plan,
        config: &Config,
        progress: &dyn Progress,
    ) -> Vec<Option<Transcript>> {
        // One folder for all: should we be killed, any supervisor that is there removes it.
        let folder = match tempfile::Builder::new().prefix("transcript-").tempdir() {
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
        let asked = programs.iter().zip(&observed);
        let asked = asked.filter_map(|(program, observed)| Some((program, observed.as_ref()?)));
        let launches: Vec<_> = asked
            .map(|(program, observed)| Launch {
                instrumentation: Some(&observed.instrumentation),
                ..launch(program, observed.binary, &plan[program.run], config)
            })
            .collect();
        let mut made = run_all(&launches, config.jobs, progress).into_iter();
        let tracked = observed.iter().map(|observed| {
            let observed = observed.as_ref()?;
            let transcript = observed.with_tracks(made.next()?.ok()?);
            transcript.ok().filter(|made| !made.tracks.is_empty())
        });
        tracked.collect()
    }

    /// What it takes to observe a program as it is.
    fn observed<'a>(&self, program: &'a Program, run: &Run, all: &Path) -> Option<Observed<'a>> {
        let observer = self.observer.as_ref().ok()?;
        let binary = program.binary().filter(|_| !sets_what_is_needed(run))?;
        let control = Control {
            tells_pauses: true,
            ..Control::default()
        };
        let folder = all.join(program.run.0.to_string());
        let ready = || {
            fs::create_dir(&folder)?;
            control.write(&folder)?;
            observer.instrumentation(&folder, Processors::All)
        };
        match ready() {
            Ok(instrumentation) => Some(Observed {
                binary,
                instrumentation: Instrumentation {
                    folder: Some(all.to_owned()),
                    ..instrumentation
                },
                folder,
            }),
            Err(error) => {
                tracing::warn!("`{}` cannot be observed: {error}", run.id);
                None
            }
        }
    }

    /// By whom a run is observed, or why by nobody.
    fn watched(&self, run: RunId) -> Result<ObservedBinary<'_>, Untested> {
        let observer = self.observer.as_ref().map_err(|untested| *untested)?;
        let binary = self.binaries.iter().find(|(number, _)| *number == run);
        let binary = binary.map_or(Err(Untested::Program), |(_, binary)| {
            binary.as_ref().map_err(|untested| *untested)
        })?;
        Ok(ObservedBinary { observer, binary })
    }
}

/// A program that is observed as it is.
struct Observed<'a> {
    binary: &'a Path,
    /// Where the observer reads and writes.
    folder: PathBuf,
    instrumentation: Instrumentation,
}

impl Observed<'_> {
    /// What was printed, with what the observer saw.
    fn with_tracks(&self, made: Finished) -> io::Result<Transcript> {
        let mut transcript = made.transcript;
        let log = Log::read(&fs::read(self.folder.join("log"))?);
        log.add_tracks(&mut transcript, made.start);
        Ok(transcript)
    }
}

/// The runs of those programs that can be built to be observed: a shell, and what it starts, cannot.
pub fn observable<'a>(programs: impl Iterator<Item = &'a Program>) -> Vec<RunId> {
    let programs =
        programs.filter(|program| program.binary().is_some() && program.programs.is_none());
    programs.map(|program| program.run).collect()
}

/// The first error that Cargo or the compiler told.
fn said_by(error: &BuildError) -> String {
    let output = match error.compiler_output() {
        "" => error.to_string(),
        said => said.lines().map(plain).collect::<Vec<_>>().join("\n"),
    };
    let first = output
        .lines()
        .find(|line| line.trim_start().starts_with("error"));
    first.unwrap_or(&output).trim().to_owned()
}

fn sets_what_is_needed(run: &Run) -> bool {
    let env = &run.attributes.env;
    env.contains_key("LD_PRELOAD") || env.contains_key("LD_LIBRARY_PATH")
}
