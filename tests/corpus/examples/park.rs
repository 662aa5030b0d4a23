//! A parked thread.
use std::thread;
use std::time::Duration;

fn main() {
    let sleeper = thread::spawn(|| {
        println!("sleeper: goes to bed");
        thread::park();
        println!("sleeper: is awake");
    });
    thread::sleep(Duration::from_millis(20));
    println!("main: wakes the sleeper");
    sleeper.thread().unpark();
    sleeper.join().expect("sleeper");
    println!("main: good morning");
}
