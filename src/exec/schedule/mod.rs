//! The schedule of executions over the machine's cores.
//!
//! A timing on the page must be the time that the program takes alone. Yet sleeping programs do not slow each
//! other, and CPU-bound programs hardly slow each other on separate cores. So all executions start side by side. A
//! program that turns out to be CPU-bound gets a core of its own or waits for one. An execution that nevertheless had
//! to wait for a processor is repeated, alone in the end, and only the last attempt counts.
//!
//! Executions whose demand is known have no timing to protect: they share the cores, and none is repeated for noise.

use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use crate::exec::job::{Channel, CpuUsage};
use crate::exec::outcome::{as_shown, needs_pipes};
use crate::exec::supervised::{Idle, Supervised, Update};
use crate::exec::{Demand, Finished, Launch, RunError};
use crate::progress::Progress;

mod attempts;
mod known;
mod machine;
mod noise;
mod running;
mod waiting;

use attempts::Attempts;
use machine::{cores, reports_delays};
pub use noise::is_noisy;
use noise::{may_have_changed, with_timing};
use running::{Lane, Running, measured, slow};
use waiting::Waiting;

/// The time between two starts: programs do most of their work when they start.
const STAGGER: Duration = Duration::from_millis(2);
/// The interval at which an interruption is checked for.
const TICK: Duration = Duration::from_millis(50);
/// The number of busy cores above which a program is CPU-bound and gets a core of its own.
const CPU_BOUND: f64 = 0.5;
/// The number of busy cores above which a program gets the machine to itself.
const MULTI_CORE: f64 = 1.2;
/// Fewer sleeping programs than this do not slow a CPU-bound one.
const FEW: usize = 4;
/// The number of sleeping programs for which a core is left free: they and their supervisors would take 1% of each
/// of two cores.
const MANY: usize = 10;
/// The time after the last start of more than a few programs until most of them sleep and are seldom sampled.
const SETTLE: Duration = Duration::from_millis(40);
/// The age up to which a program that turns out to be CPU-bound is stopped and queued: with older programs, more
/// time is lost than gained.
const YOUNG: Duration = Duration::from_millis(250);
/// The number of attempts after which a noisy timing is accepted.
const ATTEMPTS: u32 = 3;
/// The pause before the next attempt when programs of others keep the processors busy.
const PAUSE: Duration = Duration::from_millis(100);
/// The number of successive executions that were noisy although they ran alone, after which the machine counts as
/// busy: from then on, an execution is repeated once at most.
const BUSY: u32 = 2;

/// Executes all launches, at most `at_once` side by side. Returns the results in the order of the launches.
pub fn run_all(
    launches: &[Launch<'_>],
    at_once: NonZero<usize>,
    progress: &dyn Progress,
) -> Vec<Result<Finished, RunError>> {
    // Spares the system calls that the schedule begins with.
    if launches.is_empty() {
        return Vec::new();
    }
    let mut schedule = Schedule::new(launches, at_once, progress);
    schedule.run();
    let results = schedule.results.into_iter().zip(launches);
    results
        .map(|(result, launch)| {
            let result = result.unwrap_or(Err(RunError::Interrupted));
            as_shown(result, launch)
        })
        .collect()
}

struct Schedule<'a> {
    launches: &'a [Launch<'a>],
    attempts: Vec<Attempts>,
    results: Vec<Option<Result<Finished, RunError>>>,
    waiting: Waiting,
    running: Vec<Running>,
    /// When the next unclassified launch may start.
    next_start: Option<Instant>,
    /// Until when the programs started last do most of their work.
    settling_until: Option<Instant>,
    /// The number of sleeping programs for which a core is left free: [`MANY`], or fewer after a CPU-bound execution
    /// was noisy beside them.
    too_many: usize,
    /// The number of successive executions that were noisy although they ran alone.
    noisy_alone: u32,
    /// When the next launch that needs the machine to itself may start.
    quiet_from: Option<Instant>,
    started: u64,
    cores: usize,
    at_once: usize,
    measured_at_once: usize,
    progress: &'a dyn Progress,
    /// The channel of the supervisors' updates, each with the attempt's number.
    updates: (Sender<NumberedUpdate>, Receiver<NumberedUpdate>),
    idle: Idle,
}

/// An update with the number of its attempt.
type NumberedUpdate = (u64, Update);

