//! Three hikers come to a hut. Whoever needs light first lights the only
//! lantern; whoever finds the only map in use goes by memory.

use std::sync::{Mutex, OnceLock, TryLockError};
use std::thread;
use std::time::Duration;

#[derive(Default)]
struct Hut {
    lantern: OnceLock<&'static str>,
    map: Mutex<u32>,
}

fn visit(name: &'static str, hut: &Hut) -> bool {
    println!("{name} comes in");
    let lighter = hut.lantern.get_or_init(|| {
        println!("{name} lights the lantern");
        thread::sleep(Duration::from_millis(10));
        println!("the lantern burns");
        name
    });
    println!("{name} sees by the light of {lighter}");
    match hut.map.try_lock() {
        Ok(mut readers) => {
            *readers += 1;
            println!("{name} reads the map as number {readers}");
            thread::sleep(Duration::from_millis(20));
            println!("{name} puts the map back");
            true
        }
        Err(TryLockError::WouldBlock) => {
            println!("{name} goes by memory");
            false
        }
        Err(TryLockError::Poisoned(_)) => unreachable!("nobody tears the map"),
    }
}

fn main() {
    let hut = Hut::default();
    let readers = thread::scope(|scope| {
        let hut = &hut;
        let hikers = ["Finn", "Gro", "Hal"].map(|name| scope.spawn(move || visit(name, hut)));
        let came: Vec<bool> = hikers.into_iter().map(|h| h.join().unwrap()).collect();
        came.iter().filter(|read| **read).count()
    });
    println!("{readers} with the map, {} by memory", 3 - readers);
    println!("the map was read {} times", hut.map.lock().unwrap());
    match hut.lantern.set("the keeper") {
        Ok(()) => println!("the keeper lights the lantern"),
        Err(_) => println!("the keeper finds the lantern burning"),
    }
}
