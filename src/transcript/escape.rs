//! Escapes a line of output for a text file, so that nothing is lost and nothing does harm in a terminal.

/// Escapes backslashes, control characters, and a trailing space, which editors would strip.
pub fn escape(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    for (at, c) in line.char_indices() {
        let is_last = at + c.len_utf8() == line.len();
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\t' => escaped.push_str("\\t"),
            // The byte order mark isn't a control character, but editors strip it, too.
            c if c.is_control() || c == '\u{feff}' || (is_last && c == ' ') => {
                escaped.extend(c.escape_unicode());
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Reverses [`escape`]; `None` if `line` isn't a result of it.
pub fn unescape(line: &str) -> Option<String> {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let next = rest.chars().next()?;
        rest = &rest[next.len_utf8()..];
        match next {
            '\\' => text.push('\\'),
            't' => text.push('\t'),
            'u' => {
                let (digits, following) = rest.strip_prefix('{')?.split_once('}')?;
                text.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
                rest = following;
            }
            _ => return None,
        }
    }
    text.push_str(rest);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::{escape, unescape};

    #[test]
    fn lines_round_trip() {
        for (line, escaped) in [
            ("plain, größer {}", "plain, größer {}"),
            ("\u{1b}[31m\\n\t", "\\u{1b}[31m\\\\n\\t"),
            ("a  ", "a \\u{20}"),
            ("", ""),
        ] {
            assert_eq!(escape(line), escaped);
            assert_eq!(unescape(escaped).as_deref(), Some(line));
        }
        for wrong in ["\\", "\\x", "\\u", "\\u{", "\\u{d800}", "\\u{}"] {
            assert_eq!(unescape(wrong), None, "{wrong}");
        }
    }
}
