//! The programs of a plan → their binaries, with as few calls of Cargo as possible.

use std::collections::{BTreeMap, BTreeSet};

use crate::lesson::fence::TargetKind;
use crate::plan::{Origin, Run, RunId, Target};
use crate::progress::Progress;

mod binary;
mod call;
mod dynamic;
mod error;
mod files;
mod lock;
mod merged;
mod outcome;
mod rejected;
mod required;
mod sharing;
mod shell;
mod snippet_manifest;
mod snippets;
mod sources;
mod unification;
mod variables;
mod workspace;

pub use binary::Binary;
pub use call::PROFILE;
pub use error::{BuildError, INSTALL_RUST};
pub use rejected::sources_of_rejected;
pub use workspace::{Linking, Workspace};

use call::{Call, call_cargo, set_aside};
use lock::BuildLock;
use sharing::{Shared, share};
use snippets::Written;

/// The targets of a run, each with the call of Cargo that builds it.
type Calls<'a> = Vec<(Call<'a>, &'a Target)>;

/// Builds the programs of the runs with these numbers, in their order.
///
/// One call of Cargo builds all of them, except for programs that cannot share a call: those with other profiles or
/// features, and those that would get features from the others. An error of one program does not hide an error of
/// another.
pub fn build(
    workspace: &Workspace,
    numbers: &[RunId],
    runs: &[Run],
    linking: Linking<'_>,
    progress: &dyn Progress,
) -> Vec<Result<Binary, BuildError>> {
    let folder = workspace.pages.parent().unwrap_or(&workspace.target);
    // Held until the executables of this build are where no other build replaces them.
    let _lock = match BuildLock::wait(folder, progress) {
        Ok(lock) => lock,
        Err(error) => return numbers.iter().map(|_| Err(error.clone())).collect(),
    };
    let snippets = snippets::write(workspace, runs);
    let mergeable = snippets.iter().zip(runs);
    let mergeable: BTreeSet<&Target> = mergeable
        .filter(|(_, run)| merged::can_be_merged(run))
        .filter_map(|(written, _)| written.as_ref()?.as_ref().ok())
        .collect();
    let calls_of_runs = calls_of_runs(workspace, numbers, runs, &snippets);
    let shared = share(calls_of_runs.iter().flatten().flatten().copied(), workspace);
    let several = shared.len() > 1;
    let mut built = BTreeMap::new();
    for Shared { call, targets } in shared {
        let all: BTreeSet<&Target> = targets.keys().copied().collect();
        for (target, mut binary) in call_cargo(workspace, call, &all, &mergeable, linking, progress)
        {
            let call = targets[target];
            // Another book may have a snippet of the same name.
            if several || target.kind == TargetKind::Snippet {
                binary = binary.and_then(|binary| set_aside(binary, call));
            }
            built.insert((call, target), binary);
        }
    }
    let calls_of_runs = numbers.iter().zip(calls_of_runs);
    calls_of_runs
        .map(|(&number, calls)| {
            let binaries = calls?.into_iter().map(|key| built[&key].clone());
            let binaries: Vec<Binary> = binaries.collect::<Result<_, _>>()?;
            binary_of_run(workspace, &runs[number.0], binaries)
        })
        .collect()
}

/// The calls of Cargo that the runs with these numbers require; `snippets` are the targets of snippets.
fn calls_of_runs<'a>(
    workspace: &'a Workspace,
    numbers: &[RunId],
    runs: &'a [Run],
    snippets: &'a [Option<Written>],
) -> Vec<Result<Calls<'a>, BuildError>> {
    let targets: Vec<Result<Vec<&Target>, BuildError>> = numbers
        .iter()
        .map(|&run| match (&snippets[run.0], &runs[run.0].origin) {
            (_, Origin::Shell { programs, .. }) => Ok(programs.iter().collect()),
            (Some(written), _) => written.as_ref().map(|it| vec![it]).map_err(Clone::clone),
            (None, _) => Ok(vec![&runs[run.0].target]),
        })
        .collect();
    let call = |run: RunId, target| Call::of(&runs[run.0], target, workspace);
    numbers
        .iter()
        .zip(targets)
        .map(|(&run, targets)| {
            let targets = targets?.into_iter();
            Ok(targets.map(|target| (call(run, target), target)).collect())
        })
        .collect()
}

/// The binary of a run: its only program, or a shell that finds its programs by name.
fn binary_of_run(
    workspace: &Workspace,
    run: &Run,
    mut programs: Vec<Binary>,
) -> Result<Binary, BuildError> {
    match (&run.origin, programs.pop()) {
        (Origin::Target | Origin::Snippet { .. }, Some(only)) => Ok(only),
        (_, last) => {
            programs.extend(last);
            shell::with(programs, &workspace.pages.join("shell").join(&run.id))
        }
    }
}
