//! One call of Cargo: its messages, executables and errors.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use cargo_metadata::diagnostic::DiagnosticLevel;
use cargo_metadata::{CompilerMessage, Message};

use super::binary::Binary;
use super::error::BuildError;
use super::variables::{CompiledIn, Crates};
use super::{merged, sources};
use crate::lesson::fence::TargetKind;
use crate::plan::Target;
use crate::progress::Progress;
use crate::recordings::configuration::settings;

/// The interval at which interruption is checked.
const TICK: Duration = Duration::from_millis(50);
/// The number of silent ticks after Cargo's end that mark the end of its output, which can arrive late on a busy
/// machine.
const SILENCE: u32 = 20;
/// The time in which this process, too, notices an interruption that has ended Cargo.
const NOTICING: Duration = Duration::from_secs(1);
/// Cargo's message while another Cargo holds a lock.
const WAITS_FOR_A_LOCK: &str = "Blocking waiting for file lock";
/// Parts of Cargo's messages when it cannot fetch a dependency.
const CANNOT_FETCH: [&str; 6] = [
    "Could not resolve host",
    "Couldn't resolve host",
    "Couldn't connect to server",
    "failed to download",
    "offline mode",
    "--offline was specified",
];

/// The outcome of one call of Cargo.
#[derive(Default)]
pub(super) struct Outcome {
    /// The executables, by the source file and the name of their target.
    executables: BTreeMap<(PathBuf, String), PathBuf>,
    /// The source files of the examples (`false`) and binaries (`true`) of each name.
    files: BTreeMap<(bool, String), BTreeSet<PathBuf>>,
    /// The crates that are built or fresh.
    crates: Crates,
    /// The variables and fields that the crates were compiled with.
    compiled_in: CompiledIn,
    /// The folder in which Cargo was started.
    folder: PathBuf,
    /// The compiler's errors, by the source file of their target.
    errors: BTreeMap<PathBuf, String>,
    /// The codes of the errors, likewise.
    codes: BTreeMap<PathBuf, BTreeSet<Option<String>>>,
    /// The compiler's warnings, likewise.
    warnings: BTreeMap<PathBuf, String>,
    stderr: String,
    /// Cargo's own exit status.
    ended: ExitStatus,
    /// True if Cargo has begun to build.
    begun: bool,
    /// True if everything was built.
    complete: bool,
}

/// Output of a running Cargo.
enum Output {
    /// A JSON message on stdout.
    Message(Box<io::Result<Message>>),
    /// A line on stderr.
    Line(String),
}

