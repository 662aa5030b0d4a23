//! Every output in the book is a transcript of a real run, and stays true.
//!
//! This crate is the program `mdbook-transcript`; its modules are public for its own tests. THE MAP:
//!
//! ```text
//!  Book ─parse─▶ Lessons ─plan─▶ Plan ─obtain─▶ Outcomes ─render─▶ Pages       `build`, the preprocessor
//!                                                      └─compare─▶ Report      `check`
//!                                                      └─learn───▶ Recordings  `record`
//!
//!  commands    each command as a list of steps
//!  pipeline    the steps between those values
//!  session     config, recordings and cache: the parts that every command opens once
//!
//!  page        block + transcript → what the reader sees
//!  learn       executions → Shape; compare: Shape + Transcript → findings
//!  observe     the host side of the observer, the object that is preloaded into a program: a crate, in observer/
//!  exec        a run → Transcript: supervisors, seeds, and the schedule over cores
//!  cargo       targets, manifests, builds: all that talks to Cargo
//!  recordings  committed recordings, cached transcripts, and the inputs that decide on freshness
//!  progress    the line on a terminal that tells what is being built and executed; ask: questions to the person at it
//!  report      diagnostics → text, GitHub, JUnit, JSON
//!  plan        blocks → runs, each once, with every place that asks for it
//!  book        mdBook's book in and out; lesson: a chapter's Markdown → blocks; config: book.toml
//!  transcript  Transcript, Line, Shape as data, and the format of their file
//!  diagnostic  everything that is reported to a person, as data: severity, kind, places, notes, help
//! ```
//!
//! Each of these modules is called a room. Imports run one way, down that list, and form no circle, neither between
//! rooms nor inside one; `cli` is just below `commands`, and the files beside this one that are not listed are at the
//! bottom.
//! `book` (but for opening one), `config`, `diagnostic`, `lesson`, `plan`, `transcript`, `compare`, `learn::shape`,
//! `page` and `report` are pure: text and values in, text and values out, no file, process, clock or environment.
//! A test reads the sources and holds both.

pub mod cli;
pub mod commands;
pub mod pipeline;
pub mod session;

pub mod page;
pub mod report;

pub mod compare;
pub mod learn;
pub mod observe;

pub mod cargo;
pub mod exec;
pub mod recordings;

pub mod plan;

pub mod book;
pub mod config;
pub mod lesson;
pub mod transcript;

pub mod diagnostic;

pub mod ask;
pub mod browser;
pub mod files;
pub mod hash;
pub mod interrupt;
pub mod progress;
pub mod spelling;
pub mod stdio;
