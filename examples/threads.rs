use std::thread;
use std::time::{Duration, Instant};

fn foo() {
    println!("start foo");
    thread::sleep(Duration::from_secs(1));
    println!("end foo");
}

fn bar() {
    println!("start bar");
    thread::sleep(Duration::from_secs(2));
    println!("end bar");
}

fn main() {
    let start = Instant::now();
    thread::spawn(foo); // (1)!
    thread::spawn(bar);
    let seconds = start.elapsed().as_secs_f64();
    println!("Finished in: {seconds:.2} seconds");
}
