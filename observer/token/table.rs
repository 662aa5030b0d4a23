//! The table of a run's threads: a state machine that says who has the token, what the others wait for, and what
//! time it is by the virtual clock. It makes no system call and knows no real time, so an execution is a
//! function of the seed and of the calls of its threads.
//!
//! Computing takes no virtual time. Only when no thread is ready, the clock is set to the earliest deadline.

use super::chance::{CHANGES, Chance, Strategy, processors_of_seed};
use super::effect::CONTINUE;
use super::thread::{Awaited, NEVER, ROBUST, State, Thread, Wait};
use super::timers::{ALARM, Timer, Timers};

/// The highest number of threads that run and wait at one time. Further ones are not scheduled.
pub const THREADS: usize = 1024;

/// The virtual clock's time at the start of a run, in nanoseconds: as of a machine that started a while ago.
pub const START: u64 = 100_000 * SECOND;
const SECOND: u64 = 1_000_000_000;
const MILLISECOND: u64 = 1_000_000;
const MICROSECOND: u64 = 1000;

/// The number of yields of one thread in a row after which the clock goes on, first slowly and then faster: it may be
/// waiting for a time.
const MANY_YIELDS: [u32; 2] = [20, 40];
/// The same for reads of the clock; after each further so many, the thread yields.
const MANY_READS: u32 = 300;
const READS_TO_YIELD: u32 = 50;

/// In the late world: one wait in so many ends late, and one point in so many stalls the thread.
const LATE_WAITS: u64 = 4;
const STALLS: u64 = 64;
/// In the late world: the longest delay.
const LATEST: u64 = 60 * MILLISECOND;

/// The holder's place if the supervisor has the token.
const NOBODY: u32 = u32::MAX;

/// The plan of an execution.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The seed of all choices.
    pub seed: u64,
    /// The strategy by which the next thread is chosen.
    pub strategy: Strategy,
    /// Whether waits end late and threads stall (the late world), or neither happens (the base world).
    pub is_late: bool,
    /// The longest virtual time, in nanoseconds.
    pub limit: u64,
}

/// How a thread gives the token away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// It is ready, or waits: it may get the token back at once.
    Plainly,
    /// It yields: others come first.
    Yielding,
    /// It reads the clock over and over: others come first.
    Reading,
}

/// A reason for which an execution cannot go on by its seed, so that the supervisor ends it.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// There is none.
    None,
    /// A timer was set that cannot be emulated: one of processor time, or one that starts a thread.
    Timer,
    /// A signal was sent whose effect on its receiver cannot be emulated.
    Signal,
    /// A thread was canceled, which may be anywhere.
    Cancel,
    /// There are more threads than places.
    Threads,
    /// A process was started in a way that is not emulated.
    Start,
    /// The kernel's ids were asked for in a way that is not emulated.
    Ids,
}

/// The threads of a run.
#[repr(C)]
#[derive(Debug)]
pub struct Table {
    /// The virtual clock, in nanoseconds.
    now: u64,
    /// The time at which the clock stops.
    limit: u64,
    /// The time at which all holds end; 0: there was none.
    held_until: u64,
    chance: Chance,
    plan: Plan,
    changes: [u64; CHANGES],
    /// The lowest priority that a yield has given.
    lowest: u64,
    /// The place of the thread with the token.
    holder: u32,
    /// The process that is about to end, with the token; 0: none.
    ending: u32,
    /// The number of places that have ever been used.
    used: u32,
    /// The number of threads so far.
    born: u32,
    file_events: u32,
    child_events: u32,
    /// Whether all threads that wait for files have looked at them since anybody did anything else.
    has_looked: bool,
    is_out_of_time: bool,
    obstacle: Obstacle,
    /// A count of what happened.
    pub counts: Counts,
    /// The timers that send signals.
    pub timers: Timers,
    threads: [Thread; THREADS],
}

/// Counts of an execution.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// The number of scheduling points: the number of times that a thread got the token, or got it back.
    pub points: u64,
    /// A hash of all choices: executions with the same hash had the same schedule.
    pub hash: u64,
    /// The number of times that a thread lost the token in a call that is not emulated.
    pub blocked: u32,
    /// The number of times that a thread lost the token because it computed for too long.
    pub busy: u32,
    /// The number of processes without the observer.
    pub strangers: u32,
    /// Padding, 0.
    pub unused: u32,
}

