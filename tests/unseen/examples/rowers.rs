//! Four rowers keep the stroke with a barrier: nobody pulls before all have
//! dipped, and nobody dips again before all have pulled.

use std::sync::{Arc, Barrier, Mutex};
use std::thread;

const ROWERS: usize = 4;
const STROKES: usize = 3;

fn row(seat: usize, together: &Barrier, way: &Mutex<usize>) -> usize {
    let mut calls = 0;
    for stroke in 1..=STROKES {
        println!("seat {seat} dips for stroke {stroke}");
        together.wait();
        *way.lock().unwrap() += 2;
        println!("seat {seat} pulls");
        if together.wait().is_leader() {
            let metres = *way.lock().unwrap();
            println!("seat {seat} calls: {metres} metres");
            calls += 1;
        }
        together.wait();
    }
    calls
}

fn main() {
    let together = Arc::new(Barrier::new(ROWERS));
    let way = Arc::new(Mutex::new(0));
    println!("cox: ready all");
    let crew: Vec<_> = (1..=ROWERS)
        .map(|seat| {
            let together = Arc::clone(&together);
            let way = Arc::clone(&way);
            thread::spawn(move || row(seat, &together, &way))
        })
        .collect();
    let mut called = 0;
    for (index, rower) in crew.into_iter().enumerate() {
        called += rower.join().unwrap();
        println!("cox: seat {} ships the oar", index + 1);
    }
    println!("cox: {called} calls, {} metres", way.lock().unwrap());
}
