//! The token: of all threads of a run, one at a time has it and runs. The others wait for a thread to give it away,
//! and the seed decides who gets it next.
//!
//! Both the observer and the tool's supervisor compile this folder. [`table`] decides: it is a pure state machine,
//! without memory or system calls of its own. [`ids`] has the virtual ids of processes and threads. [`shared`] puts both
//! into a file that all processes of the run map.

pub mod chance;
pub mod effect;
pub mod ids;
pub mod shared;
pub mod table;
pub mod thread;
pub mod timers;
