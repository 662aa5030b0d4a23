//! Tasks on several threads that report over a channel.
use tokio::sync::mpsc;

#[tokio::main]
async fn main() {
    let (sender, mut receiver) = mpsc::channel(8);
    let mut tasks = Vec::new();
    for number in 1..=4u32 {
        let sender = sender.clone();
        tasks.push(tokio::spawn(async move {
            sender.send(number * number).await.expect("main listens");
            println!("task {number} has sent");
        }));
    }
    drop(sender);
    let mut sum = 0;
    while let Some(square) = receiver.recv().await {
        sum += square;
        println!("square {square}");
    }
    for task in tasks {
        task.await.expect("task");
    }
    println!("sum of squares {sum}");
}
