//! The values of attributes.

use std::collections::BTreeMap;

use crate::lesson::fence::{SourceTab, Switch};

/// Normalizes the path of a Cargo.toml, or of the folder that contains it: no `.`, no `..` after a name, `/` between the
/// parts. `None`: it is empty or absolute.
pub(super) fn manifest(text: &str) -> Option<String> {
    const FILE: &str = "Cargo.toml";
    if text.is_empty() || text.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.last() != Some(&FILE) {
        parts.push(FILE);
    }
    Some(parts.join("/"))
}

/// Parses the paths of files, which are quoted as in a shell. None leads out of the program's folder.
pub(super) fn files(text: &str) -> Option<Vec<String>> {
    let is_inside = |path: &String| {
        let mut parts = path.split(['/', '\\']);
        !path.is_empty() && !path.starts_with(['/', '\\']) && parts.all(|part| part != "..")
    };
    let paths = shlex::split(text)?;
    (!paths.is_empty() && paths.iter().all(is_inside)).then_some(paths)
}

/// Parses `on` or `off`.
pub(super) fn switch(text: &str) -> Option<Switch> {
    match text {
        "on" => Some(Switch::On),
        "off" => Some(Switch::Off),
        _ => None,
    }
}

/// Parses the name of a tab: `code` or `output`.
pub(super) fn source_tab(text: &str) -> Option<SourceTab> {
    match text {
        "code" => Some(SourceTab::Code),
        "output" => Some(SourceTab::Output),
        _ => None,
    }
}

/// Parses `NAME=VALUE` pairs, which are quoted as in a shell.
pub(super) fn pairs(text: &str) -> Option<BTreeMap<String, String>> {
    shlex::split(text)?
        .into_iter()
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// Replaces the escapes `\n`, `\t` and `\\` in the text of `stdin=`; any other backslash stays.
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('\\') | None => plain.push('\\'),
            Some(other) => plain.extend(['\\', other]),
        }
    }
    plain
}
