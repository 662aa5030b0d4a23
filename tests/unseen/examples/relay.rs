//! Three teams run a relay. Within a team a runner starts when the one
//! before has come in; the teams run side by side.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{panic, thread};

/// Runs one leg. The runner called Ole always stumbles.
fn run_leg(team: &str, leg: usize, runner: &str) -> usize {
    println!("{team}: {runner} starts leg {leg}");
    if runner == "Ole" {
        panic!("Ole stumbles");
    }
    println!("{team}: {runner} has run {} m", 100 * leg);
    100 * leg
}

fn run_team(team: &'static str, runners: [&'static str; 3], finish: &AtomicUsize) -> Option<usize> {
    let mut metres = 0;
    for (i, runner) in runners.into_iter().enumerate() {
        let leg = thread::spawn(move || run_leg(team, i + 1, runner));
        match leg.join() {
            Ok(run) => metres += run,
            Err(_) => {
                println!("{team}: {runner} fell in leg {}", i + 1);
                return None;
            }
        }
    }
    let place = finish.fetch_add(1, Ordering::SeqCst) + 1;
    println!("{team}: {metres} m done");
    Some(place)
}

fn main() {
    // A fall is reported by the team, not by the runtime.
    panic::set_hook(Box::new(|_| {}));
    let finish = Arc::new(AtomicUsize::new(0));
    let line_up = [
        ("red", ["Ana", "Ben", "Cy"]),
        ("green", ["Uma", "Ole", "Vic"]),
        ("blue", ["Kai", "Lou", "Mia"]),
    ];
    println!("on your marks");
    let mut running = Vec::new();
    for (team, runners) in line_up {
        let finish = Arc::clone(&finish);
        let handle = thread::spawn(move || run_team(team, runners, &finish));
        running.push((team, handle));
    }
    for (team, handle) in running {
        match handle.join().unwrap() {
            Some(place) => println!("result: {team} came in as number {place}"),
            None => println!("result: {team} did not finish"),
        }
    }
    println!("the stadium closes");
}
