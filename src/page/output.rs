//! What a program printed, as HTML.

use std::fmt::Write;

use super::{Ran, facts, lines};
use crate::lesson::fence::{OutputFence, Shown, Switch};

/// What is shown of a run.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Which streams.
    pub shown: Shown,
    /// Whether how it ended and how long it took stands below.
    pub timing: Switch,
    /// Whether the command stands above.
    pub prompt: Switch,
}

impl View {
    /// All there is.
    pub const WHOLE: View = View {
        shown: Shown::Both,
        timing: Switch::On,
        prompt: Switch::On,
    };

    /// What a fence says.
    pub fn of(fence: &OutputFence) -> View {
        View {
            shown: fence.stream,
            timing: fence.timing,
            prompt: fence.prompt,
        }
    }
}

/// A figure: the output, a span a line, and its caption. It holds no blank line, at which Markdown
/// would end it, and nothing that mdBook would take for a directive.
pub fn figure(ran: Ran<'_>, view: View, id: &str) -> String {
    let mut html = format!(
        "<figure class=\"transcript-run\" id=\"{id}\">\n<pre class=\"transcript-output\" tabindex=\"0\" \
         role=\"region\" aria-label=\"Program output\"><code class=\"language-text nohighlight\">"
    );
    if view.prompt == Switch::On {
        let command = escape(ran.command);
        html.push_str(&format!(
            "<span class=\"transcript-prompt\">$ {command}\n</span>"
        ));
    }
    for line in lines(ran.transcript, view.shown) {
        let at = line.at.as_secs_f64();
        let text = escape(&printable(&line.text));
        write!(
            html,
            "<span class=\"line\" data-t=\"{at:.3}\">{text}\n</span>"
        )
        .expect("a string takes everything");
    }
    html.push_str("</code></pre>\n");
    if view.timing == Switch::On {
        let command = escape(ran.command);
        let facts = facts(ran.transcript).join(" · ");
        html.push_str(&format!("<figcaption>{command} · {facts}</figcaption>\n"));
    }
    html.push_str("</figure>");
    html
}

/// A line as a terminal shows it: without control sequences, overwritten from the start behind a
/// carriage return; other control characters as U+FFFD.
pub fn printable(line: &str) -> String {
    let text = anstream::adapter::strip_str(line).to_string();
    let mut shown: Vec<char> = Vec::new();
    for written in text.split('\r') {
        for (column, c) in written.chars().enumerate() {
            let control = c.is_control() && c != '\t';
            let c = if control {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            };
            match shown.get_mut(column) {
                Some(under) => *under = c,
                None => shown.push(c),
            }
        }
    }
    shown.into_iter().collect()
}

/// Text for HTML, in an element or a quoted attribute, and for mdBook, which reads `{{#` everywhere.
pub fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '{' => html.push_str("&#123;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::{escape, printable};

    #[test]
    fn text_stays_text() {
        assert_eq!(
            escape("</pre><script>\"&\" {{#include Cargo.toml}}"),
            "&lt;/pre&gt;&lt;script&gt;&quot;&amp;&quot; &#123;&#123;#include Cargo.toml}}"
        );
    }

    #[test]
    fn control_characters_are_not_shown() {
        for (line, shown) in [
            ("a\tb", "a\tb"),
            ("\u{1b}[1;31mred\u{1b}[0m", "red"),
            ("10%\r99%\rdone", "done"),
            ("downloading\rdone", "doneloading"),
            ("a\u{85}b", "a\u{fffd}b"),
            ("ä\u{fffd}", "ä\u{fffd}"),
        ] {
            assert_eq!(printable(line), shown);
        }
    }
}