impl Counts {
    /// The number of leaks: moments at which real time, not the seed, decided. With one, the execution is not a
    /// function of its seed.
    pub fn leaks(&self) -> u32 {
        self.blocked + self.busy + self.strangers
    }
}

impl Table {
    /// The table of a run before its first thread.
    pub fn new(plan: Plan) -> Table {
        let mut chance = Chance::of_seed(plan.seed);
        Table {
            now: START,
            limit: START.saturating_add(plan.limit),
            held_until: 0,
            changes: chance.changes(),
            chance,
            plan,
            lowest: 1 << 30,
            holder: NOBODY,
            ending: 0,
            used: 0,
            born: 0,
            file_events: 0,
            child_events: 0,
            has_looked: false,
            is_out_of_time: false,
            obstacle: Obstacle::None,
            counts: Counts::default(),
            timers: Timers::NONE,
            threads: [Thread::NONE; THREADS],
        }
    }

    /// The virtual clock, in nanoseconds.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Whether the clock has reached the limit.
    pub fn is_out_of_time(&self) -> bool {
        self.is_out_of_time
    }

    /// Ends the execution, which cannot go on by its seed. The first obstacle counts.
    pub fn give_up(&mut self, obstacle: Obstacle) {
        if self.obstacle == Obstacle::None {
            self.obstacle = obstacle;
        }
    }

    /// The reason for which the execution cannot go on by its seed.
    pub fn obstacle(&self) -> Obstacle {
        self.obstacle
    }

    /// A timer that has ended.
    pub fn take_due_timer(&mut self) -> Option<Timer> {
        self.timers.take_due(self.now)
    }

    /// The number of processors that the program sees.
    pub const fn processors(&self) -> u8 {
        processors_of_seed(self.plan.seed)
    }

    /// Stops the clock at this time at the latest.
    pub fn stop_at(&mut self, time: u64) {
        self.limit = self.limit.min(time);
    }

    /// A random number of the execution.
    pub fn random(&mut self) -> u64 {
        self.chance.next()
    }

    /// The place of the thread with the token; `None`: the supervisor has it.
    pub fn holder(&self) -> Option<usize> {
        (self.holder != NOBODY).then_some(self.holder as usize)
    }

    /// The process that is about to end, with the token.
    pub fn ending(&self) -> Option<u32> {
        (self.ending != 0).then_some(self.ending)
    }

    /// The thread at a place.
    ///
    /// # Panics
    /// There are fewer places.
    pub fn thread(&self, place: usize) -> &Thread {
        &self.threads[place]
    }

    /// The same, to change it.
    ///
    /// # Panics
    /// There are fewer places.
    pub fn thread_mut(&mut self, place: usize) -> &mut Thread {
        &mut self.threads[place]
    }

    /// The threads, each with its place.
    pub fn threads(&self) -> impl Iterator<Item = (usize, &Thread)> {
        let used = self.threads.iter().take(self.used as usize).enumerate();
        used.filter(|(_, thread)| thread.state != State::Free)
    }

    /// The place of a thread of this process that fits.
    pub fn find(&self, process: u32, fits: impl Fn(&Thread) -> bool) -> Option<usize> {
        let mut all = self.threads();
        let found = all.find(|(_, thread)| thread.process == process && fits(thread));
        found.map(|(place, _)| place)
    }

    /// Adds a thread that is ready, in the late world perhaps not at once. `None`: the table is full.
    pub fn add(&mut self, process: u32, id: u32) -> Option<usize> {
        let mut places = self.threads.iter();
        let place = places.position(|thread| thread.state == State::Free)?;
        self.used = self.used.max(place as u32 + 1);
        self.threads[place] = Thread {
            state: State::Ready,
            number: self.born,
            process,
            id,
            signals: self.threads[place].signals,
            // Above those of all threads that were lowered or have yielded.
            priority: (1 << 62) + (self.chance.next() >> 3),
            ..Thread::NONE
        };
        self.born += 1;
        Some(place)
    }

