use std::sync::mpsc;
use std::thread;
use std::time::Duration;

fn main() {
    let (sender, receiver) = mpsc::channel();
    for (cook, pause) in [("Anna", 200), ("Ben", 250)] {
        let sender = sender.clone(); // (1)!
        thread::spawn(move || {
            for dish in 1..=3 {
                thread::sleep(Duration::from_millis(pause));
                let message = format!("dish {dish} from {cook}");
                sender.send(message).expect("main receives all"); // (2)!
            }
        });
    }
    drop(sender); // (3)!
    for message in receiver {
        println!("main: {message}"); // (4)!
    }
    println!("main: no more senders");
}
