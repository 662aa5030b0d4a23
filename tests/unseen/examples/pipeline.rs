//! Two stages behind a source, connected by bounded channels: no stage runs far ahead of the next.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

struct Potato {
    number: u32,
    rotten: bool,
}

fn wash(out: SyncSender<Potato>) {
    for number in 1..=6 {
        let rotten = number == 3;
        println!("washed {number}");
        out.send(Potato { number, rotten }).unwrap();
    }
    println!("washer goes home");
}

fn peel(input: Receiver<Potato>, out: SyncSender<u32>) {
    for potato in input {
        thread::sleep(Duration::from_millis(10));
        if potato.rotten {
            println!("threw away {}", potato.number);
            continue;
        }
        println!("peeled {}", potato.number);
        out.send(potato.number).unwrap();
    }
    println!("peeler goes home");
}

fn fry(input: Receiver<u32>) -> Vec<u32> {
    let mut plate = Vec::new();
    while let Ok(number) = input.recv() {
        println!("frying {number}");
        thread::sleep(Duration::from_millis(25));
        println!("fried {number}");
        plate.push(number);
    }
    plate
}

fn main() {
    let (washed, to_peel) = sync_channel(1);
    let (peeled, to_fry) = sync_channel(0);
    let washer = thread::spawn(move || wash(washed));
    let peeler = thread::spawn(move || peel(to_peel, peeled));
    let cook = thread::spawn(move || fry(to_fry));

    washer.join().unwrap();
    peeler.join().unwrap();
    let plate = cook.join().unwrap();
    println!("on the plate: {plate:?}");
}
