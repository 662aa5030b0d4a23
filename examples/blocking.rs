use std::thread;
use std::time::{Duration, Instant};

async fn foo() {
    println!("start foo");
    thread::sleep(Duration::from_secs(1)); // (1)!
    println!("end foo");
}

async fn bar() {
    println!("start bar");
    thread::sleep(Duration::from_secs(2));
    println!("end bar");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    tokio::join!(foo(), bar());
    let seconds = start.elapsed().as_secs_f64();
    println!("Finished in: {seconds:.2} seconds");
}
