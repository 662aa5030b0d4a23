//! Several snippets merged into one executable, so that only one is linked. Each snippet is a module, and the name of
//! the executable selects the module that runs. (rustdoc merges doctests likewise.)

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::binary::Binary;
use super::error::BuildError;
use super::files::{link, write_if_new};
use crate::hash::hash_of;
use crate::plan::{Origin, Run, Target};

/// The name of the merged example.
pub(super) const NAME: &str = "mdbook-transcript-merged";

/// The environment variable with the path of the list of modules: the manifest stays the same whichever snippets are
/// built.
pub(super) const VARIABLE: &str = "MDBOOK_TRANSCRIPT_MERGED";

/// The source of the merged example, the same for every list.
pub(super) const SOURCE: &str = "include!(env!(\"MDBOOK_TRANSCRIPT_MERGED\"));\n";

/// Words of code that behaves differently in a module: crate attributes and paths, names of the crate, items that may
/// exist only once, and registries that collect from the whole executable.
const CRATE_WORDS: [&str; 20] = [
    "#!",
    "crate",
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
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

/// Returns whether the snippet of a run prints the same if it is a module.
pub(super) fn can_be_merged(run: &Run) -> bool {
    match &run.origin {
        Origin::Snippet { code, snippet, .. } => {
            run.refused().is_none() && snippet.edition.is_none() && is_independent_of_crate(code)
        }
        Origin::Target | Origin::Shell { .. } => false,
    }
}

fn is_independent_of_crate(code: &str) -> bool {
    !CRATE_WORDS.iter().any(|word| code.contains(word))
}

/// Snippets that are built as one executable.
pub(super) struct Merged<'a> {
    /// The target to build.
    pub target: Target,
    /// The file with the list of modules, the value of [`VARIABLE`].
    pub list: String,
    /// The snippets, in the order of the modules.
    pub programs: Vec<&'a Target>,
}

impl<'a> Merged<'a> {
    /// Merges the mergeable ones of some targets. `None`: there are fewer than two.
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

    /// The snippets that could print the path of their module: the executable contains that path, which a macro of
    /// another crate has taken from `module_path!` (`log::info!` does).
    ///
    /// # Errors
    /// The executable cannot be read.
    pub(super) fn knowing_their_module(
        &self,
        merged: &Binary,
    ) -> Result<BTreeSet<&'a Target>, BuildError> {
        let bytes =
            fs::read(&merged.path).map_err(|error| BuildError::unreadable(&merged.path, error))?;
        let krate = NAME.replace('-', "_");
        let contains_path = |number: usize| {
            let path = format!("{krate}::{}", module(number));
            memchr::memmem::find_iter(&bytes, path.as_bytes()).any(|at| {
                // The path of module 10 begins with that of module 1.
                !bytes.get(at + path.len()).is_some_and(u8::is_ascii_digit)
            })
        };
        let programs = self.programs.iter().enumerate();
        Ok(programs
            .filter(|&(number, _)| contains_path(number))
            .map(|(_, &program)| program)
            .collect())
    }

    /// Links the executable into a folder under the name of each snippet.
    pub(super) fn apart(
        &self,
        merged: &Binary,
        warnings: impl Fn(&Target) -> String,
        folder: &Path,
    ) -> Vec<(&'a Target, Result<Binary, BuildError>)> {
        let extension = merged.path.extension().unwrap_or_default();
        let as_program = |program: &'a Target| {
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
            .map(|&program| (program, as_program(program)))
            .collect()
    }
}

/// The function that calls a snippet's private `main`.
const ENTRY: &str = "__mdbook_transcript_main";

fn module(number: usize) -> String {
    format!("program_{number}")
}

/// The source of the modules and of a `main` that selects one by the executable's name, which works for snippets that
/// start themselves, too.
fn list(programs: &[&Target]) -> String {
    let mut text = String::new();
    let mut arms = String::new();
    for (number, program) in programs.iter().enumerate() {
        let name = &program.name;
        let module = module(number);
        // The snippet's file stays as the author wrote it, since the compiler's errors quote it. Its `main` is
        // private, so the entry is next to it.
        text.push_str(&format!(
            "mod {module} {{\n    include!({:?});\n    pub(crate) fn {ENTRY}() -> ::std::process::ExitCode {{ \
             ::std::process::Termination::report(main()) }}\n}}\n",
            format!("{name}.rs")
        ));
        arms.push_str(&format!("        Some({name:?}) => {module}::{ENTRY}(),\n"));
    }
    text + &format!(
        "fn main() -> std::process::ExitCode {{
    let path = std::env::current_exe().unwrap_or_default();
    match path.file_stem().and_then(std::ffi::OsStr::to_str) {{
{arms}        other => panic!(\"there is no program {{other:?}}\"),
    }}
}}
"
    )
}

#[cfg(test)]
mod tests {
    use super::is_independent_of_crate;

    #[test]
    fn code_that_names_its_crate_is_not_merged() {
        for (code, can) in [
            ("fn main() { println!(\"a\"); }", true),
            ("#![allow(unused)]\nfn main() {}", false),
            ("pub(crate) fn a() {}", false),
            ("println!(\"{}\", env!(\"CARGO_CRATE_NAME\"));", false),
            ("println!(\"{}\", env!(\"CARGO_PKG_VERSION\"));", true),
            ("println!(\"{}\", std::any::type_name::<T>());", false),
            ("std::env::current_exe()", true),
        ] {
            assert_eq!(is_independent_of_crate(code), can, "{code}");
        }
    }
}
