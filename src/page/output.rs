//! Renders a program's output as HTML.

use std::borrow::Cow;
use std::fmt::Write;
use std::time::Duration;

use anstyle::AnsiColor;

use super::cited::{prompt, screen};
use super::escape::{escape, push_escaped};
use super::message::{Words, columns, words};
use super::terminal::{Look, Terminal};
use super::timeline::Timeline;
use super::{Settings, ShownRun, facts};
use crate::lesson::fence::{OutputFence, Shown, SourceFence, Switch};
use crate::lesson::shell::echo;
use crate::transcript::screen::ScreenLine;

/// The parts of a run that a fence shows.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// The streams.
    pub shown: Shown,
    /// Whether the caption with exit and times is shown below the output.
    pub timing: Switch,
    /// Whether the command is shown above the output.
    pub prompt: Switch,
    /// Whether the timeline is shown above the output; `None` shows it if several tracks took part.
    pub timeline: Option<Switch>,
}

impl View {
    /// Reads the options of an output fence, with the book's defaults.
    pub fn of(fence: &OutputFence, settings: &Settings<'_>) -> View {
        let timeline = fence.timeline.as_ref().map(|timeline| timeline.value);
        // The timeline of a shell session is rarely interesting, so only its own fence can ask for it.
        let of_book = settings.timeline.filter(|_| fence.commands.is_empty());
        View {
            shown: fence.stream,
            timing: fence.timing,
            prompt: fence.prompt,
            timeline: timeline.or(of_book),
        }
    }

    /// Reads the options of a source fence whose output is shown with it: everything is shown.
    pub fn of_source(fence: &SourceFence, settings: &Settings<'_>) -> View {
        let timeline = fence.timeline.as_ref().map(|timeline| timeline.value);
        View {
            shown: Shown::Both,
            timing: Switch::On,
            prompt: Switch::On,
            timeline: timeline.or(settings.timeline),
        }
    }

    /// Returns the timeline if it is shown: never for a compiler's error, and by default if several tracks took part
    /// in a program's run.
    pub fn timeline<'a>(&self, run: ShownRun<'a>) -> Option<Timeline<'a>> {
        let is_program = run.commands.is_empty();
        let is_shown = |timeline: &Timeline<'_>| match self.timeline {
            Some(Switch::On) => true,
            Some(Switch::Off) => false,
            None => is_program && timeline.is_of_several(),
        };
        let known = Timeline::of(run.transcript).filter(is_shown);
        known.filter(|_| run.refused.is_none())
    }
}

/// Below this wall time, line times are shown in microseconds.
const SHORT: Duration = Duration::from_millis(100);

/// Returns the number of decimal places, in seconds, that tell the lines of an execution of this wall time apart.
pub fn decimals(wall: Duration) -> usize {
    if wall < SHORT { 6 } else { 3 }
}

/// Renders a figure: the output, one span per line, and its caption. `classes` are the book's own. It contains no blank line, which would end it in
/// Markdown, and no text that mdBook would take for a directive.
pub fn figure(run: ShownRun<'_>, view: View, id: &str, classes: &[&str]) -> String {
    let command = escape(run.command);
    let facts = facts(run).join(" · ");
    // Large enough for most outputs.
    let lines = screen(run, view.shown);
    let printed = lines.iter().map(|line| line.text.len() + 64);
    let mut html = String::with_capacity(512 + 3 * command.len() + printed.sum::<usize>());
    html.extend(["<figure class=\"transcript-run\" id=\"", id, "\">\n"]);
    let above = html.len();
    // A `region` would be a landmark, and landmarks of a page need different names.
    html.extend([
        "<pre class=\"transcript-output\" tabindex=\"0\" role=\"group\" aria-label=\"Output of ",
        &command,
        "\"><code class=\"language-text nohighlight",
    ]);
    for class in classes {
        html.push(' ');
        push_escaped(&mut html, class);
    }
    html.push('"');
    let words = words(&lines, run.refused.is_some());
    if let Some(columns) = columns(&lines, &words) {
        html.extend([" style=\"--columns:", &columns.to_string(), "\""]);
    }
    html.push('>');
    let timeline = view.timeline(run);
    // In a shell transcript, each command comes before its output.
    if view.prompt == Switch::On && run.commands.is_empty() {
        push_prompt(&mut html, run);
    }
    let marked = push_lines(&mut html, run, (&lines, &words), timeline.as_ref());
    html.push_str("</code></pre>\n");
    if view.timing == Switch::On {
        html.extend(["<figcaption>", &facts, "</figcaption>\n"]);
    }
    html.push_str("</figure>");
    // The timeline comes first, but the lines that it marks are known only now.
    if let Some(timeline) = timeline {
        let name = format!("{} · {facts}", run.command);
        html.insert_str(above, &timeline.html(&marked, &name));
    }
    html
}

