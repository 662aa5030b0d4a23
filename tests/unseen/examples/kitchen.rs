//! A cook serves two windows until both are closed.
use crossbeam::channel::{bounded, never, select};
use crossbeam::thread;

fn main() {
    let (bar, mut from_bar) = bounded(0);
    let (hall, mut from_hall) = bounded(0);
    let cooked = thread::scope(|scope| {
        let cook = scope.spawn(move |_| {
            let (mut open, mut cooked) = (2, 0);
            while open > 0 {
                let dish = select! {
                    recv(from_bar) -> dish => dish.inspect_err(|_| from_bar = never()),
                    recv(from_hall) -> dish => dish.inspect_err(|_| from_hall = never()),
                };
                match dish {
                    Ok(dish) => {
                        cooked += 1;
                        println!("cook: {dish}");
                    }
                    Err(_) => open -= 1,
                }
            }
            println!("cook: goes home");
            cooked
        });
        for (place, window, dishes) in
            [("bar", bar, vec!["olives", "toast"]), ("hall", hall, vec!["soup", "fish", "flan"])]
        {
            scope.spawn(move |_| {
                for dish in dishes {
                    println!("{place}: orders {dish}");
                    window.send(dish).expect("the cook listens");
                }
                println!("{place}: no more orders");
            });
        }
        cook.join().expect("cook")
    });
    println!("{} dishes cooked", cooked.expect("no thread panics"));
}
