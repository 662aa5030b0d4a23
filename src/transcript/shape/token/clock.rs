//! Times of day and dates.

use super::part::Token;
use crate::transcript::shape::Kind;

/// Parses a time of day or a date that doesn't continue a number.
pub(super) fn clock<'a>(rest: &'a str, before: Option<Token<'a>>) -> Option<Token<'a>> {
    let continues = |c: char| c.is_ascii_digit() || matches!(c, ':' | '-' | '.');
    if before.is_some_and(|before| before.text().ends_with(continues)) {
        return None;
    }
    let length = clock_length(rest)?;
    let is_over =
        !rest[length..].starts_with(|c: char| c.is_ascii_digit() || matches!(c, ':' | '-'));
    is_over.then(|| Token::Value(Kind::Clock, &rest[..length]))
}

/// Returns the length in bytes of a time of day (`19:45:00.123`), a date (`2026-11-27`), or both with a `T` between them
/// and a time zone (`2026-11-27T19:45:00Z`, ISO 8601), with which a text begins.
pub fn clock_length(text: &str) -> Option<usize> {
    let Some(date) = date_length(text) else {
        return time_length(text);
    };
    let Some(time) = text[date..].strip_prefix('T').and_then(time_length) else {
        return Some(date);
    };
    let length = date + 1 + time;
    Some(length + zone_length(&text[length..]))
}

/// Returns the number of two digits at this place, below a bound.
fn two_digits(text: &str, at: usize, below: u8) -> Option<usize> {
    let digits = text.get(at..at + 2)?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && digits.parse::<u8>().ok()? < below).then_some(at + 2)
}

fn date_length(text: &str) -> Option<usize> {
    let year = text.get(..4)?.bytes().all(|byte| byte.is_ascii_digit());
    let parts = text.get(4..5)? == "-" && text.get(7..8)? == "-";
    (year && parts).then_some(())?;
    two_digits(text, 5, 13)?;
    two_digits(text, 8, 32)
}

fn time_length(text: &str) -> Option<usize> {
    (text.get(2..3)? == ":" && text.get(5..6)? == ":").then_some(())?;
    two_digits(text, 0, 24)?;
    two_digits(text, 3, 60)?;
    // A leap second is the sixty-first.
    let length = two_digits(text, 6, 61)?;
    let fraction = text[length..].strip_prefix(['.', ',']).unwrap_or("");
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    Some(length + if digits > 0 { 1 + digits } else { 0 })
}

fn zone_length(text: &str) -> usize {
    if text.starts_with('Z') {
        return 1;
    }
    let is_offset = text.starts_with(['+', '-']) && text.get(3..4) == Some(":");
    let offset = two_digits(text, 1, 24).and_then(|_| two_digits(text, 4, 60));
    offset.filter(|_| is_offset).unwrap_or(0)
}
