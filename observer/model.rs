//! The table against a model: small random programs of threads that sleep, yield, lock, and hold each other up.

use std::boxed::Box;
use std::collections::BTreeMap;
use std::vec::Vec;

use proptest::prelude::*;
use proptest::strategy::Strategy as _;

use crate::token::chance::{Chance, Strategy};
use crate::token::table::{Asking, Obstacle, Plan, START, Table};
use crate::token::thread::{Awaited, State, Wait};
use crate::token::timers::{ALARM, Timer, Timers};

/// The next action of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Point,
    Yield,
    Sleep(u64),
    Lock(usize),
    Unlock(usize),
    /// It waits until this thread has ended.
    Join(usize),
}

const LOCKS: usize = 3;
const PROCESS: u32 = 7;

/// Threads that run under a table, as the observer would let them.
struct Program {
    table: Box<Table>,
    /// The remaining steps of each thread, the next one last, and its place while it is in the table.
    threads: Vec<Vec<Step>>,
    owners: [Option<usize>; LOCKS],
    /// The deadline of each thread's sleep.
    sleeps: BTreeMap<usize, u64>,
    /// The thread for which each thread waits.
    joins: BTreeMap<usize, usize>,
    /// The threads in the order in which they got the token, with the time.
    order: Vec<(usize, u64)>,
}

impl Program {
    fn new(plan: Plan, threads: &[Vec<Step>]) -> Program {
        let mut table = Box::new(Table::new(plan));
        let threads: Vec<Vec<Step>> = threads
            .iter()
            .map(|steps| steps.iter().rev().copied().collect())
            .collect();
        for number in 0..threads.len() {
            assert_eq!(table.add(PROCESS, number as u32 + 1), Some(number));
        }
        Program {
            table,
            threads,
            owners: [None; LOCKS],
            sleeps: BTreeMap::new(),
            joins: BTreeMap::new(),
            order: Vec::new(),
        }
    }

    /// Runs until nobody gets the token.
    fn run(&mut self) {
        let mut next = self.table.choose(None, Asking::Plainly);
        while let Some(thread) = next {
            let now = self.table.now();
            assert_eq!(self.table.holder(), Some(thread));
            assert!(
                self.order.last().is_none_or(|(_, before)| *before <= now),
                "the clock"
            );
            self.order.push((thread, now));
            if let Some(deadline) = self.sleeps.remove(&thread) {
                assert!(now >= deadline, "it slept until its deadline");
            }
            self.joins.remove(&thread);
            next = self.step(thread);
        }
    }

    /// Executes steps of a thread up to a scheduling point, and returns who gets the token there.
    fn step(&mut self, thread: usize) -> Option<usize> {
        let mut how = Asking::Plainly;
        let Some(step) = self.threads[thread].pop() else {
            self.table.end(thread);
            self.table.give_back();
            return self.table.choose(None, Asking::Plainly);
        };
        match step {
            Step::Point => self.table.arrive(thread, how),
            Step::Yield => {
                how = Asking::Yielding;
                self.table.arrive(thread, how);
            }
            Step::Sleep(nanos) => {
                let deadline = self.table.deadline_in(nanos);
                self.sleeps.insert(thread, deadline);
                self.table.wait(thread, Wait::until(deadline));
            }
            Step::Lock(lock) if self.owners[lock].is_none() => {
                self.owners[lock] = Some(thread);
                self.table.arrive(thread, how);
            }
            Step::Lock(lock) => {
                // It tries again when it is woken.
                self.threads[thread].push(step);
                self.table
                    .wait(thread, Wait::for_(Awaited::Word, lock as u64));
            }
            Step::Unlock(lock) => {
                if self.owners[lock] == Some(thread) {
                    self.owners[lock] = None;
                    assert!(self.table.wake(lock as u64, 1, u32::MAX) <= 1);
                }
                self.table.arrive(thread, how);
            }
            Step::Join(other) if self.table.thread(other).state == State::Ended => {
                self.table.arrive(thread, how);
            }
            Step::Join(other) => {
                self.joins.insert(thread, other);
                self.table
                    .wait(thread, Wait::for_(Awaited::Thread, other as u64));
            }
        }
        self.table.choose(Some(thread), how)
    }

