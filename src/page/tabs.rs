//! Renders tab sets as HTML: labeled sections, which the script turns into tabs.

use super::escape::escape;
use super::ids::{Ids, slug};
use super::titles::Titles;

/// A tab's label, and whether it is shown first.
#[derive(Debug, Clone, Copy)]
pub struct Label<'a> {
    /// The label, as inline Markdown.
    pub text: &'a str,
    /// Whether the tab is shown first.
    pub selected: bool,
}

/// Returns the HTML before each body of a tab set and after the last one. `name` is the subject of the set.
pub fn sections(
    ids: &mut Ids,
    titles: &Titles,
    name: &str,
    labels: &[Label<'_>],
) -> (Vec<String>, String) {
    let set = ids.next(&(slug(name) + "-tabs"));
    let mut opens = Vec::new();
    for (number, label) in labels.iter().enumerate() {
        let before = match number {
            0 => "<div class=\"transcript-tabs\">",
            _ => "</section>",
        };
        let (html, text) = titles.inline(label.text);
        let id = ids.unique([&set, "-", &slug(label.text)].concat());
        let selected = if label.selected {
            " data-selected=\"\""
        } else {
            ""
        };
        let open = [
            before,
            "\n\n<section class=\"transcript-tab\" id=\"",
            &id,
            "\" data-label=\"",
            &escape(&text),
            "\"",
            selected,
            ">\n<p class=\"transcript-tab-label\">",
            &html,
            "</p>",
        ];
        opens.push(open.concat());
    }
    (opens, "</section>\n\n</div>".to_owned())
}
