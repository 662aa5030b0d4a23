//! A guard answers the bell, and looks at a clock in between.
use std::thread;
use std::time::Duration;

use crossbeam::channel::{bounded, select, tick};

fn main() {
    let (bell, rings) = bounded(0);
    let clock = tick(Duration::from_millis(40));
    let guard = thread::spawn(move || {
        let mut rounds = 0;
        loop {
            select! {
                recv(rings) -> visitor => match visitor {
                    Ok(visitor) => println!("guard: good day, {visitor}"),
                    Err(_) => break,
                },
                recv(clock) -> _ => {
                    rounds += 1;
                    println!("guard: round {rounds}");
                }
            }
        }
        println!("guard: goes home");
    });
    for visitor in ["baker", "mason", "smith"] {
        thread::sleep(Duration::from_millis(60));
        bell.send(visitor).expect("the guard listens");
    }
    drop(bell);
    guard.join().expect("guard");
    println!("the gate is closed");
}
