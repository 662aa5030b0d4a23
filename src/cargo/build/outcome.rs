//! One call of Cargo, and what it brought.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use cargo_metadata::diagnostic::DiagnosticLevel;
use cargo_metadata::{CompilerMessage, Message};

use super::{Binary, BuildError, cargo, merged, sources};
use crate::lesson::fence::TargetKind;
use crate::plan::Target;
use crate::progress::Progress;

/// How often we look whether we are asked to stop.
const TICK: Duration = Duration::from_millis(50);
/// For how many ticks nothing is heard from a Cargo that has ended before we believe that it said all: on a busy
/// machine we may hear late.
const SILENCE: u32 = 20;
/// What Cargo says when another holds a lock that it needs.
const WAITS_FOR_A_LOCK: &str = "Blocking waiting for file lock";
/// What it says, among other things, when it cannot reach what it must fetch.
const CANNOT_FETCH: [&str; 6] = [
    "Could not resolve host",
    "Couldn't resolve host",
    "Couldn't connect to server",
    "failed to download",
    "offline mode",
    "--offline was specified",
];

/// What one call of Cargo brought.
#[derive(Default)]
pub(super) struct Outcome {
    executables: BTreeMap<(PathBuf, String), PathBuf>,
    /// The files of the examples and binaries (`true`) of each name.
    files: BTreeMap<(bool, String), BTreeSet<PathBuf>>,
    /// The compiler's errors, by the file of the target that they belong to.
    errors: BTreeMap<PathBuf, String>,
    /// The codes of its errors, likewise.
    codes: BTreeMap<PathBuf, BTreeSet<Option<String>>>,
    /// Its warnings, likewise.
    warnings: BTreeMap<PathBuf, String>,
    stderr: String,
    /// How Cargo ended.
    ended: ExitStatus,
    /// Whether everything was built.
    complete: bool,
}

/// What comes from a running Cargo.
enum Said {
    Message(Box<io::Result<Message>>),
    /// A line of its standard error.
    Line(String),
}

