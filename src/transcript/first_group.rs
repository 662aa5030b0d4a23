//! The group of a regular expression that a redaction replaces: the first one that takes part in a match.

use regex_syntax::hir::{Hir, HirKind};

/// Returns whether there is a match in which the first group that takes part is empty.
pub(super) fn may_be_empty(pattern: &str) -> bool {
    regex_syntax::parse(pattern).is_ok_and(|regex| Group::of(&regex).may_be_empty)
}

/// The first group of a part of a regular expression that takes part in a match.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    /// Whether there is one in every match.
    is_in_all: bool,
    /// Whether it can match an empty text.
    may_be_empty: bool,
}

impl Group {
    /// Returns the group of a part.
    fn of(regex: &Hir) -> Group {
        let mut group = Group::default();
        match regex.kind() {
            // Groups inside this one come later.
            HirKind::Capture(inner) => {
                group.is_in_all = true;
                group.may_be_empty = inner.sub.properties().minimum_len() == Some(0);
            }
            HirKind::Repetition(repeated) => {
                group = Group::of(&repeated.sub);
                group.is_in_all &= repeated.min > 0;
            }
            HirKind::Concat(parts) => {
                for part in parts.iter().map(Group::of) {
                    group.may_be_empty |= part.may_be_empty;
                    if part.is_in_all {
                        group.is_in_all = true;
                        break;
                    }
                }
            }
            HirKind::Alternation(parts) => {
                let parts: Vec<Group> = parts.iter().map(Group::of).collect();
                group.is_in_all = parts.iter().all(|part| part.is_in_all);
                group.may_be_empty = parts.iter().any(|part| part.may_be_empty);
            }
            HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
        }
        group
    }
}
