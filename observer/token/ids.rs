//! Virtual ids of processes and threads. The kernel's ids depend on all that happens on the machine; these depend on the
//! seed, and on the order in which the execution creates processes and threads.
//!
//! All fields are atomic, so that a signal's handler can translate an id whatever it has interrupted.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

use super::chance::{Chance, Strategy};
use super::table::{Plan, THREADS};

/// The lowest virtual id. All ids of the kernel are lower (`PID_MAX_LIMIT` on 64-bit Linux), so none is both.
pub const LOWEST: u32 = 1 << 22;
/// The number of first ids, and the distance between two: executions that run side by side rarely share an id, which may
/// be part of a file's name.
const FIRSTS: u64 = 50_000;
const DISTANCE: u32 = 100;
/// The lowest first id: all that an execution gets as a rule have seven digits.
const LOWEST_FIRST: u32 = 5_000_000;
/// The highest number of ids that are known at a time.
const IDS: usize = 4 * THREADS;

/// The virtual ids of a run.
#[repr(C)]
#[derive(Debug)]
pub struct Ids {
    /// The first id.
    first: AtomicU32,
    /// The number of ids so far.
    given: AtomicU32,
    /// The number of entries that have ever been used.
    used: AtomicU32,
    /// Padding, 0.
    unused: u32,
    entries: [Entry; IDS],
}

/// A virtual id and the kernel's.
#[repr(C)]
#[derive(Debug)]
struct Entry {
    /// The virtual id, and in the lower half the kernel's, perhaps with [`OVER`]; 0: the entry is free.
    pair: AtomicU64,
    /// The virtual id of its process.
    process: AtomicU32,
    /// Padding, 0.
    unused: u32,
}

/// The process was waited for, so that only its group may still have this id.
const OVER: u64 = 1 << 31;

impl Entry {
    fn id(&self) -> u32 {
        (self.pair.load(SeqCst) >> 32) as u32
    }

    fn real(&self) -> u32 {
        (self.pair.load(SeqCst) & (OVER - 1)) as u32
    }

    fn is_over(&self) -> bool {
        self.pair.load(SeqCst) & OVER != 0
    }
}

impl Ids {
    /// Begins an execution, in which no id was given. The first id follows from its plan.
    pub fn begin(&self, plan: &Plan) {
        let strategy = match plan.strategy {
            Strategy::Random => 0,
            Strategy::Sticky(times) => 1 + u64::from(times),
            Strategy::Pct => 1 << 16,
        };
        let of_plan = plan.seed ^ (strategy << 32) ^ (u64::from(plan.is_late) << 63);
        let number = Chance::of_seed(of_plan).below(FIRSTS) as u32;
        self.first.store(LOWEST_FIRST + number * DISTANCE, SeqCst);
        self.given.store(0, SeqCst);
        self.used.store(0, SeqCst);
    }

    /// Changes the first id by what else makes the execution another one, as a number.
    pub fn vary(&self, by: u64) {
        let number = (self.first() - LOWEST_FIRST) / DISTANCE;
        let number = (u64::from(number) + by % FIRSTS) % FIRSTS;
        self.first
            .store(LOWEST_FIRST + number as u32 * DISTANCE, SeqCst);
    }

    /// The first id: the supervisor's.
    pub fn first(&self) -> u32 {
        self.first.load(SeqCst)
    }

    /// Gives the next id.
    pub fn give(&self) -> u32 {
        self.first() + self.given.fetch_add(1, SeqCst)
    }

    /// Whether no id was given yet.
    pub fn is_new(&self) -> bool {
        self.given.load(SeqCst) == 0
    }

    /// Binds an id to the kernel's id of its owner, which belongs to this process. Returns false if there is no room. The
    /// kernel tells 0 of a process that the asking one cannot see: it has no id that could be used.
    pub fn bind(&self, id: u32, real: u32, process: u32) -> bool {
        if real == 0 {
            return true;
        }
        let is_bound = |entry: &Entry| entry.real() == real && !entry.is_over();
        if self.entry(id).is_some_and(is_bound) {
            return true;
        }
        // The kernel gives an id again after its owner is gone.
        for entry in self.entries().filter(|entry| entry.real() == real) {
            entry.pair.store(0, SeqCst);
        }
        let new = u64::from(id) << 32 | u64::from(real);
        if let Some(entry) = self.entry(id) {
            entry.pair.store(new, SeqCst);
            return true;
        }
        while let Some(entry) = self.room() {
            let old = entry.pair.load(SeqCst);
            if entry
                .pair
                .compare_exchange(old, new, SeqCst, SeqCst)
                .is_ok()
            {
                entry.process.store(process, SeqCst);
                return true;
            }
        }
        false
    }

    /// The virtual id of the owner of a kernel's id.
    pub fn of(&self, real: u32) -> Option<u32> {
        let mut entries = self.entries();
        let entry = entries.find(|entry| real != 0 && entry.real() == real)?;
        Some(entry.id())
    }

    /// The kernel's id of a process or thread.
    pub fn real(&self, id: u32) -> Option<u32> {
        let entry = self.entry(id).filter(|entry| !entry.is_over())?;
        Some(entry.real())
    }

    /// The kernel's id of a group or session of processes, whose first process may be gone.
    pub fn real_group(&self, id: u32) -> Option<u32> {
        self.entry(id).map(Entry::real)
    }

    /// The thread with this id has ended, or the process was waited for.
    pub fn end(&self, id: u32) {
        if let Some(entry) = self.entry(id) {
            if entry.process.load(SeqCst) == id {
                entry.pair.fetch_or(OVER, SeqCst);
            } else {
                entry.pair.store(0, SeqCst);
            }
        }
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        let used = self.used.load(SeqCst) as usize;
        self.entries.iter().take(used)
    }

