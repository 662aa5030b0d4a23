//! The folders of this machine, as a program's output shows them: as `cargo run` in the manifest's folder names them,
//! whatever the machine calls them.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, is_separator};
use std::sync::{Arc, LazyLock};

use regex::Regex;

/// The name of the temporary folder of every execution.
pub const TEMPORARY: &str = "/tmp/transcript";
/// The number of letters and digits that distinguish the temporary folders of executions.
const LETTERS: usize = 6;
/// The length of the hashes in the names of Cargo's files.
const HASH: usize = 16;

/// Folders of this machine with the names that are shown for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folders(Arc<[(String, Shown)]>);

/// The name that is shown for a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// This path; the empty path is the manifest's folder.
    Path(String),
    /// This path of Cargo's target folder. Below it, the names of the default profile and of hashes are those of
    /// `cargo run`.
    Target(String),
    /// The folder of snippets and of shell sessions' programs, given the path of Cargo's target folder.
    Pages(String),
    /// The beginning of the path of the folder with all temporary folders, before its random letters. A temporary folder
    /// has a name of such letters, too, and is shown as [`TEMPORARY`].
    Temporary,
}

impl Folders {
    /// Creates the table of these folders; a root is no folder that is replaced.
    pub fn new(folders: impl IntoIterator<Item = (impl AsRef<Path>, Shown)>) -> Folders {
        let folders = folders.into_iter().filter_map(|(folder, shown)| {
            let folder = folder.as_ref();
            let is_replaced = folder.is_absolute() && folder.parent().is_some();
            is_replaced.then(|| (folder.display().to_string(), shown))
        });
        let mut folders: Vec<(String, Shown)> = folders.collect();
        // The longest first, so that a folder is not taken for the one that contains it.
        folders.sort_by(|(one, _), (other, _)| other.len().cmp(&one.len()).then(one.cmp(other)));
        folders.dedup_by(|(one, _), (other, _)| one == other);
        Folders(folders.into())
    }

    /// Returns a line of output without the names of this machine's folders.
    pub fn show<'a>(&self, line: &'a str) -> Cow<'a, str> {
        let without = without_sources(line);
        let shown = self.replaced(&without);
        match shown {
            Some(shown) => Cow::Owned(shown),
            None => without,
        }
    }

    /// Returns whether a file is in the folder into which Cargo builds the workspace.
    pub fn is_built(&self, file: &str) -> bool {
        let targets = self.0.iter();
        let mut targets =
            targets.filter(|(_, shown)| matches!(shown, Shown::Target(_) | Shown::Pages(_)));
        targets.any(|(folder, _)| {
            let below = file.strip_prefix(folder.as_str());
            below.is_some_and(|below| below.starts_with('/'))
        })
    }

    /// Returns the line with its folders replaced; `None` if it has none.
    fn replaced(&self, line: &str) -> Option<String> {
        let mut shown = String::new();
        let mut done = 0;
        while let Some((path, folder, name)) = self.first(line, done) {
            shown.push_str(&line[done..path.start]);
            let is_place = line[..path.start].trim_start() == "at ";
            name.write(
                &line[path.start + folder.len()..path.end],
                is_place,
                &mut shown,
            );
            done = path.end;
        }
        if done == 0 {
            return None;
        }
        shown.push_str(&line[done..]);
        Some(shown)
    }

    /// The first folder in the line from this byte on, the longest one of several that begin there, with the bytes that
    /// are replaced.
    fn first(&self, line: &str, from: usize) -> Option<(Range<usize>, &str, &Shown)> {
        let found = self.0.iter().filter_map(|(folder, shown)| {
            let mut places = line[from..].match_indices(folder.as_str());
            let path = places.find_map(|(at, _)| {
                let start = from + at;
                let end = start + folder.len();
                let length = shown.length(&line[end..])?;
                begins_path(folder, &line[..start]).then_some(start..end + length)
            })?;
            Some((path, folder.as_str(), shown))
        });
        // The first of equal ones is the longest.
        found.min_by_key(|(path, ..)| path.start)
    }
}

