//! Runs that must be made: their programs built, then run.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use regex::Regex;

use crate::cargo::build::{Binary, BuildError, Linking, Workspace, build};
use crate::cargo::targets::workspace_root;
use crate::config::Config;
use crate::exec::schedule::run_all;
use crate::exec::{Launch, Limits, RunError};
use crate::hash::hash_of;
use crate::interrupt;
use crate::lesson::snippet::Refused;
use crate::plan::{Plan, Run, RunId};
use crate::progress::Progress;
use crate::recordings::cache::Built;
use crate::recordings::inputs::{Contents, Inputs, hash, state};
use crate::transcript::refusal::essence;
use crate::transcript::{Line, Stream, Transcript};

/// A program that was built, or that the compiler has refused as it must.
#[derive(Debug)]
pub struct Program {
    /// The run that the program was built for.
    pub run: RunId,
    /// What came of it.
    pub outcome: Outcome,
    /// What it was built from, and its hash.
    pub built: Built,
    /// What the compiler warned of, with ANSI colours.
    pub warnings: String,
    /// Where those programs lie that a shell finds by their names.
    pub programs: Option<PathBuf>,
}

/// What came of building a program.
#[derive(Debug)]
pub enum Outcome {
    /// An executable, and when it was written.
    Binary(PathBuf, Option<SystemTime>),
    /// What the compiler said, which is what readers see: there is nothing to run.
    Refusal(Box<Transcript>),
}

impl Program {
    /// The executable, where there is one.
    pub fn binary(&self) -> Option<&Path> {
        match &self.outcome {
            Outcome::Binary(path, _) => Some(path),
            Outcome::Refusal(_) => None,
        }
    }

    /// Whether it still is what was built: another Cargo may have replaced it.
    pub fn is_what_was_built(&self) -> bool {
        match &self.outcome {
            Outcome::Binary(path, then) => written(path) == *then,
            Outcome::Refusal(_) => true,
        }
    }

    /// Whether nothing of it has changed since: neither is it another one, nor is a source, of which it may have
    /// been built once more, to be observed.
    pub fn is_unchanged(&self, run: &Run, contents: &mut Contents) -> bool {
        contents.know_page(run);
        let mut inputs = self.built.inputs.iter();
        self.is_what_was_built() && inputs.all(|inputs| inputs.first_changed(contents).is_none())
    }
}

/// How many programs these are: one may have several runs.
pub fn count<'a>(programs: impl IntoIterator<Item = &'a Program>, plan: &Plan) -> usize {
    let targets = programs
        .into_iter()
        .map(|program| &plan[program.run].target);
    targets.collect::<BTreeSet<_>>().len()
}

/// What a run may use.
pub fn limits(run: &Run, config: &Config) -> Limits {
    Limits {
        timeout: run
            .timeout
            .as_ref()
            .map_or(config.timeout, |timeout| timeout.what),
        output: config.output_limit,
        line: config.line_limit,
        disk: config.disk_limit,
    }
}

/// Builds the programs of these runs. The answers stand in the order of the numbers.
pub fn build_programs(
    numbers: &[RunId],
    plan: &Plan,
    workspace: &Workspace,
    progress: &dyn Progress,
) -> Vec<Result<Program, BuildError>> {
    // Only now is there something to break off and tidy up.
    if let Err(error) = interrupt::catch() {
        tracing::warn!("failed to watch for Ctrl-C: {error}");
    }
    let begun = SystemTime::now();
    let built = build(workspace, numbers, &plan.runs, Linking::Ordinary, progress);
    let built = numbers.iter().zip(built);
    built
        .map(|(&number, built)| {
            let run = &plan[number];
            match run.refused() {
                None => of_binary(number, run, built?, workspace, begun),
                Some(refused) => refusal(number, run, refused, built, workspace),
            }
        })
        .collect()
}

fn of_binary(
    number: RunId,
    run: &Run,
    binary: Binary,
    workspace: &Workspace,
    begun: SystemTime,
) -> Result<Program, BuildError> {
    Ok(Program {
        run: number,
        built: read(&binary, run, workspace, begun)?,
        warnings: binary.warnings,
        programs: binary.programs,
        outcome: Outcome::Binary(binary.path.clone(), written(&binary.path)),
    })
}

