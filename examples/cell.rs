use std::cell::Cell;
use std::sync::Arc;
use std::thread;

fn main() {
    let counter = Arc::new(Cell::new(0));
    let shared = Arc::clone(&counter);
    let worker = thread::spawn(move || shared.set(shared.get() + 1));
    counter.set(counter.get() + 1);
    worker.join().expect("the worker does not panic");
}
