//! Questions to the person at the terminal, each answered with one key.

use std::io::{self, IsTerminal, Write};
use std::thread;
use std::time::{Duration, Instant};

use console::{Key, Term};

use crate::interrupt;

/// The time in which the thread that handles signals learns of Ctrl-C.
const PATIENCE: Duration = Duration::from_secs(1);

/// Returns whether somebody can be asked: stdin and stdout are a terminal.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// A terminal that passes keys on at once.
///
/// Keys that are pressed before a question count as its answer. A terminal that waits for whole lines would withhold them
/// until another key is pressed.
#[derive(Debug)]
pub struct Keys {
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

impl Keys {
    /// Begins to read keys.
    pub fn begin() -> Keys {
        // An interruption that ends the process would leave the terminal as it is.
        if let Err(error) = interrupt::catch() {
            tracing::warn!("failed to watch for Ctrl-C: {error}");
        }
        Keys {
            #[cfg(unix)]
            before: unbuffered(),
        }
    }

    /// Writes a question to the terminal, and reads keys until one is among `keys`. `None`: the person leaves the question
    /// with Escape or Ctrl-D, or the terminal is gone.
    ///
    /// # Errors
    /// Ctrl-C was pressed, or `out` cannot be written.
    pub fn ask(
        &self,
        question: &str,
        keys: &str,
        out: &mut impl Write,
    ) -> io::Result<Option<char>> {
        write!(out, "{question} ")?;
        out.flush()?;
        let key = loop {
            match Term::stdout().read_key() {
                Ok(Key::Char(key)) if keys.contains(key) => break Some(key),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    writeln!(out)?;
                    return Err(interrupted());
                }
                Ok(Key::Escape | Key::Char('\u{4}')) | Err(_) => break None,
                Ok(_) if interrupt::is_requested() => return Err(interrupted()),
                Ok(_) => {}
            }
        };
        match key {
            Some(key) => writeln!(out, "{key}")?,
            None => writeln!(out)?,
        }
        Ok(key)
    }
}

#[cfg(unix)]
impl Drop for Keys {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        if let Some(before) = &self.before {
            // Nothing more can be done for the terminal.
            tcsetattr(io::stdin(), OptionalActions::Drain, before).ok();
        }
    }
}

/// Makes the terminal pass keys on at once and without an echo, Ctrl-C among them: as a signal, it would not end a question
/// that has just been written. Returns the state before.
#[cfg(unix)]
fn unbuffered() -> Option<rustix::termios::Termios> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let before = tcgetattr(io::stdin()).ok()?;
    let mut now = before.clone();
    now.local_modes
        .remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
    tcsetattr(io::stdin(), OptionalActions::Drain, &now).ok()?;
    Some(before)
}

/// Waits until the interruption is known everywhere, as it decides on the exit status.
fn interrupted() -> io::Error {
    let begun = Instant::now();
    while !interrupt::is_requested() && begun.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(1));
    }
    io::Error::new(io::ErrorKind::Interrupted, "interrupted")
}
