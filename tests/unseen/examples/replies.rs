//! A shopkeeper who answers each question on the channel that came with it, and a customer in a hurry.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::sleep;

struct Order {
    item: &'static str,
    reply: oneshot::Sender<Option<u32>>,
}

async fn shopkeeper(mut orders: mpsc::Receiver<Order>) -> usize {
    let mut stock = HashMap::from([("tea", 1), ("salt", 5)]);
    let mut deliveries: Vec<JoinHandle<()>> = Vec::new();
    while let Some(Order { item, reply }) = orders.recv().await {
        println!("shop: {item} is asked for");
        if item == "truffles" {
            deliveries.push(tokio::spawn(async move {
                sleep(Duration::from_millis(700)).await;
                match reply.send(Some(99)) {
                    Ok(()) => println!("importer: truffles delivered"),
                    Err(_) => println!("importer: nobody waits for truffles any more"),
                }
            }));
            continue;
        }
        let left = stock.get_mut(item).filter(|left| **left > 0).map(|left| {
            *left -= 1;
            *left
        });
        let _ = reply.send(left); // the customer may be gone
    }
    println!("shop: closed, deliveries are awaited");
    for delivery in &mut deliveries {
        delivery.await.unwrap();
    }
    deliveries.len()
}

async fn customer(name: &'static str, items: &[&'static str], shop: mpsc::Sender<Order>) {
    for item in items {
        let (reply, answer) = oneshot::channel();
        shop.send(Order { item, reply }).await.ok().unwrap();
        tokio::select! {
            left = answer => match left.unwrap() {
                Some(left) => println!("{name}: bought {item}, {left} left"),
                None => println!("{name}: no {item} to be had"),
            },
            () = sleep(Duration::from_millis(300)) => println!("{name}: too slow, no {item}"),
        }
    }
    println!("{name}: goes home");
}

#[tokio::main]
async fn main() {
    let (orders, shop) = mpsc::channel(4);
    let shop = tokio::spawn(shopkeeper(shop));
    let ann = tokio::spawn(customer("ann", &["salt", "caviar", "salt"], orders.clone()));
    let bob = tokio::spawn(customer("bob", &["tea", "truffles", "tea"], orders));
    ann.await.unwrap();
    bob.await.unwrap();
    let deliveries = shop.await.unwrap();
    println!("main: {deliveries} delivery was made");
}