    /// Adds a process without the observer, which is outside of the schedule.
    pub fn add_stranger(&mut self, process: u32) {
        self.counts.strangers += 1;
        if let Some(place) = self.add(process, process) {
            self.threads[place].state = State::Outside;
            self.threads[place].is_foreign = true;
        }
    }

    /// Another program replaces the one of a process: of its threads one is left. Returns its place; `None`: the process
    /// is new.
    pub fn continue_behind_exec(&mut self, process: u32, id: u32) -> Option<usize> {
        let is_own = |place: &usize| self.threads[*place].process == process;
        let place = self.holder().filter(is_own);
        let place = place.or_else(|| self.find(process, |_| true))?;
        self.timers.remove_from(process, ALARM + 1);
        for (other, thread) in self.threads.iter_mut().enumerate() {
            if thread.process == process && other != place {
                thread.state = State::Free;
            }
        }
        let thread = &mut self.threads[place];
        (thread.id, thread.handle, thread.is_foreign) = (id, 0, false);
        if self.holder != place as u32 {
            thread.state = State::Ready;
        }
        Some(place)
    }

    /// Lets a thread start late, in the late world.
    pub fn start_late(&mut self, place: usize) {
        let late = self.lateness();
        if late > 0 {
            self.wait(place, Wait::until(self.now + late));
        }
    }

    /// The deadline of a wait of so many nanoseconds, from now on; in the late world perhaps a later one.
    pub fn deadline_in(&mut self, nanos: u64) -> u64 {
        self.late(self.now.saturating_add(nanos))
    }

    /// This deadline; in the late world perhaps a later one.
    pub fn late(&mut self, deadline: u64) -> u64 {
        deadline.saturating_add(self.lateness())
    }

    fn lateness(&mut self) -> u64 {
        if self.plan.is_late && self.chance.comes(1, LATE_WAITS) {
            self.chance.below(LATEST)
        } else {
            0
        }
    }

    /// A thread comes to a scheduling point: it is ready, and in the late world it may stall.
    pub fn arrive(&mut self, place: usize, how: Asking) {
        self.has_looked = false;
        self.threads[place].state = State::Ready;
        match how {
            Asking::Yielding => return self.count_yield(place),
            Asking::Reading => return self.lower(place),
            Asking::Plainly => {}
        }
        let thread = &mut self.threads[place];
        (thread.yields, thread.clock_reads) = (0, 0);
        if self.plan.is_late && self.chance.comes(1, STALLS) {
            let until = self.now + self.chance.below(LATEST);
            self.wait(place, Wait::until(until));
        }
    }

    fn count_yield(&mut self, place: usize) {
        let thread = &mut self.threads[place];
        thread.yields += 1;
        let [some, many] = MANY_YIELDS;
        if thread.yields > some {
            let is_stubborn = thread.yields > many;
            self.now += if is_stubborn {
                100 * MICROSECOND
            } else {
                MICROSECOND
            };
        }
        self.lower(place);
    }

    /// Gives a thread the lowest priority.
    fn lower(&mut self, place: usize) {
        self.lowest -= 1;
        self.threads[place].priority = self.lowest;
    }

    /// A thread reads the clock. A thread that does nothing else waits for a time, so the clock goes on. Returns the
    /// time, and whether the thread should yield.
    pub fn read_clock(&mut self, place: usize) -> (u64, bool) {
        let thread = &mut self.threads[place];
        thread.clock_reads += 1;
        let beyond = thread.clock_reads.saturating_sub(MANY_READS);
        if beyond > 0 {
            self.now += MICROSECOND;
        }
        (
            self.now,
            beyond > 0 && beyond.is_multiple_of(READS_TO_YIELD),
        )
    }

    /// A thread looks for something, finds it missing, and does not wait for it. A thread that does nothing else waits
    /// by looking again, so the clock goes on. Returns whether the thread should yield.
    pub fn look_in_vain(&mut self, place: usize) -> bool {
        let (_, yields) = self.read_clock(place);
        if yields {
            self.now += 100 * MICROSECOND;
        }
        yields
    }

    /// Lets real time pass by the virtual clock while a thread is busy outside of the schedule, at most until the
    /// earliest deadline.
    pub fn pass(&mut self, nanos: u64) {
        let time = self.now.saturating_add(nanos);
        self.set_clock(time.min(self.earliest_deadline()));
    }

