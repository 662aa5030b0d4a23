//! The environment variables that programs were compiled with, and the fields of manifests that Cargo passes on as such:
//! the compiler lists them in its dep-info, and a build script in its output.

use std::collections::{BTreeMap, BTreeSet};
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{Artifact, BuildScript};

use super::snippet_manifest::author_of;
use crate::plan::Target;
use crate::recordings::compiled_in::{field, variable};

/// Variables that differ between machines, or are set by Cargo itself: a change of one alone does not make a recording
/// stale.
const OTHERS: [&str; 4] = ["OUT_DIR", "PATH", "LD_LIBRARY_PATH", "RUSTFLAGS"];
/// The beginnings of the names of such variables.
const OTHERS_BEGIN: [&str; 4] = ["CARGO", "RUSTC", "RUSTUP", "MDBOOK_TRANSCRIPT"];
/// The beginning of the names of variables with fields of the manifest.
const FIELD: &str = "CARGO_PKG_";

/// The crates of a call of Cargo, except for those of registries, which do not change.
#[derive(Default)]
pub(super) struct Crates {
    crates: Vec<Artifact>,
    scripts: BTreeMap<String, BuildScript>,
}

/// The variables and fields that crates were compiled with, as names of inputs.
#[derive(Default)]
pub(super) struct CompiledIn {
    /// Those of programs, by the source file and the name of their target.
    programs: BTreeMap<(PathBuf, String), BTreeSet<PathBuf>>,
    /// Those of libraries and build scripts, by their source file.
    others: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl CompiledIn {
    /// The variables and fields of a program and of the crates that it is built from, to which these source files
    /// belong.
    pub(super) fn of(&self, target: &Target, sources: &[PathBuf]) -> BTreeSet<PathBuf> {
        let key = (target.source.clone(), target.name.clone());
        let own = self.programs.get(&key);
        let others = sources.iter().filter_map(|source| self.others.get(source));
        own.into_iter().chain(others).flatten().cloned().collect()
    }
}

impl Crates {
    pub(super) fn add(&mut self, artifact: Artifact) {
        if artifact.package_id.repr.starts_with("path+") {
            self.crates.push(artifact);
        }
    }

    pub(super) fn add_script(&mut self, script: BuildScript) {
        if script.package_id.repr.starts_with("path+") {
            self.scripts.insert(script.package_id.repr.clone(), script);
        }
    }

    /// Reads what the crates were compiled with; Cargo was started in `folder`.
    pub(super) fn compiled_in(&self, folder: &Path) -> CompiledIn {
        let mut listings = Listings::default();
        let mut all = CompiledIn::default();
        for artifact in &self.crates {
            let source = PathBuf::from(&artifact.target.src_path);
            let known = if artifact.executable.is_some() {
                let key = (source, artifact.target.name.clone());
                all.programs.entry(key).or_default()
            } else {
                all.others.entry(source).or_default()
            };
            let script = self.scripts.get(&artifact.package_id.repr);
            let mut names = listings.variables_of(artifact);
            names.extend(script.into_iter().flat_map(watched_by));
            names.retain(|name| !script.is_some_and(|script| sets(script, name)));
            let manifest = artifact.manifest_path.as_std_path();
            let author = author_of(manifest);
            let manifest = author.as_deref().unwrap_or(manifest);
            known.extend(
                names
                    .iter()
                    .filter_map(|name| input(name, manifest, folder)),
            );
        }
        all
    }
}

/// The input that a variable stands for; `None`: its changes do not count.
fn input(name: &str, manifest: &Path, folder: &Path) -> Option<PathBuf> {
    if let Some(name) = name.strip_prefix(FIELD) {
        let name = match name {
            "VERSION_MAJOR" | "VERSION_MINOR" | "VERSION_PATCH" | "VERSION_PRE" => "VERSION",
            name => name,
        };
        return Some(field(manifest, &name.to_lowercase().replace('_', "-")));
    }
    let is_other =
        OTHERS.contains(&name) || OTHERS_BEGIN.iter().any(|begin| name.starts_with(begin));
    (!is_other).then(|| variable(folder, name))
}

fn sets(script: &BuildScript, name: &str) -> bool {
    script.env.iter().any(|(set, _)| set == name)
}

/// The variables for whose changes a build script is run again.
fn watched_by(script: &BuildScript) -> Vec<String> {
    let output = script.out_dir.with_file_name("output");
    let output = fs::read_to_string(output).unwrap_or_default();
    let watched = output.lines().filter_map(|line| {
        let line = line.strip_prefix("cargo:")?;
        let line = line.strip_prefix(':').unwrap_or(line);
        line.strip_prefix("rerun-if-env-changed=")
    });
    watched.map(str::to_owned).collect()
}

/// The names of the dep-info files in folders, each of which is listed once.
#[derive(Default)]
struct Listings(BTreeMap<PathBuf, Vec<String>>);

impl Listings {
    /// The variables in the compiler's dep-info of a crate.
    fn variables_of(&mut self, artifact: &Artifact) -> BTreeSet<String> {
        let name = artifact.target.name.replace('-', "_");
        let files = artifact.filenames.iter().map(|file| file.as_std_path());
        let mut found = BTreeSet::new();
        for file in files {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            let stem = stem.strip_prefix("lib").unwrap_or(&stem);
            let own = file.with_file_name(format!("{stem}.d"));
            if stem.starts_with(&format!("{name}-")) && own.is_file() {
                found.insert(own);
            } else if artifact.executable.is_some() {
                found.extend(self.of_executable(file, &name));
            }
        }
        let texts = found
            .iter()
            .filter_map(|file| fs::read_to_string(file).ok());
        texts.flat_map(|text| variables(&text)).collect()
    }

