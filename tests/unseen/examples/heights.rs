//! Scoped threads: each sorts its own part of one array, then others search it.
use std::thread;

fn main() {
    let mut heights = [31, 87, 12, 94, 45, 70, 23, 66, 58];
    thread::scope(|scope| {
        for (part, heights) in heights.chunks_mut(3).enumerate() {
            scope.spawn(move || {
                println!("part {part} begins with {heights:?}");
                heights.sort_unstable();
                println!("part {part} is sorted: {heights:?}");
            });
        }
    });
    println!("all parts: {heights:?}");
    let tallest = thread::scope(|scope| {
        let searchers: Vec<_> = heights
            .chunks(3)
            .map(|heights| {
                scope.spawn(|| {
                    let tallest = *heights.last().expect("a height");
                    println!("candidate {tallest}");
                    tallest
                })
            })
            .collect();
        let found = searchers.into_iter().map(|searcher| searcher.join().expect("searcher"));
        found.max().expect("a candidate")
    });
    println!("the tallest: {tallest}");
}
