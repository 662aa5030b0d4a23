//! Several downloads at once, stored in the order in which they end.
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::sleep;

async fn download(file: &'static str, size: u32) -> (&'static str, u32) {
    println!("{file}: begins");
    sleep(Duration::from_millis(u64::from(size) * 10)).await;
    println!("{file}: complete");
    (file, size)
}

#[tokio::main]
async fn main() {
    let mut downloads = JoinSet::new();
    for (file, size) in [("film", 14), ("song", 3), ("book", 1), ("game", 7)] {
        downloads.spawn(download(file, size));
    }
    println!("{} downloads on their way", downloads.len());
    let mut total = 0;
    while let Some(ended) = downloads.join_next().await {
        let (file, size) = ended.expect("no download panics");
        total += size;
        println!("stored {file} of {size} MB, {total} MB so far");
    }
    println!("stored everything: {total} MB");
}
