//! A tiny program, built and executed as those of a book are, which shows whether that is possible on this machine.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object::{Object, ObjectSection};

use super::execute::{Program, build_programs};
use super::once::{Once, execute_once};
use super::seeded::{SeededOnce, execute_seeded};
use crate::cargo::build::{BuildError, Linking, Workspace, build};
use crate::lesson::fence::{RunAttributes, TargetKind, TargetName};
use crate::lesson::purpose::Purpose;
use crate::plan::{Origin, Plan, Run, RunId, Target};
use crate::progress::Progress;
use crate::session::Session;
use crate::transcript::seed::Seed;

/// The name of the program and of its package, which must be none of the author's: they share a target folder.
const NAME: &str = "mdbook-transcript-doctor";

/// The manifest: of a package outside the author's workspace, so that no dependency is built.
const MANIFEST: &str = "[package]\nname = \"mdbook-transcript-doctor\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n\
     [lib]\npath = \"lib.rs\"\n\n[[example]]\nname = \"mdbook-transcript-doctor\"\npath = \"main.rs\"\n\n[workspace]\n";

/// The program: its first thread waits for another one, which sleeps. The last line ends with the kernel's flags for the
/// process (personality(2)).
const SOURCE: &str = r#"fn main() {
    let other = std::thread::spawn(|| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        println!("other");
    });
    let is_ok = other.join().is_ok();
    let flags = std::fs::read_to_string("/proc/self/personality").unwrap_or_default();
    println!("main {is_ok} {}", flags.trim());
}
"#;

/// The flag for fixed addresses, ADDR_NO_RANDOMIZE.
const FIXED: u32 = 0x0004_0000;

/// The program, as the only run of a book.
#[derive(Debug)]
pub struct Probe {
    plan: Plan,
    session: Session,
}

impl Probe {
    /// Writes the program below the target folder of a workspace.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(manifest: PathBuf, target: PathBuf) -> io::Result<Probe> {
        let folder = target.join("transcript").join("doctor");
        fs::create_dir_all(&folder)?;
        // Cargo reports canonical paths.
        let folder = fs::canonicalize(folder)?;
        // Cargo builds it again if a file is newer, even if it has the same text.
        for (name, text) in [
            ("Cargo.toml", MANIFEST),
            ("lib.rs", ""),
            ("main.rs", SOURCE),
        ] {
            let file = folder.join(name);
            if fs::read_to_string(&file).is_ok_and(|old| old == text) {
                continue;
            }
            fs::write(file, text)?;
        }
        let mut plan = Plan::default();
        plan.runs.push(run(&folder));
        let pages = target.join("transcript").join("pages-doctor");
        let session = Session {
            workspace: Workspace {
                manifest,
                target,
                pages,
            },
            ..Session::default()
        };
        Ok(Probe { plan, session })
    }

    /// Builds the program as readers would.
    ///
    /// # Errors
    /// It cannot be built.
    pub fn built(&self, progress: &dyn Progress) -> Result<Program, BuildError> {
        let workspace = &self.session.workspace;
        let built = build_programs(&[RunId(0)], &self.plan, workspace, progress);
        built
            .into_iter()
            .next()
            .unwrap_or(Err(BuildError::Interrupted))
    }

    /// Executes the program under the observer. `None`: it was not built.
    pub fn observed(&self, program: &Program, progress: &dyn Progress) -> Option<Once> {
        execute_once(program, &self.plan[RunId(0)], &self.session, progress)
    }

    /// Builds the program as `record` and `check` need it for schedules.
    ///
    /// # Errors
    /// It cannot be built.
    pub fn built_for_observer(&self, progress: &dyn Progress) -> Result<(), BuildError> {
        let workspace = &self.session.workspace;
        let folder = workspace.target.join("transcript").join("observed");
        let linking = Linking::Dynamic(&folder);
        let built = build(workspace, &[RunId(0)], &self.plan.runs, linking, progress);
        let built = built.into_iter().next();
        built.unwrap_or(Err(BuildError::Interrupted)).map(drop)
    }

    /// Executes the program by the virtual clock.
    ///
    /// # Errors
    /// It cannot be seeded.
    pub fn seeded(
        &self,
        program: &Program,
        seed: Seed,
        progress: &dyn Progress,
    ) -> anyhow::Result<SeededOnce> {
        let of = (&self.plan, &self.session);
        execute_seeded(program, seed, false, of, progress)
    }
}

/// Returns whether a seeded execution of the program has had fixed addresses.
pub fn has_fixed_addresses(execution: &Once) -> bool {
    let last = execution.transcript.lines.last();
    let flags = last.and_then(|line| u32::from_str_radix(line.text.split(' ').nth(2)?, 16).ok());
    flags.is_some_and(|flags| flags & FIXED != 0)
}

/// Returns whether an executable is linked statically, so that nothing can be preloaded into it.
///
/// # Errors
/// The file cannot be read, or is not an executable of this system.
pub fn is_static(program: &Path) -> io::Result<bool> {
    let bytes = fs::read(program)?;
    let file = object::File::parse(&*bytes).map_err(io::Error::other)?;
    // The name of the loader (elf(5)).
    let mut sections = file.sections();
    Ok(!sections.any(|section| section.name() == Ok(".interp")))
}

/// The run of the program in this folder.
fn run(folder: &Path) -> Run {
    let name = || NAME.to_owned();
    let target = Target {
        package: name(),
        // Cargo is started in the folder of the author's manifest then, whose configuration applies.
        kind: TargetKind::Snippet,
        name: name(),
        source: folder.join("main.rs"),
        manifest: folder.join("Cargo.toml"),
        standalone: false,
    };
    let attributes = RunAttributes {
        target: TargetName {
            kind: Some(target.kind),
            name: name(),
            package: Some(name()),
            manifest: None,
        },
        args: Vec::new(),
        env: Default::default(),
        stdin: String::new(),
        files: Vec::new(),
        features: Vec::new(),
        profile: None,
        seed: None,
    };
    Run {
        id: name(),
        target,
        attributes: Arc::new(attributes),
        origin: Origin::Target,
        purpose: Purpose::Run,
        exit: None,
        timeout: None,
        alone: false,
        order: None,
        claims: Vec::new(),
        unchecked: None,
        command: format!("cargo run --example {NAME}"),
        asks: Vec::new(),
        redacted: Vec::new(),
        redactions: Default::default(),
    }
}