/// Appends the command of a run. Behind that of a snippet are words, which wrap.
fn push_prompt(html: &mut String, run: ShownRun<'_>) {
    let prompt = prompt(run);
    html.push_str("<span class=\"transcript-prompt\">");
    match run.snippet {
        Some(_) => {
            let words = Words {
                marks: 0,
                indent: 2,
            };
            push_words(html, &[(prompt.into(), Look::default())], words);
        }
        None => push_escaped(html, &prompt),
    }
    html.push_str("\n</span>");
}

/// Appends the lines of a run, each as a span with its time and its place in the timeline. Returns the numbers of the
/// lines that the timeline marks.
fn push_lines(
    html: &mut String,
    run: ShownRun<'_>,
    (lines, words): (&[ScreenLine<'_>], &[Option<Words>]),
    timeline: Option<&Timeline<'_>>,
) -> Vec<usize> {
    let mut marked = Vec::new();
    let mut prompts = run
        .commands
        .iter()
        .flat_map(|command| echo(command))
        .peekable();
    let digits = decimals(run.transcript.wall);
    let start = run.transcript.first_instruction();
    let mut terminal = Terminal::default();
    for (line, &words) in lines.iter().zip(words) {
        // Output without a newline is on the same line, before the prompt.
        let prompt = prompts.next_if(|prompt| line.text.ends_with(prompt));
        let is_prompt = prompt.is_some_and(|prompt| *prompt == line.text);
        let class = if is_prompt {
            "transcript-prompt"
        } else {
            "line"
        };
        html.extend(["<span class=\"", class, "\""]);
        // The time of a command, or of a compiler's line, is of no interest.
        if run.refused.is_none() && !is_prompt {
            let at = line.at.saturating_sub(start);
            write!(html, " data-t=\"{:.digits$}\"", at.as_secs_f64())
                .expect("a string takes everything");
        }
        if let Some(timeline) = timeline.filter(|_| !is_prompt) {
            html.push_str(&timeline.of_line(line.line));
            marked.push(line.line);
            marked.extend(&line.others);
        }
        html.push('>');
        let pieces = terminal.line(&line.text);
        match words {
            Some(words) => push_words(html, &pieces, words),
            None => push_pieces(html, &pieces),
        }
        html.push_str("\n</span>");
    }
    // A line of the transcript may be on several lines of the screen.
    if !run.transcript.fragments.is_empty() {
        marked.sort_unstable();
        marked.dedup();
    }
    marked
}

/// Appends a line of a compiler's message that wraps: its marks, which stay below the code, and its words.
fn push_words(html: &mut String, pieces: &[(Cow<'_, str>, Look)], words: Words) {
    let indent = words.indent;
    write!(
        html,
        "<span class=\"transcript-words\" style=\"--indent:{indent}ch\">"
    )
    .expect("a string takes everything");
    let (mut marks, mut said) = (Vec::new(), Vec::new());
    let mut left = words.marks;
    for (text, look) in pieces {
        let (before, after) = text.split_at(left.min(text.len()));
        left -= before.len();
        marks.extend((!before.is_empty()).then(|| (before.into(), *look)));
        said.extend((!after.is_empty()).then(|| (after.into(), *look)));
    }
    if !marks.is_empty() {
        html.push_str("<span class=\"transcript-marks\">");
        push_pieces(html, &marks);
        html.push_str("</span>");
    }
    push_pieces(html, &said);
    html.push_str("</span>");
}

/// Appends pieces of a line.
fn push_pieces(html: &mut String, pieces: &[(Cow<'_, str>, Look)]) {
    for (text, look) in pieces {
        paint(html, text, *look);
    }
}

/// Appends a piece of a line, with its style as classes.
fn paint(html: &mut String, text: &str, look: Look) {
    let classes = classes(look);
    if classes.is_empty() {
        return push_escaped(html, text);
    }
    html.extend(["<span class=\"", &classes.join(" "), "\">"]);
    push_escaped(html, text);
    html.push_str("</span>");
}

fn classes(look: Look) -> Vec<String> {
    let Look {
        foreground,
        background,
        bold,
        dim,
        italic,
        underline,
        strike,
        inverse,
    } = look;
    // Text without a color of its own has the page's color, which needs a class only when colors are inverted.
    let (letters, ground) = if inverse {
        (None, Some(foreground.map_or("text", name)))
    } else {
        (foreground, background.map(name))
    };
    let mut classes = Vec::new();
    match (letters, ground) {
        // On a colored background, text takes the page's background color: it is readable wherever the color itself
        // can be seen.
        (_, Some(ground)) => classes.push(format!("ansi-on-{ground}")),
        (Some(letters), None) => classes.push(format!("ansi-{}", name(letters))),
        (None, None) => {}
    }
    let styles = [
        (bold, "bold"),
        (dim && classes.is_empty(), "dim"),
        (italic, "italic"),
        (underline, "underline"),
        (strike, "strike"),
    ];
    classes.extend(
        styles
            .iter()
            .filter(|(is_set, _)| *is_set)
            .map(|(_, style)| format!("ansi-{style}")),
    );
    classes
}

fn name(color: AnsiColor) -> &'static str {
    match color {
        AnsiColor::Black => "black",
        AnsiColor::Red => "red",
        AnsiColor::Green => "green",
        AnsiColor::Yellow => "yellow",
        AnsiColor::Blue => "blue",
        AnsiColor::Magenta => "magenta",
        AnsiColor::Cyan => "cyan",
        AnsiColor::White => "white",
        AnsiColor::BrightBlack => "bright-black",
        AnsiColor::BrightRed => "bright-red",
        AnsiColor::BrightGreen => "bright-green",
        AnsiColor::BrightYellow => "bright-yellow",
        AnsiColor::BrightBlue => "bright-blue",
        AnsiColor::BrightMagenta => "bright-magenta",
        AnsiColor::BrightCyan => "bright-cyan",
        AnsiColor::BrightWhite => "bright-white",
    }
}

#[cfg(test)]
mod tests {
    use super::{Terminal, paint};

    #[test]
    fn styles_become_classes() {
        let mut terminal = Terminal::default();
        let mut painted = |line: &str| {
            let mut html = String::new();
            for (text, look) in terminal.line(line) {
                paint(&mut html, &text, look);
            }
            html
        };
        for (line, expected) in [
            (
                "a\u{1b}[31m<b>\u{1b}[0mc",
                "a<span class=\"ansi-red\">&lt;b&gt;</span>c",
            ),
            (
                "\u{1b}[1;4;92mx\u{1b}[m",
                "<span class=\"ansi-bright-green ansi-bold ansi-underline\">x</span>",
            ),
            (
                "\u{1b}[31;44mx\u{1b}[m",
                "<span class=\"ansi-on-blue\">x</span>",
            ),
            (
                "\u{1b}[7mx\u{1b}[33my\u{1b}[m",
                "<span class=\"ansi-on-text\">x</span><span class=\"ansi-on-yellow\">y</span>",
            ),
            (
                "\u{1b}[2mx\u{1b}[31my\u{1b}[m",
                "<span class=\"ansi-dim\">x</span><span class=\"ansi-red\">y</span>",
            ),
        ] {
            assert_eq!(painted(line), expected, "{line:?}");
        }
    }
}
