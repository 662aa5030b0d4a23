//! Threads that take turns by way of the shared table.

use std::boxed::Box;
use std::thread;
use std::time::Duration;
use std::vec::Vec;

use core::sync::atomic::{AtomicU32, Ordering::SeqCst};

use crate::token::chance::Strategy;
use crate::token::shared::{Futex, Shared};
use crate::token::table::{Asking, Plan};

/// A futex by sleeps.
struct Naps;

impl Futex for Naps {
    fn wait(word: &AtomicU32, value: u32, _: u64) {
        if word.load(SeqCst) == value {
            thread::sleep(Duration::from_micros(50));
        }
    }

    fn wake(_: &AtomicU32) {}

    fn thread() -> u32 {
        let id = std::format!("{:?}", thread::current().id());
        let digits: std::string::String = id.chars().filter(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    }
}

fn shared() -> &'static Shared {
    // SAFETY: zero bytes are a table without a thread.
    let shared: Box<Shared> = unsafe { Box::new_zeroed().assume_init() };
    shared.begin::<Naps>(Plan {
        seed: 3,
        strategy: Strategy::Random,
        is_late: false,
        limit: u64::MAX,
    });
    Box::leak(shared)
}

/// One thread at a time runs, in an order that depends on the seed alone.
#[test]
fn threads_take_turns() {
    let orders: Vec<Vec<usize>> = (0..5).map(|_| turns()).collect();
    assert_eq!(orders[0].len(), 60);
    assert!(orders.iter().all(|order| *order == orders[0]), "{orders:?}");
}

fn turns() -> Vec<usize> {
    let shared = shared();
    for _ in 0..3 {
        shared.lock::<Naps>().unwrap().add(1, 0).unwrap();
    }
    let order = std::sync::Mutex::new(Vec::new());
    let turn = |place: usize| {
        shared.wait_for_token::<Naps>(place);
        for _ in 0..20 {
            // Nobody waits for this lock, as nobody else runs.
            order.try_lock().unwrap().push(place);
            let mut table = shared.lock::<Naps>().unwrap();
            table.arrive(place, Asking::Plainly);
            table.hand_on(Some(place), Asking::Plainly);
            drop(table);
            shared.wait_for_token::<Naps>(place);
        }
        let mut table = shared.lock::<Naps>().unwrap();
        table.end(place);
        table.hand_on(None, Asking::Plainly);
    };
    thread::scope(|scope| {
        for place in 0..3 {
            scope.spawn(move || turn(place));
        }
        shared
            .lock::<Naps>()
            .unwrap()
            .hand_on(None, Asking::Plainly);
    });
    assert_eq!(shared.calls(), 1, "the last thread calls the supervisor");
    order.into_inner().unwrap()
}

#[test]
fn a_thread_that_holds_the_lock_does_not_get_it_again() {
    let shared = shared();
    let locked = shared.lock::<Naps>().unwrap();
    assert!(shared.lock::<Naps>().is_none());
    assert_eq!(shared.locked_by(), Some(Naps::thread()));
    thread::spawn(|| assert!(shared.try_lock::<Naps>().is_none()))
        .join()
        .unwrap();
    drop(locked);
    assert_eq!(shared.locked_by(), None);
}

/// A thread can be killed at any moment.
#[test]
fn the_lock_of_a_dead_thread_is_freed_unless_the_table_was_changing() {
    for changes in [false, true] {
        let shared = shared();
        let end_with_lock = move || {
            let mut locked = shared.lock::<Naps>().unwrap();
            if changes {
                locked.revoke();
            }
            core::mem::forget(locked);
            Naps::thread()
        };
        let dead = thread::spawn(end_with_lock).join().unwrap();
        assert!(shared.try_lock::<Naps>().is_none());
        assert_eq!(shared.free::<Naps>(dead), !changes);
        assert_eq!(shared.try_lock::<Naps>().is_some(), !changes);
    }
    // A change under an earlier lock is complete.
    let shared = shared();
    shared.lock::<Naps>().unwrap().revoke();
    core::mem::forget(shared.lock::<Naps>().unwrap());
    assert!(shared.free::<Naps>(Naps::thread()));
}
