//! Scoped threads that borrow parts of one list.
use std::thread;

fn main() {
    let numbers: Vec<u64> = (1..=9000).collect();
    let parts = numbers.chunks(3000).enumerate();
    let total: u64 = thread::scope(|scope| {
        let handles = parts
            .map(|(part, numbers)| {
                scope.spawn(move || {
                    let sum: u64 = numbers.iter().sum();
                    println!("part {part}: {sum}");
                    sum
                })
            })
            .collect::<Vec<_>>();
        handles.into_iter().map(|handle| handle.join().expect("part")).sum()
    });
    println!("total: {total}");
}
