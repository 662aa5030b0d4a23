//! A phone book that several read while one extends it.
use std::collections::BTreeMap;
use std::sync::RwLock;
use std::thread;
use std::time::Duration;

fn main() {
    let book = RwLock::new(BTreeMap::from([("Ann", 101), ("Bob", 102)]));
    thread::scope(|scope| {
        for reader in 1..=3 {
            let book = &book;
            scope.spawn(move || {
                for _ in 0..2 {
                    let entries = book.read().expect("read").len();
                    println!("reader {reader}: {entries} entries");
                    thread::sleep(Duration::from_millis(6));
                }
            });
        }
        scope.spawn(|| {
            for (name, number) in [("Cid", 103), ("Dot", 104)] {
                let mut open = book.write().expect("write");
                println!("writer: adds {name}");
                open.insert(name, number);
                println!("writer: {} entries", open.len());
                drop(open);
                thread::sleep(Duration::from_millis(5));
            }
        });
    });
    let book = book.into_inner().expect("no writer panicked");
    println!("names: {:?}", book.keys().collect::<Vec<_>>());
    println!("last number: {}", book["Dot"]);
}
