//! Examines whether programs can be built, observed and executed by the virtual clock on this machine, with a program
//! that is built and executed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::diagnosis::{Diagnosis, State};
use crate::cargo::build::BuildError;
use crate::cargo::command::folder_of;
use crate::cargo::targets::target_folder;
use crate::exec::RunError;
use crate::exec::temporary::TemporaryFolder;
use crate::observe::NoObserver;
use crate::pipeline::execute::Program;
use crate::pipeline::observe::first_error;
use crate::pipeline::once::{Once, Unobserved};
use crate::pipeline::probe::{Probe, has_fixed_addresses, is_static};
use crate::pipeline::seeded::SeededOnce;
use crate::progress::{Progress, ProgressLine};
use crate::recordings::configuration::{settings, table};
use crate::recordings::paths::relative;
use crate::transcript::seed::Seed;

const BUILD: &str = "build";
const EXECUTION: &str = "execution";
const OBSERVER: &str = "observer";
const CLOCK: &str = "virtual time";

/// The seed of the only seeded execution.
const SEED: &str = "s1";

/// The remedy against a filter of system calls.
const UNFILTERED: &str =
    "allow these system calls, in Docker with `--security-opt seccomp=unconfined`";

/// The consequence if programs cannot be built for the observer.
const UNTESTED: &str = "so the order of lines is not tested";
/// The consequence of a missing observer.
const UNSEEN: &str = "so the order of lines is not tested, and pages show no threads";

/// Builds and executes a program as those of the book in `root` with this manifest are. `seeds` is the number of runs that
/// need the virtual clock.
///
/// # Errors
/// The user has interrupted it.
pub(super) fn examine(
    root: &Path,
    manifest: Option<PathBuf>,
    seeds: usize,
) -> anyhow::Result<Vec<Diagnosis>> {
    let progress = ProgressLine::begin();
    let found = probe(root, manifest, seeds, &progress);
    let is_interrupted = progress.is_interrupted();
    progress.clear();
    if is_interrupted {
        bail!("interrupted");
    }
    Ok(found)
}

fn probe(
    root: &Path,
    manifest: Option<PathBuf>,
    seeds: usize,
    progress: &dyn Progress,
) -> Vec<Diagnosis> {
    let unwritable = |error: std::io::Error| {
        let found = format!("a program for a test cannot be written: {error}");
        vec![Diagnosis::error(BUILD, found).help("make Cargo's target folder writable")]
    };
    // Without a package, there is no target folder.
    let temporary = match TemporaryFolder::create() {
        Ok(temporary) => temporary,
        Err(error) => return unwritable(error),
    };
    let (manifest, target) = match manifest {
        Some(manifest) => {
            let target = target_folder(&manifest);
            (manifest, target)
        }
        None => (root.join("Cargo.toml"), temporary.path().to_owned()),
    };
    let place = match target.starts_with(temporary.path()) {
        true => "in a temporary folder".to_owned(),
        false => format!("in `{}`", relative(root, &target)),
    };
    let home = folder_of(&manifest).to_owned();
    let probe = match Probe::write(manifest, target) {
        Ok(probe) => probe,
        Err(error) => return unwritable(error),
    };
    let program = match probe.built(progress) {
        Ok(program) => program,
        Err(error) => return vec![not_built(&error)],
    };
    let built = format!("a program of two threads was built with Cargo, {place}");
    let mut found = vec![Diagnosis::ok(BUILD, built)];
    match observed(&probe, &program, &home, progress) {
        Ok(observer) => {
            found.push(observer);
            let clock = seeded(&probe, &program, progress);
            found.push(clock.unwrap_or_else(|problem| unusable_clock(*problem, seeds)));
        }
        // No clock helps a program that cannot be executed at all.
        Err(problem) if problem.subject == EXECUTION => found.push(*problem),
        Err(problem) => {
            found.push(*problem);
            let clock = Diagnosis::warning(CLOCK, "not tried, because the observer is not usable")
                .help("mend the observer first");
            found.push(unusable_clock(clock, seeds));
        }
    }
    found
}

