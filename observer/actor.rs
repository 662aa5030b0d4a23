//! The threads: the path and the state of each.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

/// The maximum length of a path in bytes; a longer one is truncated.
const PATH: usize = 96;

/// The place of a thread that is not in the schedule's table.
pub(crate) const UNSCHEDULED: u32 = u32::MAX;

/// The origin of a thread: `0` is the first thread of the program, `0.1` the second that it starts, `0/0` the first
/// thread of the first process that it starts.
#[derive(Clone, Copy)]
pub(crate) struct Path {
    bytes: [u8; PATH],
    length: usize,
}

impl Path {
    pub(crate) fn of(parts: &[&[u8]]) -> Path {
        let mut path = Path {
            bytes: [0; PATH],
            length: 0,
        };
        for &byte in parts.iter().copied().flatten().take(PATH) {
            path.bytes[path.length] = byte;
            path.length += 1;
        }
        path
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Whether it is the first thread of its process.
    pub(crate) fn is_first_thread(&self) -> bool {
        let mut within = self.as_bytes().rsplit(|&byte| byte == b'/');
        within.next().is_none_or(|path| !path.contains(&b'.'))
    }

    /// Whether its process was started by another process of the program.
    pub(crate) fn is_in_child(&self) -> bool {
        self.as_bytes().contains(&b'/')
    }
}

/// A thread. Only the thread itself changes its state, but others may read it: a thread that ends the process logs
/// this for the first one. So the state consists of atomics, without an order between them.
pub(crate) struct Actor {
    pub(crate) path: Path,
    /// The number of started threads.
    pub(crate) threads: Count,
    /// The number of started processes.
    pub(crate) processes: Count,
    /// The number of begun prints.
    pub(crate) prints: Count,
    /// The depth of nested printing calls.
    pub(crate) depth: Count,
    /// Whether it has waited for others since it last printed.
    pub(crate) has_waited: AtomicBool,
    /// The sum of its delays, in microseconds.
    pub(crate) delayed: AtomicU64,
    /// The number of rounds in which its values have ended.
    pub(crate) rounds: Count,
    /// The number of waits whose frames were logged.
    pub(crate) framed: Count,
    /// Its place in the schedule's table, or [`UNSCHEDULED`].
    pub(crate) place: AtomicU32,
    /// Whether it gives the token away, or waits for it.
    pub(crate) is_away: AtomicBool,
    /// The signals that have come while it did not run, as bits.
    pub(crate) signals: AtomicU64,
    random: AtomicU64,
}

impl Actor {
    /// A new thread. `seed` is the seed of the run.
    pub(crate) fn new(path: Path, seed: u64) -> Actor {
        Actor {
            path,
            threads: Count::new(0),
            processes: Count::new(0),
            prints: Count::new(0),
            depth: Count::new(0),
            has_waited: AtomicBool::new(false),
            delayed: AtomicU64::new(0),
            rounds: Count::new(0),
            framed: Count::new(0),
            place: AtomicU32::new(UNSCHEDULED),
            is_away: AtomicBool::new(false),
            signals: AtomicU64::new(0),
            // Never 0: xorshift would stay at 0.
            random: AtomicU64::new((hash(path.as_bytes()) ^ seed) | 1),
        }
    }

    /// The thread that continues in a child of fork(2), with the state of this one.
    pub(crate) fn forked(&self, path: Path, seed: u64) -> Actor {
        Actor {
            depth: Count::new(self.depth.get()),
            has_waited: AtomicBool::new(self.has_waited.load(Relaxed)),
            delayed: AtomicU64::new(self.delayed.load(Relaxed)),
            ..Actor::new(path, seed)
        }
    }

    /// Calls a function that does not count as a part of the program: in it, the thread keeps the token and waits natively.
    pub(crate) fn unscheduled<T>(&self, call: impl FnOnce() -> T) -> T {
        let place = self.place.swap(UNSCHEDULED, Relaxed);
        let result = call();
        self.place.store(place, Relaxed);
        result
    }

