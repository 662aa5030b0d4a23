//! The executions whose demand is known: they share the cores without being measured.

use std::cmp::Reverse;
use std::collections::VecDeque;

use crate::exec::Demand;

/// The highest number of such executions at a time for each core, even of programs that only sleep.
const MOST_PER_CORE: usize = 8;

/// The launches with a known demand that wait for a share of the cores.
#[derive(Debug)]
pub(super) struct Known {
    /// The longest first, so that no long one is left for the end.
    waiting: VecDeque<usize>,
    /// The share of each launch of the schedule, in thousandths of a core; 0 if its demand is not known.
    shares: Vec<usize>,
    /// The thousandths of a core that no execution has taken.
    free: usize,
}

impl Known {
    /// Queues those of the launches whose demand is known. A demand for more than all processors means all.
    pub(super) fn new(demands: &[Demand], processors: usize) -> Known {
        let all = processors * 1000;
        let mut waiting = Vec::new();
        let mut shares = Vec::new();
        for (launch, demand) in demands.iter().enumerate() {
            shares.push(match *demand {
                Demand::Measured | Demand::Unmeasured => 0,
                Demand::Known { millicores, wall } => {
                    waiting.push((Reverse(wall), launch));
                    millicores.clamp(1000 / MOST_PER_CORE, all)
                }
            });
        }
        waiting.sort_unstable();
        Known {
            waiting: waiting.into_iter().map(|(_, launch)| launch).collect(),
            shares,
            free: all,
        }
    }

    /// Takes the first launch for whose share there is room, and its share.
    pub(super) fn next(&mut self) -> Option<usize> {
        let has_room = |&launch: &usize| self.shares[launch] <= self.free;
        let position = self.waiting.iter().position(has_room)?;
        let launch = self.waiting.remove(position)?;
        self.free -= self.shares[launch];
        Some(launch)
    }

    /// Gives back the share of a launch.
    pub(super) fn give_back(&mut self, launch: usize) {
        self.free += self.shares[launch];
    }

    /// Adds a launch that is to start again.
    pub(super) fn add(&mut self, launch: usize) {
        self.waiting.push_back(launch);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Known;
    use crate::exec::Demand;

    #[test]
    fn launches_start_as_long_as_their_shares_fit_the_longest_first() {
        let known = |millicores, seconds| Demand::Known {
            millicores,
            wall: Duration::from_secs(seconds),
        };
        // A program that needs more than all processors, sleeping ones, and one that is measured.
        let demands = [
            known(usize::MAX, 2),
            known(0, 1),
            Demand::Measured,
            known(900, 3),
            known(900, 1),
            known(100, 9),
        ];
        let mut known = Known::new(&demands, 2);
        let mut all = |given_back: &[usize]| {
            given_back
                .iter()
                .for_each(|&launch| known.give_back(launch));
            std::iter::from_fn(|| known.next()).collect::<Vec<_>>()
        };
        // 0.125 + 0.9 + 0.125 cores; another 0.9 would be more than two.
        assert_eq!(all(&[]), [5, 3, 1]);
        assert_eq!(all(&[5]), [4]);
        assert_eq!(all(&[3, 1]), [0; 0]);
        assert_eq!(all(&[4]), [0]);
        assert_eq!(all(&[]), [0; 0]);
    }
}
