//! Six downloads, of which at most two are under way: a semaphore has two permits.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

const FILES: [(&str, u32); 6] = [
    ("atlas", 3),
    ("bible", 2),
    ("comic", 1),
    ("diary", 2),
    ("essay", 1),
    ("fable", 2),
];

async fn download(slots: Arc<Semaphore>, name: &'static str, blocks: u32) -> u32 {
    let slot = slots.acquire_owned().await.expect("never closed");
    println!("{name}: started");
    for block in 1..=blocks {
        sleep(Duration::from_millis(15)).await;
        println!("{name}: block {block} of {blocks}");
    }
    println!("{name}: complete");
    drop(slot);
    blocks
}

#[tokio::main]
async fn main() {
    let slots = Arc::new(Semaphore::new(2));
    let mut downloads = JoinSet::new();
    for (name, blocks) in FILES {
        downloads.spawn(download(Arc::clone(&slots), name, blocks));
    }
    println!("main: {} downloads are queued", downloads.len());

    let mut files = 0;
    let mut total = 0;
    while let Some(result) = downloads.join_next().await {
        total += result.expect("a download panicked");
        files += 1;
        if files == FILES.len() / 2 {
            println!("main: half of the files are here");
        }
    }
    println!("main: {files} files, {total} blocks");
}
