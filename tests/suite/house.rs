//! The rules of `src/lib.rs` and CONTRIBUTING.md about the structure of the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// The rooms, from the top: each may import only rooms below it. Rooms on one floor do not import each other.
const FLOORS: [&[&str]; 12] = [
    &["main"],
    &["commands"],
    &["cli"],
    &["pipeline"],
    &["session"],
    &["learn", "page"],
    &["observe", "compare"],
    &["cargo", "exec"],
    &["ask", "progress", "recordings"],
    &["plan", "report"],
    &["book", "config", "lesson"],
    &[
        "transcript",
        "browser",
        "diagnostic",
        "files",
        "hash",
        "interrupt",
        "spelling",
        "stdio",
    ],
];

/// The most lines of a function that fits on a screen.
const SCREEN: usize = 60;

/// A source file.
struct Source {
    file: String,
    text: String,
    tree: syn::File,
}

/// The source files except `lib.rs`, by the path of the module: `lesson::parse`.
type Sources = BTreeMap<String, Source>;

fn sources() -> Sources {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![src.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&src).unwrap().to_str().unwrap();
                let text = fs::read_to_string(&path).unwrap();
                files.push((name.replace('\\', "/"), text));
            }
        }
    }
    // The templates of `new` are no modules.
    files.retain(|(file, _)| !file.starts_with("commands/new/lesson/"));
    assert!(files.len() > 100);
    parse(files)
}

fn parse(files: impl IntoIterator<Item = (String, String)>) -> Sources {
    let parsed = files.into_iter().filter_map(|(file, text)| {
        let module = file.trim_end_matches(".rs").trim_end_matches("/mod");
        let module = module.replace('/', "::");
        let mut tree = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        tree.items.retain(|item| !is_test(item));
        (module != "lib").then_some((module, Source { file, text, tree }))
    });
    parsed.collect()
}

fn is_test(item: &syn::Item) -> bool {
    let syn::Item::Mod(module) = item else {
        return false;
    };
    let is_test = |attribute: &syn::Attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|argument| argument.is_ident("test"))
    };
    module.attrs.iter().any(is_test)
}

/// The room that a module belongs to: `lesson::parse` to `lesson`.
fn room(module: &str) -> &str {
    module.split("::").next().unwrap()
}

/// The paths in a file; an import of several names counts as several paths.
#[derive(Default)]
struct Paths {
    imported: Vec<Vec<String>>,
    exported: Vec<Vec<String>>,
    named: Vec<Vec<String>>,
}

impl Paths {
    fn of(tree: &syn::File) -> Paths {
        let mut paths = Paths::default();
        paths.visit_file(tree);
        paths
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let list = match item.vis {
            syn::Visibility::Inherited => &mut self.imported,
            _ => &mut self.exported,
        };
        names(&item.tree, &mut Vec::new(), list);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter().map(|it| it.ident.to_string());
        self.named.push(segments.collect());
        visit::visit_path(self, path);
    }

    /// `pub(super)` names a module and imports nothing from it.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

fn names(tree: &syn::UseTree, before: &mut Vec<String>, all: &mut Vec<Vec<String>>) {
    let mut name = |ident: &syn::Ident| {
        let ends = (ident != "self").then(|| ident.to_string());
        all.push(before.iter().cloned().chain(ends).collect());
    };
    match tree {
        syn::UseTree::Path(path) => {
            before.push(path.ident.to_string());
            names(&path.tree, before, all);
            before.pop();
        }
        syn::UseTree::Name(it) => name(&it.ident),
        syn::UseTree::Rename(it) => name(&it.ident),
        syn::UseTree::Glob(_) => all.push(before.clone()),
        syn::UseTree::Group(group) => {
            for tree in &group.items {
                names(tree, before, all);
            }
        }
    }
}

/// The modules that each module imports. A re-exported item (`pub use`) is imported from the module that defines it.
fn imports(sources: &Sources) -> BTreeMap<&str, BTreeSet<&str>> {
    let paths: BTreeMap<&str, Paths> = sources
        .iter()
        .map(|(module, source)| (module.as_str(), Paths::of(&source.tree)))
        .collect();
    let exports: BTreeMap<(String, String), Vec<String>> = paths
        .iter()
        .flat_map(|(module, paths)| {
            let exported = paths.exported.iter();
            exported.filter_map(|path| {
                let name = path.last()?.clone();
                Some((
                    ((*module).to_owned(), name),
                    absolute(module, path, sources)?,
                ))
            })
        })
        .collect();
    let edges = paths.iter().map(|(module, paths)| {
        let all = paths.imported.iter().chain(&paths.named);
        let found = all.filter_map(|path| {
            let path = absolute(module, path, sources)?;
            defines(&path, sources, &exports)
        });
        (*module, found.filter(|it| it != module).collect())
    });
    edges.collect()
}

/// Resolves a path from the crate's root. `None` stands for another crate's path and for a local name.
fn absolute(module: &str, path: &[String], sources: &Sources) -> Option<Vec<String>> {
    let mut here: Vec<String> = module.split("::").map(str::to_owned).collect();
    let first = path.first()?;
    match first.as_str() {
        "crate" | "mdbook_transcript" => Some(path[1..].to_vec()),
        "self" => Some(here.into_iter().chain(path[1..].iter().cloned()).collect()),
        "super" => {
            let up = path.iter().take_while(|it| *it == "super").count();
            here.truncate(here.len() - up);
            Some(here.into_iter().chain(path[up..].iter().cloned()).collect())
        }
        child => {
            here.push(child.to_owned());
            let is_child = path.len() > 1 && sources.contains_key(&here.join("::"));
            is_child.then(|| here.into_iter().chain(path[1..].iter().cloned()).collect())
        }
    }
}

/// The module that defines the item of a path.
fn defines<'a>(
    path: &[String],
    sources: &'a Sources,
    exports: &BTreeMap<(String, String), Vec<String>>,
) -> Option<&'a str> {
    let (length, module) = (1..=path.len()).rev().find_map(|length| {
        let (module, _) = sources.get_key_value(&path[..length].join("::"))?;
        Some((length, module.as_str()))
    })?;
    let export = path
        .get(length)
        .and_then(|name| exports.get(&(module.to_owned(), name.clone())));
    match export {
        Some(export) => defines(export, sources, exports),
        None => Some(module),
    }
}

