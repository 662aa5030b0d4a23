//! Two packers empty a belt that holds two boxes.
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;

fn main() {
    // The numbers of boxes that were put on the belt and taken from it.
    let belt = Mutex::new((0, 0));
    let moved = Condvar::new();
    thread::scope(|scope| {
        for packer in ["Gus", "Hal"] {
            let (belt, moved) = (&belt, &moved);
            scope.spawn(move || {
                loop {
                    let counts = belt.lock().expect("lock");
                    let mut counts = moved.wait_while(counts, |it| it.0 == it.1).expect("wait");
                    counts.1 += 1;
                    let number = counts.1;
                    drop(counts);
                    moved.notify_all();
                    if number > 6 {
                        break;
                    }
                    thread::sleep(Duration::from_millis(20));
                    println!("{packer} packed box {number}");
                }
            });
        }
        // The last two boxes are empty: they tell the packers to stop.
        for number in 1..=8 {
            let counts = belt.lock().expect("lock");
            let mut counts = moved.wait_while(counts, |it| it.0 - it.1 == 2).expect("wait");
            counts.0 += 1;
            if number <= 6 {
                println!("box {number} on the belt");
            }
            moved.notify_all();
        }
    });
    println!("the belt stands still");
}
