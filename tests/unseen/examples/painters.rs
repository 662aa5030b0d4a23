//! Three painters work floor by floor: no one begins a floor before the last is done.
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

fn main() {
    let floor_done = Arc::new(Barrier::new(3));
    let painters: Vec<_> = [("Rosa", 10), ("Sami", 25), ("Tove", 15)]
        .into_iter()
        .map(|(name, millis)| {
            let floor_done = Arc::clone(&floor_done);
            thread::spawn(move || {
                for floor in 1..=3 {
                    thread::sleep(Duration::from_millis(millis));
                    println!("{name} paints floor {floor}");
                    if floor_done.wait().is_leader() {
                        println!("floor {floor} is done");
                    }
                    floor_done.wait();
                }
            })
        })
        .collect();
    for painter in painters {
        painter.join().expect("painter");
    }
    println!("the house is painted");
}
