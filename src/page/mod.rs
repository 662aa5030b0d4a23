//! Renders blocks and transcripts as pages: Markdown with or without HTML.

use std::borrow::Cow;
use std::time::Duration;

use assets::Asset;

use crate::lesson::Block;
use crate::lesson::fence::{SourceFence, SourceTab, Switch};
use crate::lesson::purpose::Refused;
use crate::transcript::{Exit, Timing, Transcript};

pub mod admonition;
pub mod assets;
pub mod cast;
pub mod cited;
pub mod code;
pub mod escape;
pub mod html;
pub mod ids;
pub mod listing;
pub mod message;
pub mod output;
pub mod plain;
pub mod tabs;
pub mod terminal;
pub mod test;
pub mod timeline;
pub mod titles;
pub mod value;

/// The source of programs and transcripts for the pages.
pub trait Programs {
    /// Returns the code that a source fence shows.
    fn code(&self, block: &Block, fence: &SourceFence) -> Cow<'_, str>;
    /// Returns the run that a fence shows.
    fn run(&self, block: &Block) -> ShownRun<'_>;
    /// Returns the transcript of the run whose value a block shows.
    fn transcript(&self, block: &Block) -> &Transcript;
}

/// A run as the pages show it.
#[derive(Debug, Clone, Copy)]
pub struct ShownRun<'a> {
    /// The program's name.
    pub name: &'a str,
    /// The command with which a reader executes the run.
    pub command: &'a str,
    /// The commands of a shell transcript, each shown before its output; empty for a program.
    pub commands: &'a [String],
    /// The program, if its source is in the page.
    pub snippet: Option<ShownSnippet>,
    /// The error, if the compiler must reject the program: the transcript is then the compiler's output.
    pub refused: Option<&'a Refused>,
    /// The transcript.
    pub transcript: &'a Transcript,
}

/// A program whose source is in the page.
#[derive(Debug, Clone, Copy)]
pub struct ShownSnippet {
    /// The line, from 1, at whose beginning the compiled code has a `main` that the page does not show.
    pub main: Option<usize>,
}

/// The settings for all pages of a book.
#[derive(Debug, Clone)]
pub struct Settings<'a> {
    /// The label of the tab with a program's source, in tab sets that the tool makes.
    pub code: &'a str,
    /// The label of the tab with its output.
    pub output: &'a str,
    /// The tab that is open at first by default, in tab sets that the tool makes.
    pub tab: SourceTab,
    /// Whether a timeline is shown by default; `None` shows it if several tracks took part.
    pub timeline: Option<Switch>,
    /// The fate of `{{#…}}` in the tool's output.
    pub directives: Directives,
    /// The assets that each HTML page must include itself.
    pub inline: &'a [Asset],
}

/// The later preprocessors of a book, as far as texts must be escaped for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directives {
    /// mdBook's `links` expands `{{#…}}` later: text of a program must be escaped.
    Expanded,
    /// Nothing expands `{{#…}}` later.
    Kept,
}

/// Returns the facts of a caption: `exit 0`, `2.00 s`, `3 threads`; or `does not compile`, `E0373` for a compiler's
/// error.
fn facts(run: ShownRun<'_>) -> Vec<String> {
    let transcript = run.transcript;
    if let Some(Refused { codes }) = run.refused {
        let refused = ["does not compile".to_owned()].into_iter();
        return refused.chain(codes.iter().cloned()).collect();
    }
    let exit = match transcript.exit {
        Exit::Code(status) => format!("exit {status}"),
        Exit::Signal(signal) => format!("ended by signal {signal}"),
        Exit::Timeout => "stopped".to_owned(),
    };
    let wall = match start_up(run) {
        Some(before) => format!(
            "{}, {} of it before main",
            seconds(transcript.wall),
            seconds(before)
        ),
        None => seconds(transcript.wall),
    };
    let wall = match transcript.timing {
        // The time-out decides on this time.
        _ if transcript.exit == Exit::Timeout => format!("after {wall}"),
        Timing::Clean => wall,
        Timing::Noisy => format!("{wall} on a busy machine"),
        Timing::Virtual => format!("{wall} of virtual time"),
    };
    let mut facts = match transcript.exit {
        Exit::Timeout => vec![format!("{exit} {wall}")],
        Exit::Code(_) | Exit::Signal(_) => vec![exit, wall],
    };
    let counts = [
        (transcript.most_threads(), "threads"),
        (transcript.most_processes(), "processes"),
    ];
    facts.extend(
        counts
            .into_iter()
            .filter_map(|(count, noun)| Some((count.filter(|&count| count > 1)?, noun)))
            .map(|(count, noun)| format!("{count} {noun}")),
    );
    facts
}

