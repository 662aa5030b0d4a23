//! An auction: the hammer falls when nobody has bid for 100 ms. Who has not
//! bid by then goes home, and the winner has to pay in time.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{sleep, timeout};

const PATIENCE: u64 = 100;

type Bid = (&'static str, u32);

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

async fn bidder((name, amount): Bid, at: u64, bids: mpsc::Sender<Bid>, over: Arc<Notify>) {
    let sold = over.notified();
    println!("{name} takes a seat");
    tokio::select! {
        _ = sleep(ms(at)) => {
            println!("{name} bids {amount} after {at} ms");
            bids.send((name, amount)).await.unwrap();
        }
        _ = sold => println!("{name} goes home with {amount}"),
    }
}

async fn sell(mut bids: mpsc::Receiver<Bid>) -> Option<Bid> {
    let mut best: Option<Bid> = None;
    while let Ok(Some((name, amount))) = timeout(ms(PATIENCE), bids.recv()).await {
        if best.is_none_or(|(_, highest)| amount > highest) {
            println!("auctioneer: {amount} from {name}");
            best = Some((name, amount));
        } else {
            println!("auctioneer: {amount} from {name} is not enough");
        }
    }
    println!("auctioneer: sold after {PATIENCE} ms of silence");
    best
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let over = Arc::new(Notify::new());
    let (bids, incoming) = mpsc::channel(4);
    let hall = [
        (("Olga", 10), 20),
        (("Piet", 30), 60),
        (("Quin", 20), 60),
        (("Rosa", 50), 500),
        (("Sam", 60), 500),
    ];
    let seats = hall.map(|(bid, at)| tokio::spawn(bidder(bid, at, bids.clone(), over.clone())));
    let winner = sell(incoming).await;
    over.notify_waiters();
    let (name, amount) = winner.expect("somebody bids");
    let (purse, till) = oneshot::channel();
    tokio::spawn(async move {
        sleep(ms(20)).await;
        println!("{name} pays {amount}");
        purse.send(amount)
    });
    match timeout(ms(200), till).await {
        Ok(money) => println!("till: {} received", money.unwrap()),
        Err(_) => println!("till: no money within 200 ms"),
    }
    for seat in seats {
        seat.await.unwrap();
    }
    println!("the hall is empty");
}
