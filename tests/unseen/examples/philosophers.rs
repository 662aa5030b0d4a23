//! Five philosophers dine without a deadlock: everybody takes the fork with the lower number first.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

const NAMES: [&str; 5] = ["Arendt", "Bacon", "Camus", "Diotima", "Epicurus"];
const MEALS: u32 = 2;

struct Table {
    forks: Vec<Mutex<u32>>,
}

impl Table {
    fn dine(&self, seat: usize) {
        let name = NAMES[seat];
        let left = seat;
        let right = (seat + 1) % self.forks.len();
        let (low, high) = (left.min(right), left.max(right));

        for meal in 1..=MEALS {
            let mut first = self.forks[low].lock().unwrap();
            let mut second = self.forks[high].lock().unwrap();
            println!("{name} has forks {low} and {high}");
            thread::sleep(Duration::from_millis(15));
            *first += 1;
            *second += 1;
            println!("{name} has eaten meal {meal}");
            drop(second);
            drop(first);
            thread::sleep(Duration::from_millis(5)); // thinks
        }
        println!("{name} leaves the table");
    }
}

fn main() {
    let table = Table {
        forks: NAMES.iter().map(|_| Mutex::new(0)).collect(),
    };
    println!("{} philosophers sit down", NAMES.len());
    thread::scope(|scope| {
        for seat in 0..NAMES.len() {
            let table = &table;
            scope.spawn(move || table.dine(seat));
        }
    });
    println!("the table is empty");
    for (number, fork) in table.forks.into_iter().enumerate() {
        println!("fork {number} was used {} times", fork.into_inner().unwrap());
    }
}
