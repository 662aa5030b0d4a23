//! The first of two answers wins; a third and a fourth race against a time-out.
use std::time::Duration;
use tokio::time::{sleep, timeout};

async fn ask(shop: &str, millis: u64, price: u32) -> u32 {
    println!("asking the {shop}");
    sleep(Duration::from_millis(millis)).await;
    println!("the {shop} wants {price}");
    price
}

#[tokio::main]
async fn main() {
    let best = tokio::select! {
        price = ask("corner shop", 20, 42) => price,
        price = ask("mall", 400, 39) => price,
    };
    println!("took the first offer: {best}");
    let patience = Duration::from_millis(150);
    match timeout(patience, ask("factory", 600, 31)).await {
        Ok(price) => println!("a bargain: {price}"),
        Err(_) => println!("the factory is too slow"),
    }
    match timeout(patience, ask("baker", 10, 44)).await {
        Ok(price) => println!("fresh bread: {price}"),
        Err(_) => println!("the baker is too slow"),
    }
    println!("home again");
}
