//! Three prospectors go over the same field on different paths; each
//! plot belongs to whoever puts the first stake into it.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

const NAMES: [&str; 3] = ["Abe", "Bess", "Cal"];
const FREE: usize = usize::MAX;
const PLOTS: usize = 6;
const PATHS: [[usize; PLOTS]; 3] = [[0, 1, 2, 3, 4, 5], [2, 1, 5, 3, 0, 4], [4, 3, 5, 1, 2, 0]];

struct Field {
    owners: [AtomicUsize; PLOTS],
    stakes: AtomicUsize,
    refused: AtomicUsize,
}

fn prospect(me: usize, field: &Field) -> Vec<usize> {
    let mut mine = Vec::new();
    for plot in PATHS[me] {
        thread::sleep(Duration::from_millis(2));
        match field.owners[plot].compare_exchange(FREE, me, SeqCst, SeqCst) {
            Ok(_) => {
                let stakes = field.stakes.fetch_add(1, SeqCst) + 1;
                println!("{}: plot {plot} is mine, stake {stakes}", NAMES[me]);
                mine.push(plot);
            }
            Err(owner) => {
                field.refused.fetch_add(1, SeqCst);
                println!("{}: plot {plot} belongs to {}", NAMES[me], NAMES[owner]);
            }
        }
    }
    println!("{}: home with {} plots", NAMES[me], mine.len());
    mine
}

fn main() {
    let field = Field {
        owners: [const { AtomicUsize::new(FREE) }; PLOTS],
        stakes: AtomicUsize::new(0),
        refused: AtomicUsize::new(0),
    };
    let deeds = thread::scope(|scope| {
        let field = &field;
        let parties = [0, 1, 2].map(|me| scope.spawn(move || prospect(me, field)));
        parties.map(|party| party.join().unwrap())
    });
    for (name, deed) in NAMES.iter().zip(&deeds) {
        println!("office: {name} has {deed:?}");
    }
    let stakes = field.stakes.load(SeqCst);
    println!(
        "office: {stakes} stakes, {} refusals",
        field.refused.load(SeqCst)
    );
}
