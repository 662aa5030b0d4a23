//! A graceful shutdown: the clerks leave when the office is closing and everything is done.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

#[derive(Default)]
struct State {
    letters: VecDeque<&'static str>,
    closing: bool,
    answered: u32,
}

#[derive(Default)]
struct Office {
    state: Mutex<State>,
    changed: Condvar,
}

impl Office {
    fn clerk(&self, name: &str) {
        let mut state = self.state.lock().unwrap();
        loop {
            if let Some(letter) = state.letters.pop_front() {
                drop(state);
                println!("{letter} is opened");
                thread::sleep(Duration::from_millis(30));
                println!("{letter} is answered");
                state = self.state.lock().unwrap();
                state.answered += 1;
                self.changed.notify_all();
            } else if state.closing {
                println!("{name} leaves");
                break;
            } else {
                state = self.changed.wait(state).unwrap();
            }
        }
    }

    fn post(&self, letter: &'static str) {
        let mut state = self.state.lock().unwrap();
        println!("{letter} arrives");
        state.letters.push_back(letter);
        self.changed.notify_all();
    }
}

fn main() {
    let office = Arc::new(Office::default());
    let clerks = ["Smith", "Jones"].map(|name| {
        let office = Arc::clone(&office);
        thread::spawn(move || office.clerk(name))
    });
    for letter in ["bill", "offer", "reminder", "complaint", "invitation"] {
        office.post(letter);
        thread::sleep(Duration::from_millis(5));
    }

    let mut state = office.state.lock().unwrap();
    while state.answered < 2 {
        state = office.changed.wait(state).unwrap();
    }
    println!("the door is closed");
    state.closing = true;
    drop(state);
    office.changed.notify_all();

    for clerk in clerks {
        clerk.join().unwrap();
    }
    let answered = office.state.lock().unwrap().answered;
    println!("good night, {answered} letters are answered");
}
