//! Plan → binaries: one call of Cargo for all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::hash::hash_of;
use crate::lesson::fence::TargetKind;
use crate::plan::{Origin, Run, RunId, Target};
use crate::progress::Progress;

mod alone;
mod call;
mod error;
mod merged;
mod outcome;
mod pages;
mod shell;
mod sources;

use alone::Alone;
use call::{Call, call_cargo};
pub use call::{PROFILE, cargo};
pub use error::BuildError;

/// A program that was built.
#[derive(Debug, Clone)]
pub struct Binary {
    /// The executable.
    pub path: PathBuf,
    /// Every source file of the program, as Cargo's dep-info names them, and the manifests.
    /// `None`: another program of the same call did not build, and Cargo wrote no dep-info.
    pub sources: Option<Vec<PathBuf>>,
    /// What the compiler warned of, with ANSI colours.
    pub warnings: String,
    /// Where those programs lie that it finds by their names; `None`: it is a program of the author's, not a
    /// shell.
    pub programs: Option<PathBuf>,
}

/// Where programs come from, and where they are built.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    /// The author's Cargo.toml.
    pub manifest: PathBuf,
    /// Cargo's target folder for it.
    pub target: PathBuf,
    /// Where the programs of the book's pages are written, with manifests of their own.
    pub pages: PathBuf,
}

/// How programs are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linking<'a> {
    /// As Cargo does it.
    Ordinary,
    /// With a std that is loaded at run time, into a target folder of their own: so they can be observed.
    Dynamic(&'a Path),
}

/// Builds the programs of the runs with these numbers: one call of Cargo, and a further one only where two
/// programs cannot stand beside each other. The answers stand in the order of the numbers; one program's
/// failure hides no other's.
pub fn build(
    workspace: &Workspace,
    numbers: &[RunId],
    runs: &[Run],
    linking: Linking<'_>,
    progress: &dyn Progress,
) -> Vec<Result<Binary, BuildError>> {
    let ours = workspace.pages.parent().unwrap_or(&workspace.target);
    // Until all that this call has built is where no other replaces it.
    let _alone = match Alone::wait(ours, progress) {
        Ok(alone) => alone,
        Err(error) => return numbers.iter().map(|_| Err(error.clone())).collect(),
    };
    let in_pages = pages::write(workspace, runs);
    let pages = in_pages.iter().zip(runs);
    let mergeable: BTreeSet<&Target> = pages
        .filter(|(_, run)| merged::can_be_merged(run))
        .filter_map(|(written, _)| written.as_ref()?.as_ref().ok())
        .collect();
    let wanted: Vec<Result<Vec<&Target>, BuildError>> = numbers
        .iter()
        .map(|&run| match (&in_pages[run.0], &runs[run.0].origin) {
            (_, Origin::Shell { programs, .. }) => Ok(programs.iter().collect()),
            (Some(written), _) => written.as_ref().map(|it| vec![it]).map_err(Clone::clone),
            (None, _) => Ok(vec![&runs[run.0].target]),
        })
        .collect();
    let mut packages: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for target in wanted.iter().flatten().flatten() {
        packages
            .entry(file(target))
            .or_default()
            .insert(&target.package);
    }
    let call_for = |run: RunId, target| {
        let has_namesakes = packages[&file(target)].len() > 1;
        Call::of(&runs[run.0], target, has_namesakes, workspace)
    };
    type Keys<'a> = Vec<(Call<'a>, &'a Target)>;
    let keys: Vec<Result<Keys<'_>, BuildError>> = numbers
        .iter()
        .zip(wanted)
        .map(|(&run, targets)| {
            let targets = targets?.into_iter();
            Ok(targets
                .map(|target| (call_for(run, target), target))
                .collect())
        })
        .collect();
    let mut calls: BTreeMap<Call<'_>, BTreeSet<&Target>> = BTreeMap::new();
    for &(call, target) in keys.iter().flatten().flatten() {
        calls.entry(call).or_default().insert(target);
    }
    let several = calls.len() > 1;
    let mut built = BTreeMap::new();
    for (call, targets) in calls {
        for (target, mut binary) in
            call_cargo(workspace, call, &targets, &mergeable, linking, progress)
        {
            // Another book may have a program of this name in its pages.
            if several || target.kind == TargetKind::Inline {
                binary = binary.and_then(|binary| binary.set_aside(call));
            }
            built.insert((call, target), binary);
        }
    }
    let keys = numbers.iter().zip(keys);
    keys.map(|(&number, keys)| {
        let its = keys?.into_iter().map(|key| built[&key].clone());
        let mut its: Vec<Binary> = its.collect::<Result<_, _>>()?;
        let run = &runs[number.0];
        match (&run.origin, its.pop()) {
            (Origin::Target | Origin::Page { .. }, Some(only)) => Ok(only),
            (_, last) => {
                its.extend(last);
                shell::with(its, &workspace.pages.join("shell").join(&run.id))
            }
        }
    })
    .collect()
}

/// What decides on the file that Cargo writes a program to.
fn file(target: &Target) -> (TargetKind, &str) {
    (target.kind, &target.name)
}

impl Binary {
    /// A folder for the executables of one call alone.
    fn folder_beside(&self, call: Call<'_>) -> PathBuf {
        let call = &hash_of(format!("{call:?}").as_bytes())[..16];
        self.path.with_file_name(format!("call-{call}"))
    }

    /// Puts the executable where no later call of Cargo replaces it; there it stays.
    fn set_aside(self, call: Call<'_>) -> Result<Binary, BuildError> {
        let folder = self.folder_beside(call);
        if self.path.parent().and_then(Path::file_name) == folder.file_name() {
            return Ok(self);
        }
        let path = folder.join(self.path.file_name().unwrap_or_default());
        link(&self.path, &path)?;
        Ok(Binary { path, ..self })
    }
}

/// Gives an executable a further name.
fn link(executable: &Path, path: &Path) -> Result<(), BuildError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::hard_link(executable, path).or_else(|_| fs::copy(executable, path).map(drop)),
        })
        .map_err(|error| BuildError::unreadable(path, error))
}
