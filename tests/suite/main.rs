//! The tool seen from outside: a small whole book, a command, and its output.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]
#![expect(unreachable_pub, reason = "nobody reaches into a test")]

mod annotations;
mod apart;
mod books;
mod browser;
mod build;
mod cargo;
#[cfg(target_os = "linux")]
mod change;
mod check;
mod ci;
mod compiled_in;
#[cfg(target_os = "linux")]
mod corpus;
mod cut;
#[cfg(target_os = "linux")]
mod determinism;
#[cfg(target_os = "linux")]
mod doctor;
mod editions;
mod editor;
mod export;
mod failures;
mod features;
mod folders;
mod foreign;
mod formats;
mod freshness;
mod guide;
mod holes;
mod hostile;
mod house;
#[cfg(target_os = "linux")]
mod ids;
mod included;
mod install;
#[cfg(target_os = "linux")]
mod kills;
mod list;
mod listings;
mod mdbook;
mod messages;
mod misspelled;
#[cfg(target_os = "linux")]
mod mutants;
mod new;
#[cfg(target_os = "linux")]
mod observer;
mod open_tab;
mod oracle;
#[cfg(unix)]
mod others;
mod pages;
mod panics;
mod paper;
mod preprocess;
mod project;
mod properties;
mod prose;
mod purposes;
mod reader;
#[cfg(target_os = "linux")]
mod ready;
mod record;
#[cfg(target_os = "linux")]
mod redactions;
mod renderers;
mod replay;
mod replay_lines;
#[cfg(unix)]
mod review;
#[cfg(target_os = "linux")]
mod run;
mod schedules;
mod seed_fences;
mod seeds;
mod serve;
mod shape_properties;
mod shapes;
#[cfg(unix)]
mod shell;
mod slow;
#[cfg(unix)]
mod terminal;
mod timeline;
mod titles;
mod tracked;
#[cfg(target_os = "linux")]
mod tracks;
mod truth;
mod tutorial;
mod unfinished;
#[cfg(target_os = "linux")]
mod unseen;
mod values;
mod versions;
mod words;
#[cfg(target_os = "linux")]
mod workflows;
