//! A pipeline: each item goes through all stages, in order.
use std::sync::mpsc::sync_channel;
use std::thread;

fn main() {
    let (raw, to_double) = sync_channel(1);
    let (doubled, to_print) = sync_channel(1);
    let reader = thread::spawn(move || {
        for item in 1..=4 {
            println!("read {item}");
            raw.send(item).expect("next stage");
        }
    });
    let doubler = thread::spawn(move || {
        for item in to_double {
            println!("double {item}");
            doubled.send(item * 2).expect("next stage");
        }
    });
    for item in to_print {
        println!("result {item}");
    }
    reader.join().expect("reader");
    doubler.join().expect("doubler");
    eprintln!("the pipeline is empty");
}
