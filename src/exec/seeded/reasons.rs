//! The reasons why a seeded execution has no outcome.

use super::token::table::Obstacle;

/// The reason why a seeded execution has failed whose table nobody can use.
pub(super) const BROKEN: &str = "a process was killed while it changed the schedule";

/// The reason why a seeded execution has failed in which nobody could go on after a leak.
pub(super) const STUCK_OUTSIDE: &str =
    "it cannot be seeded: it waits in calls that are not emulated";

/// The reason why a seeded execution has failed with this obstacle.
pub(super) fn words(obstacle: Obstacle) -> Option<&'static str> {
    match obstacle {
        Obstacle::None => None,
        Obstacle::Timer => Some(
            "it cannot be seeded: it sets a timer of processor time, or one that starts a thread",
        ),
        Obstacle::Signal => {
            Some("it cannot be seeded: it sends a signal whose effect cannot be emulated")
        }
        Obstacle::Cancel => Some("it cannot be seeded: it cancels a thread"),
        Obstacle::Threads => Some("it cannot be seeded: it has too many threads at a time"),
        Obstacle::Start => {
            Some("it cannot be seeded: it starts a process as `daemon` and `forkpty` do")
        }
        Obstacle::Ids => {
            Some("it cannot be seeded: it asks the system for ids of processes, as by `/proc`")
        }
    }
}
