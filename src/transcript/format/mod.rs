//! The file format of a recording: a head, the shape, and the transcript that readers see.
//!
//! The text can be reviewed in a diff and merged. Shape and transcript end with a checksum, which reveals a
//! truncated or edited file.
//!
//! ```text
//! mdbook-transcript 3
//! run: cargo run --example join
//! …
//! input: 5d41402abc4b2a76 examples/join.rs
//!
//! --- shape
//! ends with 0
//! …
//! --- transcript
//! wall: 2.001394
//! …
//! track: process - 0.000000 2.001394
//!   thread 0.000391 1.000911 1
//!   …
//! track: thread 0 0.000391 1.000902
//!   sleep 0.000420 1.000581
//! …
//! 0.000412 stdout 0@1 start foo
//! --- end 0f343b0931126a20
//! ```

use std::collections::BTreeMap;

use super::Transcript;
use super::escape::{escape, unescape};
use super::shape::Shape;
use seen::{read_transcript, transcript_text};

mod seen;

/// The version of the format that this tool writes, and the newest that it reads.
pub const VERSION: u32 = 3;

/// The number of hexadecimal digits of a file's hash: enough against accidental collisions.
pub const DIGITS: usize = 16;

const NAME: &str = "mdbook-transcript";
const SHAPE: &str = "--- shape";
const TRANSCRIPT: &str = "--- transcript";
const END: &str = "--- end ";
/// The key of a manifest outside the book's workspace.
const STANDALONE: &str = "standalone";

/// A recording: the content of a `.transcript` file.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// The run and its program.
    pub head: Head,
    /// The rules that every execution of the run obeys.
    pub shape: Shape,
    /// The transcript that readers see.
    pub transcript: Transcript,
}

/// The run and the program of a recording. Paths are relative to the book and separated by `/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The command with which a reader executes the run.
    pub run: String,
    /// The package of the program.
    pub package: String,
    /// `example` or `bin`; `page` for a snippet and `shell` for a shell transcript, which have neither package
    /// nor manifest.
    pub kind: String,
    /// The target's name.
    pub target: String,
    /// The program's source file.
    pub source: String,
    /// The package's Cargo.toml.
    pub manifest: String,
    /// Whether the fences name this Cargo.toml, which is outside the book's workspace.
    pub standalone: bool,
    /// All files that the program was built from, and all environment variables and fields of manifests that it was
    /// compiled with, each with the hash of its content.
    pub inputs: BTreeMap<String, String>,
}

/// The reason why a file isn't a valid recording. Lines are numbered from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The first line doesn't name the format.
    #[error("it is not a recording of mdbook-transcript")]
    Foreign,
    /// A newer version of this tool wrote the file.
    #[error(
        "a newer version of mdbook-transcript wrote it (format {0}; this one reads up to {VERSION})"
    )]
    Newer(u32),
    /// The file has merge conflicts.
    #[error("it has a conflict marker on line {0}")]
    Conflict(usize),
    /// The last line, with the checksum, is missing.
    #[error("it is truncated: the checksum is missing")]
    Truncated,
    /// The head doesn't name the run, its program, or the files that this was built from.
    #[error("its head is incomplete")]
    Incomplete,
    /// The checksum doesn't match the shape and the transcript.
    #[error("it was edited: the checksum does not match")]
    Edited,
    /// A line can't be parsed.
    #[error("line {0} is malformed")]
    Malformed(usize),
}

impl Recording {
    /// Writes the text of the file.
    pub fn text(&self) -> String {
        let Head {
            run,
            package,
            kind,
            target,
            source,
            manifest,
            standalone,
            inputs,
        } = &self.head;
        let mut text = format!("{NAME} {VERSION}\n");
        for (key, value) in [
            ("run", run),
            ("package", package),
            (kind, target),
            ("source", source),
            (if *standalone { STANDALONE } else { "manifest" }, manifest),
        ] {
            if !value.is_empty() {
                text.push_str(&format!("{key}: {}\n", escape(value)));
            }
        }
        for (file, hash) in inputs {
            text.push_str(&format!("input: {hash} {}\n", escape(file)));
        }
        let body = format!(
            "{SHAPE}\n{}{TRANSCRIPT}\n{}",
            self.shape.text(),
            transcript_text(&self.transcript)
        );
        text.push('\n');
        text.push_str(&body);
        text.push_str(&format!("{END}{:016x}\n", sum(&body)));
        text
    }

