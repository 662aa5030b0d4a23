//! A place in a chapter.

use std::ops::Range;

/// A range of bytes in the author's chapter.
pub type Span = Range<usize>;
