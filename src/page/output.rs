//! What a program printed, as HTML.

use std::fmt::Write;
use std::time::Duration;

use anstyle::AnsiColor;

use super::terminal::{Look, Terminal};
use super::timeline::Timeline;
use super::{Ran, Settings, facts, lines};
use crate::lesson::fence::{OutputFence, Shown, SourceFence, Switch};
use crate::lesson::shell::echo;

/// What is shown of a run.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Which streams.
    pub shown: Shown,
    /// Whether how it ended and how long it took stands below.
    pub timing: Switch,
    /// Whether the command stands above.
    pub prompt: Switch,
    /// Whether the picture stands above all; `None`: where it says something.
    pub timeline: Option<Switch>,
}

impl View {
    /// What a fence that shows output says, and for it the book.
    pub fn of(fence: &OutputFence, settings: &Settings<'_>) -> View {
        let timeline = fence.timeline.as_ref().map(|said| said.what);
        // What a shell does is seldom of interest: its own fence alone can say so.
        let of_book = settings.timeline.filter(|_| fence.commands.is_empty());
        View {
            shown: fence.stream,
            timing: fence.timing,
            prompt: fence.prompt,
            timeline: timeline.or(of_book),
        }
    }

    /// What a source says whose output is shown with it, and for it the book: all there is.
    pub fn of_source(fence: &SourceFence, settings: &Settings<'_>) -> View {
        let timeline = fence.timeline.as_ref().map(|said| said.what);
        View {
            shown: Shown::Both,
            timing: Switch::On,
            prompt: Switch::On,
            timeline: timeline.or(settings.timeline),
        }
    }

    /// The picture of a run, where it is shown: never of what the compiler refuses, and unless something is
    /// said of it where several took part in a program's run.
    pub fn timeline<'a>(&self, ran: Ran<'a>) -> Option<Timeline<'a>> {
        let is_program = ran.commands.is_empty();
        let is_shown = |timeline: &Timeline<'_>| match self.timeline {
            Some(Switch::On) => true,
            Some(Switch::Off) => false,
            None => is_program && timeline.is_of_several(),
        };
        let known = Timeline::of(ran.transcript).filter(is_shown);
        known.filter(|_| ran.refused.is_none())
    }
}

/// A run that is shorter than this is told in microseconds.
const SHORT: Duration = Duration::from_millis(100);

/// A figure: the output, a span a line, and its caption. It holds no blank line, at which Markdown
/// would end it, and nothing that mdBook would take for a directive.
pub fn figure(ran: Ran<'_>, view: View, id: &str) -> String {
    let command = escape(ran.command);
    let facts = facts(ran).join(" · ");
    let lines = lines(ran.transcript, view.shown);
    // Most fit into this.
    let printed = lines.clone().map(|(_, line)| line.text.len() + 64);
    let mut html = String::with_capacity(512 + 3 * command.len() + printed.sum::<usize>());
    html.extend(["<figure class=\"transcript-run\" id=\"", id, "\">\n"]);
    let above = html.len();
    // A `region` would be a landmark, of which a page must not have two of one name.
    html.extend([
        "<pre class=\"transcript-output\" tabindex=\"0\" role=\"group\" aria-label=\"Output of ",
        &command,
        "\"><code class=\"language-text nohighlight\">",
    ]);
    let timeline = view.timeline(ran);
    // The lines that the picture marks.
    let mut marked = Vec::new();
    // Commands in the page stand before what each of them printed.
    if view.prompt == Switch::On && ran.commands.is_empty() {
        html.extend([
            "<span class=\"transcript-prompt\">$ ",
            &command,
            "\n</span>",
        ]);
    }
    let mut prompts = ran
        .commands
        .iter()
        .flat_map(|command| echo(command))
        .peekable();
    // Seconds, as exactly as it takes to tell the lines of a run apart.
    let digits = if ran.transcript.wall < SHORT { 6 } else { 3 };
    let mut terminal = Terminal::default();
    for (number, line) in lines {
        // What was printed before it without a newline stands in its line.
        let prompt = prompts.next_if(|prompt| line.text.ends_with(prompt));
        let is_prompt = prompt.is_some_and(|prompt| prompt == line.text);
        let class = if is_prompt {
            "transcript-prompt"
        } else {
            "line"
        };
        html.extend(["<span class=\"", class, "\""]);
        // When a command was shown, or the compiler said what, is of no interest.
        if ran.refused.is_none() && !is_prompt {
            write!(html, " data-t=\"{:.digits$}\"", line.at.as_secs_f64())
                .expect("a string takes everything");
        }
        if let Some(timeline) = timeline.as_ref().filter(|_| !is_prompt) {
            html.push_str(&timeline.of_line(number));
            marked.push(number);
        }
        html.push('>');
        for (text, look) in terminal.line(&line.text) {
            paint(&mut html, &text, look);
        }
        html.push_str("\n</span>");
    }
    html.push_str("</code></pre>\n");
    if view.timing == Switch::On {
        html.push_str("<figcaption>");
        if ran.commands.is_empty() {
            html.extend([&command, " · "]);
        }
        html.extend([&facts, "</figcaption>\n"]);
    }
    html.push_str("</figure>");
    // The picture stands above, and shows what is known now.
    if let Some(timeline) = timeline {
        let name = format!("{} · {facts}", ran.command);
        html.insert_str(above, &timeline.html(&marked, &name));
    }
    html
}

/// Adds a piece of a line, its look as classes.
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
    // What has no colour of its own has the page's, which has a name here only when it is turned round.
    let (letters, ground) = if inverse {
        (None, Some(foreground.map_or("text", name)))
    } else {
        (foreground, background.map(name))
    };
    let mut classes = Vec::new();
    match (letters, ground) {
        // On a coloured ground the letters have the page's ground: whatever the colours are, this can
        // be read where the colour itself can be.
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
            .filter(|(is, _)| *is)
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

/// Text for HTML, in an element or a quoted attribute, and for mdBook, which reads `{{#` everywhere.
pub fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    push_escaped(&mut html, text);
    html
}

/// Adds text as [`escape`] makes it.
fn push_escaped(html: &mut String, text: &str) {
    let mut at = 0;
    for (here, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'{' => "&#123;",
            _ => continue,
        };
        html.push_str(&text[at..here]);
        html.push_str(escaped);
        at = here + 1;
    }
    html.push_str(&text[at..]);
}

#[cfg(test)]
mod tests {
    use super::{Terminal, escape, paint};

    #[test]
    fn text_stays_text() {
        assert_eq!(
            escape("</pre><script>\"&\" {{#include Cargo.toml}}"),
            "&lt;/pre&gt;&lt;script&gt;&quot;&amp;&quot; &#123;&#123;#include Cargo.toml}}"
        );
    }

    #[test]
    fn looks_are_classes() {
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