    /// Parses the text that [`text`](Recording::text) writes, with either kind of line ending.
    ///
    /// # Errors
    /// The text isn't a valid recording.
    pub fn parse(text: &str) -> Result<Recording, FormatError> {
        let text = text.replace("\r\n", "\n");
        let version = text.lines().next().and_then(|line| line.strip_prefix(NAME));
        let version = version.and_then(|version| version.trim().parse().ok());
        let is_marker = |line: &str| {
            ["<<<<<<< ", "=======", ">>>>>>> ", "||||||| "]
                .iter()
                .any(|marker| {
                    line.starts_with(marker)
                        && (line.len() == marker.len() || marker.ends_with(' '))
                })
        };
        if let Some(marker) = text.lines().position(is_marker) {
            return Err(FormatError::Conflict(marker + 1));
        }
        match version {
            None => return Err(FormatError::Foreign),
            Some(newer) if newer > VERSION => return Err(FormatError::Newer(newer)),
            Some(_) => {}
        }
        let (rest, end) = text.rsplit_once(END).ok_or(FormatError::Truncated)?;
        let given = end.strip_suffix('\n').ok_or(FormatError::Truncated)?;
        let start = rest
            .find(&format!("\n{SHAPE}\n"))
            .ok_or(FormatError::Truncated)?
            + 1;
        let (head, body) = rest.split_at(start);
        if u64::from_str_radix(given, 16) != Ok(sum(body)) {
            return Err(FormatError::Edited);
        }
        let head_lines = head.lines().count();
        let (shape, transcript) = body
            .split_once(&format!("\n{TRANSCRIPT}\n"))
            .ok_or(FormatError::Truncated)?;
        let shape = shape
            .strip_prefix(SHAPE)
            .unwrap_or(shape)
            .trim_start_matches('\n');
        let before = head_lines + 1;
        let lines = before + shape.lines().count() + 1;
        Ok(Recording {
            head: read_head(head)?,
            shape: Shape::parse(shape).map_err(|line| FormatError::Malformed(before + line + 1))?,
            transcript: read_transcript(transcript)
                .map_err(|line| FormatError::Malformed(lines + line + 1))?,
        })
    }
}

/// The FNV-1a checksum: a guard against accidents and edits, not against attacks.
fn sum(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

fn read_head(text: &str) -> Result<Head, FormatError> {
    let mut head = Head::default();
    for (number, line) in text
        .lines()
        .enumerate()
        .skip(1)
        .filter(|(_, line)| !line.is_empty())
    {
        let malformed = FormatError::Malformed(number + 1);
        let (key, value) = line.split_once(": ").ok_or(malformed)?;
        let value = unescape(value).ok_or(malformed)?;
        match key {
            "run" => head.run = value,
            "package" => head.package = value,
            "example" | "bin" | "page" | "shell" => {
                (head.kind, head.target) = (key.to_owned(), value)
            }
            "source" => head.source = value,
            "manifest" => head.manifest = value,
            STANDALONE => (head.manifest, head.standalone) = (value, true),
            "input" => {
                let (hash, file) = value.split_once(' ').ok_or(malformed)?;
                if hash.len() != DIGITS || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err(malformed);
                }
                head.inputs.insert(file.to_owned(), hash.to_owned());
            }
            _ => return Err(malformed),
        }
    }
    let is_complete = ![&head.run, &head.target, &head.source]
        .iter()
        .any(|part| part.is_empty());
    if is_complete && head.inputs.contains_key(&head.source) {
        Ok(head)
    } else {
        Err(FormatError::Incomplete)
    }
}
