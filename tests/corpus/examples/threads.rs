//! Threads that end in another order than they are joined.
use std::thread;
use std::time::Duration;

fn work(name: &str, millis: u64) {
    println!("{name} starts");
    thread::sleep(Duration::from_millis(millis));
    println!("{name} ends");
}

fn main() {
    let slow = thread::spawn(|| work("slow", 60));
    let fast = thread::spawn(|| work("fast", 20));
    slow.join().expect("slow");
    println!("main: slow is through");
    fast.join().expect("fast");
    println!("main: all are through");
}
