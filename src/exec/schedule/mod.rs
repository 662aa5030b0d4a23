//! Which runs may share the machine.
//!
//! A timing on the page is what the program takes alone. Yet programs that only wait need not wait for
//! each other, and programs that compute disturb one another little on cores of their own. So all start
//! side by side; what turns out to compute gets a core of its own, or waits for one; what had to wait for a
//! processor all the same is run again, alone, and only that run counts.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use crate::exec::{Channel, Made, RunError, Supervised, Task, Told, Usage, has_missed_a_pipe};
use crate::progress::Progress;
use crate::transcript::Timing;

mod disturbed;
mod machine;
mod running;

use disturbed::{is_disturbed, was_disturbed};
use machine::{cores, tells_delays};
use running::{Lane, Running};

/// Between two starts: programs do most of their work when they start.
const STAGGER: Duration = Duration::from_millis(2);
/// How often we look whether we are asked to stop.
const TICK: Duration = Duration::from_millis(50);
/// How many cores a program keeps busy that computes: it gets one of its own.
const COMPUTES: f64 = 0.5;
/// How many cores a program keeps busy that must have the machine for itself.
const NEEDS_ALL: f64 = 1.2;
/// Fewer programs that sleep do not disturb one that computes.
const FEW: usize = 4;
/// So many may, where all cores compute: they and those who watch them take a hundredth of each of two.
const MANY: usize = 10;
/// After the last start of more than a few: by then most of them sleep, and are seldom looked at.
const SETTLED: Duration = Duration::from_millis(40);
/// A program that turns out to compute is stopped and made to wait only when it is younger than this:
/// otherwise more is lost than won.
const YOUNG: Duration = Duration::from_millis(250);
/// How often a run is made, the first time included, until its timing is taken as it is.
const ATTEMPTS: u32 = 3;
/// How long to wait when something that is none of ours keeps the processors busy.
const PAUSE: Duration = Duration::from_millis(100);
/// After so many runs in a row that were disturbed though nothing of ours ran beside them, the machine
/// is busy and stays so: from then on a run is made once more at most.
const BUSY: u32 = 2;

/// Makes all runs, at most `at_once` side by side. The answers stand in the order of the tasks.
pub fn run_all(
    tasks: &[Task<'_>],
    at_once: NonZero<usize>,
    progress: &dyn Progress,
) -> Vec<Result<Made, RunError>> {
    // The system is asked what it has only when there is something to run.
    if tasks.is_empty() {
        return Vec::new();
    }
    let mut schedule = Schedule::of(tasks, at_once, progress);
    schedule.run();
    let answers = schedule.answers.into_iter();
    answers
        .map(|answer| answer.unwrap_or(Err(RunError::Interrupted)))
        .collect()
}

struct Schedule<'a> {
    tasks: &'a [Task<'a>],
    attempts: Vec<Attempts>,
    answers: Vec<Option<Result<Made, RunError>>>,
    /// What has not been run yet.
    unknown: VecDeque<usize>,
    /// What computes, and waits for a core.
    computing: VecDeque<usize>,
    /// What must have the machine for itself.
    alone: VecDeque<usize>,
    running: Vec<Running>,
    /// When the next one may start of those of which nothing is known.
    next_start: Option<Instant>,
    /// Until when those that were started do most of their work.
    stirred_until: Option<Instant>,
    /// So many that sleep are too many for one that computes, where all cores compute: [`MANY`], or one was
    /// disturbed.
    too_many: usize,
    /// How many runs in a row were disturbed by what is none of ours.
    disturbed_alone: u32,
    /// When the next run that needs the machine for itself may start.
    quiet_from: Option<Instant>,
    started: u64,
    cores: usize,
    at_once: usize,
    progress: &'a dyn Progress,
    /// Where the supervisors' messages come in, each with the attempt's number, and where they go out.
    inbox: (Sender<Letter>, Receiver<Letter>),
}

/// The number of an attempt, and what its supervisor tells.
type Letter = (u64, Told);

/// How a run was tried.
#[derive(Clone, Copy)]
struct Attempts {
    finished: u32,
    channel: Channel,
}

