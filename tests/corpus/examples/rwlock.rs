//! Readers that see the old or the new value.
use std::sync::{Arc, RwLock};
use std::thread;

fn main() {
    let settings = Arc::new(RwLock::new(("light", 1)));
    let readers: Vec<_> = (0..3)
        .map(|reader| {
            let settings = Arc::clone(&settings);
            thread::spawn(move || {
                let (_, version) = *settings.read().expect("read");
                println!("reader {reader} sees version {version}");
            })
        })
        .collect();
    let writer = {
        let settings = Arc::clone(&settings);
        thread::spawn(move || {
            *settings.write().expect("write") = ("dark", 2);
            println!("writer: replaced");
        })
    };
    for reader in readers {
        reader.join().expect("reader");
    }
    writer.join().expect("writer");
    let (theme, version) = *settings.read().expect("read");
    println!("in the end: {theme}, version {version}");
}