    /// A thread begins to wait.
    pub fn wait(&mut self, place: usize, wait: Wait) {
        self.has_looked &= wait.awaited == Awaited::Files;
        let known_events = match wait.awaited {
            Awaited::Children => self.child_events,
            _ => self.file_events,
        };
        let thread = &mut self.threads[place];
        (thread.yields, thread.clock_reads) = (0, 0);
        (thread.state, thread.wait, thread.is_woken) = (State::Waiting, wait, false);
        (thread.is_interrupted, thread.may_look) = (false, false);
        thread.known_events = known_events;
    }

    /// Holds a thread until no other can go on, at most for so many nanoseconds from the first hold on. After that,
    /// nothing is held any more.
    pub fn hold(&mut self, place: usize, nanos: u64) {
        if self.held_until == 0 {
            self.held_until = self.now.saturating_add(nanos);
        }
        self.wait(place, Wait::until(self.held_until));
        self.threads[place].state = State::Held;
    }

    /// Wakes threads that wait at an address for one of these kinds of wake-ups, at most so many: which of them is
    /// random. Returns their number.
    pub fn wake(&mut self, key: u64, most: u32, bits: u32) -> u32 {
        let mut woken = 0;
        while woken < most
            && let Some(place) = self.one_of(|_, thread| {
                thread.waits_for(Awaited::Word, key) && thread.wait.bits & bits != 0
            })
        {
            self.threads[place].is_woken = true;
            woken += 1;
        }
        woken
    }

    /// A signal has come for a thread: its wait ends.
    pub fn interrupt(&mut self, place: usize) {
        self.threads[place].is_interrupted = true;
    }

    /// A process was stopped, or goes on.
    pub fn stop(&mut self, process: u32, is_stopped: bool) {
        for thread in &mut self.threads[..self.used as usize] {
            if thread.process == process {
                thread.is_stopped = is_stopped;
            }
        }
    }

    /// Whether a process was stopped: it gets signals when it goes on, except those that end or continue it at once.
    pub fn delays_signal(&self, process: u32, signal: i32) -> bool {
        const SIGKILL: i32 = 9;
        !matches!(signal, SIGKILL | CONTINUE)
            && self.find(process, |thread| thread.is_stopped).is_some()
    }

    /// Lets threads that wait at one address wait at another, at most so many. Returns their number.
    pub fn requeue(&mut self, from: u64, to: u64, most: u32) -> u32 {
        let mut moved = 0;
        while moved < most
            && let Some(place) = self.one_of(|_, thread| thread.waits_for(Awaited::Word, from))
        {
            self.threads[place].wait.key = to;
            moved += 1;
        }
        moved
    }

    /// One of the threads that fit, at random.
    fn one_of(&mut self, fits: impl Fn(usize, &Thread) -> bool) -> Option<usize> {
        let all = |table: &Table| {
            let threads = table.threads();
            threads
                .filter(|(place, thread)| fits(*place, thread))
                .count()
        };
        let nth = match all(self) {
            0 => return None,
            1 => 0,
            count => self.chance.below(count as u64) as usize,
        };
        let mut fitting = self
            .threads()
            .filter(|(place, thread)| fits(*place, thread));
        fitting.nth(nth).map(|(place, _)| place)
    }

    /// Something happened to a file: all threads that wait for files look again.
    pub fn note_file_event(&mut self) {
        self.file_events = self.file_events.wrapping_add(1);
        self.has_looked = false;
    }

    /// A process ended: all threads that wait for processes or files look again.
    pub fn note_child_event(&mut self) {
        self.child_events = self.child_events.wrapping_add(1);
        self.note_file_event();
    }

    /// The numbers of events at files and of ended processes, and the time: while nobody can go on, only the supervisor
    /// changes them.
    pub fn events(&self) -> (u32, u32, u64) {
        (self.file_events, self.child_events, self.now)
    }

    /// A thread ends. The thread that joins it goes on.
    pub fn end(&mut self, place: usize) {
        self.wake_all(|thread| thread.waits_for(Awaited::Thread, place as u64));
        self.wake_heirs();
        self.threads[place].state = match self.threads[place].is_detached {
            true => State::Free,
            false => State::Ended,
        };
    }

