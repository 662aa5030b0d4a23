use std::time::{Duration, Instant};
use tokio::time::sleep;

async fn task(number: u32) -> u32 {
    sleep(Duration::from_secs(1)).await;
    number
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let tasks: Vec<_> = (1..=10_000)
        .map(|number| tokio::spawn(task(number))) // (1)!
        .collect();
    println!("main: {} tasks are started", tasks.len());
    let mut sum = 0;
    for task in tasks {
        sum += task.await.expect("no task panics"); // (2)!
    }
    println!("main: the sum of their numbers is {sum}");
    let seconds = start.elapsed().as_secs_f64();
    println!("Finished in: {seconds:.2} seconds");
}
