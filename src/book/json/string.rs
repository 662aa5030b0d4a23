//! JSON strings, read where they stand, and written.

use std::str::{Utf8Error, from_utf8};

/// A text as a JSON string, as serde_json writes it.
pub(super) fn quoted(text: &str) -> serde_json::Result<String> {
    // It looks at byte after byte. Three alone are in every chapter and can be looked for many at a time.
    let is_rare = |byte: u8| byte < b' ' && byte != b'\n';
    if text.bytes().fold(false, |any, byte| any | is_rare(byte)) {
        return serde_json::to_string(text);
    }
    let mut json = String::with_capacity(text.len() + text.len() / 8);
    json.push('"');
    let mut at = 0;
    for escaped in memchr::memchr3_iter(b'"', b'\\', b'\n', text.as_bytes()) {
        json.push_str(&text[at..escaped]);
        json.push('\\');
        // All but a line's end stand behind the backslash as they are.
        at = match text.as_bytes()[escaped] {
            b'\n' => {
                json.push('n');
                escaped + 1
            }
            _ => escaped,
        };
    }
    json.push_str(&text[at..]);
    json.push('"');
    Ok(json)
}

/// Whether a JSON value is a string that [`unescaped`] can read: all but very few are.
pub(super) fn is_simple(json: &str) -> bool {
    let json = json.as_bytes();
    // The byte behind a backslash says which escape it is.
    let mut at = 0;
    while let Some(escape) = memchr::memchr(b'\\', &json[at..]) {
        at += escape + 2;
        if !matches!(json.get(at - 1), Some(b'n' | b't' | b'r' | b'"' | b'\\')) {
            return false;
        }
    }
    json.first() == Some(&b'"')
}

/// The text of a JSON string that [`is_simple`]. It is read where it stands: the bytes behind it are nobody's
/// any more.
///
/// # Errors
/// It is no UTF-8.
pub(super) fn unescaped(json: &mut [u8]) -> Result<&str, Utf8Error> {
    let end = json.len().saturating_sub(1);
    let inner = json.get_mut(1..end).unwrap_or_default();
    let (mut from, mut to) = (0, 0);
    while let Some(length) = memchr::memchr(b'\\', &inner[from..]) {
        inner.copy_within(from..from + length, to);
        to += length;
        inner[to] = match inner[from + length + 1] {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            itself => itself,
        };
        to += 1;
        from += length + 2;
    }
    inner.copy_within(from.., to);
    let length = to + inner.len() - from;
    from_utf8(&inner[..length])
}

#[cfg(test)]
mod tests {
    use super::{is_simple, quoted, unescaped};

    #[test]
    fn strings_are_what_serde_json_reads_and_writes() {
        let read = |json: &str| match is_simple(json) {
            true => unescaped(&mut json.as_bytes().to_vec())
                .ok()
                .map(str::to_owned),
            false => serde_json::from_str(json).ok(),
        };
        for text in [
            "",
            "\n",
            "a \"b\" \\ c\n\nä \u{2028}\u{7f}",
            "\\\"\n",
            "\ta\r\n\0\u{1b}[0m\"",
        ] {
            let json = serde_json::to_string(text).expect("it is a string");
            assert_eq!(quoted(text).expect("it is a string"), json, "{text:?}");
            assert_eq!(read(&json).as_deref(), Some(text), "{json}");
        }
        for json in [
            r#""\u00e4\/\ud83d\ude00\b\n""#,
            r#""\ud83d""#,
            "null",
            "[\"a\"]",
            "7",
        ] {
            let expected = serde_json::from_str::<String>(json);
            assert_eq!(read(json), expected.ok(), "{json}");
        }
    }
}