    fn entry(&self, id: u32) -> Option<&Entry> {
        self.entries().find(|entry| id != 0 && entry.id() == id)
    }

    /// An entry for another id: a free one, or one whose process is over.
    fn room(&self) -> Option<&Entry> {
        if let Some(free) = self.entries().find(|entry| entry.id() == 0) {
            return Some(free);
        }
        let next = self.used.load(SeqCst) as usize;
        if let Some(entry) = self.entries.get(next) {
            self.used.fetch_max(next as u32 + 1, SeqCst);
            return Some(entry);
        }
        let is_over = |entry: &&Entry| self.real(entry.process.load(SeqCst)).is_none();
        self.entries()
            .filter(is_over)
            .min_by_key(|entry| entry.id())
    }
}

#[cfg(test)]
mod tests {
    use std::boxed::Box;
    use std::vec::Vec;

    use super::super::chance::Strategy;
    use super::super::table::Plan;
    use super::{AtomicU32, AtomicU64, Entry, IDS, Ids, LOWEST};

    const PLAN: Plan = Plan {
        seed: 7,
        strategy: Strategy::Random,
        is_late: false,
        limit: 0,
    };

    fn ids(plan: &Plan) -> Box<Ids> {
        let entries = core::array::from_fn(|_| Entry {
            pair: AtomicU64::new(0),
            process: AtomicU32::new(0),
            unused: 0,
        });
        let ids = Box::new(Ids {
            first: AtomicU32::new(0),
            given: AtomicU32::new(0),
            used: AtomicU32::new(0),
            unused: 0,
            entries,
        });
        ids.begin(plan);
        ids
    }

    #[test]
    fn ids_follow_from_the_name_of_the_execution() {
        let given = |plan: &Plan| {
            let ids = ids(plan);
            assert!(ids.is_new());
            [(); 3].map(|()| ids.give())
        };
        let first = given(&PLAN);
        assert_eq!(first, [first[0], first[0] + 1, first[0] + 2]);
        assert_eq!(given(&PLAN), first);
        for other in [
            Plan { seed: 8, ..PLAN },
            Plan {
                is_late: true,
                ..PLAN
            },
            Plan {
                strategy: Strategy::Pct,
                ..PLAN
            },
        ] {
            assert_ne!(given(&other), first, "{other:?}");
        }
        let varied = ids(&PLAN);
        varied.vary(3);
        assert_ne!(varied.give(), first[0]);
        varied.vary(u64::MAX);
        assert!((LOWEST..10_000_000).contains(&varied.give()));
        let firsts = (0..1000).map(|seed| given(&Plan { seed, ..PLAN })[0]);
        assert!(firsts.into_iter().all(|id| id > LOWEST && id < 10_000_000));
    }

    #[test]
    fn ids_are_translated_in_both_directions() {
        let ids = ids(&PLAN);
        let [process, thread] = [(); 2].map(|()| ids.give());
        assert!(ids.bind(process, 40, process));
        assert!(ids.bind(thread, 41, process));
        assert_eq!((ids.of(40), ids.of(41)), (Some(process), Some(thread)));
        assert_eq!((ids.real(process), ids.real(thread)), (Some(40), Some(41)));
        assert!(ids.bind(thread + 1, 0, process));
        assert_eq!((ids.of(42), ids.of(0)), (None, None));
        assert_eq!((ids.real(thread + 1), ids.real(0)), (None, None));
    }

    #[test]
    fn an_ended_thread_is_forgotten_and_a_process_leaves_its_group() {
        let ids = ids(&PLAN);
        let [process, thread] = [(); 2].map(|()| ids.give());
        ids.bind(process, 40, process);
        ids.bind(thread, 41, process);
        ids.end(thread);
        assert_eq!((ids.of(41), ids.real(thread)), (None, None));
        assert_eq!(ids.real_group(thread), None);
        ids.end(process);
        assert_eq!(ids.real(process), None);
        assert_eq!(
            (ids.real_group(process), ids.of(40)),
            (Some(40), Some(process))
        );
    }

    #[test]
    fn an_id_that_the_kernel_gives_again_belongs_to_its_new_owner() {
        let ids = ids(&PLAN);
        let [old, new] = [(); 2].map(|()| ids.give());
        ids.bind(old, 40, old);
        ids.bind(new, 40, new);
        assert_eq!((ids.of(40), ids.real(old)), (Some(new), None));
    }

    #[test]
    fn there_is_room_again_when_processes_are_over() {
        let ids = ids(&PLAN);
        let bind = |real: u32| {
            let id = ids.give();
            ids.bind(id, real, id).then_some(id)
        };
        let all: Vec<u32> = (0..IDS as u32).map_while(|real| bind(real + 1)).collect();
        assert_eq!(all.len(), IDS);
        assert_eq!(bind(90_000), None);
        ids.end(all[5]);
        let new = bind(90_000).unwrap_or_default();
        assert_eq!(
            (ids.real_group(all[5]), ids.real(new)),
            (None, Some(90_000))
        );
        assert_eq!(ids.real(all[4]), Some(5));
        // A process was killed with its threads.
        ids.end(all[6]);
        let thread = ids.give();
        assert!(ids.bind(thread, 90_001, all[7]));
        ids.end(all[7]);
        assert!(bind(90_002).is_some() && bind(90_003).is_some());
        assert_eq!(ids.real(thread), None);
    }
}
