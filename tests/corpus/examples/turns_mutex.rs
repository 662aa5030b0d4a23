//! Nobody promises who gets the lock of the standard library next.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

fn main() {
    let desk = Mutex::new(0);
    let closed = desk.lock().unwrap();
    thread::scope(|scope| {
        for (name, at) in [("Anna", 10), ("Ben", 20), ("Cleo", 30)] {
            let desk = &desk;
            scope.spawn(move || {
                thread::sleep(Duration::from_millis(at));
                let mut number = desk.lock().unwrap();
                *number += 1;
                println!("{name} is number {number}");
                drop(number);
            });
        }
        thread::sleep(Duration::from_millis(100));
        drop(closed);
    });
}
