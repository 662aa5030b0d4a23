//! Four guests share two tables and one kitchen. Each order carries the way
//! back for its plate; when the scones are out, no plate comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::sleep;

const TABLES: usize = 2;

struct Order {
    guest: &'static str,
    dish: &'static str,
    reply: oneshot::Sender<u32>,
}

async fn kitchen(mut orders: mpsc::Receiver<Order>) -> u32 {
    let mut plates = 0;
    while let Some(order) = orders.recv().await {
        println!("kitchen: {} for {}", order.dish, order.guest);
        sleep(Duration::from_millis(5)).await;
        if order.dish == "scones" {
            continue;
        }
        plates += 1;
        order.reply.send(plates).unwrap();
    }
    println!("kitchen: closed");
    plates
}

async fn visit(
    guest: &'static str,
    dish: &'static str,
    room: Arc<(Semaphore, AtomicUsize)>,
    orders: mpsc::Sender<Order>,
) {
    println!("{guest} comes for {dish}");
    let table = room.0.acquire().await.unwrap();
    let taken = room.1.fetch_add(1, SeqCst) + 1;
    println!("{guest} sits down, {taken} of {TABLES} tables taken");
    let (reply, plate) = oneshot::channel();
    orders.send(Order { guest, dish, reply }).await.unwrap();
    match plate.await {
        Ok(number) => println!("{guest} eats plate {number}"),
        Err(_) => println!("{guest} waits in vain for {dish}"),
    }
    sleep(Duration::from_millis(10)).await;
    println!("{guest} leaves");
    room.1.fetch_sub(1, SeqCst);
    drop(table);
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let room = Arc::new((Semaphore::new(TABLES), AtomicUsize::new(0)));
    let (orders, list) = mpsc::channel(1);
    let cook = tokio::spawn(kitchen(list));
    let wishes = [
        ("Ivy", "tea"),
        ("Jon", "scones"),
        ("Kit", "cake"),
        ("Lea", "cocoa"),
    ];
    let guests =
        wishes.map(|(guest, dish)| tokio::spawn(visit(guest, dish, room.clone(), orders.clone())));
    drop(orders);
    for guest in guests {
        guest.await.unwrap();
    }
    println!("all guests gone, {} plates", cook.await.unwrap());
}
