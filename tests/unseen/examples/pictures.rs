//! Pictures made smaller by a pool of two threads.
use std::thread::sleep;
use std::time::Duration;

use rayon::prelude::*;

fn shrink(name: &str, width: u64) -> u64 {
    println!("{name}: {width} pixels wide");
    sleep(Duration::from_millis(width / 100));
    let small = width / 8;
    println!("{name}: now {small}");
    small
}

fn main() {
    let pictures = [("beach", 1600), ("dune", 800), ("gull", 2400), ("pier", 640)];
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("a pool");
    println!("{} threads", pool.current_num_threads());
    let widths: Vec<u64> = pool.install(|| {
        let pictures = pictures.par_iter();
        pictures.map(|(name, width)| shrink(name, *width)).collect()
    });
    println!("in order: {widths:?}");
    let (sum, widest) = pool.join(
        || widths.par_iter().sum::<u64>(),
        || widths.par_iter().max().expect("a picture"),
    );
    println!("{sum} in all, the widest {widest}");
}
