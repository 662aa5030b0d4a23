//! The style sheet and the script of the pages.

use std::path::{Path, PathBuf};

/// A file that every HTML page with this tool's blocks needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// The file's name.
    pub name: &'static str,
    /// The beginning of the file in every version.
    pub banner: &'static str,
    /// The content of the file.
    pub text: &'static str,
    /// The key of `[output.html]` that lists it.
    pub key: &'static str,
}

/// The style sheet: one file made of parts, one part per subject; the first holds the banner.
pub const STYLE: Asset = Asset {
    name: "transcript.css",
    banner: "/* mdbook-transcript:",
    text: concat!(
        include_str!("assets/tabs.css"),
        include_str!("assets/output.css"),
        include_str!("assets/timeline.css"),
        include_str!("assets/replay.css"),
        include_str!("assets/colours.css"),
        include_str!("assets/code.css"),
        include_str!("assets/admonition.css"),
        include_str!("assets/print.css"),
    ),
    key: "additional-css",
};

/// The script: one file made of parts, one part per subject. The parts share a scope that nothing else sees.
pub const SCRIPT: Asset = Asset {
    name: "transcript.js",
    banner: "// mdbook-transcript:",
    text: concat!(
        "// mdbook-transcript: tabs, markers in code, and a run's times and replay.\n(() => {\n\"use strict\";\n",
        include_str!("assets/script/storage.js"),
        include_str!("assets/script/tabs.js"),
        include_str!("assets/script/listing.js"),
        include_str!("assets/script/controls.js"),
        include_str!("assets/script/times.js"),
        include_str!("assets/script/picture.js"),
        include_str!("assets/script/replay.js"),
        include_str!("assets/script/start.js"),
        "})();\n",
    ),
    key: "additional-js",
};

impl Asset {
    /// Returns the path with which a book lists this file, if it does: any path that ends with its name.
    pub fn named_in<'a>(&self, additional: &'a [PathBuf]) -> Option<&'a Path> {
        let named = additional.iter().map(PathBuf::as_path);
        named
            .into_iter()
            .find(|path| path.file_name().is_some_and(|name| name == self.name))
    }
}
