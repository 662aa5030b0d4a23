//! A ferry for three cars takes six cars across in two trips: it leaves when
//! it is full and takes new cars when the last one has driven off.

use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;

const ROOM: usize = 3;

#[derive(Default)]
struct Ferry {
    away: bool,
    aboard: usize,
    trips: u32,
}

fn drive(car: u32, ferry: &Mutex<Ferry>, changed: &Condvar) {
    let state = ferry.lock().unwrap();
    let mut state = changed
        .wait_while(state, |f| f.away || f.aboard == ROOM)
        .unwrap();
    state.aboard += 1;
    let trip = state.trips + 1;
    println!("car {car} drives on, {} aboard", state.aboard);
    changed.notify_all();
    let mut state = changed.wait_while(state, |f| f.trips < trip).unwrap();
    state.aboard -= 1;
    println!("car {car} drives off after trip {trip}");
    changed.notify_all();
}

fn main() {
    let ferry = Mutex::new(Ferry::default());
    let changed = Condvar::new();
    thread::scope(|scope| {
        for car in 1..=6 {
            let (ferry, changed) = (&ferry, &changed);
            scope.spawn(move || drive(car, ferry, changed));
        }
        for trip in 1..=2 {
            let state = ferry.lock().unwrap();
            let mut state = changed.wait_while(state, |f| f.aboard < ROOM).unwrap();
            println!("ferry: full, trip {trip} begins");
            state.away = true;
            drop(state);
            thread::sleep(Duration::from_millis(20));
            let mut state = ferry.lock().unwrap();
            println!("ferry: landed");
            state.trips = trip;
            changed.notify_all();
            let mut state = changed.wait_while(state, |f| f.aboard > 0).unwrap();
            state.away = false;
            println!("ferry: empty and back");
            changed.notify_all();
        }
    });
    println!("ferry: {} trips today", ferry.lock().unwrap().trips);
}
