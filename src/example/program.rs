//! A started program: a clean environment, a folder and a process group of its own.

use std::env;
use std::fs::File;
use std::io::{self, PipeReader, Seek, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::{Run, Streams};
use crate::transcript::{Exit, Stream};

/// What a program keeps of our environment. Everything else could change what it prints.
const KEPT: &[&str] = if cfg!(windows) {
    &["PATH", "SystemRoot", "USERPROFILE"]
} else {
    &["PATH", "HOME"]
};

/// A program that was started and not yet waited for.
#[derive(Debug)]
pub struct Program {
    child: Child,
    /// Its working directory, removed with this value.
    _folder: TempDir,
}

/// The ends of pipes from which a program's output is read.
pub type Pipes = Vec<(Stream, PipeReader)>;

impl Program {
    /// Starts a run of this binary.
    ///
    /// # Errors
    /// The system does not start it, or has no room for its folder.
    pub fn start(binary: &Path, run: &Run) -> io::Result<(Program, Pipes)> {
        let folder = tempfile::Builder::new().prefix("transcript-").tempdir()?;
        let mut command = Command::new(binary);
        command
            .args(&run.attributes.args)
            .current_dir(folder.path())
            .env_clear()
            .envs(
                KEPT.iter()
                    .filter_map(|name| Some((name, env::var_os(name)?))),
            )
            .env("LANG", "C.UTF-8")
            .env("TMPDIR", folder.path())
            .envs(&run.attributes.env)
            .stdin(stdin(&run.attributes.stdin)?);
        let mut pipes = Pipes::new();
        let (out, to_out) = io::pipe()?;
        match run.streams {
            Streams::Together => {
                command.stderr(to_out.try_clone()?);
                pipes.push((Stream::Both, out));
            }
            Streams::Apart => {
                let (err, to_err) = io::pipe()?;
                command.stderr(to_err);
                pipes.push((Stream::Stdout, out));
                pipes.push((Stream::Stderr, err));
            }
        }
        command.stdout(to_out);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn()?;
        // `command` holds our copies of the pipes' writing ends: it goes here, so that they close.
        drop(command);
        let program = Program {
            child,
            _folder: folder,
        };
        Ok((program, pipes))
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether the program's first process has ended. On Unix it is not waited for yet, so that its
    /// process group cannot become another's.
    ///
    /// # Errors
    /// The system does not tell.
    #[cfg(unix)]
    pub fn has_ended(&mut self) -> io::Result<bool> {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let pid = Pid::from_child(&self.child);
        Ok(waitid(WaitId::Pid(pid), options)?.is_some())
    }

    /// Whether the program has ended.
    ///
    /// # Errors
    /// The system does not tell.
    #[cfg(not(unix))]
    pub fn has_ended(&mut self) -> io::Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Ends what is left of the program, its process group where there are such, and says how it
    /// ended. What has left its group goes on (see CONTRIBUTING.md, "What containment promises").
    ///
    /// # Errors
    /// The system does not tell.
    pub fn end(mut self) -> io::Result<Exit> {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process_group};
            // Fails where nobody is left, which is what is wanted.
            kill_process_group(Pid::from_child(&self.child), Signal::KILL).ok();
        }
        #[cfg(not(unix))]
        self.child.kill().ok();
        let status = self.child.wait()?;
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
            return Ok(Exit::Signal(signal));
        }
        Ok(Exit::Code(status.code().unwrap_or_default()))
    }
}

/// A standard input that holds this text: a file, for a pipe would want somebody to fill it.
fn stdin(text: &str) -> io::Result<Stdio> {
    if text.is_empty() {
        return Ok(Stdio::null());
    }
    let mut file: File = tempfile::tempfile()?;
    file.write_all(text.as_bytes())?;
    file.rewind()?;
    Ok(file.into())
}
