use std::thread;
use std::time::Duration;

fn main() {
    let mut workers = Vec::new();
    for (name, milliseconds) in [("Anna", 100), ("Ben", 200)] {
        workers.push(thread::spawn(move || {
            println!("{name} begins");
            thread::sleep(Duration::from_millis(milliseconds));
            println!("{name} is done");
        }));
    }
    for worker in workers {
        worker.join().expect("no worker panics");
    }
    println!("main: both are done");
}