impl Outcome {
    /// Runs Cargo to its end.
    ///
    /// # Errors
    /// Cargo cannot be started, or the user has interrupted the build.
    pub(super) fn of(mut command: Command, progress: &dyn Progress) -> Result<Outcome, BuildError> {
        let cargo = command.get_program().to_string_lossy().into_owned();
        let no_cargo = |error: io::Error| BuildError::NoCargo {
            cargo: cargo.clone(),
            error: Arc::new(error),
        };
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(no_cargo)?;
        let output = listen(&mut child);
        let folder = command.get_current_dir().unwrap_or(Path::new("."));
        let mut outcome = Outcome {
            folder: folder.to_owned(),
            ..Outcome::default()
        };
        let mut silent = 0;
        progress.built("");
        loop {
            match output.recv_timeout(TICK) {
                Ok(Output::Message(message)) => {
                    silent = 0;
                    outcome.take(message.map_err(no_cargo)?, progress);
                }
                Ok(Output::Line(line)) => {
                    silent = 0;
                    if line.contains(WAITS_FOR_A_LOCK) {
                        tracing::info!("waiting for another Cargo, which holds a lock");
                    }
                    outcome.stderr.push_str(&line);
                    outcome.stderr.push('\n');
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if progress.is_interrupted() => {
                    child.kill().and_then(|()| child.wait()).ok();
                    return Err(BuildError::Interrupted);
                }
                // A process that Cargo has started may outlive it and keep its streams open.
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
        outcome.ended = end_of(&mut child, progress).map_err(no_cargo)?;
        if progress.is_interrupted() {
            return Err(BuildError::Interrupted);
        }
        outcome.compiled_in = outcome.crates.compiled_in(&outcome.folder);
        Ok(outcome)
    }

    fn take(&mut self, message: Message, progress: &dyn Progress) {
        self.begun |= !matches!(message, Message::BuildFinished(_) | Message::TextLine(_));
        match message {
            Message::CompilerArtifact(artifact) => {
                if !artifact.fresh {
                    progress.built(&artifact.target.name);
                }
                self.note(&artifact.target);
                if let Some(executable) = &artifact.executable {
                    let target = &artifact.target;
                    let target = (target.src_path.clone().into(), target.name.clone());
                    self.executables.insert(target, executable.into());
                }
                self.crates.add(artifact);
            }
            Message::BuildScriptExecuted(script) => self.crates.add_script(script),
            Message::CompilerMessage(compiler) => {
                self.note(&compiler.target);
                let kind = match compiler.message.level {
                    DiagnosticLevel::Error | DiagnosticLevel::Ice => {
                        let code = compiler.message.code.as_ref().map(|code| code.code.clone());
                        let codes = self.codes.entry(compiler.target.src_path.clone().into());
                        codes.or_default().insert(code);
                        &mut self.errors
                    }
                    DiagnosticLevel::Warning => &mut self.warnings,
                    _ => return,
                };
                // "3 warnings emitted" only counts the messages.
                if compiler.message.spans.is_empty()
                    && compiler.message.message.ends_with(" emitted")
                {
                    return;
                }
                let text = kind.entry(file_of(&compiler)).or_default();
                text.push_str(
                    &compiler
                        .message
                        .rendered
                        .unwrap_or(compiler.message.message),
                );
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

    /// Returns whether the call has also built another package's target of the same name, which Cargo writes to the
    /// same file.
    pub(super) fn has_namesake(&self, target: &Target) -> bool {
        let key = (target.kind == TargetKind::Bin, target.name.clone());
        self.files.get(&key).is_some_and(|files| files.len() > 1)
    }

    /// Returns whether Cargo has refused the whole call before it built anything.
    pub(super) fn is_refusal(&self) -> bool {
        !self.begun && !self.complete
    }

    /// Returns whether Cargo's own output names a target, as it does when it refuses the target.
    pub(super) fn names(&self, target: &Target) -> bool {
        self.stderr.contains(&format!("`{}`", target.name))
    }

    /// Returns whether Cargo cannot fetch a dependency.
    pub(super) fn cannot_fetch(&self) -> bool {
        CANNOT_FETCH.iter().any(|words| self.stderr.contains(words))
    }

    /// The binary of a target that Cargo was asked to build.
    ///
    /// # Errors
    /// The target was not built, or its dep-info cannot be read.
    pub(super) fn binary(&self, target: &Target) -> Result<Binary, BuildError> {
        let key = (target.source.clone(), target.name.clone());
        let Some(path) = self.executables.get(&key) else {
            return Err(self.no_binary(target));
        };
        let sources = if self.complete {
            let dep_info = path.with_extension("d");
            let sources = sources::of(&dep_info);
            let mut sources = sources.map_err(|error| BuildError::unreadable(&dep_info, error))?;
            sources.extend(self.compiled_in.of(target, &sources));
            sources.extend(settings(&self.folder));
            Some(sources)
        } else {
            None
        };
        Ok(Binary {
            programs: None,
            path: path.clone(),
            sources,
            warnings: self.warnings(&target.source),
        })
    }

    /// The compiler's warnings about the program with this source file, with ANSI colors.
    pub(super) fn warnings(&self, source: &Path) -> String {
        self.warnings.get(source).cloned().unwrap_or_default()
    }

    /// Why there is no binary: the errors of the target, else those of its dependencies, else Cargo's output.
    pub(super) fn no_binary(&self, target: &Target) -> BuildError {
        if let Some(output) = self.errors.get(&target.source) {
            return BuildError::Failed {
                target: target.name.clone(),
                output: output.clone(),
                codes: self.codes.get(&target.source).cloned().unwrap_or_default(),
            };
        }
        // The errors of other programs are not those of a dependency.
        let is_program = |file: &PathBuf| self.files.values().any(|files| files.contains(file));
        let errors = self.errors.iter().filter(|(file, _)| !is_program(file));
        let output: String = errors.map(|(_, error)| error.as_str()).collect();
        if !output.is_empty() {
            return BuildError::Dependency { output };
        }
        let help =
            "the dependencies must be fetched once: run `cargo fetch` where there is a network";
        let output = match self.stderr.trim() {
            "" => format!("Cargo printed nothing and ended with {}", self.ended),
            _ => self.stderr.clone(),
        };
        BuildError::Refused {
            output,
            help: self.cannot_fetch().then(|| help.to_owned()),
        }
    }
}

/// The source file of the program that a message is about: that of the target, or of the merged snippet in which the
/// message's primary span is.
fn file_of(compiler: &CompilerMessage) -> PathBuf {
    let target: PathBuf = compiler.target.src_path.clone().into();
    let primary = compiler.message.spans.iter().find(|span| span.is_primary);
    match primary {
        Some(span) if compiler.target.name == merged::NAME => {
            target.with_file_name(&span.file_name)
        }
        _ => target,
    }
}

/// Waits for the end of Cargo; if an interruption has ended it, also until this process has noticed that.
fn end_of(cargo: &mut Child, progress: &dyn Progress) -> io::Result<ExitStatus> {
    let ended = cargo.wait()?;
    let by = Instant::now() + NOTICING;
    while is_interrupt(ended) && !progress.is_interrupted() && Instant::now() < by {
        thread::sleep(TICK);
    }
    Ok(ended)
}

/// Whether an interruption has ended Cargo. A terminal's Ctrl-C reaches it, too, perhaps before this process.
fn is_interrupt(ended: ExitStatus) -> bool {
    #[cfg(unix)]
    {
        const SIGINT: i32 = 2;
        std::os::unix::process::ExitStatusExt::signal(&ended) == Some(SIGINT)
    }
    #[cfg(not(unix))]
    {
        let _ = ended;
        false
    }
}

/// Receives the output of a running Cargo on both its streams until both end.
fn listen(cargo: &mut Child) -> Receiver<Output> {
    fn spawn_reader<R: Read + Send + 'static>(
        stream: Option<R>,
        sender: Sender<Output>,
        read: impl Fn(BufReader<R>, &Sender<Output>) + Send + 'static,
    ) {
        if let Some(stream) = stream {
            thread::spawn(move || read(BufReader::new(stream), &sender));
        }
    }
    let (sender, receiver) = channel();
    spawn_reader(cargo.stdout.take(), sender.clone(), |stdout, sender| {
        for message in Message::parse_stream(stdout) {
            // The receiver is gone once the build is interrupted.
            if sender.send(Output::Message(Box::new(message))).is_err() {
                return;
            }
        }
    });
    spawn_reader(cargo.stderr.take(), sender, |stderr, sender| {
        for line in stderr.split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if sender.send(Output::Line(line)).is_err() {
                return;
            }
        }
    });
    receiver
}
