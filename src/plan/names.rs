//! The name of a run, and the command with which a reader executes it.

use std::borrow::Cow;
use std::collections::HashMap;

use super::run::{Origin, Run, Target};
use super::targets::Targets;
use crate::diagnostic::{Diagnostic, Place};
use crate::hash::hash_of;
use crate::lesson::fence::{RunAttributes, TargetKind, TargetName};
use crate::lesson::purpose::Purpose;
use crate::lesson::shell::in_one_line;

/// Returns the name of a run: its program's name, its arguments and its seed, and a hash if these do not identify the
/// run.
pub(super) fn id(attributes: &RunAttributes) -> String {
    let mut id = program(&attributes.target);
    let mut is_complete = attributes.env.is_empty()
        && attributes.stdin.is_empty()
        && attributes.files.is_empty()
        && attributes.features.is_empty()
        && attributes.profile.is_none();
    for arg in &attributes.args {
        let slug = arg.replace(|c| !is_plain(c), "-");
        is_complete &= slug == *arg && !slug.is_empty() && slug.len() <= LONGEST_ARG;
        id.push('-');
        id.extend(slug.chars().take(LONGEST_ARG));
    }
    if let Some(seed) = attributes.seed {
        id.push('-');
        id.push_str(&seed.to_string().replace(':', "-"));
    }
    // The name of a shell session is unique.
    if is_complete || attributes.target.kind == Some(TargetKind::Shell) {
        id
    } else {
        format!("{id}-{}", short_hash(attributes))
    }
}

/// Returns the name of a program, or for a package outside the book's workspace the name of its folder: such packages
/// often have the same name.
fn program(target: &TargetName) -> String {
    let TargetName {
        name,
        package,
        manifest,
        ..
    } = target;
    match folder_of(manifest.as_deref(), 1) {
        Some(folder) => {
            if package.as_ref() == Some(name) {
                folder
            } else {
                format!("{folder}-{name}")
            }
        }
        None => name.clone(),
    }
}

/// Returns the name of the folder that contains the folder of a package outside the book's workspace: often a chapter's.
fn folder_above(target: &TargetName) -> String {
    let folder = folder_of(target.manifest.as_deref(), 2);
    folder
        .or_else(|| target.package.clone())
        .unwrap_or_default()
}

/// Returns the name of a folder of a Cargo.toml, 1 being the nearest, as a part of a run's name.
fn folder_of(manifest: Option<&str>, number: usize) -> Option<String> {
    let folder = manifest?.rsplit('/').nth(number)?;
    let folder = folder.replace(|c| !is_plain(c) && c != '-', "-");
    (folder != "..").then_some(folder)
}

/// Returns whether a character can be part of a run's name.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_')
}

/// The highest number of characters of an argument in a run's name.
const LONGEST_ARG: usize = 24;

/// Returns six hexadecimal digits that identify the attributes.
fn short_hash(attributes: &RunAttributes) -> String {
    let RunAttributes {
        target,
        args,
        env,
        stdin,
        files,
        features,
        profile,
        seed,
    } = attributes;
    let kind = match target.kind {
        Some(TargetKind::Bin) => "bin",
        Some(TargetKind::Snippet) => "inline",
        Some(TargetKind::Shell) => "shell",
        Some(TargetKind::Example) | None => "example",
    };
    let mut text = format!(
        "{kind} {:?} {} {args:?} {env:?} {stdin:?} {features:?} {profile:?}",
        target.package, target.name
    );
    text.extend(target.manifest.as_deref());
    text.extend(files.iter().flat_map(|file| [" ", file]));
    text.extend(seed.map(|seed| seed.to_string()));
    hash_of(text.as_bytes())[..6].to_owned()
}

/// Makes the names of the runs of Cargo targets unique: appends the package, and then a hash of all attributes.
///
/// Returns an error for each snippet or shell session whose run has the name of another one: its author can choose
/// another name, while that of a Cargo target is also that of a file and of a recording.
pub(super) fn make_unique(runs: &mut [Run]) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let suffixes = [
        |run: &Run| format!("-of-{}", folder_above(&run.attributes.target)),
        |run: &Run| format!("-{}", short_hash(&run.attributes)),
    ];
    for suffix in suffixes {
        let ids: Vec<String> = runs.iter().map(lower).collect();
        let mut counts: HashMap<&str, u32> = HashMap::with_capacity(ids.len());
        for id in &ids {
            *counts.entry(id).or_default() += 1;
        }
        if counts.len() == ids.len() {
            break;
        }
        if problems.is_empty() {
            problems = clashes(runs);
        }
        for (run, id) in runs.iter_mut().zip(&ids) {
            if counts[id.as_str()] > 1 && !run.is_in_page() {
                run.id.push_str(&suffix(run));
                if run.seed().is_some() {
                    run.command = seeded(&run.id);
                }
            }
        }
    }
    problems
}

