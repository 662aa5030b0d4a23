use std::time::{Duration, Instant};
use tokio::time::sleep;

async fn foo() {
    println!("start foo");
    sleep(Duration::from_secs(1)).await; // (1)!
    println!("end foo");
}

async fn bar() {
    println!("start bar");
    sleep(Duration::from_secs(2)).await;
    println!("end bar");
}

#[tokio::main(flavor = "current_thread")] // (2)!
async fn main() {
    let start = Instant::now();
    tokio::join!(foo(), bar()); // (3)!
    let seconds = start.elapsed().as_secs_f64();
    println!("Finished in: {seconds:.2} seconds");
}
