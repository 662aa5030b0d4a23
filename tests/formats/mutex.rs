use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

fn main() {
    let counter = Arc::new(Mutex::new(0));
    let mut workers = Vec::new();
    for name in ["Anna", "Ben", "Cleo", "Dan"] {
        let counter = Arc::clone(&counter); // (1)!
        workers.push(thread::spawn(move || {
            let mut count = counter.lock().expect("no worker panics"); // (2)!
            let before = *count;
            thread::sleep(Duration::from_millis(100));
            *count = before + 1;
            println!("{name} counts from {before} to {count}");
        })); // (3)!
    }
    for worker in workers {
        worker.join().expect("no worker panics");
    }
    let total = counter.lock().expect("no worker panics");
    println!("main: the counter is {total}");
}
