//! A laundry with two machines washes the most urgent piece first. A piece
//! that is ruined does not stop the machine.

use parking_lot::{Condvar, Mutex};
use std::collections::BinaryHeap;
use std::panic::{self, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

#[derive(Default)]
struct Basket {
    pieces: BinaryHeap<(u8, &'static str)>,
    closed: bool,
}

type Shop = (Mutex<Basket>, Condvar);

fn wash(piece: &str) -> usize {
    thread::sleep(Duration::from_millis(10));
    assert_ne!(piece, "wool", "too hot");
    piece.len()
}

fn machine(number: usize, shop: &Shop) -> (usize, usize) {
    let (mut done, mut ruined) = (0, 0);
    loop {
        let mut basket = shop.0.lock();
        while basket.pieces.is_empty() && !basket.closed {
            shop.1.wait(&mut basket);
        }
        let Some((urgency, piece)) = basket.pieces.pop() else {
            break;
        };
        println!("machine {number} takes the {piece}, urgency {urgency}");
        drop(basket);
        match catch_unwind(|| wash(piece)) {
            Ok(_) => done += 1,
            Err(_) => ruined += 1,
        }
        println!("machine {number}: {piece}: {done} done, {ruined} ruined");
    }
    println!("machine {number} stops");
    (done, ruined)
}

fn main() {
    panic::set_hook(Box::new(|_| {}));
    let shop = Arc::new(Shop::default());
    let early = [
        (3, "socks"),
        (9, "shirt"),
        (5, "wool"),
        (1, "rug"),
        (7, "scarf"),
    ];
    shop.0.lock().pieces.extend(early);
    let machines = [1, 2].map(|number| {
        let shop = Arc::clone(&shop);
        thread::spawn(move || machine(number, &shop))
    });
    println!("a hotel brings towels in a hurry");
    shop.0.lock().pieces.push((8, "towels"));
    shop.1.notify_one();
    shop.0.lock().closed = true;
    shop.1.notify_all();
    let (mut done, mut ruined) = (0, 0);
    for machine in machines {
        let result = machine.join().unwrap();
        done += result.0;
        ruined += result.1;
    }
    println!("closing time: {done} pieces done, {ruined} ruined");
}
