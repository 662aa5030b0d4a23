//! Two tasks on one thread.
use std::time::Duration;
use tokio::time::sleep;

async fn task(name: &str, millis: u64) {
    println!("{name} begins");
    sleep(Duration::from_millis(millis)).await;
    println!("{name} is done");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    tokio::join!(task("long", 60), task("short", 20));
    println!("both are done");
}
