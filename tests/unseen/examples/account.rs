//! An account that one task owns; the others send requests to it.
use tokio::sync::{mpsc, oneshot};

enum Request {
    Deposit(u32),
    Withdraw(u32, oneshot::Sender<Option<u32>>),
}

async fn keep(mut inbox: mpsc::Receiver<Request>) -> u32 {
    let mut balance = 0;
    while let Some(request) = inbox.recv().await {
        match request {
            Request::Deposit(amount) => balance += amount,
            Request::Withdraw(amount, reply) => {
                let left = u32::checked_sub(balance, amount);
                balance = left.unwrap_or(balance);
                reply.send(left).expect("somebody waits");
            }
        }
    }
    println!("account: closed");
    balance
}

#[tokio::main]
async fn main() {
    let (requests, inbox) = mpsc::channel(2);
    let account = tokio::spawn(keep(inbox));
    let earners = ["Ines", "Jan", "Kim"].map(|name| {
        let requests = requests.clone();
        tokio::spawn(async move {
            for amount in [10, 20] {
                requests.send(Request::Deposit(amount)).await.expect("open");
                println!("{name} paid in {amount}");
            }
        })
    });
    for earner in earners {
        earner.await.expect("earner");
    }
    for amount in [50, 60] {
        let (reply, left) = oneshot::channel();
        requests.send(Request::Withdraw(amount, reply)).await.expect("open");
        println!("{amount} withdrawn, left: {:?}", left.await.expect("an answer"));
    }
    drop(requests);
    println!("in the end: {}", account.await.expect("account"));
}
