//! A dispatcher hands parcels over to two couriers; it waits until one takes the next.
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

fn main() {
    let (counter, parcels) = mpsc::sync_channel(0);
    let parcels = Arc::new(Mutex::new(parcels));
    let couriers = ["Olga", "Piet"].map(|name| {
        let parcels = Arc::clone(&parcels);
        thread::spawn(move || {
            loop {
                let parcel: Result<u32, _> = parcels.lock().expect("lock").recv();
                let Ok(parcel) = parcel else { break };
                thread::sleep(Duration::from_millis(20));
                println!("{name} delivered parcel {parcel}");
            }
        })
    });
    for parcel in 1..=5 {
        counter.send(parcel).expect("a courier");
        println!("parcel {parcel} handed over");
    }
    drop(counter);
    for courier in couriers {
        courier.join().expect("courier");
    }
    println!("all parcels delivered");
}
