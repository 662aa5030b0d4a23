//! Four clerks sell eight seats without a lock, but they share a printer.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, Once};
use std::thread;
use std::time::Duration;

static OPENING: Once = Once::new();

struct Theatre {
    free: AtomicU32,
    refused: AtomicU32,
    printer: Mutex<u32>,
}

impl Theatre {
    fn book(&self) -> Option<u32> {
        let mut seat = self.free.load(Ordering::SeqCst);
        while seat > 0 {
            let next = seat - 1;
            match self.free.compare_exchange(seat, next, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => return Some(seat),
                Err(actual) => seat = actual,
            }
        }
        None
    }

    fn print(&self, seat: u32) {
        loop {
            if let Ok(mut printed) = self.printer.try_lock() {
                println!("ticket for seat {seat}");
                thread::sleep(Duration::from_millis(6));
                println!("receipt for seat {seat}");
                *printed += 1;
                return;
            }
            thread::sleep(Duration::from_millis(2)); // somebody else prints
        }
    }

    fn clerk(&self, name: &str) {
        OPENING.call_once(|| {
            thread::sleep(Duration::from_millis(10));
            println!("the box office is open");
        });
        println!("{name} is ready");
        for _ in 0..3 {
            match self.book() {
                Some(seat) => self.print(seat),
                None => {
                    self.refused.fetch_add(1, Ordering::SeqCst);
                    println!("a customer is sent away");
                }
            }
        }
    }
}

fn main() {
    let theatre = Theatre {
        free: AtomicU32::new(8),
        refused: AtomicU32::new(0),
        printer: Mutex::new(0),
    };
    thread::scope(|scope| {
        for name in ["Ina", "Jon", "Kim", "Lea"] {
            let theatre = &theatre;
            scope.spawn(move || theatre.clerk(name));
        }
    });
    let printed = theatre.printer.into_inner().unwrap();
    println!("{printed} tickets, {} refusals", theatre.refused.into_inner());
}