/// A run's name as file systems compare it: some ignore case.
fn lower(run: &Run) -> String {
    run.id.to_lowercase()
}

fn clashes(runs: &[Run]) -> Vec<Diagnostic> {
    let mut first: HashMap<String, &Run> = HashMap::new();
    let mut problems = Vec::new();
    for run in runs {
        let other = *first.entry(lower(run)).or_insert(run);
        // Equal names of programs are reported at the fences that give them.
        let is_reported = other.target.name.eq_ignore_ascii_case(&run.target.name);
        if is_reported || !run.is_in_page() && !other.is_in_page() {
            continue;
        }
        let message = format!("the name `{}` is already that of another run", run.id);
        problems.push(
            Diagnostic::error(message)
                .at(&run.asks[0])
                .related(Place::from(&other.asks[0]).label("this one"))
                .help("choose another name for the snippet or the commands with `name=…`"),
        );
    }
    problems
}

/// Returns the command with which a reader executes a run, in the syntax of a POSIX shell; for a shell session, its
/// commands.
pub(super) fn command(
    attributes: &RunAttributes,
    profile: Option<&str>,
    target: &Target,
    origin: &Origin,
    purpose: &Purpose,
    targets: &Targets,
) -> String {
    if let Origin::Shell { commands, .. } = origin {
        return in_one_line(commands);
    }
    if attributes.seed.is_some() {
        return seeded(&id(attributes));
    }
    let mut words: Vec<Cow<'_, str>> = Vec::new();
    if !attributes.stdin.is_empty() {
        words.extend([
            "printf".into(),
            format_of(&attributes.stdin).into(),
            "|".into(),
        ]);
    }
    let variables = attributes.env.iter();
    words.extend(variables.map(|(name, value)| format!("{name}={}", quote(value)).into()));
    let verb = match purpose {
        Purpose::Run => "run",
        // A reader of such a listing types the command of all others, and gets the same errors.
        Purpose::Refuse(_) if target.standalone => "run",
        Purpose::Build | Purpose::Show | Purpose::Refuse(_) => "build",
    };
    words.extend(["cargo".into(), verb.into()]);
    if let Some(package) = &attributes.target.package
        && target.kind != TargetKind::Snippet
    {
        words.extend(["--package".into(), quote(package)]);
    }
    match profile {
        None | Some("dev") => {}
        Some("release") => words.push("--release".into()),
        Some(profile) => words.extend(["--profile".into(), quote(profile)]),
    }
    if !attributes.features.is_empty() {
        let features = attributes.features.join(",");
        words.extend(["--features".into(), quote(&features).into_owned().into()]);
    }
    // A reader turns a snippet into a package of its own.
    match target.kind {
        TargetKind::Example => words.extend(["--example".into(), quote(&target.name)]),
        // A reader of such a package has no other program before them.
        TargetKind::Bin if target.standalone && targets.is_only_binary(target) => {}
        TargetKind::Bin => words.extend(["--bin".into(), quote(&target.name)]),
        TargetKind::Snippet | TargetKind::Shell => {}
    }
    if !attributes.args.is_empty() {
        words.push("--".into());
        words.extend(attributes.args.iter().map(|arg| quote(arg)));
    }
    words.join(" ")
}

/// Returns the command that executes a run with its seed: Cargo knows no seeds.
fn seeded(id: &str) -> String {
    format!("mdbook-transcript run {id}")
}

/// Returns the quoted format with which printf(1), which interprets these escapes, prints a text; it is one line.
fn format_of(text: &str) -> String {
    let escapes = [("\\", "\\\\"), ("%", "%%"), ("\n", "\\n"), ("\t", "\\t")];
    let format = escapes
        .iter()
        .fold(text.to_owned(), |text, (c, escape)| text.replace(c, escape));
    if format.contains('\'') {
        quote(&format).into_owned()
    } else {
        format!("'{format}'")
    }
}

/// Quotes a word for a shell; a word that cannot be quoted (it contains NUL) stays unchanged.
fn quote(word: &str) -> Cow<'_, str> {
    shlex::try_quote(word).unwrap_or(Cow::Borrowed(word))
}
