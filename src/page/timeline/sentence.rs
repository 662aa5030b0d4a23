//! The same in words, for renderers that have no pictures.
