//! A counter without a lock, and a flag.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

fn main() {
    let count = Arc::new(AtomicU32::new(0));
    let go = Arc::new(AtomicBool::new(false));
    let handles: Vec<_> = (0..4)
        .map(|_| {
            let (count, go) = (Arc::clone(&count), Arc::clone(&go));
            thread::spawn(move || {
                while !go.load(Ordering::Acquire) {
                    thread::yield_now();
                }
                for _ in 0..1_000_000 {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    println!("ready");
    go.store(true, Ordering::Release);
    for handle in handles {
        handle.join().expect("worker");
    }
    println!("counted {}", count.load(Ordering::Relaxed));
}
