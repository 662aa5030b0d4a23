//! A place in a chapter.

use std::ops::Range;

/// Bytes of the author's chapter.
pub type Span = Range<usize>;
