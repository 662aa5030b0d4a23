//! A telephone directory: many may read it at the same time, but the editor has it alone.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use std::thread;
use std::time::Duration;

type Directory = RwLock<BTreeMap<&'static str, u32>>;

fn look_up(reader: &str, directory: &Directory, name: &str) {
    let entries = directory.read().unwrap();
    println!("{reader} opens the directory");
    thread::sleep(Duration::from_millis(20));
    match entries.get(name) {
        Some(number) => println!("{reader} finds {name}: {number}"),
        None => println!("{reader} does not find {name}"),
    }
    println!("{reader} closes the directory");
}

fn edit(directory: &Directory) {
    let mut entries = directory.write().unwrap();
    println!("editor takes the directory away");
    entries.insert("Cleo", 33);
    thread::sleep(Duration::from_millis(30));
    if let Some(number) = entries.get_mut("Dan") {
        *number += 5;
    }
    println!("editor brings it back with {} entries", entries.len());
}

fn main() {
    let entries = BTreeMap::from([("Ann", 11), ("Ben", 22), ("Dan", 44)]);
    let directory = Arc::new(RwLock::new(entries));
    let mut people = Vec::new();

    for (reader, name, times) in [("Rita", "Ann", 1), ("Raj", "Ben", 2), ("Rosa", "Zoe", 3)] {
        let directory = Arc::clone(&directory);
        people.push(thread::spawn(move || {
            for _ in 0..times {
                look_up(reader, &directory, name);
                thread::sleep(Duration::from_millis(10));
            }
        }));
    }
    let edited = Arc::clone(&directory);
    people.push(thread::spawn(move || {
        thread::sleep(Duration::from_millis(10));
        edit(&edited);
    }));

    for person in people {
        person.join().unwrap();
    }
    println!("everybody has left");
    for (name, number) in directory.read().unwrap().iter() {
        println!("{name}: {number}");
    }
}
