//! Programs that are built once more, to be observed.

use std::path::PathBuf;

use super::make::{Program, limits};
use super::needs::Needs;
use crate::config::Config;
use crate::example::build::{BuildError, Linking, build};
use crate::example::observer::Observer;
use crate::example::record::{Subject, Watched};
use crate::example::{Progress, Run};
use crate::page::terminal::plain;
use crate::transcript::shape::Untested;

/// The observer, and the programs that were built for it.
#[derive(Debug)]
pub struct Watching {
    observer: Result<Observer, Untested>,
    /// By the numbers of the runs that were asked for.
    binaries: Vec<(usize, Result<PathBuf, Untested>)>,
}

impl Watching {
    /// Makes all that is needed to observe these runs. What cannot be had is told once, and left out.
    pub fn of(numbers: &[usize], needs: &Needs, progress: &dyn Progress) -> Watching {
        let folder = needs.workspace.target.join("transcript");
        let observer = match Observer::ready(&needs.workspace.manifest, &folder) {
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
                let runs = &needs.plan.runs;
                let linking = Linking::Dynamic(&folder);
                let built = build(&needs.workspace, numbers, runs, linking, progress);
                let built = numbers.iter().zip(built);
                built
                    .map(|(&number, binary)| {
                        let run = &runs[number];
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
            watched: self.watched(program.run),
        })
    }

    /// By whom a run is observed, or why by nobody.
    fn watched(&self, run: usize) -> Result<Watched<'_>, Untested> {
        let observer = self.observer.as_ref().map_err(|untested| *untested)?;
        let binary = self.binaries.iter().find(|(number, _)| *number == run);
        let binary = binary.map_or(Err(Untested::Program), |(_, binary)| {
            binary.as_ref().map_err(|untested| *untested)
        })?;
        Ok(Watched { observer, binary })
    }
}

/// The runs of those programs that can be built to be observed: a shell, and what it starts, cannot.
pub fn observable<'a>(programs: impl Iterator<Item = &'a Program>) -> Vec<usize> {
    let programs =
        programs.filter(|program| program.binary().is_some() && program.programs.is_none());
    programs.map(|program| program.run).collect()
}

/// The first error that Cargo or the compiler told.
fn said_by(error: &BuildError) -> String {
    let output = match error.said() {
        "" => error.to_string(),
        said => plain(said),
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
