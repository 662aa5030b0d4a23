//! A floor tiled by a pool of three threads.
use std::thread;
use std::time::Duration;

use rayon::prelude::*;

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build();
    pool.expect("a pool").install(|| {
        (1..=8).into_par_iter().for_each(|tile| {
            thread::sleep(Duration::from_millis(10));
            println!("tile {tile} laid");
        });
        println!("the floor is tiled");
    });
}
