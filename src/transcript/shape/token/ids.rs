//! Addresses, hashes and ids in hexadecimal digits.

use super::part::Token;
use crate::transcript::shape::Kind;

pub(super) fn address(rest: &str) -> Option<Token<'_>> {
    let digits = rest.strip_prefix("0x")?;
    let length = digits
        .find(|c: char| !c.is_ascii_hexdigit())
        .unwrap_or(digits.len());
    (length >= 4).then(|| Token::Value(Kind::Address, &rest[..2 + length]))
}

/// Parses a UUID that is a whole word.
pub(super) fn uuid<'a>(rest: &'a str, before: Option<Token<'a>>) -> Option<Token<'a>> {
    let continues = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    if before.is_some_and(|before| before.text().ends_with(continues)) {
        return None;
    }
    let length = uuid_length(rest)?;
    (!rest[length..].starts_with(continues)).then(|| Token::Value(Kind::Uuid, &rest[..length]))
}

/// Returns the length in bytes of the UUID with which a text begins (RFC 9562): groups of 8, 4, 4, 4 and 12 hexadecimal
/// digits.
pub fn uuid_length(text: &str) -> Option<usize> {
    let mut end = 0;
    for (number, digits) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if number > 0 {
            end += text[end..].strip_prefix('-').map(|_| 1)?;
        }
        let group = text.get(end..end + digits)?;
        group
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit())
            .then_some(())?;
        end += digits;
    }
    Some(end)
}

/// The least number of digits of a hash that Cargo or the compiler puts into a name.
pub const HASH: usize = 16;

/// Parses the hash after the name of a file (`deps/hello-0123456789abcdef`), in an argument of the compiler
/// (`metadata=0123456789abcdef`), or in the name of the file with a type's long name (`hello.long-type-12345678901234567890.txt`).
/// Another hexadecimal number may be a result of the program.
pub(super) fn hash<'a>(rest: &'a str, before: &[Token<'a>]) -> Option<Token<'a>> {
    let word = |back: usize| Some(before.get(before.len().checked_sub(back)?)?.text());
    let digits = match (word(2), word(1)) {
        (Some("type"), Some("-")) if word(4) == Some("long") => hexadecimal(rest),
        (_, Some("-")) | (Some("metadata"), Some("=")) => hash_of_cargo(rest),
        _ => None,
    };
    digits.map(|digits| Token::Value(Kind::Hash, digits))
}

/// Parses a hash as Cargo writes it. Without letters, it may be any number.
pub(super) fn hash_of_cargo(rest: &str) -> Option<&str> {
    let digits = hexadecimal(rest).filter(|digits| digits.len() == HASH)?;
    let has = |is: fn(&u8) -> bool| digits.as_bytes().iter().any(is);
    (has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase)).then_some(digits)
}

/// Parses a long hexadecimal number that is a whole word.
fn hexadecimal(rest: &str) -> Option<&str> {
    let end = rest.find(|c: char| !c.is_ascii_hexdigit());
    let (digits, after) = rest.split_at(end.unwrap_or(rest.len()));
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    (digits.len() >= HASH && !after.starts_with(goes_on)).then_some(digits)
}