    fn wake_all(&mut self, fits: impl Fn(&Thread) -> bool) {
        let threads = &mut self.threads[..self.used as usize];
        for thread in threads.iter_mut().filter(|thread| fits(thread)) {
            thread.is_woken = true;
        }
    }

    /// Wakes the threads that wait for robust locks: a thread that has ended may have had them.
    fn wake_heirs(&mut self) {
        self.wake_all(|thread| {
            thread.waits_for(Awaited::Word, thread.wait.key) && thread.wait.bits == ROBUST
        });
    }

    /// Nobody will join a thread.
    pub fn detach(&mut self, place: usize) {
        let thread = &mut self.threads[place];
        thread.is_detached = true;
        if thread.state == State::Ended {
            thread.state = State::Free;
        }
    }

    /// A thread that has ended was joined, or nobody will join it.
    pub fn forget(&mut self, place: usize) {
        self.threads[place].state = State::Free;
    }

    /// A process is about to end: its threads leave the table. If one of them has the token, or nobody, the supervisor
    /// keeps it until the process is dead.
    pub fn begin_to_end(&mut self, process: u32) {
        let holder = self.holder().map(|place| self.threads[place].process);
        self.remove_threads(process);
        if holder.is_none_or(|holder| holder == process) {
            self.ending = process;
            self.holder = NOBODY;
        }
    }

    /// A process is dead, and its files are closed.
    pub fn bury(&mut self, process: u32) {
        if self
            .holder()
            .is_some_and(|place| self.threads[place].process == process)
        {
            self.holder = NOBODY;
        }
        if self.ending == process {
            self.ending = 0;
        }
        self.remove_threads(process);
        self.wake_heirs();
        self.note_child_event();
    }

    fn remove_threads(&mut self, process: u32) {
        self.timers.remove_from(process, ALARM);
        for thread in &mut self.threads[..self.used as usize] {
            if thread.process == process {
                thread.state = State::Free;
            }
        }
    }

    /// The thread with the token loses it.
    pub fn revoke(&mut self) {
        if let Some(place) = self.holder() {
            self.threads[place].state = State::Outside;
            self.holder = NOBODY;
        }
    }

    /// The thread with the token has ended: the supervisor has it.
    pub fn give_back(&mut self) {
        self.holder = NOBODY;
    }

    fn can_run(&self, thread: &Thread) -> bool {
        let is_over = thread.wait.deadline <= self.now;
        match thread.state {
            _ if thread.is_stopped => false,
            State::Ready => true,
            State::Held => self.held_until <= self.now,
            State::Waiting => {
                is_over
                    || thread.is_interrupted
                    || match thread.wait.awaited {
                        Awaited::Time => false,
                        Awaited::Word | Awaited::Thread => thread.is_woken,
                        Awaited::Files => {
                            thread.may_look || thread.known_events != self.file_events
                        }
                        Awaited::Children => thread.known_events != self.child_events,
                    }
            }
            State::Free | State::Running | State::Outside | State::Ended => false,
        }
    }

    /// Whether a thread runs outside of the schedule: what it does next is not known.
    pub fn has_outsiders(&self) -> bool {
        self.threads()
            .any(|(_, thread)| thread.state == State::Outside)
    }

    /// Chooses the thread that gets the token, after the clock was set, if need be. `asks` gives the token away.
    /// `None`: nobody can go on, or only somebody outside of the schedule or the end of a process can decide
    /// who; the supervisor has the token then.
    pub fn choose(&mut self, asks: Option<usize>, how: Asking) -> Option<usize> {
        self.choose_among(asks, how, true)
    }

    /// As [`Table::choose`], as if nobody was outside of the schedule.
    pub fn choose_without_outsiders(&mut self) -> Option<usize> {
        self.choose_among(None, Asking::Plainly, false)
    }

    fn choose_among(&mut self, asks: Option<usize>, how: Asking, outsiders: bool) -> Option<usize> {
        self.holder = NOBODY;
        if let Some(place) = asks {
            self.lower_at_change(place);
        }
        loop {
            if self.now >= self.limit {
                self.is_out_of_time = true;
                return None;
            }
            // The supervisor sends the signal of a timer.
            if self.obstacle != Obstacle::None || self.timers.earliest() <= self.now {
                return None;
            }
            if let Some(place) = self.choose_ready(asks, how) {
                self.grant(place);
                return Some(place);
            }
            if self.ending != 0 || (outsiders && self.has_outsiders()) {
                return None;
            }
            if !self.let_look() && !self.go_on() {
                return None;
            }
        }
    }

