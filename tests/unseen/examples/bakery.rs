//! A shelf with room for two loaves, between a baker and two shops.
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};
use std::thread;

#[derive(Default)]
struct Shelf {
    loaves: Mutex<VecDeque<u32>>,
    changed: Condvar,
}

impl Shelf {
    fn put(&self, loaf: u32) {
        let mut loaves = self.loaves.lock().expect("lock");
        while loaves.len() == 2 {
            loaves = self.changed.wait(loaves).expect("wait");
        }
        println!("baker: loaf {loaf} on the shelf");
        loaves.push_back(loaf);
        self.changed.notify_all();
    }

    fn take(&self, shop: &str) {
        let mut loaves = self.loaves.lock().expect("lock");
        while loaves.is_empty() {
            loaves = self.changed.wait(loaves).expect("wait");
        }
        let loaf = loaves.pop_front().expect("a loaf");
        println!("{shop}: loaf {loaf} sold");
        self.changed.notify_all();
    }
}

fn main() {
    let shelf = Shelf::default();
    thread::scope(|scope| {
        scope.spawn(|| (1..=6).for_each(|loaf| shelf.put(loaf)));
        for shop in ["market", "station"] {
            let shelf = &shelf;
            scope.spawn(move || (0..3).for_each(|_| shelf.take(shop)));
        }
    });
    println!("{} loaves left", shelf.loaves.lock().expect("lock").len());
}
