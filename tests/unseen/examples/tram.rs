//! A passenger gets off after 50 ms, wherever the tram is.
use std::time::Duration;
use tokio::time::{sleep, timeout};

async fn ride() {
    for stop in ["Harbor", "Market", "Castle"] {
        sleep(Duration::from_millis(30)).await;
        println!("the tram stops at {stop}");
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("all aboard");
    match timeout(Duration::from_millis(50), ride()).await {
        Ok(()) => println!("the passenger rode to the end"),
        Err(_) => println!("the passenger got off"),
    }
    println!("the day goes on");
}