    fn has_ended(&self, thread: usize) -> bool {
        self.table.thread(thread).state == State::Ended
    }

    /// Whether a thread can do its next step, by the model's own knowledge.
    fn could_go_on(&self, thread: usize) -> bool {
        !self.has_ended(thread)
            && match (self.joins.get(&thread), self.threads[thread].last()) {
                (Some(&other), _) => self.has_ended(other),
                (None, Some(Step::Lock(lock))) => self.owners[*lock].is_none(),
                _ => true,
            }
    }
}

fn plan() -> impl proptest::strategy::Strategy<Value = Plan> {
    let choice = prop_oneof![
        Just(Strategy::Random),
        (0..1000_u32).prop_map(Strategy::Sticky),
        Just(Strategy::Pct),
    ];
    (any::<u64>(), choice, any::<bool>()).prop_map(|(seed, strategy, is_late)| Plan {
        seed,
        strategy,
        is_late,
        limit: u64::MAX,
    })
}

fn steps(threads: usize) -> impl proptest::strategy::Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        Just(Step::Point),
        Just(Step::Yield),
        (0..100_u64).prop_map(|millis| Step::Sleep(millis * 1_000_000)),
        (0..LOCKS).prop_map(Step::Lock),
        (0..LOCKS).prop_map(Step::Unlock),
        (0..threads).prop_map(Step::Join),
    ];
    proptest::collection::vec(step, 0..12)
}

fn program() -> impl proptest::strategy::Strategy<Value = Vec<Vec<Step>>> {
    (1..6_usize).prop_flat_map(|threads| proptest::collection::vec(steps(threads), threads))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// When nobody gets the token any more, each thread has ended, or waits for something that cannot come.
    #[test]
    fn a_deadlock_is_found_exactly_when_nobody_can_go_on(plan in plan(), threads in program()) {
        let mut program = Program::new(plan, &threads);
        program.run();
        for thread in 0..threads.len() {
            prop_assert!(!program.could_go_on(thread), "{thread} was forgotten");
        }
    }

    #[test]
    fn the_same_plan_gives_the_same_execution(plan in plan(), threads in program()) {
        let mut executions = [(); 2].map(|()| Program::new(plan, &threads));
        for execution in &mut executions {
            execution.run();
        }
        let [first, second] = executions;
        prop_assert_eq!(first.order, second.order);
        prop_assert_eq!(first.table.counts, second.table.counts);
    }

    /// Without yields and in the base world, sleeps end exactly on time and in order.
    #[test]
    fn sleeps_end_in_the_order_of_their_deadlines(
        plan in plan(),
        sleeps in proptest::collection::vec(1..1000_u64, 1..40),
    ) {
        let plan = Plan { is_late: false, ..plan };
        let threads: Vec<_> = sleeps.iter().map(|&nanos| std::vec![Step::Sleep(nanos)]).collect();
        let mut program = Program::new(plan, &threads);
        program.run();
        // Each thread got the token once at the start, at which the clock stands still, and once after its sleep.
        let (starts, ends) = program.order.split_at(sleeps.len());
        prop_assert!(starts.iter().all(|(_, at)| *at == START));
        for (thread, at) in ends {
            prop_assert_eq!(*at, START + sleeps[*thread]);
        }
    }

    /// A thread that waits for a time by yielding or by reading the clock does not stop the clock.
    #[test]
    fn a_spinning_thread_lets_others_and_the_clock_go_on(plan in plan(), millis in 1..50_u64, reads in any::<bool>()) {
        let mut table = Table::new(plan);
        let spinner = table.add(PROCESS, 1).unwrap();
        let end = START + millis * 1_000_000;
        prop_assert_eq!(table.choose(None, Asking::Plainly), Some(spinner));
        let mut rounds = 0_u64;
        while table.now() < end {
            rounds += 1;
            prop_assert!(rounds < 100_000);
            if reads {
                table.read_clock(spinner);
            } else {
                table.arrive(spinner, Asking::Yielding);
                prop_assert_eq!(table.choose(Some(spinner), Asking::Yielding), Some(spinner));
            }
        }
    }

    /// A held thread starts after the others have done all they can, though one of them sleeps or yields.
    #[test]
    fn a_held_thread_goes_on_last(plan in plan(), threads in program(), held in 0..5_usize) {
        let held = held % threads.len();
        let mut program = Program::new(plan, &threads);
        // A first round lets it take the token and be held.
        program.table.hold(held, 10_000_000_000);
        program.run();
        let first = program.order.iter().position(|(thread, _)| *thread == held).unwrap();
        for (thread, steps) in threads.iter().enumerate() {
            let needs_nobody = steps.iter().all(|step| !matches!(step, Step::Lock(_) | Step::Join(_)));
            if thread != held && needs_nobody {
                let last = program.order.iter().rposition(|(other, _)| *other == thread).unwrap();
                prop_assert!(last < first);
            }
        }
    }
}