impl Outcome {
    /// Calls Cargo and listens to it.
    ///
    /// # Errors
    /// It cannot be started, or we were asked to stop.
    pub(super) fn of(mut command: Command, progress: &dyn Progress) -> Result<Outcome, BuildError> {
        let no_cargo = |error: io::Error| BuildError::NoCargo {
            cargo: cargo().to_string_lossy().into_owned(),
            error: Arc::new(error),
        };
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(no_cargo)?;
        let said = listen(&mut child);
        let mut outcome = Outcome::default();
        let mut silent = 0;
        progress.built("");
        loop {
            match said.recv_timeout(TICK) {
                Ok(Said::Message(message)) => {
                    silent = 0;
                    outcome.take(message.map_err(no_cargo)?, progress);
                }
                Ok(Said::Line(line)) => {
                    silent = 0;
                    if line.contains(WAITS_FOR_A_LOCK) {
                        tracing::info!("another Cargo is at work: waiting until it has done");
                    }
                    outcome.stderr.push_str(&line);
                    outcome.stderr.push('\n');
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if progress.is_interrupted() => {
                    child.kill().and_then(|()| child.wait()).ok();
                    return Err(BuildError::Interrupted);
                }
                // What Cargo has started may outlive it and hold its streams: they need not end.
                Err(RecvTimeoutError::Timeout) => {
                    if child.try_wait().map_err(no_cargo)?.is_some() {
                        silent += 1;
                    }
                    if silent >= SILENCE {
                        break;
                    }
                }
            }
        }
        outcome.ended = child.wait().map_err(no_cargo)?;
        match progress.is_interrupted() {
            true => Err(BuildError::Interrupted),
            false => Ok(outcome),
        }
    }

    fn take(&mut self, message: Message, progress: &dyn Progress) {
        match message {
            Message::CompilerArtifact(artifact) => {
                if !artifact.fresh {
                    progress.built(&artifact.target.name);
                }
                self.note(&artifact.target);
                if let Some(executable) = artifact.executable {
                    let target = (artifact.target.src_path.into(), artifact.target.name);
                    self.executables.insert(target, executable.into());
                }
            }
            Message::CompilerMessage(said) => {
                self.note(&said.target);
                let kind = match said.message.level {
                    DiagnosticLevel::Error | DiagnosticLevel::Ice => {
                        let code = said.message.code.as_ref().map(|code| code.code.clone());
                        let codes = self.codes.entry(said.target.src_path.clone().into());
                        codes.or_default().insert(code);
                        &mut self.errors
                    }
                    DiagnosticLevel::Warning => &mut self.warnings,
                    _ => return,
                };
                // "3 warnings emitted" belongs to no line, and says nothing more.
                if said.message.spans.is_empty() && said.message.message.ends_with(" emitted") {
                    return;
                }
                let text = kind.entry(file_of(&said)).or_default();
                text.push_str(&said.message.rendered.unwrap_or(said.message.message));
            }
            Message::BuildFinished(finished) => self.complete = finished.success,
            _ => {}
        }
    }

    fn note(&mut self, target: &cargo_metadata::Target) {
        if target.is_example() || target.is_bin() {
            let key = (target.is_bin(), target.name.clone());
            let files = self.files.entry(key).or_default();
            files.insert(target.src_path.clone().into());
        }
    }

    /// Whether the call has built another package's target of the same name too, which Cargo writes to the same
    /// file.
    pub(super) fn has_namesake(&self, target: &Target) -> bool {
        let key = (target.kind == TargetKind::Bin, target.name.clone());
        self.files.get(&key).is_some_and(|files| files.len() > 1)
    }

    /// The binary of a target that Cargo was called for.
    ///
    /// # Errors
    /// It was not built, or what was built cannot be reached.
    pub(super) fn binary(&self, target: &Target) -> Result<Binary, BuildError> {
        let key = (target.source.clone(), target.name.clone());
        let Some(path) = self.executables.get(&key) else {
            return Err(self.no_binary(target));
        };
        let sources = match self.complete {
            false => None,
            true => {
                let dep_info = path.with_extension("d");
                let sources = sources::of(&dep_info);
                Some(sources.map_err(|error| BuildError::unreadable(&dep_info, error))?)
            }
        };
        Ok(Binary {
            programs: None,
            path: path.clone(),
            sources,
            warnings: self.warnings(&target.source),
        })
    }

    /// What the compiler warned of in a program, with ANSI colours; `source`: its file.
    pub(super) fn warnings(&self, source: &Path) -> String {
        self.warnings.get(source).cloned().unwrap_or_default()
    }

    /// Why there is no binary: its own errors, else those of what it depends on, else what Cargo said.
    fn no_binary(&self, target: &Target) -> BuildError {
        if let Some(output) = self.errors.get(&target.source) {
            return BuildError::Failed {
                target: target.name.clone(),
                output: output.clone(),
                codes: self.codes.get(&target.source).cloned().unwrap_or_default(),
            };
        }
        if !self.errors.is_empty() {
            let output = self.errors.values().map(String::as_str).collect();
            return BuildError::Dependency { output };
        }
        let cannot_fetch = CANNOT_FETCH.iter().any(|words| self.stderr.contains(words));
        let help =
            "what they depend on must be fetched once: run `cargo fetch` where there is a network";
        let output = match self.stderr.trim() {
            "" => format!("Cargo said nothing, and ended with {}", self.ended),
            _ => self.stderr.clone(),
        };
        BuildError::Refused {
            output,
            help: cannot_fetch.then(|| help.to_owned()),
        }
    }
}

/// The file of the program that a message is about: the target's, or, of those that are merged into one, that
/// of the place that the message is about first.
fn file_of(said: &CompilerMessage) -> PathBuf {
    let target: PathBuf = said.target.src_path.clone().into();
    let place = said.message.spans.iter().find(|span| span.is_primary);
    match place {
        Some(place) if said.target.name == merged::NAME => target.with_file_name(&place.file_name),
        _ => target,
    }
}

/// What a Cargo says on both its streams, until both end.
fn listen(cargo: &mut Child) -> Receiver<Said> {
    fn hear<R: Read + Send + 'static>(
        stream: Option<R>,
        say: Sender<Said>,
        hear: impl Fn(BufReader<R>, &Sender<Said>) + Send + 'static,
    ) {
        if let Some(stream) = stream {
            thread::spawn(move || hear(BufReader::new(stream), &say));
        }
    }
    let (say, said) = channel();
    hear(cargo.stdout.take(), say.clone(), |stdout, say| {
        for message in Message::parse_stream(stdout) {
            // Refused: nobody listens any more.
            if say.send(Said::Message(Box::new(message))).is_err() {
                return;
            }
        }
    });
    hear(cargo.stderr.take(), say, |stderr, say| {
        for line in stderr.split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if say.send(Said::Line(line)).is_err() {
                return;
            }
        }
    });
    said
}
