//! A launch: a run to execute, with its binary and limits.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::job::{Limits, Processors};
use super::seeded::Seeded;
use crate::plan::Run;
use crate::transcript::folders::Folders;

/// One execution of a run that is to take place.
#[derive(Debug, Clone, Copy)]
pub struct Launch<'a> {
    /// The binary.
    pub binary: &'a Path,
    /// The run.
    pub run: &'a Run,
    /// For a shell: the folder of the programs that it finds by name, prepended to PATH.
    pub programs: Option<&'a Path>,
    /// The folder from which the run's files are copied.
    pub home: &'a Path,
    /// The limits of the execution.
    pub limits: Limits,
    /// The instrumentation; `None`: a native execution.
    pub instrumentation: Option<&'a Instrumentation>,
    /// The demand for processors.
    pub demand: Demand,
    /// The folders of this machine, whose names the transcript does not contain.
    pub folders: &'a Folders,
}

/// The demand of an execution for processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Demand {
    /// It is measured while the program runs, so that the timing is that of the program alone.
    #[default]
    Measured,
    /// It is unknown, and the timing does not matter: the execution is neither stopped nor repeated.
    Unmeasured,
    /// It is known from earlier executions. Such an execution has no timing that readers see.
    Known {
        /// The thousandths of a core.
        millicores: usize,
        /// The expected wall time.
        wall: Duration,
    },
}

/// The differences between an instrumented execution and a native one.
#[derive(Debug, Clone, Default)]
pub struct Instrumentation {
    /// Environment variables that are added.
    pub env: BTreeMap<String, String>,
    /// The processors that the program may use.
    pub processors: Processors,
    /// The seed that decides on the schedule; `None`: the system does.
    pub seeded: Option<Seeded>,
}