    /// The compiler's dep-info files of an executable. Cargo has linked it from a file with a hash in its name; if none
    /// is recognized as that, all that could be it count.
    fn of_executable(&mut self, executable: &Path, name: &str) -> Vec<PathBuf> {
        let folder = executable.parent().unwrap_or(Path::new(""));
        let mut all = Vec::new();
        for folder in [folder.to_owned(), folder.join("deps")] {
            let names = self.names_in(&folder).iter();
            let named = names.filter(|file| is_of(file, name));
            all.extend(named.map(|name| folder.join(name)));
        }
        let is_linked = |dep_info: &&PathBuf| {
            let stem = dep_info.file_stem().unwrap_or_default().to_string_lossy();
            let linked = dep_info.with_file_name(format!("{stem}{EXE_SUFFIX}"));
            are_same(&linked, executable)
        };
        let same: Vec<PathBuf> = all.iter().filter(is_linked).cloned().collect();
        if same.is_empty() { all } else { same }
    }

    fn names_in(&mut self, folder: &Path) -> &[String] {
        self.0.entry(folder.to_owned()).or_insert_with(|| {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
            names.filter(|name| name.ends_with(".d")).collect()
        })
    }
}

/// True if a dep-info file is named after a crate with a hash.
fn is_of(file: &str, name: &str) -> bool {
    let rest = file
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('-'));
    let hash = rest.and_then(|rest| rest.strip_suffix(".d"));
    hash.is_some_and(|hash| hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// True if two files have the same size and time, as the links of a file have.
fn are_same(one: &Path, other: &Path) -> bool {
    let facts = |file: &Path| {
        let facts = file.metadata().ok()?;
        Some((facts.len(), facts.modified().ok()?))
    };
    facts(one).is_some_and(|one| Some(one) == facts(other))
}

/// The names of the variables in a dep-info file of the compiler.
fn variables(dep_info: &str) -> Vec<String> {
    let lines = dep_info.lines();
    let variables = lines.filter_map(|line| line.strip_prefix("# env-dep:"));
    let names = variables.map(|variable| variable.split('=').next().unwrap_or(variable));
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{input, is_of, variables};

    #[test]
    fn variables_are_named_in_dep_info() {
        let text = "/t/a.d: a.rs\n\na.rs:\n\n# env-dep:CARGO_PKG_VERSION=0.1.0\n# env-dep:NONE\n# env-dep:TWO=a=b\n";
        assert_eq!(variables(text), ["CARGO_PKG_VERSION", "NONE", "TWO"]);
    }

    #[test]
    fn inputs_are_fields_and_variables_of_authors() {
        for (name, expected) in [
            ("CARGO_PKG_VERSION", Some("/none/a/Cargo.toml#version")),
            ("CARGO_PKG_VERSION_PRE", Some("/none/a/Cargo.toml#version")),
            (
                "CARGO_PKG_RUST_VERSION",
                Some("/none/a/Cargo.toml#rust-version"),
            ),
            ("CARGO_MANIFEST_DIR", None),
            ("OUT_DIR", None),
            ("RUSTFLAGS", None),
            ("GREETING", Some("/none/b/$GREETING")),
        ] {
            let found = input(name, Path::new("/none/a/Cargo.toml"), Path::new("/none/b"));
            assert_eq!(found, expected.map(PathBuf::from), "{name}");
        }
    }

    #[test]
    fn dep_info_is_named_after_its_crate() {
        for (file, expected) in [
            ("about-966e595fb65f5b27.d", true),
            ("about-more-966e595fb65f5b27.d", false),
            ("about.d", false),
            ("abouts-966e595fb65f5b27.d", false),
        ] {
            assert_eq!(is_of(file, "about"), expected, "{file}");
        }
    }
}
