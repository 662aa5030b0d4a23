//! A fair unlock passes the lock on to the thread that has waited longest.

use std::thread;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

fn main() {
    let desk = Mutex::new(0);
    let closed = desk.lock();
    thread::scope(|scope| {
        for (name, at) in [("Anna", 10), ("Ben", 20), ("Cleo", 30)] {
            let desk = &desk;
            scope.spawn(move || {
                thread::sleep(Duration::from_millis(at));
                let mut number = desk.lock();
                *number += 1;
                println!("{name} is number {number}");
                MutexGuard::unlock_fair(number);
            });
        }
        thread::sleep(Duration::from_millis(100));
        MutexGuard::unlock_fair(closed);
    });
}
