//! Supervisors start a new thread when the old one has panicked, but not for ever.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{panic, thread};

static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Succeeds once the attempt is as high as the difficulty.
fn climb(mountain: &str, difficulty: u32, attempt: u32) -> u32 {
    let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    println!("{mountain}: attempt {attempt}");
    thread::sleep(Duration::from_millis(15));
    log.push(format!("{mountain} {attempt}"));
    if attempt < difficulty {
        panic!("storm on {mountain}");
    }
    println!("{mountain}: on the top");
    attempt
}

fn supervise(mountain: &'static str, difficulty: u32) -> Result<u32, String> {
    let mut reason = String::new();
    for attempt in 1..=3 {
        let climber = thread::Builder::new()
            .name(format!("climber {attempt}"))
            .spawn(move || climb(mountain, difficulty, attempt))
            .unwrap();
        match climber.join() {
            Ok(attempts) => return Ok(attempts),
            Err(payload) => {
                reason = match payload.downcast::<String>() {
                    Ok(message) => *message,
                    Err(_) => String::from("nobody knows why"),
                };
                println!("{mountain}: gives up attempt {attempt}");
            }
        }
    }
    Err(reason)
}

fn main() {
    panic::set_hook(Box::new(|_| {
        let thread = thread::current();
        eprintln!("{} panics", thread.name().unwrap_or("somebody"));
    }));
    let mountains = [("Eiger", 2), ("K2", 9), ("Rigi", 1)];
    let supervisors = mountains.map(|(mountain, difficulty)| {
        (mountain, thread::spawn(move || supervise(mountain, difficulty)))
    });
    for (mountain, supervisor) in supervisors {
        match supervisor.join().unwrap() {
            Ok(attempts) => println!("base: {mountain} climbed, attempts: {attempts}"),
            Err(reason) => println!("base: {mountain} not climbed: {reason}"),
        }
    }
    println!("base: the log is poisoned: {}", LOG.is_poisoned());
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    println!("base: {} attempts in the log", log.len());
}
