//! The choices of one execution: its random numbers, and the strategy by which they choose the next thread.

/// A strategy for the choice of the next thread.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Each ready thread is as likely as any other.
    Random,
    /// The thread that had the token keeps it, if it can, so many times in a thousand; otherwise as `Random`.
    Sticky(u32),
    /// Each thread has a random priority, and the highest runs. At a few random points, the running thread gets a low
    /// one ("A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs", Burckhardt and others, 2010).
    Pct,
}

/// The number of points at which [`Strategy::Pct`] lowers a priority: it finds every bug that needs the order of at
/// most one event more.
pub const CHANGES: usize = 2;
/// The number of the first points among which these points are, for [`Strategy::Pct`].
const FIRST_POINTS: u64 = 100;

impl Strategy {
    /// The strategy of a seed that names none: each in turn.
    pub const fn of_seed(seed: u64) -> Strategy {
        match seed % 4 {
            0 => Strategy::Random,
            1 => Strategy::Sticky(700),
            2 => Strategy::Pct,
            _ => Strategy::Sticky(950),
        }
    }
}

/// The number of processors that a program sees under a seed: mostly two, sometimes one or four, because machines differ,
/// and many programs start a thread for each. Each number meets each strategy.
pub const fn processors_of_seed(seed: u64) -> u8 {
    match seed / 4 % 8 {
        1 => 1,
        3 => 4,
        _ => 2,
    }
}

/// A random number generator (splitmix64, by Sebastiano Vigna).
#[repr(transparent)]
#[derive(Debug, Clone, Copy)]
pub struct Chance(u64);

impl Chance {
    /// The generator of a seed.
    pub const fn of_seed(seed: u64) -> Chance {
        Chance(seed)
    }

    /// The next number, of 64 random bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Whether a chance of `part` in `of` came true.
    pub const fn comes(&mut self, part: u64, of: u64) -> bool {
        self.below(of) < part
    }

    /// The points at which [`Strategy::Pct`] lowers a priority.
    pub fn changes(&mut self) -> [u64; CHANGES] {
        [0; CHANGES].map(|_| 1 + self.below(FIRST_POINTS))
    }
}