impl<'a> Schedule<'a> {
    fn new(
        launches: &'a [Launch<'a>],
        at_once: NonZero<usize>,
        progress: &'a dyn Progress,
    ) -> Self {
        Schedule {
            launches,
            attempts: launches.iter().map(|_| Attempts::none()).collect(),
            results: launches.iter().map(|_| None).collect(),
            waiting: Waiting::new(launches),
            running: Vec::new(),
            next_start: None,
            settling_until: None,
            too_many: MANY,
            noisy_alone: 0,
            quiet_from: None,
            started: 0,
            cores: cores(),
            at_once: at_once.get(),
            // Without reported delays, noise cannot be detected: measure one execution at a time.
            measured_at_once: if reports_delays() { at_once.get() } else { 1 },
            progress,
            updates: channel(),
            idle: Idle::default(),
        }
    }

    fn run(&mut self) {
        while self.results.iter().any(Option::is_none) && !self.progress.is_interrupted() {
            while let Some((launch, lane)) = self.next() {
                self.start(launch, lane);
            }
            self.progress.slow(&slow(&self.running, self.launches));
            let Ok((id, update)) = self.updates.1.recv_timeout(self.wait()) else {
                continue;
            };
            let Some(position) = self.running.iter().position(|running| running.id == id) else {
                // A late update of an attempt that was stopped.
                continue;
            };
            match update {
                Update::Used(usage) => self.used(position, usage),
                Update::Ended(result) => self.ended(position, *result),
            }
        }
        self.running.clear();
        self.progress.slow(&[]);
    }

    /// The time until a launch may start that may not start now, or until the next check for an interruption.
    fn wait(&self) -> Duration {
        let now = Instant::now();
        let times = [self.next_start, self.settling_until, self.quiet_from];
        let times = times.into_iter().flatten();
        let waits = times.map(|time| time.saturating_duration_since(now));
        let waits = waits.filter(|wait| !wait.is_zero());
        waits.fold(TICK, Duration::min)
    }

    /// Takes a launch that may start now from its queue.
    fn next(&mut self) -> Option<(usize, Lane)> {
        let now = Instant::now();
        let is_waiting = |from: Option<Instant>| from.is_some_and(|from| now < from);
        let has_room = self.running.len() < self.measured_at_once
            && self
                .running
                .iter()
                .all(|running| running.lane != Lane::Alone)
            && self.demand() <= self.cores as f64 - 0.5;
        if has_room
            && !is_waiting(self.next_start)
            && let Some(launch) = self.waiting.unclassified.pop_front()
        {
            return Some((launch, Lane::Unclassified));
        }
        if has_room
            && !self.is_settling()
            && self.count(Lane::CpuBound) < self.cpu_bound_limit()
            && let Some(launch) = self.waiting.cpu_bound.pop_front()
        {
            return Some((launch, Lane::CpuBound));
        }
        if self.running.is_empty()
            && self.waiting.unclassified.is_empty()
            && !is_waiting(self.quiet_from)
            && let Some(launch) = self.waiting.alone.pop_front()
        {
            return Some((launch, Lane::Alone));
        }
        let is_measuring =
            self.waiting.measured() > 0 || self.count(Lane::Known) < self.running.len();
        if !is_measuring && self.running.len() < self.at_once {
            return Some((self.waiting.known.next()?, Lane::Known));
        }
        None
    }

    /// The number of CPU-bound programs that may run at once: one for each core, except for a core that is left
    /// free for many sleeping programs and their supervisors.
    fn cpu_bound_limit(&self) -> usize {
        self.cores - usize::from(self.leaves_core_free())
    }

    /// Returns whether CPU-bound programs leave one core free.
    fn leaves_core_free(&self) -> bool {
        self.cores > 1 && self.sleeping() >= self.too_many
    }

    fn sleeping(&self) -> usize {
        self.running.len() - self.count(Lane::CpuBound)
    }

    /// Returns whether programs that may sleep later are starting or have just started: they slow CPU-bound
    /// programs until then.
    fn is_settling(&self) -> bool {
        let until = self.settling_until;
        !self.waiting.unclassified.is_empty() || until.is_some_and(|until| Instant::now() < until)
    }

    fn demand(&self) -> f64 {
        let demands = self.running.iter().map(|running| match running.lane {
            // The program will use its core even if it has not reported so yet.
            Lane::CpuBound => running.demand().max(1.0),
            Lane::Unclassified | Lane::Alone | Lane::Known => running.demand(),
        });
        demands.sum()
    }

    fn count(&self, lane: Lane) -> usize {
        let in_lane = self.running.iter().filter(|running| running.lane == lane);
        in_lane.count()
    }

    fn start(&mut self, launch: usize, lane: Lane) {
        let id = self.started;
        self.started += 1;
        let now = Instant::now();
        self.next_start = Some(now + STAGGER);
        let sleeping = self.sleeping();
        if lane == Lane::Unclassified && sleeping >= FEW {
            self.settling_until = Some(now + SETTLE);
        }
        let sender = self.updates.0.clone();
        let channel = self.attempts[launch].channel;
        let notify = move |update| {
            // Fails after an interruption, when the receiver is gone.
            sender.send((id, update)).ok();
        };
        match Supervised::start(self.launches[launch], channel, &self.idle, notify) {
            Err(error) => {
                self.waiting.known.give_back(launch);
                self.results[launch] = Some(Err(error));
            }
            Ok(supervised) => {
                for running in &mut self.running {
                    running.shared = true;
                }
                self.running.push(Running {
                    id,
                    launch,
                    is_measured: self.launches[launch].demand == Demand::Measured,
                    lane,
                    shared: !self.running.is_empty(),
                    sleeping,
                    usage: CpuUsage::default(),
                    demand: (0.0, Instant::now()),
                    begun: Instant::now(),
                    _supervised: supervised,
                });
            }
        }
        self.show();
    }

    /// Shows the executions that are measured.
    fn show(&self) {
        let measured = measured(&self.running, self.launches);
        self.progress.running(&measured, self.waiting.measured());
    }

    /// Classifies a program by its usage, and moves a CPU-bound one to where it slows no other.
    fn used(&mut self, position: usize, usage: CpuUsage) {
        let has_room = self.count(Lane::CpuBound) < self.cpu_bound_limit();
        let is_settling = self.is_settling();
        let running = &mut self.running[position];
        let before = std::mem::replace(&mut running.usage, usage);
        let window = usage.at.saturating_sub(before.at).as_secs_f64();
        // The time used, and the time that would have been used if there had been a free processor.
        let wanted = (usage.cpu + usage.delay).saturating_sub(before.cpu + before.delay);
        let cores = wanted.as_secs_f64() / window.max(0.001);
        running.demand = (cores, Instant::now());
        let is_open = running.lane == Lane::Unclassified && running.is_measured;
        if !is_open || cores <= CPU_BOUND {
            return;
        }
        let lane = if cores > MULTI_CORE {
            Lane::Alone
        } else {
            Lane::CpuBound
        };
        if !running.shared {
            running.lane = lane;
            return;
        }
        let is_crowded = is_noisy(usage.at, usage.delay) || is_settling;
        if usage.at < YOUNG && (lane == Lane::Alone || is_crowded || !has_room) {
            let stopped = self.running.swap_remove(position);
            tracing::debug!(
                "`{}`: stopped; waiting for a core of its own",
                self.launches[stopped.launch].run.called()
            );
            self.waiting.add(stopped.launch, lane);
            self.show();
        } else {
            running.lane = Lane::CpuBound;
        }
    }

    /// Stores the result of an attempt, or queues the launch for another one.
    fn ended(&mut self, position: usize, result: Result<Finished, RunError>) {
        let ended = self.running.swap_remove(position);
        let run = self.launches[ended.launch].run;
        self.progress.took(run, ended.begun.elapsed());
        self.waiting.known.give_back(ended.launch);
        let attempts = &mut self.attempts[ended.launch];
        attempts.finished += 1;
        if attempts.channel == Channel::Stamped && needs_pipes(&result) {
            attempts.channel = Channel::Pipes;
            self.waiting.add(ended.launch, ended.lane);
            return;
        }
        if ended.lane == Lane::Known {
            self.results[ended.launch] = Some(result);
            return;
        }
        let finished = attempts.finished;
        let is_noisy = may_have_changed(&result, ended.shared);
        if is_noisy && ended.lane == Lane::CpuBound {
            self.too_many = self.too_many.min(self.sleeping().max(FEW));
        }
        if !ended.shared {
            self.noisy_alone = if is_noisy { self.noisy_alone + 1 } else { 0 };
        }
        let most = match ended.is_measured {
            false => 1,
            true if self.noisy_alone >= BUSY => ATTEMPTS - 1,
            true => ATTEMPTS,
        };
        if is_noisy && finished < most {
            if !ended.shared {
                self.quiet_from = Some(Instant::now() + PAUSE);
            }
            let is_last = finished + 1 == most;
            self.attempts[ended.launch].note_failure(run, &result);
            self.queue_again(&ended, is_last);
        } else {
            self.attempts[ended.launch].warn_of_failure(run, &result);
            self.results[ended.launch] = Some(with_timing(result, is_noisy));
        }
        self.show();
    }

    /// Queues a launch whose execution was noisy.
    fn queue_again(&mut self, ended: &Running, is_last: bool) {
        // With fewer sleeping programs or a core left free for them, the next attempt need not run alone.
        let has_improved = self.sleeping() < ended.sleeping || self.leaves_core_free();
        let (lane, how) = if ended.lane == Lane::CpuBound && has_improved && !is_last {
            (Lane::CpuBound, "beside fewer others")
        } else {
            (Lane::Alone, "alone")
        };
        tracing::debug!(
            "`{}`: executing again, {how}: it had to wait for a processor",
            self.launches[ended.launch].run.called()
        );
        self.waiting.add(ended.launch, lane);
    }
}
