//! A recording of a snippet whose chapter has got another name: the snippet prints its own file, path and crate.

use super::format::Recording;
use super::shape::Part;

impl Recording {
    /// Returns the recording of the same program under a new name, which its output has in place of the `old` one;
    /// `None`: the output does not mention the name.
    #[must_use]
    pub fn with_program_named(&self, old: &str, new: &str) -> Option<Recording> {
        let mut recording = self.clone();
        let templates = recording.shape.templates.iter_mut();
        let parts = templates.flat_map(|template| &mut template.parts);
        let texts = parts.filter_map(|part| match part {
            Part::Text(text) => Some(text),
            Part::Hole(_) | Part::Redacted(_) | Part::Any | Part::End => None,
        });
        let lines = recording.transcript.lines.iter_mut();
        let lines = lines.map(|line| &mut line.text);
        let mut is_mentioned = false;
        for text in texts.chain(lines) {
            let renamed = renamed(text, old, new);
            is_mentioned |= renamed != *text;
            *text = renamed;
        }
        is_mentioned.then_some(recording)
    }
}

/// A text with another name of a program, where that is part of its file (`old-1.rs`) or its executable
/// (`examples/old-1`), or is its crate (`old_1::main`). May contain ANSI sequences.
fn renamed(text: &str, old: &str, new: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let with = |text: &str, old: &str, new: &str, fits: &dyn Fn(&str, &str) -> bool| {
        let mut all = String::new();
        let mut end = 0;
        for (at, _) in text.match_indices(old) {
            let (before, after) = (&text[..at], &text[at + old.len()..]);
            let begins = !before.ends_with(is_part) || ends_with_sequence(before);
            if begins && !after.starts_with(is_part) && fits(before, after) {
                all.push_str(&text[end..at]);
                all.push_str(new);
                end = at + old.len();
            }
        }
        all + &text[end..]
    };
    let text = with(text, old, new, &|before, after| {
        let rest = after.strip_prefix(".rs");
        before.ends_with("examples/") || rest.is_some_and(|rest| !rest.starts_with(is_part))
    });
    let [old, new] = [old, new].map(|name| name.replace('-', "_"));
    with(&text, &old, &new, &|_, _| true)
}

/// Returns whether a text ends with an ANSI sequence for colors and styles.
fn ends_with_sequence(text: &str) -> bool {
    let sequence = text.rsplit_once("\u{1b}[").map(|(_, sequence)| sequence);
    let codes = sequence.and_then(|sequence| sequence.strip_suffix('m'));
    codes.is_some_and(|codes| codes.bytes().all(|it| it.is_ascii_digit() || it == b';'))
}

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn names_of_a_program_are_replaced() {
        for (text, expected) in [
            (
                "panicked at old-1.rs:2:5:",
                "panicked at deep-new-1.rs:2:5:",
            ),
            ("   --> old-1.rs:1:3", "   --> deep-new-1.rs:1:3"),
            ("at ./old-1.rs:1", "at ./deep-new-1.rs:1"),
            (
                "target/debug/examples/old-1 and old-1.rs",
                "target/debug/examples/deep-new-1 and deep-new-1.rs",
            ),
            ("   5: old_1::main", "   5: deep_new_1::main"),
            ("old-1", "old-1"),
            ("old-12.rs", "old-12.rs"),
            ("an-old-1.rs", "an-old-1.rs"),
            ("old-1.rst", "old-1.rst"),
            ("in old_1", "in deep_new_1"),
            ("old_12", "old_12"),
            (
                "\u{1b}[0m\u{1b}[1;32mold-1.rs:1",
                "\u{1b}[0m\u{1b}[1;32mdeep-new-1.rs:1",
            ),
            ("8mold-1.rs", "8mold-1.rs"),
        ] {
            assert_eq!(renamed(text, "old-1", "deep-new-1"), expected, "{text}");
        }
    }
}
