//! Every output in the book is a transcript of a real run, and stays true.
//!
//! This crate is the program `mdbook-transcript`; its modules are public for its own tests. THE MAP:
//!
//! ```text
//!  mdBook's JSON ─ book ─▶ chapters ─ lesson::parse ─▶ Lesson: blocks with byte spans
//!                                                        │
//!              example::plan: the runs the lessons need, each once, with every place that asks
//!                                                        │
//!              stages::obtain:   recorded and not stale ─▶ example::store  (no process is started)
//!                                made, and unchanged    ─▶ example::cache  (nor here)
//!                                otherwise ─▶ example::build ─▶ example::schedule ─▶ Transcript
//!                                (what is run from a page has no file: example::build::pages writes it)
//!                                                                       │   ▲
//!                            example::run: a supervisor for each run ◀──┘   └── lines, times, exit
//!                                                        │
//!       stages::pages, page:   block + transcript ─▶ replacement text ─▶ lesson::splice
//!                                                        │
//!  mdBook's JSON ◀ book ◀──────────────────────────── chapters
//!
//!  record:  every run, again and again, disturbed: example::{observer, record} ─▶ recordings
//!           recordings ─ transcript::shape::learn ─▶ Shape ─ transcript::format ─▶ example::store
//!           and once more, as it is, watched: example::observer::tracks ─▶ the Transcript that readers see
//!  new:     a program, a chapter, its line by book::summary, then record
//!  export:  recorded ─ page::cast ─▶ a file for players of terminal recordings
//!  check:   every run, afresh ─▶ transcript::compare(recorded shape, fresh) ─▶ differences ─▶ report
//! ```
//!
//! Imports run one way: `main → cli, commands → stages → everything below`, where a stage is what several
//! commands go through; `page`, `example → lesson, transcript`; `lesson → transcript`; `transcript`,
//! `config`, `book`, `report`, `interrupt`, `stdio` import nothing of ours.
//! `lesson`, `transcript`, `page`, `report`, `config` and `example::{partition, plan, source}` are pure:
//! text and values in, text and values out, no file, process, clock or environment. A test reads the sources and
//! holds both. The observer, which is preloaded into programs, is the crate in `observer/`: this one carries its sources.

pub mod cli;
pub mod commands;
pub mod stages;

pub mod book;
pub mod config;
pub mod lesson;

pub mod example;
pub mod transcript;

pub mod page;
pub mod report;

pub mod interrupt;
pub mod stdio;