    /// Before the clock goes on, all threads that wait for files look at them: something may have happened in a call that
    /// the observer does not see. Returns false if they have done so, or there are none.
    fn let_look(&mut self) -> bool {
        if core::mem::replace(&mut self.has_looked, true) {
            return false;
        }
        let mut is_any = false;
        for thread in &mut self.threads[..self.used as usize] {
            if thread.state == State::Waiting
                && thread.wait.awaited == Awaited::Files
                && !thread.is_stopped
            {
                thread.may_look = true;
                is_any = true;
            }
        }
        is_any
    }

    /// Sets the clock to the earliest deadline; without one, releases the held threads. Returns whether it could.
    fn go_on(&mut self) -> bool {
        let earliest = self.earliest_deadline();
        let is_held = self
            .threads()
            .any(|(_, thread)| thread.state == State::Held && !thread.is_stopped);
        match earliest {
            NEVER if is_held => self.held_until = self.now,
            NEVER => return false,
            deadline if is_held => self.set_clock(deadline.min(self.held_until)),
            deadline => self.set_clock(deadline),
        }
        self.has_looked = false;
        true
    }

    /// The deadline of the wait or timer that ends first; [`NEVER`]: there is none.
    fn earliest_deadline(&self) -> u64 {
        let waits = self
            .threads()
            .filter(|(_, thread)| thread.state == State::Waiting && !thread.is_stopped);
        let deadlines = waits.map(|(_, thread)| thread.wait.deadline);
        deadlines.min().unwrap_or(NEVER).min(self.timers.earliest())
    }

    fn set_clock(&mut self, time: u64) {
        // A deadline may be over already: then its thread was ready.
        self.now = self.now.max(time.min(self.limit));
    }

    /// One of the ready threads.
    fn choose_ready(&mut self, asks: Option<usize>, how: Asking) -> Option<usize> {
        let can_run = |table: &Table, place: usize| table.can_run(&table.threads[place]);
        let asks = asks.filter(|&place| can_run(self, place));
        let ready = self.threads().filter(|(_, thread)| self.can_run(thread));
        let others = ready.filter(|(place, _)| Some(*place) != asks).count();
        if others == 0 {
            return asks;
        }
        let excluded = asks.filter(|_| how != Asking::Plainly);
        if self.plan.strategy == Strategy::Pct {
            let ready = self.threads().filter(|(_, thread)| self.can_run(thread));
            let eligible = ready.filter(|(place, _)| Some(*place) != excluded);
            let best = eligible.max_by_key(|(_, thread)| thread.priority);
            return best.map(|(place, _)| place);
        }
        if let (Strategy::Sticky(times), Some(place), None) = (self.plan.strategy, asks, excluded)
            && self.chance.comes(times.into(), 1000)
        {
            return Some(place);
        }
        let eligible = others + usize::from(asks.is_some() && excluded.is_none());
        let nth = self.chance.below(eligible as u64) as usize;
        let ready = self.threads().filter(|(_, thread)| self.can_run(thread));
        let mut eligible = ready.filter(|(place, _)| Some(*place) != excluded);
        eligible.nth(nth).map(|(place, _)| place)
    }

    /// At a change point of PCT, the thread gets a priority below all first ones, but above those of yields.
    fn lower_at_change(&mut self, place: usize) {
        let point = self.counts.points + 1;
        if let Some(change) = self.changes.iter().position(|&change| change == point) {
            self.threads[place].priority = (1 << 40) + (CHANGES - change) as u64;
        }
    }

    fn grant(&mut self, place: usize) {
        const FNV_PRIME: u64 = 0x100_0000_01b3;
        self.holder = place as u32;
        let thread = &mut self.threads[place];
        thread.state = State::Running;
        thread.is_busy = false;
        self.counts.points += 1;
        self.counts.hash = (self.counts.hash ^ u64::from(thread.number)).wrapping_mul(FNV_PRIME);
    }
}
