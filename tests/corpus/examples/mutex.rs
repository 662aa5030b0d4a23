//! A counter behind a lock.
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

fn main() {
    let counter = Arc::new(Mutex::new(0));
    let mut handles = Vec::new();
    for name in ["Anna", "Ben", "Cleo"] {
        let counter = Arc::clone(&counter);
        handles.push(thread::spawn(move || {
            let mut count = counter.lock().expect("lock");
            let before = *count;
            thread::sleep(Duration::from_millis(10));
            *count = before + 1;
            println!("{name}: {before} to {count}");
        }));
    }
    for handle in handles {
        handle.join().expect("worker");
    }
    println!("total {}", counter.lock().expect("lock"));
}
