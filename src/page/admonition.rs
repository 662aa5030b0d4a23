//! Renders admonitions as HTML: mdBook's own element, or one that folds.

use super::titles::Titles;
use crate::lesson::Admonition;
use crate::lesson::admonition::{AdmonitionType, Fold, Placement};

/// Renders an admonition around its body, which is Markdown.
pub fn admonition(admonition: &Admonition, titles: &Titles, body: &str) -> String {
    let title = admonition
        .title
        .as_deref()
        .map(|title| titles.inline(title).0);
    // The class `warning` alone would be mdBook's own, which adds an icon.
    let look = look(admonition.kind);
    let name = admonition.kind.name();
    let side = match admonition.placement {
        Placement::Block => "",
        Placement::Start => " transcript-inline",
        Placement::End => " transcript-inline-end",
    };
    if admonition.fold != Fold::Never {
        let open = match admonition.fold {
            Fold::Open => " open=\"open\"",
            _ => "",
        };
        let title = title.unwrap_or_default();
        return format!(
            "<details class=\"transcript-admonition transcript-{look}{side}\" data-type=\"{name}\"{open}>\n<summary>{title}</summary>\n\n\
             {body}\n\n</details>"
        );
    }
    let title = match title {
        Some(title) => format!("<p class=\"blockquote-tag-title\">{title}</p>\n"),
        None => String::new(),
    };
    let class = match admonition.kind {
        AdmonitionType::Quote => "transcript-quote".to_owned(),
        _ => {
            format!("blockquote-tag blockquote-tag-{look} transcript-admonition transcript-{look}")
        }
    };
    format!(
        "<blockquote class=\"{class}{side}\" data-type=\"{name}\">\n{title}\n{body}\n\n</blockquote>"
    )
}

/// Maps an admonition's type to one of mdBook's five kinds.
fn look(kind: AdmonitionType) -> &'static str {
    match kind {
        AdmonitionType::Note
        | AdmonitionType::Abstract
        | AdmonitionType::Info
        | AdmonitionType::Question => "note",
        AdmonitionType::Tip | AdmonitionType::Success => "tip",
        AdmonitionType::Warning => "warning",
        AdmonitionType::Failure | AdmonitionType::Danger | AdmonitionType::Bug => "caution",
        AdmonitionType::Example => "important",
        AdmonitionType::Quote => "quote",
    }
}
