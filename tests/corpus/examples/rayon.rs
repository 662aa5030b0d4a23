//! A parallel iterator.
use rayon::prelude::*;

fn main() {
    let words = ["apple", "pear", "plum", "fig", "kiwi", "lime"];
    println!("{} words", words.len());
    let lengths: Vec<usize> = words
        .par_iter()
        .map(|word| {
            println!("{word}: {}", word.len());
            word.len()
        })
        .collect();
    println!("lengths: {lengths:?}");
    println!("sum: {}", lengths.iter().sum::<usize>());
}