impl<'a> Schedule<'a> {
    fn of(tasks: &'a [Task<'a>], at_once: NonZero<usize>, progress: &'a dyn Progress) -> Self {
        let (alone, unknown) = (0..tasks.len()).partition(|&task| tasks[task].run.alone);
        Schedule {
            tasks,
            attempts: vec![
                Attempts {
                    finished: 0,
                    channel: Channel::best(),
                };
                tasks.len()
            ],
            answers: tasks.iter().map(|_| None).collect(),
            unknown,
            computing: VecDeque::new(),
            alone,
            running: Vec::new(),
            next_start: None,
            stirred_until: None,
            too_many: MANY,
            disturbed_alone: 0,
            quiet_from: None,
            started: 0,
            cores: cores(),
            // Where nobody tells which runs disturbed each other, none may.
            at_once: if tells_delays() { at_once.get() } else { 1 },
            progress,
            inbox: channel(),
        }
    }

    fn run(&mut self) {
        while self.answers.iter().any(Option::is_none) && !self.progress.is_interrupted() {
            while let Some((task, lane)) = self.next() {
                self.start(task, lane);
            }
            let Ok((id, told)) = self.inbox.1.recv_timeout(self.wait()) else {
                continue;
            };
            let Some(position) = self.running.iter().position(|running| running.id == id) else {
                // One that was stopped.
                continue;
            };
            match told {
                Told::Used(usage) => self.used(position, usage),
                Told::Ended(result) => self.ended(position, result),
            }
        }
        self.running.clear();
    }

    /// How long until something may start that may not now, and until we look whether we are asked to stop.
    fn wait(&self) -> Duration {
        let now = Instant::now();
        let times = [self.next_start, self.stirred_until, self.quiet_from];
        let times = times.into_iter().flatten();
        let waits = times.map(|time| time.saturating_duration_since(now));
        let waits = waits.filter(|wait| !wait.is_zero());
        waits.fold(TICK, Duration::min)
    }

    /// What may start now.
    fn next(&mut self) -> Option<(usize, Lane)> {
        let now = Instant::now();
        let is_waiting = |from: Option<Instant>| from.is_some_and(|from| now < from);
        let has_room = self.running.len() < self.at_once
            && self
                .running
                .iter()
                .all(|running| running.lane != Lane::Alone)
            && self.demand() <= self.cores as f64 - 0.5;
        if has_room
            && !is_waiting(self.next_start)
            && let Some(task) = self.unknown.pop_front()
        {
            return Some((task, Lane::Unknown));
        }
        if has_room
            && !self.is_stirred()
            && self.count(Lane::Computing) < self.for_computing()
            && let Some(task) = self.computing.pop_front()
        {
            return Some((task, Lane::Computing));
        }
        if self.running.is_empty() && self.unknown.is_empty() && !is_waiting(self.quiet_from) {
            return Some((self.alone.pop_front()?, Lane::Alone));
        }
        None
    }

    /// How many may compute at once: all cores, but one is kept for too many that sleep, and for those who
    /// watch them.
    fn for_computing(&self) -> usize {
        match self.core_is_kept() {
            true => self.cores - 1,
            false => self.cores,
        }
    }

    /// Whether no program that computes gets the last core.
    fn core_is_kept(&self) -> bool {
        self.cores > 1 && self.sleeping() >= self.too_many
    }

    fn sleeping(&self) -> usize {
        self.running.len() - self.count(Lane::Computing)
    }

    /// Whether programs start, or have just started, that may sleep afterwards: until then they disturb those
    /// that compute.
    fn is_stirred(&self) -> bool {
        let until = self.stirred_until;
        !self.unknown.is_empty() || until.is_some_and(|until| Instant::now() < until)
    }

    fn demand(&self) -> f64 {
        let demands = self.running.iter().map(|running| match running.lane {
            // It will use its core, though it has not said so yet.
            Lane::Computing => running.demand().max(1.0),
            Lane::Unknown | Lane::Alone => running.demand(),
        });
        demands.sum()
    }

    fn count(&self, lane: Lane) -> usize {
        let of_it = self.running.iter().filter(|running| running.lane == lane);
        of_it.count()
    }

    fn start(&mut self, task: usize, lane: Lane) {
        let id = self.started;
        self.started += 1;
        let now = Instant::now();
        self.next_start = Some(now + STAGGER);
        let sleeping = self.sleeping();
        if lane == Lane::Unknown && sleeping >= FEW {
            self.stirred_until = Some(now + SETTLED);
        }
        let sender = self.inbox.0.clone();
        let channel = self.attempts[task].channel;
        let tell = move |told| {
            // Refused: the schedule was broken off.
            sender.send((id, told)).ok();
        };
        match Supervised::start(self.tasks[task], channel, tell) {
            Err(error) => self.answers[task] = Some(Err(error)),
            Ok(supervised) => {
                for running in &mut self.running {
                    running.shared = true;
                }
                self.running.push(Running {
                    id,
                    task,
                    lane,
                    shared: !self.running.is_empty(),
                    sleeping,
                    usage: Usage::default(),
                    demand: (0.0, Instant::now()),
                    _supervised: supervised,
                });
            }
        }
        self.show();
    }

    /// Lets a run wait until its lane has room.
    fn queue(&mut self, task: usize, lane: Lane) {
        match lane {
            Lane::Unknown => self.unknown.push_back(task),
            Lane::Computing => self.computing.push_back(task),
            Lane::Alone => self.alone.push_back(task),
        }
    }

    fn show(&self) {
        let running = self
            .running
            .iter()
            .map(|running| self.tasks[running.task].run);
        let waiting = self.unknown.len() + self.computing.len() + self.alone.len();
        self.progress.running(&running.collect::<Vec<_>>(), waiting);
    }

    /// Puts a program that computes where it disturbs nobody.
    fn used(&mut self, position: usize, usage: Usage) {
        let has_room = self.count(Lane::Computing) < self.for_computing();
        let is_stirred = self.is_stirred();
        let running = &mut self.running[position];
        let before = std::mem::replace(&mut running.usage, usage);
        let window = usage.at.saturating_sub(before.at).as_secs_f64();
        // What it has got, and what it would have got had there been a processor.
        let wanted = (usage.cpu + usage.delay).saturating_sub(before.cpu + before.delay);
        let cores = wanted.as_secs_f64() / window.max(0.001);
        running.demand = (cores, Instant::now());
        if running.lane != Lane::Unknown || cores <= COMPUTES {
            return;
        }
        let lane = match cores > NEEDS_ALL {
            true => Lane::Alone,
            false => Lane::Computing,
        };
        let is_disturbed = is_disturbed(usage.at, usage.delay) || is_stirred;
        if !running.shared {
            running.lane = lane;
            return;
        }
        if usage.at < YOUNG && (lane == Lane::Alone || is_disturbed || !has_room) {
            let stopped = self.running.swap_remove(position);
            tracing::debug!(
                "`{}`: stopped, it waits for a core of its own",
                self.tasks[stopped.task].run.called()
            );
            self.queue(stopped.task, lane);
            self.show();
        } else {
            running.lane = Lane::Computing;
        }
    }

    fn ended(&mut self, position: usize, result: Result<Made, RunError>) {
        let ended = self.running.swap_remove(position);
        let attempts = &mut self.attempts[ended.task];
        attempts.finished += 1;
        if attempts.channel == Channel::Stamped && has_missed_a_pipe(&result) {
            attempts.channel = Channel::Pipes;
            self.queue(ended.task, ended.lane);
            return;
        }
        let finished = attempts.finished;
        let was_disturbed = was_disturbed(&result, ended.shared);
        if was_disturbed && ended.lane == Lane::Computing {
            self.too_many = self.too_many.min(self.sleeping().max(FEW));
        }
        if !ended.shared {
            self.disturbed_alone = match was_disturbed {
                true => self.disturbed_alone + 1,
                false => 0,
            };
        }
        let most = match self.disturbed_alone >= BUSY {
            true => ATTEMPTS - 1,
            false => ATTEMPTS,
        };
        if was_disturbed && finished < most {
            if !ended.shared {
                self.quiet_from = Some(Instant::now() + PAUSE);
            }
            // Fewer sleep than then, or they now have a core of their own: it need not wait until all have ended.
            let is_better_off = self.sleeping() < ended.sleeping || self.core_is_kept();
            let is_last = finished + 1 == most;
            let (lane, how) = match ended.lane == Lane::Computing && is_better_off && !is_last {
                true => (Lane::Computing, "beside fewer others"),
                false => (Lane::Alone, "alone"),
            };
            tracing::debug!(
                "`{}`: run again, {how}: it has waited for a processor",
                self.tasks[ended.task].run.called()
            );
            self.queue(ended.task, lane);
        } else {
            self.answers[ended.task] = Some(result.map(|mut made| {
                made.transcript.timing = match was_disturbed {
                    true => Timing::Noisy,
                    false => Timing::Clean,
                };
                made
            }));
        }
        self.show();
    }
}