/// The program cannot be built.
fn not_built(error: &BuildError) -> Diagnosis {
    let first = first_error(error);
    let help = match error.help() {
        Some(help) => help,
        None if first.contains("linker") && first.contains("not found") => {
            "install a C compiler, which links programs (on Debian: `apt install gcc`)".to_owned()
        }
        None => "run `cargo build` in the package's folder, which should fail likewise".to_owned(),
    };
    let found = format!("a program of two threads cannot be built with Cargo: {first}");
    Diagnosis::error(BUILD, found).help(help)
}

/// Executes the program under the observer.
fn observed(
    probe: &Probe,
    program: &Program,
    home: &Path,
    progress: &dyn Progress,
) -> Result<Diagnosis, Box<Diagnosis>> {
    let problem = |why: &str, help| unobservable(why, UNSEEN, help);
    let once = probe.observed(program, progress);
    let once = once.ok_or_else(|| problem("the program could not be executed", None))?;
    if let Some(failure) = &once.failure {
        return Err(Box::new(not_executed(failure)));
    }
    if let Some(unobserved) = &once.unobserved {
        let (why, help) = match unobserved {
            Unobserved::NoObserver(error) => (no_observer(error), help_for(error)),
            other => not_loaded(other, &once, program, home),
        };
        return Err(problem(&why, help));
    }
    if let Err(error) = probe.built_for_observer(progress) {
        let why = format!(
            "a program cannot be linked with a shared std (`-C prefer-dynamic`): {}",
            first_error(&error)
        );
        let cause = static_linking(home);
        let help = cause.map(|cause| format!("remove {cause}"));
        return Err(unobservable(&why, UNTESTED, help));
    }
    let threads = once.transcript.tracks.len();
    let found = format!("it was preloaded into the program, and saw {threads} threads");
    match threads {
        2 => Ok(Diagnosis::ok(OBSERVER, found)),
        _ => Err(problem(&format!("{found} of 2"), None)),
    }
}

/// The program cannot be executed.
fn not_executed(failure: &RunError) -> Diagnosis {
    let found = format!("that program cannot be executed: {failure}{}", filter());
    let help = match filter() {
        "" => "allow this program to start other programs and to watch them",
        _ => UNFILTERED,
    };
    Diagnosis::error(EXECUTION, found).help(help)
}

/// A problem with the observer.
fn unobservable(why: &str, consequence: &str, help: Option<String>) -> Box<Diagnosis> {
    let warning = Diagnosis::warning(OBSERVER, format!("{why}, {consequence}"));
    Box::new(match help {
        Some(help) => warning.help(help),
        None => warning,
    })
}

/// Returns why there is no observer, in words.
fn no_observer(error: &NoObserver) -> String {
    match error {
        NoObserver::Compiler(said) => {
            let first = said.lines().find(|line| line.starts_with("error"));
            format!("the compiler rejects it: {}", first.unwrap_or(said))
        }
        error => error.to_string(),
    }
}

fn help_for(error: &NoObserver) -> Option<String> {
    let help = match error {
        NoObserver::System => "record and check the book on 64-bit Linux, for example in CI",
        NoObserver::Compiler(_) => {
            "use a stable toolchain of rustup: `rustup update stable`, `rustup default stable`"
        }
        NoObserver::Files(_) => {
            "use a complete toolchain of rustup, and make Cargo's target folder writable"
        }
    };
    Some(help.to_owned())
}

/// Returns why the program did not load the observer, and the remedy.
fn not_loaded(
    unobserved: &Unobserved,
    once: &Once,
    program: &Program,
    home: &Path,
) -> (String, Option<String>) {
    let is_static = program.binary().map(is_static);
    if let Some(Ok(true)) = is_static {
        let cause = static_linking(home);
        let by = cause.as_ref().map(|cause| format!(", because of {cause}"));
        let why = format!(
            "programs are linked statically{}: nothing can be preloaded into them",
            by.unwrap_or_default()
        );
        let help = match cause {
            Some(cause) => format!("remove {cause}"),
            None => "let Cargo link programs dynamically, as it does by default".to_owned(),
        };
        return (why, Some(help));
    }
    // The loader says on stderr what it cannot preload (ld.so(8)).
    let mut lines = once.transcript.lines.iter().map(|line| &line.text);
    let said = lines.find(|line| line.contains("LD_PRELOAD") || line.contains("ld.so"));
    let said = said.map(|said| format!(" ({said})")).unwrap_or_default();
    (format!("{unobserved}{said}{}", filter()), None)
}

