//! An operator listens to two lines at once and to the clock on the wall.
//! The night shift ends when both lines have been cut off.

use crossbeam::channel::{Receiver, Sender, after, bounded, never, select, unbounded};
use std::thread;
use std::time::Duration;

const QUIET: Duration = Duration::from_millis(100);

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn subscribers(town: &'static str, calls: &[(u64, u32)], line: Sender<u32>) {
    for (pause, number) in calls {
        thread::sleep(ms(*pause));
        println!("{town}: a subscriber asks for {number}");
        line.send(*number).unwrap();
    }
    println!("{town}: no more calls");
}

fn operate(mut east: Receiver<u32>, mut west: Receiver<u32>, log: Sender<String>) -> (u32, u32) {
    let (mut connected, mut quiet) = (0, 0);
    let mut open = 2;
    while open > 0 {
        select! {
            recv(east) -> call => match call {
                Ok(number) => { connected += 1; log.send(format!("east to {number}")).unwrap() }
                Err(_) => { open -= 1; east = never() }
            },
            recv(west) -> call => match call {
                Ok(number) => { connected += 1; log.send(format!("west to {number}")).unwrap() }
                Err(_) => { open -= 1; west = never() }
            },
            recv(after(QUIET)) -> _ => {
                quiet += 1;
                println!("operator: nothing for {} ms", QUIET.as_millis());
            }
        }
    }
    println!("operator: both lines are cut off");
    (connected, quiet)
}

fn main() {
    let (east, east_end) = unbounded();
    let (west, west_end) = unbounded();
    let (log, entries) = bounded(1);
    let operator = thread::spawn(move || operate(east_end, west_end, log));
    let clerk = thread::spawn(move || {
        for (n, entry) in (1..).zip(entries) {
            println!("log: {n}: {entry}");
        }
    });
    thread::spawn(move || subscribers("east", &[(0, 12), (0, 15), (250, 19)], east));
    thread::spawn(move || subscribers("west", &[(0, 31), (0, 34)], west));
    let (connected, quiet) = operator.join().unwrap();
    clerk.join().unwrap();
    println!("{connected} calls connected, {quiet} quiet spells");
}
