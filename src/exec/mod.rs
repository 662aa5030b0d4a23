//! Execution of runs: one binary → one transcript.
//!
//! ```text
//!  this process ── job ──▶ supervisor ── starts ──▶ program ── starts ──▶ …
//!               ◀ usage ─            ◀── output ───         ◀─ output ──
//!               ◀ report ─           ─── kills ───▶ all of them
//! ```
//!
//! A [`supervisor`] process stands between this process and each program, so that no process started by
//! the program outlives its execution, whatever the program does and even if this process is killed. Another process
//! keeps the [`temporary`] folders, and removes them in that case.
//! [`schedule`] decides which executions share the machine.

pub mod events;
pub mod folder;
pub mod helper;
pub mod job;
pub mod launch;
pub mod monitor;
pub mod outcome;
pub mod output;
pub mod process_tree;
#[cfg(target_os = "linux")]
pub mod procfs;
pub mod program;
pub mod sampler;
pub mod schedule;
pub mod seeded;
#[cfg(target_os = "linux")]
pub mod snapshot;
#[cfg(target_os = "linux")]
pub mod stamped;
pub mod supervised;
pub mod supervisor;
pub mod temporary;
#[cfg(target_os = "linux")]
pub mod with_parent;

pub use job::{AtTimeout, Excess, Limits, Processors};
pub use launch::{Demand, Instrumentation, Launch};
pub use outcome::{Finished, RunError, failure, warn_of_failure};
