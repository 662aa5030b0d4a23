//! Clerks share a ledger; an auditor waits until all have written.
use std::thread;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

struct Ledger {
    balance: i32,
    entries: u32,
}

fn main() {
    let ledger = Mutex::new(Ledger { balance: 100, entries: 0 });
    let written = Condvar::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            println!("auditor: waits");
            let mut open = ledger.lock();
            while open.entries < 3 {
                written.wait(&mut open);
            }
            println!("auditor: balance {} after {} entries", open.balance, open.entries);
        });
        for (clerk, amount) in [("Lea", 30), ("Max", -50), ("Nora", 20)] {
            let (ledger, written) = (&ledger, &written);
            scope.spawn(move || {
                let mut open = ledger.lock();
                println!("{clerk}: opens the ledger");
                let before = open.balance;
                thread::sleep(Duration::from_millis(10));
                open.balance = before + amount;
                open.entries += 1;
                println!("{clerk}: closes the ledger");
                drop(open);
                written.notify_all();
            });
        }
    });
    println!("final balance {}", ledger.into_inner().balance);
}
