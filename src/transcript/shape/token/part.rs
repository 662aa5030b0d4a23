//! The tokens of a line.

use crate::transcript::shape::Kind;

/// A token of a line. All tokens together are the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// A value that can vary: a number, duration, address or path, including padding.
    Value(Kind, &'a str),
    /// A redacted part.
    Redacted(&'a str),
    /// A run of letters.
    Word(&'a str),
    /// Any other text.
    Other(&'a str),
}

impl<'a> Token<'a> {
    /// Returns the token's text.
    pub fn text(self) -> &'a str {
        match self {
            Token::Value(_, text)
            | Token::Redacted(text)
            | Token::Word(text)
            | Token::Other(text) => text,
        }
    }
}