/// Returns the setting that makes Cargo link programs statically, and its file.
fn static_linking(home: &Path) -> Option<String> {
    let setting = |text: &str| {
        let separates = |c: char| c.is_whitespace() || "\"'=,[]\u{1f}".contains(c);
        let mut words = text.split(separates);
        let word = words.find(|word| word.ends_with("+crt-static") || word.ends_with("-musl"));
        word.map(str::to_owned)
    };
    let variables = env::vars_os().filter_map(|(name, value)| {
        let name = name.to_string_lossy().into_owned();
        let counts = name.ends_with("RUSTFLAGS") || name == "CARGO_BUILD_TARGET";
        let word = setting(&value.to_string_lossy()).filter(|_| counts)?;
        Some(format!("`{word}` in the environment variable {name}"))
    });
    // As a table, without its comments.
    let files = settings(home).into_iter().filter_map(|file| {
        let text = table(&file)?.to_string();
        let word = setting(&text)?;
        Some(format!("`{word}` in `{}`", file.display()))
    });
    variables.chain(files).next()
}

/// Executes the program by the virtual clock.
fn seeded(
    probe: &Probe,
    program: &Program,
    progress: &dyn Progress,
) -> Result<Diagnosis, Box<Diagnosis>> {
    let problem = |why: String| {
        let warning = Diagnosis::warning(CLOCK, format!("{why}{}", filter()));
        Box::new(match filter() {
            "" => warning,
            _ => warning.help(UNFILTERED),
        })
    };
    let seed: Seed = SEED
        .parse()
        .map_err(|_| problem("there is no seed".to_owned()))?;
    let once = || probe.seeded(program, seed, progress);
    let is_exact = |seeded: &SeededOnce| {
        let report = seeded.report.as_ref();
        report.is_some_and(|report| report.points > 0 && report.leaks.is_none())
    };
    // A busy machine may delay a thread for so long that it seems to compute.
    let mut executed = once();
    if !executed.as_ref().is_ok_and(is_exact) {
        executed = once();
    }
    let executed = executed.map_err(|error| problem(format!("{error:#}")))?;
    if let Some(failure) = &executed.once.failure {
        return Err(problem(format!("the program fails with a seed: {failure}")));
    }
    if !is_exact(&executed) {
        let why =
            "with a seed, real time decided which thread went on, or the program was not seeded";
        return Err(problem(why.to_owned()));
    }
    let wall = executed.once.transcript.wall.as_millis();
    let found =
        format!("the program was executed with the seed {SEED}, in {wall} ms of virtual time");
    if !has_fixed_addresses(&executed.once) {
        let varies = format!(
            "{found}, but the addresses of its memory vary, because personality(2) is forbidden{}",
            filter()
        );
        return Ok(Diagnosis::warning(CLOCK, varies).help(
            "allow that system call, in Docker with `--security-opt seccomp=unconfined`; \
             it matters only to programs that print addresses or sort by them",
        ));
    }
    Ok(Diagnosis::ok(CLOCK, found))
}

/// Completes the diagnosis of an unusable virtual clock: it is an error if fences need it.
fn unusable_clock(diagnosis: Diagnosis, seeds: usize) -> Diagnosis {
    let state = match seeds {
        0 => State::Warning,
        _ => State::Error,
    };
    let found = match seeds {
        0 => format!(
            "{}; `record` and `check` execute programs in real time",
            diagnosis.found
        ),
        1 => format!("{}; one fence has `seed=`", diagnosis.found),
        seeds => format!(
            "{}; {seeds} runs have `seed=` in their fences",
            diagnosis.found
        ),
    };
    Diagnosis {
        state,
        found,
        ..diagnosis
    }
}

/// Describes the filter of system calls that this process is under, which may be the cause of a failure; empty if there is
/// none.
fn filter() -> &'static str {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mode = status
        .lines()
        .find_map(|line| line.strip_prefix("Seccomp:"));
    match mode.map(str::trim) {
        Some("0") | None => "",
        Some(_) => " (a seccomp filter is in effect, as in a container)",
    }
}
