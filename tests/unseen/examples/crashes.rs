//! A panic ends its thread only: `join` returns it.
use std::sync::{Arc, Mutex};
use std::thread;

fn main() {
    let sum = Arc::new(Mutex::new(0));
    let workers = ["12", "thirteen", "14"].map(|text| {
        let sum = Arc::clone(&sum);
        let work = move || {
            let number: u32 = text.parse().expect("a number");
            *sum.lock().expect("lock") += number;
            println!("{text} is a number");
            number
        };
        let name = format!("parser of {text}");
        thread::Builder::new().name(name).spawn(work).expect("a thread")
    });
    for worker in workers {
        let name = worker.thread().name().unwrap_or("?").to_owned();
        match worker.join() {
            Ok(number) => println!("{name}: {number}"),
            Err(_) => println!("{name}: panicked"),
        }
    }
    println!("the sum is {}", sum.lock().expect("not poisoned"));
    let holder = Arc::clone(&sum);
    let poisoner = thread::spawn(move || {
        let _guard = holder.lock().expect("lock");
        panic!("with the lock in hand");
    });
    println!("poisoner failed: {}", poisoner.join().is_err());
    println!("poisoned: {}", sum.is_poisoned());
}
