//! Three clerks put letters into a small tray, a sorter empties it, and two
//! postmen carry the letters out. Everything ends when the tray is closed.

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

struct Letter {
    from: &'static str,
    number: u32,
    street: u32,
}

fn write_letters(from: &'static str, streets: [u32; 3], tray: SyncSender<Letter>) {
    for (number, street) in (1..).zip(streets) {
        println!("{from} writes letter {number}");
        tray.send(Letter {
            from,
            number,
            street,
        })
        .unwrap();
    }
    println!("{from} goes home");
}

fn carry(district: &str, bag: Receiver<Letter>) -> usize {
    let mut carried = 0;
    for letter in bag {
        carried += 1;
        println!(
            "{district}: letter {} of {} to street {}",
            letter.number, letter.from, letter.street
        );
    }
    println!("{district}: done");
    carried
}

fn main() {
    let (tray, incoming) = mpsc::sync_channel(2);
    let (hill, hill_bag) = mpsc::channel();
    let (port, port_bag) = mpsc::channel();
    let hill_post = thread::spawn(move || carry("hill", hill_bag));
    let port_post = thread::spawn(move || carry("port", port_bag));
    for (from, streets) in [
        ("Ada", [1, 12, 3]),
        ("Bo", [14, 2, 15]),
        ("Cleo", [11, 5, 13]),
    ] {
        let tray = tray.clone();
        thread::spawn(move || write_letters(from, streets, tray));
    }
    drop(tray);
    let sorter = thread::spawn(move || {
        let mut sorted = 0;
        for letter in incoming {
            let bag = if letter.street > 10 { &hill } else { &port };
            bag.send(letter).unwrap();
            sorted += 1;
        }
        sorted
    });
    println!("sorted: {} letters", sorter.join().unwrap());
    println!("hill got {}", hill_post.join().unwrap());
    println!("port got {}", port_post.join().unwrap());
}