#[test]
fn a_requeued_thread_waits_for_the_other_lock() {
    let mut table = table();
    let [first, second, third] = [1, 2, 3].map(|id| table.add(PROCESS, id).unwrap());
    for waiter in [first, second] {
        table.wait(waiter, Wait::for_(Awaited::Word, 10));
    }
    assert_eq!(table.requeue(10, 20, 1), 1);
    assert_eq!(table.wake(10, 5, u32::MAX), 1);
    assert_eq!(table.wake(20, 5, 0b1), 1);
    assert_eq!(table.wake(20, 5, 0b1), 0);
    assert_eq!(table.thread(third).state, State::Ready);
}

#[test]
fn a_wake_up_ends_only_waits_for_its_kind() {
    let mut table = table();
    let waiter = table.add(PROCESS, 1).unwrap();
    let wait = Wait {
        bits: 0b10,
        ..Wait::for_(Awaited::Word, 10)
    };
    table.wait(waiter, wait);
    assert_eq!(table.wake(10, 1, 0b101), 0);
    assert_eq!(table.wake(10, 1, 0b110), 1);
}

#[test]
fn the_end_of_a_process_stops_all_until_it_is_dead() {
    let mut table = table();
    let parent = table.add(1, 1).unwrap();
    let child = table.add(2, 2).unwrap();
    table.wait(parent, Wait::for_(Awaited::Children, 0));
    assert_eq!(table.choose(None, Asking::Plainly), Some(child));
    table.begin_to_end(2);
    assert_eq!((table.holder(), table.ending()), (None, Some(2)));
    assert_eq!(table.choose(None, Asking::Plainly), None);
    table.bury(2);
    assert_eq!(table.choose(None, Asking::Plainly), Some(parent));
}

#[test]
fn a_thread_outside_stops_the_clock_but_not_the_others() {
    let mut table = table();
    let outside = table.add(1, 1).unwrap();
    assert_eq!(table.choose(None, Asking::Plainly), Some(outside));
    table.revoke();
    let sleeper = table.add(1, 2).unwrap();
    assert_eq!(table.choose(None, Asking::Plainly), Some(sleeper));
    table.wait(sleeper, Wait::until(START + 5));
    assert_eq!(table.choose(Some(sleeper), Asking::Plainly), None);
    assert_eq!(table.choose_without_outsiders(), Some(sleeper));
    assert_eq!(table.now(), START + 5);
}

#[test]
fn the_clock_stops_at_the_limit() {
    let mut table = Table::new(Plan { limit: 100, ..PLAN });
    let sleeper = table.add(1, 1).unwrap();
    table.wait(sleeper, Wait::until(START + 101));
    assert_eq!(table.choose(None, Asking::Plainly), None);
    assert!(table.is_out_of_time());
    assert_eq!(table.now(), START + 100);
}

