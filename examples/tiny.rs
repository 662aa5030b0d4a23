use rayon::prelude::*;
use std::time::Instant;

fn main() {
    let numbers = [3, 1, 4, 1, 5, 9, 2, 6];
    let start = Instant::now();
    let sum: u32 = numbers.iter().sum();
    let serial = start.elapsed();
    println!("serial: the sum is {sum}");
    let start = Instant::now();
    let sum: u32 = numbers.par_iter().sum(); // (1)!
    let parallel = start.elapsed();
    println!("parallel: the sum is {sum}");
    let took = if parallel > serial { "longer" } else { "less" };
    println!("parallel took {took}: {parallel:.0?}, not {serial:.0?}");
}
