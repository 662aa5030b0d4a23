//! Tokio serves those who wait for a lock in turn.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::Mutex;

/// Polls a future once, which puts it into the queue.
async fn queue<F: Future>(mut turn: Pin<Box<F>>) -> Pin<Box<F>> {
    poll_fn(|context| {
        assert!(turn.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    turn
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let desk = Arc::new(Mutex::new(0));
    let closed = desk.clone().lock_owned().await;
    let mut guests = Vec::new();
    for name in ["Anna", "Ben", "Cleo"] {
        let turn = queue(Box::pin(desk.clone().lock_owned())).await;
        guests.push(tokio::spawn(async move {
            let mut number = turn.await;
            *number += 1;
            println!("{name} is number {number}");
        }));
    }
    drop(closed);
    for guest in guests {
        guest.await.unwrap();
    }
}
