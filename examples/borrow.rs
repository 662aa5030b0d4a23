use std::thread;

fn main() {
    let names = ["Anna", "Ben", "Cleo"];
    let worker = thread::spawn(|| println!("worker: {} names", names.len()));
    worker.join().expect("the worker does not panic");
}
