//! What the reader sees: blocks and transcripts → Markdown with HTML in it, or without.

use std::borrow::Cow;
use std::time::Duration;

use assets::Asset;

use crate::lesson::fence::Refused;
use crate::lesson::fence::{RunAttributes, Shown, SourceFence, Switch};
use crate::transcript::{Exit, Line, Stream, Timing, Transcript};

pub mod admonition;
pub mod assets;
pub mod cast;
pub mod code;
pub mod html;
pub mod listing;
pub mod output;
pub mod plain;
pub mod tabs;
pub mod terminal;
pub mod test;
pub mod timeline;
pub mod titles;
pub mod value;

/// Where the pages take programs and transcripts from.
pub trait Programs {
    /// The code that a source fence shows.
    fn code(&self, fence: &SourceFence) -> Cow<'_, str>;
    /// A run that a fence shows.
    fn run(&self, attributes: &RunAttributes) -> Ran<'_>;
    /// The transcript of the run of this name.
    fn transcript(&self, run: &str) -> &Transcript;
}

/// A run, as the pages show it.
#[derive(Debug, Clone, Copy)]
pub struct Ran<'a> {
    /// The program's name.
    pub name: &'a str,
    /// The command by which a reader runs it.
    pub command: &'a str,
    /// The commands that stand in the page, each of which is shown before what it printed; none: it is a run of
    /// a program.
    pub commands: &'a [String],
    /// What is wrong with its program, if the compiler refuses it: then it printed the transcript.
    pub refused: Option<&'a Refused>,
    /// What it printed.
    pub transcript: &'a Transcript,
}

/// What holds for all pages of a book.
#[derive(Debug, Clone)]
pub struct Settings<'a> {
    /// The name of the tab with a program's source, where the set is made for it.
    pub code: &'a str,
    /// The name of the tab with what it printed.
    pub output: &'a str,
    /// Whether the picture of a run is shown where its fence does not say; `None`: where several took part.
    pub timeline: Option<Switch>,
    /// What becomes of `{{#…}}` behind us.
    pub directives: Directives,
    /// What each HTML page must carry itself.
    pub inline: &'a [Asset],
}

/// What comes after us in the book's way, as far as texts must be prepared for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directives {
    /// mdBook's `links` preprocessor expands `{{#…}}`: what a program holds or prints must not be
    /// taken for one.
    Expanded,
    /// Nobody does.
    Kept,
}

/// How a run ended and what it took: `exit 0`, `2.00 s`, `3 threads`; of what the compiler refuses:
/// `does not compile`, `E0373`.
fn facts(ran: Ran<'_>) -> Vec<String> {
    let transcript = ran.transcript;
    if let Some(Refused { codes }) = ran.refused {
        let refused = ["does not compile".to_owned()].into_iter();
        return refused.chain(codes.iter().cloned()).collect();
    }
    let exit = match transcript.exit {
        Exit::Code(code) => format!("exit {code}"),
        Exit::Signal(signal) => format!("ended by signal {signal}"),
    };
    let wall = seconds(transcript.wall);
    let wall = match transcript.timing {
        Timing::Clean => wall,
        Timing::Noisy => format!("{wall} on a busy machine"),
    };
    let mut facts = vec![exit, wall];
    let counts = [
        (transcript.threads, "threads"),
        (transcript.processes, "processes"),
    ];
    facts.extend(
        counts
            .into_iter()
            .filter_map(|(count, what)| Some((count.filter(|&count| count > 1)?, what)))
            .map(|(count, what)| format!("{count} {what}")),
    );
    facts
}

/// A time with three digits that mean something: `2.00 s`, `0.503 s`, `41 ms`, `0.8 ms`.
pub fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        _ if seconds >= 100.0 => format!("{seconds:.0} s"),
        _ if seconds >= 10.0 => format!("{seconds:.1} s"),
        _ if seconds >= 1.0 => format!("{seconds:.2} s"),
        _ if seconds >= 0.1 => format!("{seconds:.3} s"),
        _ if seconds >= 0.01 => format!("{:.0} ms", seconds * 1000.0),
        _ => format!("{:.1} ms", seconds * 1000.0),
    }
}

/// The lines that a fence shows, each with its number in the transcript.
fn lines(transcript: &Transcript, shown: Shown) -> impl Iterator<Item = (usize, &Line)> + Clone {
    let lines = transcript.lines.iter().enumerate();
    lines.filter(move |(_, line)| match shown {
        Shown::Both => true,
        Shown::Stdout => line.stream == Stream::Stdout,
        Shown::Stderr => line.stream == Stream::Stderr,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Ran, facts, seconds};
    use crate::lesson::fence::Refused;
    use crate::transcript::{Exit, Timing, Transcript};

    #[test]
    fn a_timing_that_is_not_the_programs_own_says_so() {
        let transcript = |timing| Transcript {
            wall: Duration::from_secs(2),
            threads: Some(3),
            processes: Some(1),
            timing,
            ..Transcript::of(Vec::new(), Exit::SUCCESS)
        };
        let facts = |timing, refused| {
            facts(Ran {
                name: "a",
                command: "cargo run",
                commands: &[],
                refused,
                transcript: &transcript(timing),
            })
        };
        assert_eq!(
            facts(Timing::Clean, None),
            ["exit 0", "2.00 s", "3 threads"]
        );
        assert_eq!(
            facts(Timing::Noisy, None),
            ["exit 0", "2.00 s on a busy machine", "3 threads"]
        );
        let refused = Refused {
            codes: vec!["E0373".to_owned()],
        };
        assert_eq!(
            facts(Timing::Clean, Some(&refused)),
            ["does not compile", "E0373"]
        );
    }

    #[test]
    fn times_have_three_digits() {
        for (micros, text) in [
            (2_001_234, "2.00 s"),
            (12_345_678, "12.3 s"),
            (123_456_789, "123 s"),
            (503_400, "0.503 s"),
            (41_400, "41 ms"),
            (840, "0.8 ms"),
            (0, "0.0 ms"),
        ] {
            assert_eq!(seconds(Duration::from_micros(micros)), text);
        }
    }
}