/// The modules that import themselves, directly or through others.
fn in_circles<'a>(imports: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<&'a str> {
    let leads_back = |module: &&&'a str| {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&str> = imports[**module].iter().copied().collect();
        while let Some(one) = next.pop() {
            if reached.insert(one) {
                next.extend(&imports[one]);
            }
        }
        reached.contains(**module)
    };
    imports.keys().filter(leads_back).copied().collect()
}

#[test]
fn imports_form_no_circle() {
    let sources = sources();
    assert_eq!(in_circles(&imports(&sources)), Vec::<&str>::new());
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    let files = |one: &str, other: &str, parent: &str| {
        let file = |name: &str, text: &str| (format!("{name}.rs"), text.to_owned());
        parse([
            file("a/one", one),
            file("a/other", other),
            file("a/mod", parent),
        ])
    };
    for (one, other, parent, circle) in [
        ("use super::other::B;", "use crate::a::one::A;", "", 2),
        ("fn a() { super::other::b() }", "use super::one;", "", 2),
        ("use super::{other::{self, B}, C};", "", "", 0),
        ("pub(super) struct A;", "", "use one::A;", 0),
        ("use super::C;", "", "mod one; struct C(one::A);", 2),
        ("use super::B;", "", "pub use other::B; use one::A;", 0),
        ("pub(super) fn a() {}", "", "use one::a;", 0),
        (
            "use super::B;",
            "use super::one::A;",
            "pub use other::B;",
            2,
        ),
    ] {
        let sources = files(one, other, parent);
        assert_eq!(
            in_circles(&imports(&sources)).len(),
            circle,
            "{one} {other}"
        );
    }
}

#[test]
fn imports_run_down() {
    let sources = sources();
    let floor = |module: &str| {
        let is_on = |floor: &&[&str]| floor.contains(&room(module));
        let floor = FLOORS.iter().position(is_on);
        floor.unwrap_or_else(|| panic!("src/{module} is on no floor: add its room to FLOORS"))
    };
    for (module, imported) in imports(&sources) {
        for other in imported {
            assert!(
                room(module) == room(other) || floor(module) < floor(other),
                "{module} imports {other}, which is not below it"
            );
        }
    }
}

#[test]
fn pure_rooms_stay_pure() {
    let is_pure = |module: &str| match room(module) {
        "diagnostic" | "lesson" | "transcript" | "page" | "report" | "config" | "plan"
        | "compare" | "hash" => true,
        "learn" => module.starts_with("learn::shape"),
        _ => false,
    };
    let effects = [
        "fs",
        "process",
        "env",
        "net",
        "time::Instant",
        "thread",
        "io",
    ];
    let mut pure = 0;
    for (_, source) in sources().iter().filter(|(module, _)| is_pure(module)) {
        pure += 1;
        for effect in effects {
            for way in [format!("std::{effect}"), format!("env::{effect}(")] {
                let file = &source.file;
                assert!(!source.text.contains(&way), "src/{file} names {way}");
            }
        }
    }
    assert!(pure > 80);
}

#[test]
fn files_can_be_read_in_one_sitting() {
    for Source { file, text, .. } in sources().values() {
        let lines = text.lines().count();
        assert!(lines <= 400, "src/{file} has {lines} lines: split it");
    }
}

/// The functions that do not fit on a screen, with their lengths.
#[derive(Default)]
struct Long(Vec<(String, usize)>);

impl Long {
    fn measure(&mut self, name: &syn::Ident, whole: proc_macro2::Span) {
        let lines = whole.end().line - whole.start().line + 1;
        if lines > SCREEN {
            self.0.push((name.to_string(), lines));
        }
    }
}

impl<'ast> Visit<'ast> for Long {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.measure(
            &function.sig.ident,
            function.sig.span().join(function.block.span()).unwrap(),
        );
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(
            &function.sig.ident,
            function.sig.span().join(function.block.span()).unwrap(),
        );
    }
}

#[test]
fn functions_fit_on_a_screen() {
    let mut found = Vec::new();
    for Source { file, tree, .. } in sources().values() {
        let mut long = Long::default();
        long.visit_file(tree);
        found.extend(
            long.0
                .into_iter()
                .map(|(name, lines)| format!("src/{file}: {name}, {lines} lines")),
        );
    }
    assert_eq!(found, Vec::<String>::new());
}
