//! A barrier: no thread passes before all have arrived.
use std::sync::{Arc, Barrier};
use std::thread;

fn main() {
    let barrier = Arc::new(Barrier::new(3));
    let walkers: Vec<_> = ["x", "y", "z"]
        .into_iter()
        .map(|name| {
            let barrier = Arc::clone(&barrier);
            thread::spawn(move || {
                println!("{name} arrives");
                barrier.wait();
                println!("{name} passes");
            })
        })
        .collect();
    for walker in walkers {
        walker.join().expect("walker");
    }
    println!("all have passed");
}
