use std::thread;

fn main() {
    let numbers: Vec<u32> = (1..=1000).collect();
    let mut sums = [0; 4]; // (1)!
    thread::scope(|scope| {
        for (part, sum) in numbers.chunks(250).zip(&mut sums) {
            scope.spawn(move || {
                *sum = part.iter().sum(); // (2)!
                println!("thread: {} to {} make {sum}", part[0], part[249]);
            });
        }
        println!("main: all threads are started");
    }); // (3)!
    let total: u32 = sums.iter().sum();
    println!("main: all {} numbers make {total}", numbers.len());
}