    /// A random number below 2⁵³. The same seed gives the same numbers.
    pub(crate) fn random(&self) -> u64 {
        let next = xorshift(self.random.load(Relaxed));
        self.random.store(next, Relaxed);
        next >> 11
    }
}

/// A number that one thread changes.
pub(crate) struct Count(AtomicU32);

impl Count {
    const fn new(number: u32) -> Count {
        Count(AtomicU32::new(number))
    }

    pub(crate) fn get(&self) -> u32 {
        self.0.load(Relaxed)
    }

    pub(crate) fn increase(&self) {
        self.0.store(self.get().wrapping_add(1), Relaxed);
    }

    pub(crate) fn decrease(&self) {
        self.0.store(self.get().saturating_sub(1), Relaxed);
    }
}

/// The next state of a random number generator (xorshift64, by George Marsaglia).
fn xorshift(mut state: u64) -> u64 {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    state
}

/// FNV-1a.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// A number in decimal digits.
pub(crate) struct Digits {
    bytes: [u8; 10],
    start: usize,
}

impl Digits {
    pub(crate) fn of(mut number: u32) -> Digits {
        let mut digits = Digits {
            bytes: [0; 10],
            start: 10,
        };
        loop {
            digits.start -= 1;
            digits.bytes[digits.start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return digits;
            }
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use super::{Actor, Digits, PATH, Path, hash, xorshift};

    #[test]
    fn numbers_have_their_digits() {
        for number in [0, 9, 10, 4_294_967, u32::MAX] {
            assert_eq!(Digits::of(number).as_bytes(), number.to_string().as_bytes());
        }
    }

    #[test]
    fn a_path_tells_whether_a_thread_is_first_and_in_a_child() {
        for (path, is_first_thread, is_in_child) in [
            ("0", true, false),
            ("0.1", false, false),
            ("0/0", true, true),
            ("0.1/0", true, true),
            ("0/0.2", false, true),
            ("0.1/0.3.1", false, true),
        ] {
            let of = Path::of(&[path.as_bytes()]);
            assert_eq!(of.is_first_thread(), is_first_thread, "{path}");
            assert_eq!(of.is_in_child(), is_in_child, "{path}");
        }
    }

    #[test]
    fn a_path_is_joined_and_truncated() {
        assert_eq!(Path::of(&[b"0.1", b"/", b"12"]).as_bytes(), b"0.1/12");
        let long = [b'1'; PATH];
        assert_eq!(Path::of(&[b"0.", &long]).as_bytes().len(), PATH);
    }

    #[test]
    fn random_numbers_depend_on_seed_and_path() {
        let numbers = |path: &str, seed| {
            let actor = Actor::new(Path::of(&[path.as_bytes()]), seed);
            (0..20).map(|_| actor.random()).collect::<Vec<_>>()
        };
        assert_eq!(numbers("0", 7), numbers("0", 7));
        assert_ne!(numbers("0", 7), numbers("0", 9));
        assert_ne!(numbers("0", 7), numbers("0.0", 7));
        // The author's example, for the start 88172645463325252.
        assert_eq!(xorshift(88_172_645_463_325_252), 8_748_534_153_485_358_512);
        // The example of the authors of FNV.
        assert_eq!(hash(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_forked_thread_has_the_state_of_its_parent() {
        let parent = Actor::new(Path::of(&[b"0"]), 1);
        parent.depth.increase();
        parent.prints.increase();
        parent.threads.increase();
        let child = parent.forked(Path::of(&[b"0/0"]), 1);
        assert_eq!(
            (child.depth.get(), child.prints.get(), child.threads.get()),
            (1, 0, 0)
        );
        child.depth.decrease();
        child.depth.decrease();
        assert_eq!((child.depth.get(), parent.depth.get()), (0, 1));
    }
}
