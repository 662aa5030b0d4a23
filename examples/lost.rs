use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

fn main() {
    let counter = Arc::new(Mutex::new(0));
    let mut workers = Vec::new();
    for name in ["Anna", "Ben", "Cleo", "Dan"] {
        let counter = Arc::clone(&counter);
        workers.push(thread::spawn(move || {
            let before = *counter.lock().expect("no worker panics"); // (1)!
            thread::sleep(Duration::from_millis(100));
            let mut count = counter.lock().expect("no worker panics"); // (2)!
            *count = before + 1;
            println!("{name} counts from {before} to {count}");
        }));
    }
    for worker in workers {
        worker.join().expect("no worker panics");
    }
    let total = counter.lock().expect("no worker panics");
    println!("main: the counter is {total}");
}