/// What the compiler said of a program that it must refuse.
///
/// # Errors
/// It did not refuse it, or for another reason.
fn refusal(
    number: RunId,
    run: &Run,
    Refused { codes: expected }: &Refused,
    built: Result<Binary, BuildError>,
    workspace: &Workspace,
) -> Result<Program, BuildError> {
    let target = run.target.name.clone();
    let (output, codes) = match built {
        Ok(_) => return Err(BuildError::Compiles { target }),
        Err(BuildError::Failed { output, codes, .. }) => (output, codes),
        Err(error) => return Err(error),
    };
    let wanted: BTreeSet<Option<String>> = expected.iter().cloned().map(Some).collect();
    if !expected.is_empty() && codes != wanted {
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
    let mut inputs = Inputs::default();
    inputs.extend_with_page(run);
    Ok(Program {
        run: number,
        outcome: Outcome::Refusal(Box::new(transcript)),
        built: Built {
            inputs: Some(inputs),
            binary: hash_of(output.as_bytes()),
        },
        warnings: String::new(),
        programs: None,
    })
}

/// What the compiler said, without what paths have of this machine in front: the author's workspace, where
/// Cargo keeps what it fetched, and where the compiler's own library lies, or lay when it was built.
fn without_folders(output: &str, workspace: &Workspace) -> String {
    static OF_OTHERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"/\S*/(?:registry/src/[^/\s]+|git/checkouts|lib/rustlib/src/rust)/|/rustc/[0-9a-f]{40}/",
        )
        .ok()
    });
    let root = workspace_root(&workspace.manifest);
    let root = fs::canonicalize(&root).unwrap_or(root);
    let output = output.replace(&format!("{}{MAIN_SEPARATOR}", root.display()), "");
    match &*OF_OTHERS {
        Some(of_others) => of_others.replace_all(&output, "").into_owned(),
        None => output,
    }
}

/// Runs these programs, side by side as far as their timings allow. The answers stand in their order.
pub fn run_programs(
    programs: &[&Program],
    plan: &Plan,
    config: &Config,
    progress: &dyn Progress,
) -> Vec<Result<Transcript, RunError>> {
    let mut launches = Vec::new();
    for program in programs {
        if let Some(binary) = program.binary() {
            tracing::debug!("`{}`: run", plan[program.run].called());
            launches.push(launch(program, binary, &plan[program.run], config));
        }
    }
    let mut made = run_all(&launches, config.jobs, progress).into_iter();
    let made = programs.iter().map(|program| match &program.outcome {
        Outcome::Binary(..) => match made.next() {
            Some(made) => made.map(|made| made.transcript),
            None => Err(RunError::Interrupted),
        },
        Outcome::Refusal(transcript) => Ok((**transcript).clone()),
    });
    made.collect()
}

/// A native launch of a run of this program.
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
        limits: limits(run, config),
        instrumentation: None,
    }
}

/// What is compared of a transcript: of what a compiler says, as much as says something of the program.
pub fn compared<'a>(run: &Run, transcript: &'a Transcript) -> Cow<'a, Transcript> {
    match run.refused() {
        None => Cow::Borrowed(transcript),
        Some(_) => Cow::Owned(Transcript {
            lines: essence(&transcript.lines),
            ..transcript.clone()
        }),
    }
}

/// What a binary was built from, and its own hash. What was written since the build has begun may not be
/// what the compiler read: then the sources are not known, and the next build asks Cargo.
fn read(
    binary: &Binary,
    run: &Run,
    workspace: &Workspace,
    begun: SystemTime,
) -> Result<Built, BuildError> {
    let unreadable = |error| BuildError::unreadable(&binary.path, error);
    let is_old = |file: &PathBuf| written(file).is_none_or(|written| written < begun);
    let mut sources = binary.sources.clone();
    if let Some(sources) = &mut sources {
        // For a program in the page stands its text, wherever that was written to.
        sources.retain(|file| !file.starts_with(&workspace.pages));
    }
    let sources = sources.filter(|sources| sources.iter().all(is_old));
    let mut inputs = sources.map(Inputs::read).transpose().map_err(unreadable)?;
    if let Some(inputs) = &mut inputs {
        inputs.extend_with_page(run);
    }
    let mut its_hash = hash(&binary.path).map_err(unreadable)?;
    if let Some(programs) = &binary.programs {
        // A shell does what its commands say.
        let programs = state(programs).map_err(unreadable)?;
        let commands = run.origin.hash().unwrap_or_default();
        its_hash = hash_of((its_hash + &programs + &commands).as_bytes());
    }
    Ok(Built {
        inputs,
        binary: its_hash,
    })
}

fn written(file: &Path) -> Option<SystemTime> {
    file.metadata().ok()?.modified().ok()
}
