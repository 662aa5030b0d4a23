//! One thread waits until the other is ready.
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

fn main() {
    let pair = Arc::new((Mutex::new(false), Condvar::new()));
    let worker = {
        let pair = Arc::clone(&pair);
        thread::spawn(move || {
            println!("worker: prepares");
            thread::sleep(Duration::from_millis(20));
            println!("worker: is ready");
            *pair.0.lock().expect("lock") = true;
            pair.1.notify_one();
            thread::sleep(Duration::from_millis(20));
            println!("worker: tidies up");
        })
    };
    println!("main: waits");
    let mut ready = pair.0.lock().expect("lock");
    while !*ready {
        ready = pair.1.wait(ready).expect("wait");
    }
    println!("main: goes on");
    worker.join().expect("worker");
    println!("main: ends");
}