/// The part of a caption's time that is not in its picture, because the system took it to load the program; `None`: it is
/// too short to be missed, or the time is not the program's own.
fn start_up(run: ShownRun<'_>) -> Option<Duration> {
    /// A smaller part of the time is not worth a word.
    const WORTH: u32 = 20;
    let before = run.transcript.first_instruction();
    let is_own = run.commands.is_empty() && run.transcript.exit != Exit::Timeout;
    (is_own && !before.is_zero() && before >= run.transcript.wall / WORTH).then_some(before)
}

/// Formats a time with up to three significant digits: `2.00 s`, `0.503 s`, `41 ms`, `0.8 ms`. A time that is
/// rounded up to the next unit is formatted as that: never `1.000 s` or `100 ms`.
pub fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        _ if seconds >= 99.95 => format!("{seconds:.0} s"),
        _ if seconds >= 9.995 => format!("{seconds:.1} s"),
        _ if seconds >= 0.9995 => format!("{seconds:.2} s"),
        _ if seconds >= 0.0995 => format!("{seconds:.3} s"),
        _ if seconds >= 0.00995 => format!("{:.0} ms", seconds * 1e3),
        _ => format!("{:.1} ms", seconds * 1e3),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ShownRun, facts, seconds};
    use crate::lesson::purpose::Refused;
    use crate::transcript::tracks::{Track, TrackKind};
    use crate::transcript::{Exit, Timing, Transcript};

    #[test]
    fn a_caption_mentions_a_busy_machine() {
        let transcript = |timing| Transcript {
            wall: Duration::from_secs(2),
            threads: Some(3),
            processes: Some(1),
            timing,
            ..Transcript::of(Vec::new(), Exit::SUCCESS)
        };
        let facts = |timing, refused| {
            facts(ShownRun {
                name: "a",
                command: "cargo run",
                commands: &[],
                snippet: None,
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
    fn a_caption_mentions_a_long_start_up() {
        let facts = |wall, before| {
            let micros = Duration::from_micros;
            let main = Track {
                kind: TrackKind::Process,
                name: None,
                parent: None,
                start: micros(before),
                end: micros(wall),
                pauses: Vec::new(),
            };
            let transcript = Transcript {
                wall: micros(wall),
                tracks: vec![main],
                ..Transcript::of(Vec::new(), Exit::SUCCESS)
            };
            facts(ShownRun {
                name: "a",
                command: "cargo run",
                commands: &[],
                refused: None,
                snippet: None,
                transcript: &transcript,
            })
        };
        assert_eq!(
            facts(3552, 1302),
            ["exit 0", "3.6 ms, 1.3 ms of it before main"]
        );
        assert_eq!(
            facts(20_000, 1000),
            ["exit 0", "20 ms, 1.0 ms of it before main"]
        );
        assert_eq!(facts(20_020, 1000), ["exit 0", "20 ms"]);
        assert_eq!(facts(0, 0), ["exit 0", "0.0 ms"]);
    }

    #[test]
    fn times_have_up_to_three_digits() {
        for (micros, text) in [
            (2_001_234, "2.00 s"),
            (12_345_678, "12.3 s"),
            (123_456_789, "123 s"),
            (503_400, "0.503 s"),
            (41_400, "41 ms"),
            (840, "0.8 ms"),
            (0, "0.0 ms"),
            (99_999_999, "100 s"),
            (9_998_765, "10.0 s"),
            (999_800, "1.00 s"),
            (99_600, "0.100 s"),
            (9_960, "10 ms"),
        ] {
            assert_eq!(seconds(Duration::from_micros(micros)), text);
        }
    }
}