impl Shown {
    /// The number of bytes after the folder that are replaced together with it; `None`: they continue its name, so it
    /// is another folder.
    fn length(&self, rest: &str) -> Option<usize> {
        match self {
            Shown::Path(_) => after_folder(rest),
            Shown::Target(_) | Shown::Pages(_) => match after_folder(rest)? {
                0 => Some(0),
                _ => Some(rest.find(ends_path).unwrap_or(rest.len())),
            },
            Shown::Temporary => {
                let all = name_of_random_letters(rest)?;
                let one = rest[all..].strip_prefix(is_separator);
                let one = one.and_then(name_of_random_letters);
                Some(one.map_or(all, |one| all + 1 + one))
            }
        }
    }

    /// Writes the name of the folder, and of the replaced part after it. std's backtraces begin the places below the
    /// working directory with `./`.
    fn write(&self, rest: &str, is_place: bool, shown: &mut String) {
        match self {
            Shown::Temporary if rest.len() == LETTERS => shown.push_str("/tmp"),
            Shown::Temporary => shown.push_str(TEMPORARY),
            Shown::Target(name) => {
                shown.push_str(name);
                shown.push_str(&target(rest));
            }
            Shown::Pages(target) => shown.push_str(&page(target, rest, is_place)),
            Shown::Path(name) => match (name.as_str(), rest.is_empty()) {
                ("", true) => shown.push('.'),
                ("", false) if is_place => shown.push_str("./"),
                ("", false) => {}
                (name, _) => {
                    shown.push_str(name);
                    shown.push_str(rest);
                }
            },
        }
    }
}

/// The length of a folder's name if it consists of random letters and digits.
fn name_of_random_letters(path: &str) -> Option<usize> {
    let is_random = |letters: &str| letters.bytes().all(|it| it.is_ascii_alphanumeric());
    let (_, rest) = path
        .split_at_checked(LETTERS)
        .filter(|(it, _)| is_random(it))?;
    after_folder(rest).map(|_| LETTERS)
}

/// Returns whether a path begins with the folder, given the line before it. The name of a folder at the root (`/root`)
/// may also be part of another path.
fn begins_path(folder: &str, before: &str) -> bool {
    let is_at_root = Path::new(folder).components().count() <= 2;
    let continues = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '~');
    !(is_at_root && before.ends_with(continues))
}

/// The length of the separator after a folder's name, 0 at the end of a path; `None`: the name goes on.
fn after_folder(rest: &str) -> Option<usize> {
    let mut following = rest.chars();
    match following.next() {
        Some(c) if is_separator(c) => Some(c.len_utf8()),
        Some('.') if following.next().is_some_and(char::is_alphanumeric) => None,
        Some(c) if c.is_alphanumeric() || matches!(c, '_' | '-') => None,
        _ => Some(0),
    }
}

fn ends_path(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '"' | '\'' | '`' | ',' | ';' | ')' | ']' | '>' | ':')
}

/// A path below Cargo's target folder, with the separator before it, as `cargo run` names it: `/debug/examples/hello`
/// for `/lesson/examples/call-0123456789abcdef/hello`.
fn target(path: &str) -> String {
    let mut parts: Vec<&str> = path.split(is_separator).collect();
    // The programs that are built for the observer.
    if parts.get(1..3) == Some(&["transcript", "observed"]) {
        parts.drain(1..3);
    }
    if let Some(profile @ &mut "lesson") = parts.get_mut(1) {
        *profile = "debug";
    }
    parts.retain(|part| part.strip_prefix("call-").is_none_or(|key| !is_hash(key)));
    let parts: Vec<Cow<'_, str>> = parts.into_iter().map(without_hash).collect();
    parts.join("/")
}

/// A path below the folder of snippets, with the separator before it. A snippet's package is the manifest's folder for
/// the snippet, `/lessons/race.rs`; the programs of a shell session are in a folder of their own,
/// `/shell/session/hello`.
fn page(target: &str, path: &str, is_place: bool) -> String {
    let parts: Vec<&str> = path.split(is_separator).skip(1).collect();
    let dot = if is_place { "./" } else { "" };
    match parts.as_slice() {
        ["shell", _] => format!("{target}/debug"),
        ["shell", _, program @ ..] => format!("{target}/debug/{}", program.join("/")),
        [] | [_] => ".".to_owned(),
        [_, file @ ..] => format!("{dot}{}", file.join("/")),
    }
}

