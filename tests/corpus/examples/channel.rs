//! Producers send, one consumer prints.
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

fn main() {
    let (sender, receiver) = mpsc::channel();
    for name in ["A", "B"] {
        let sender = sender.clone();
        thread::spawn(move || {
            for item in 1..=3 {
                sender.send(format!("{name}{item}")).expect("main listens");
                thread::sleep(Duration::from_millis(10));
            }
            println!("{name} has sent all");
        });
    }
    drop(sender);
    let mut count = 0;
    for item in receiver {
        count += 1;
        println!("received {item}");
    }
    println!("received {count} items");
}
