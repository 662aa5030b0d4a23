//! The steps that lead from a book to its pages, its report or its recordings.

pub mod findings;
pub mod make;
pub mod needs;
pub mod obtain;
pub mod pages;
pub mod select;
pub mod shelf;
pub mod threads;
pub mod values;
pub mod watched;
