use std::rc::Rc;
use std::thread;

fn main() {
    let names = Rc::new(["Anna", "Ben", "Cleo"]);
    let shared = Rc::clone(&names);
    let worker = thread::spawn(move || println!("worker: {} names", shared.len()));
    println!("main: {} names", names.len());
    worker.join().expect("the worker does not panic");
}