/// The name of a file or folder without the hash before its extension.
fn without_hash(name: &str) -> Cow<'_, str> {
    let (stem, extension) = name.split_at(name.rfind('.').unwrap_or(name.len()));
    match stem.rsplit_once('-') {
        Some((stem, hash)) if is_hash(hash) => Cow::Owned(format!("{stem}{extension}")),
        _ => Cow::Borrowed(name),
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == HASH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Removes the folders of sources that Cargo or the toolchain brings from the paths in a text: of Cargo's registry and
/// checkouts, and of the standard library, both the installed one and that of the machine that built it.
pub fn without_sources(text: &str) -> Cow<'_, str> {
    static SOURCES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"/\S*/(?:registry/src/[^/\s]+|git/checkouts|lib/rustlib/src/rust)/|/rustc/[0-9a-f]{40}/",
        )
        .ok()
    });
    match &*SOURCES {
        Some(sources)
            if text.contains("/src/")
                || text.contains("/rustc/")
                || text.contains("/checkouts/") =>
        {
            sources.replace_all(text, "")
        }
        _ => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::{Folders, Shown};

    #[test]
    fn folders_have_the_names_that_cargo_run_shows() {
        let path = |shown: &str| Shown::Path(shown.to_owned());
        let folders = Folders::new([
            ("/home/me/a book", path("..")),
            ("/home/me/a book/lessons", path("")),
            (
                "/home/me/a book/target",
                Shown::Target("../target".to_owned()),
            ),
            (
                "/home/me/a book/target/transcript/pages-71803d285bad5767",
                Shown::Pages("../target".to_owned()),
            ),
            ("/home/me", path("~")),
            ("/root", path("~")),
            ("/tmp/transcript-", Shown::Temporary),
            ("/", path("root")),
        ]);
        for (line, shown) in [
            ("no path, / and a/b", "no path, / and a/b"),
            ("/home/me/a book/lessons/src/main.rs:3:5", "src/main.rs:3:5"),
            ("in /home/me/a book/lessons)", "in .)"),
            ("\"/home/me/a book/lessons\"", "\".\""),
            ("\"/home/me/a book/lessons/ä.txt\"", "\"ä.txt\""),
            (
                "/home/me/a book/lessons2 /home/me/a book/lessons.old",
                "../lessons2 ../lessons.old",
            ),
            ("/home/me/a book/Cargo.toml", "../Cargo.toml"),
            (
                "             at /home/me/a book/lessons/examples/a.rs:4:9",
                "             at ./examples/a.rs:4:9",
            ),
            ("at /home/me/x, at /home/mean", "at ~/x, at /home/mean"),
            (
                "/root/x /x/root/x \u{1b}[1m/home/me\u{1b}[0m",
                "~/x /x/root/x \u{1b}[1m~\u{1b}[0m",
            ),
            (
                "/home/me/a book/target/lesson/examples/hello",
                "../target/debug/examples/hello",
            ),
            (
                "/home/me/a book/target/release/call-0123456789abcdef/hello: no",
                "../target/release/hello: no",
            ),
            (
                "(/home/me/a book/target/transcript/observed/lesson/deps/a_b-0123456789abcdef.d)",
                "(../target/debug/deps/a_b.d)",
            ),
            (
                "/home/me/a book/target/transcript/pages-71803d285bad5767/lessons/race.rs",
                "race.rs",
            ),
            (
                "/home/me/a book/target/transcript/pages-71803d285bad5767/shell/a/hello: no",
                "../target/debug/hello: no",
            ),
            (
                "/home/me/a book/target/transcript/pages-71803d285bad5767/shell/a:/bin",
                "../target/debug:/bin",
            ),
            (
                "/tmp/transcript-aB3dEf/012345 /tmp/transcript-aB3dEf/012345/x",
                "/tmp/transcript /tmp/transcript/x",
            ),
            (
                "/tmp/transcript-aB3dEf /tmp/transcript-aB3dEf/another",
                "/tmp /tmp/another",
            ),
            (
                "/tmp/transcript-aB3dEfg /tmp/transcript-a",
                "/tmp/transcript-aB3dEfg /tmp/transcript-a",
            ),
            (
                "at /home/me/.cargo/registry/src/registry.example-0123456789abcdef/log-0.4.1/src/lib.rs:1:2",
                "at log-0.4.1/src/lib.rs:1:2",
            ),
            (
                "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/std/src/panicking.rs",
                "library/std/src/panicking.rs",
            ),
            ("\u{fffd}/home/me\u{fffd}", "\u{fffd}~\u{fffd}"),
        ] {
            assert_eq!(folders.show(line), shown, "{line}");
        }
    }
}
