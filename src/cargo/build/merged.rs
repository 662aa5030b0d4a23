//! Several programs of the pages in one executable, which is linked once: each is a module of it, and the
//! name by which it is started says which one it is. (rustdoc does the same with its tests.)

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::pages::write_if_new;
use super::{Binary, BuildError, link};
use crate::hash::hash_of;
use crate::plan::{Origin, Run, Target};

/// The example that they are merged into.
pub(super) const NAME: &str = "mdbook-transcript-merged";

/// The variable by which its source is told where the list of its modules is: so that the manifest stays the
/// same whichever programs are to be built.
pub(super) const VARIABLE: &str = "MDBOOK_TRANSCRIPT_MERGED";

/// Its source, one for all lists.
pub(super) const SOURCE: &str = "include!(env!(\"MDBOOK_TRANSCRIPT_MERGED\"));\n";

/// What is otherwise in a module than in a program: attributes and paths of the crate, what tells its name,
/// what may be there only once, and what collects from the whole executable.
const OF_A_CRATE: [&str; 18] = [
    "#!",
    "crate",
    "type_name",
    "module_path",
    "macro_export",
    "global_allocator",
    "panic_handler",
    "no_mangle",
    "export_name",
    "Backtrace",
    "RUST_BACKTRACE",
    "include",
    "TypeId",
    "link_section",
    "ctor",
    "inventory",
    "linkme",
    "typetag",
];

/// Whether the program of a run can be a module among others and print the same.
pub(super) fn can_be_merged(run: &Run) -> bool {
    match &run.origin {
        Origin::Page { code, inline } => {
            inline.refused.is_none() && inline.edition.is_none() && is_no_crate(code)
        }
        Origin::Target | Origin::Shell { .. } => false,
    }
}

fn is_no_crate(code: &str) -> bool {
    !OF_A_CRATE.iter().any(|word| code.contains(word))
}

/// Programs that are built together.
pub(super) struct Merged<'a> {
    /// What Cargo is called for.
    pub target: Target,
    /// The file with the list of its modules, to be told by [`VARIABLE`].
    pub list: String,
    /// The programs.
    pub programs: Vec<&'a Target>,
}

impl<'a> Merged<'a> {
    /// Those of these targets that can be merged, if there are several.
    ///
    /// # Errors
    /// The list cannot be written.
    pub(super) fn of(
        targets: &BTreeSet<&'a Target>,
        mergeable: &BTreeSet<&Target>,
    ) -> Result<Option<Merged<'a>>, BuildError> {
        let programs = targets.iter().copied();
        let programs: Vec<&Target> = programs
            .filter(|target| mergeable.contains(target))
            .collect();
        let [first, _, ..] = programs.as_slice() else {
            return Ok(None);
        };
        let folder = first.manifest.parent().unwrap_or(Path::new(""));
        let text = list(&programs);
        let list = format!("{NAME}-{}.rs", &hash_of(text.as_bytes())[..16]);
        write_if_new(&folder.join(&list), &text)?;
        Ok(Some(Merged {
            target: Target {
                name: NAME.to_owned(),
                source: folder.join(format!("{NAME}.rs")),
                ..(*first).clone()
            },
            list,
            programs,
        }))
    }

    /// Those of its programs that can tell from its executable that they are a module: in it stands the
    /// path of one, as `module_path!` makes it in a macro of another crate (`log::info!`).
    ///
    /// # Errors
    /// The executable cannot be read.
    pub(super) fn notice(&self, merged: &Binary) -> Result<BTreeSet<&'a Target>, BuildError> {
        let bytes =
            fs::read(&merged.path).map_err(|error| BuildError::unreadable(&merged.path, error))?;
        let krate = NAME.replace('-', "_");
        let notices = |number: usize| {
            let path = format!("{krate}::{}", module(number));
            memchr::memmem::find_iter(&bytes, path.as_bytes()).any(|at| {
                // That of another begins with it, too.
                !bytes.get(at + path.len()).is_some_and(u8::is_ascii_digit)
            })
        };
        let programs = self.programs.iter().enumerate();
        Ok(programs
            .filter(|&(number, _)| notices(number))
            .map(|(_, &program)| program)
            .collect())
    }

    /// The executable as each of its programs, under their names, in this folder.
    pub(super) fn apart(
        &self,
        merged: &Binary,
        warnings: impl Fn(&Target) -> String,
        folder: &Path,
    ) -> Vec<(&'a Target, Result<Binary, BuildError>)> {
        let extension = merged.path.extension().unwrap_or_default();
        let as_one = |program: &'a Target| {
            let path = folder.join(&program.name).with_extension(extension);
            link(&merged.path, &path)?;
            Ok(Binary {
                path,
                warnings: warnings(program),
                ..merged.clone()
            })
        };
        let programs = self.programs.iter();
        programs
            .map(|&program| (program, as_one(program)))
            .collect()
    }
}

/// What calls a program's `main`: no program has something of this name.
const DOOR: &str = "__mdbook_transcript_main";

fn module(number: usize) -> String {
    format!("program_{number}")
}

/// The modules, and a `main` that goes by the name of the executable: it stays with what starts itself again.
fn list(programs: &[&Target]) -> String {
    let mut text = String::new();
    let mut arms = String::new();
    for (number, program) in programs.iter().enumerate() {
        let name = &program.name;
        let module = module(number);
        // The program's own file holds nothing of ours, which the compiler's errors would show. Its `main`
        // is its own alone.
        text.push_str(&format!(
            "mod {module} {{\n    include!({:?});\n    pub(crate) fn {DOOR}() -> ::std::process::ExitCode {{ \
             ::std::process::Termination::report(main()) }}\n}}\n",
            format!("{name}.rs")
        ));
        arms.push_str(&format!("        Some({name:?}) => {module}::{DOOR}(),\n"));
    }
    text + &format!(
        "fn main() -> std::process::ExitCode {{
    let path = std::env::current_exe().unwrap_or_default();
    match path.file_stem().and_then(std::ffi::OsStr::to_str) {{
{arms}        other => panic!(\"no program is named {{other:?}}\"),
    }}
}}
"
    )
}

#[cfg(test)]
mod tests {
    use super::is_no_crate;

    #[test]
    fn what_speaks_of_its_crate_stays_alone() {
        for (code, can) in [
            ("fn main() { println!(\"a\"); }", true),
            ("#![allow(unused)]\nfn main() {}", false),
            ("pub(crate) fn a() {}", false),
            ("println!(\"{}\", std::any::type_name::<T>());", false),
            ("std::env::current_exe()", true),
        ] {
            assert_eq!(is_no_crate(code), can, "{code}");
        }
    }
}
