//! Three polling stations count into one tally behind a lock, while a
//! reporter looks at it from time to time.

use std::collections::BTreeMap;
use std::sync::RwLock;
use std::thread;

const STATIONS: [(&str, &[&str]); 3] = [
    ("north", &["Ash", "Birch", "Ash"]),
    ("south", &["Birch", "Birch"]),
    ("west", &["Ash", "Cedar", "Birch"]),
];

fn winner(counts: &BTreeMap<&str, usize>) -> String {
    let most = counts.values().max().copied().unwrap_or(0);
    let first: Vec<&str> = counts
        .iter()
        .filter(|(_, count)| **count == most)
        .map(|(name, _)| *name)
        .collect();
    format!("{} with {most} votes", first.join(" and "))
}

fn main() {
    let tally = RwLock::new(BTreeMap::new());
    thread::scope(|scope| {
        for (station, votes) in STATIONS {
            let tally = &tally;
            scope.spawn(move || {
                for vote in votes {
                    let mut counts = tally.write().unwrap();
                    let count = counts.entry(*vote).or_insert(0);
                    *count += 1;
                    println!("{station}: a vote for {vote}, who now has {count}");
                }
                println!("{station}: closed after {} votes", votes.len());
            });
        }
        scope.spawn(|| {
            for look in 1..=3 {
                let counts = tally.read().unwrap();
                let sum: usize = counts.values().sum();
                println!("reporter: at look {look} there are {sum} votes");
            }
        });
    });
    let counts = tally.read().unwrap();
    println!("all closed: {} votes", counts.values().sum::<usize>());
    for (name, count) in counts.iter() {
        println!("{name}: {count}");
    }
    println!("elected: {}", winner(&counts));
}