#[test]
fn a_hold_ends_when_its_time_is_over() {
    let mut table = table();
    let [held, sleeper] = [1, 2].map(|id| table.add(1, id).unwrap());
    table.hold(held, 50);
    table.wait(sleeper, Wait::until(START + 70));
    assert_eq!(table.choose(None, Asking::Plainly), Some(held));
    assert_eq!(table.now(), START + 50);
    // There is no second hold.
    table.hold(held, 50);
    assert_eq!(table.choose(Some(held), Asking::Plainly), Some(held));
}

#[test]
fn a_full_table_takes_no_thread_more() {
    let mut table = table();
    for id in 0..crate::token::table::THREADS {
        assert_eq!(table.add(1, id as u32), Some(id));
    }
    assert_eq!(table.add(1, 0), None);
    table.forget(5);
    assert_eq!(table.add(1, 0), Some(5));
}

const PLAN: Plan = Plan {
    seed: 1,
    strategy: Strategy::Random,
    is_late: false,
    limit: u64::MAX,
};

fn table() -> Table {
    Table::new(PLAN)
}

#[test]
fn the_numbers_are_those_of_the_author() {
    let mut chance = Chance::of_seed(1_234_567);
    let numbers = [(); 3].map(|()| chance.next());
    assert_eq!(
        numbers,
        [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423
        ]
    );
}

#[test]
fn a_chance_comes_true_as_often_as_it_says() {
    let mut chance = Chance::of_seed(3);
    let times = (0..10_000).filter(|_| chance.comes(1, 4)).count();
    assert!((2400..2600).contains(&times), "{times}");
}

fn table_with_a_sleeper() -> Table {
    let mut table = Table::new(Plan {
        seed: 1,
        strategy: Strategy::Random,
        is_late: false,
        limit: u64::MAX,
    });
    let place = table.add(PROCESS, 1).unwrap();
    table.wait(place, Wait::until(START + 5_000_000));
    table
}

#[test]
fn real_time_passes_until_the_earliest_deadline() {
    let mut table = table_with_a_sleeper();
    table.pass(2_000_000);
    assert_eq!(table.now(), START + 2_000_000);
    table.pass(4_000_000);
    assert_eq!(table.now(), START + 5_000_000);
    assert_eq!(table.choose(None, Asking::Plainly), Some(0));
}

#[test]
fn nobody_goes_on_after_an_obstacle() {
    let mut table = table_with_a_sleeper();
    table.give_up(Obstacle::Timer);
    table.give_up(Obstacle::Signal);
    assert_eq!(table.obstacle(), Obstacle::Timer);
    assert_eq!(table.choose(None, Asking::Plainly), None);
}

#[test]
fn the_clock_goes_on_for_a_thread_that_looks_in_vain() {
    let mut table = table_with_a_sleeper();
    let place = table.add(PROCESS, 2).unwrap();
    let looks = (0..100_000).take_while(|_| {
        table.look_in_vain(place);
        table.now() < START + 5_000_000
    });
    let looks = looks.count();
    assert!((300..5000).contains(&looks), "{looks}");
}

#[test]
fn a_signal_ends_a_wait_once() {
    let mut table = table_with_a_sleeper();
    table.interrupt(0);
    assert_eq!(table.choose(None, Asking::Plainly), Some(0));
    assert_eq!(table.now(), START);
    table.wait(0, Wait::until(START + 7));
    assert_eq!(table.choose(Some(0), Asking::Plainly), Some(0));
    assert_eq!(table.now(), START + 7);
}

#[test]
fn a_stopped_process_does_not_run_and_its_sleeps_do_not_move_the_clock() {
    let mut table = table_with_a_sleeper();
    table.stop(PROCESS, true);
    assert_eq!(table.choose(None, Asking::Plainly), None);
    assert_eq!(table.now(), START);
    let other = table.add(PROCESS + 1, 2).unwrap();
    table.wait(other, Wait::until(START + 9_000_000));
    assert_eq!(table.choose(None, Asking::Plainly), Some(other));
    table.stop(PROCESS, false);
    table.wait(other, Wait::until(START + 10_000_000));
    assert_eq!(table.choose(Some(other), Asking::Plainly), Some(0));
    assert_eq!(table.now(), START + 9_000_000);
}

