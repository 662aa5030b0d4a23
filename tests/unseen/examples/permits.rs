//! A ride with two seats: a semaphore limits how many are on it.
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::sleep;

#[tokio::main]
async fn main() {
    let seats = Arc::new(Semaphore::new(2));
    let mut visitors = Vec::new();
    for name in ["Ada", "Bea", "Cem", "Dan", "Eva"] {
        let seats = Arc::clone(&seats);
        visitors.push(tokio::spawn(async move {
            let seat = seats.acquire().await.expect("open");
            println!("{name} gets on");
            sleep(Duration::from_millis(20)).await;
            println!("{name} gets off");
            drop(seat);
        }));
    }
    println!("the ride is open");
    for visitor in visitors {
        visitor.await.expect("visitor");
    }
    println!("closed, {} seats are free", seats.available_permits());
}
