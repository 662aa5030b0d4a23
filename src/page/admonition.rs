//! Admonitions as HTML: mdBook's own, or one that can be folded away.

use super::titles::Titles;
use crate::lesson::Admonition;
use crate::lesson::admonition::{Fold, Place, Type};

/// An admonition around a body, which is Markdown.
pub fn admonition(admonition: &Admonition, titles: &Titles, body: &str) -> String {
    let title = admonition
        .title
        .as_deref()
        .map(|title| titles.inline(title).0);
    // A class `warning` would be mdBook's own, with a sign beside it.
    let look = look(admonition.kind);
    let name = admonition.kind.name();
    let beside = match admonition.place {
        Place::Own => "",
        Place::Start => " transcript-inline",
        Place::End => " transcript-inline-end",
    };
    if admonition.fold != Fold::Never {
        let open = match admonition.fold {
            Fold::Open => " open=\"open\"",
            _ => "",
        };
        let title = title.unwrap_or_default();
        return format!(
            "<details class=\"transcript-admonition transcript-{look}{beside}\" data-type=\"{name}\"{open}>\n<summary>{title}</summary>\n\n\
             {body}\n\n</details>"
        );
    }
    let title = match title {
        Some(title) => format!("<p class=\"blockquote-tag-title\">{title}</p>\n"),
        None => String::new(),
    };
    let class = match admonition.kind {
        Type::Quote => "transcript-quote".to_owned(),
        _ => {
            format!("blockquote-tag blockquote-tag-{look} transcript-admonition transcript-{look}")
        }
    };
    format!(
        "<blockquote class=\"{class}{beside}\" data-type=\"{name}\">\n{title}\n{body}\n\n</blockquote>"
    )
}

/// Which of mdBook's five kinds of admonition stands for a type.
fn look(kind: Type) -> &'static str {
    match kind {
        Type::Note | Type::Abstract | Type::Info | Type::Question => "note",
        Type::Tip | Type::Success => "tip",
        Type::Warning => "warning",
        Type::Failure | Type::Danger | Type::Bug => "caution",
        Type::Example => "important",
        Type::Quote => "quote",
    }
}