#[test]
fn a_stopped_process_gets_only_some_signals() {
    let mut table = table_with_a_sleeper();
    let delayed = |table: &Table| [9, 15, 18].map(|signal| table.delays_signal(PROCESS, signal));
    assert_eq!(delayed(&table), [false; 3]);
    table.stop(PROCESS, true);
    assert_eq!(delayed(&table), [false, true, false]);
}

#[test]
fn the_supervisor_gets_the_token_when_a_timer_ends() {
    let mut table = table_with_a_sleeper();
    let timer = Timer {
        process: PROCESS,
        signal: 14,
        number: ALARM,
        deadline: START + 2_000_000,
        interval: 2_000_000,
    };
    assert!(table.timers.set(timer));
    assert_eq!(table.choose(None, Asking::Plainly), None);
    assert_eq!(table.now(), START + 2_000_000);
    assert_eq!(table.take_due_timer(), Some(timer));
    assert_eq!(table.take_due_timer(), None);
    assert_eq!(table.choose(None, Asking::Plainly), None);
    assert_eq!(table.now(), START + 4_000_000);
    table.timers.remove(PROCESS, ALARM);
    assert_eq!(table.choose(None, Asking::Plainly), Some(0));
    assert_eq!(table.now(), START + 5_000_000);
}

#[test]
fn the_timers_of_a_process_end_with_it() {
    let mut timers = Timers::NONE;
    let timer = |process, number| Timer {
        process,
        signal: 14,
        number,
        deadline: 5,
        interval: 0,
    };
    for number in 0..64 {
        assert!(timers.set(timer(1, number)));
    }
    assert!(timers.set(timer(1, 3)), "it is set again");
    assert!(!timers.set(timer(2, 0)));
    timers.remove_from(1, 1);
    assert!(timers.set(timer(2, 0)));
    assert_eq!(timers.get(1, 0), Some(timer(1, 0)));
    assert_eq!(timers.get(1, 3), None);
    assert_eq!(timers.take_due(5), Some(timer(1, 0)));
    assert_eq!(timers.take_due(5), Some(timer(2, 0)));
    assert_eq!(timers.earliest(), u64::MAX);
}

/// A call that the observer does not see may have changed a file.
#[test]
fn threads_look_at_their_files_before_the_clock_goes_on() {
    let mut table = table_with_a_sleeper();
    let reader = table.add(PROCESS, 2).unwrap();
    let wait = Wait::for_(Awaited::Files, 4);
    table.wait(reader, wait);
    for _ in 0..2 {
        assert_eq!(table.choose(None, Asking::Plainly), Some(reader));
        assert_eq!(table.now(), START);
        // In vain.
        table.wait(reader, wait);
        assert_eq!(table.choose(Some(reader), Asking::Plainly), Some(0));
        assert_eq!(table.now(), START + 5_000_000);
        table = table_with_a_sleeper();
        table.add(PROCESS, 2).unwrap();
        table.wait(reader, wait);
    }
}

#[test]
fn the_end_of_a_thread_wakes_those_that_want_its_robust_lock() {
    let mut table = table();
    let [owner, robust, plain] = [1, 2, 3].map(|id| table.add(PROCESS, id).unwrap());
    let wait = Wait::for_(Awaited::Word, 10);
    let bits = crate::token::thread::ROBUST;
    table.wait(robust, Wait { bits, ..wait });
    table.wait(plain, wait);
    table.end(owner);
    assert_eq!(
        [robust, plain].map(|place| table.thread(place).is_woken),
        [true, false]
    );
    // Unlocking wakes it, too.
    table.wait(robust, Wait { bits, ..wait });
    assert_eq!(table.wake(10, 5, u32::MAX), 2);
}
