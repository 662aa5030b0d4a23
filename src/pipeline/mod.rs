//! The steps from a book to its pages, its report or its recordings, each a function from one value to the next:
//!
//! ```text
//! Book ─lessons─▶ Lessons ─plan─▶ Plan ─obtain─▶ Outcomes ─render─▶ Pages
//! ```
//!
//! `execute` builds and runs programs for `obtain`, `check` and `record`, and `renew` makes the recordings of the last;
//! `observe` executes them under the observer, and `once` and `seeded` execute a single run for `run`. `probe` is a
//! program of our own, for `doctor`.

pub mod editions;
pub mod execute;
pub mod failures;
pub mod folders;
pub mod included;
pub mod lessons;
pub mod not_recorded;
pub mod observe;
pub mod obtain;
pub mod once;
pub mod open;
pub mod orphans;
pub mod plan;
pub mod probe;
pub mod record;
pub mod remarks;
pub mod render;
pub mod renew;
pub mod seeded;
pub mod select;
pub mod sources;
pub mod threads;
pub mod values;
