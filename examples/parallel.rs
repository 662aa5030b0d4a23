use rayon::prelude::*;
use std::time::Instant;

fn is_prime(n: u32) -> bool {
    let mut divisors = (2..n).take_while(|d| d * d <= n);
    n > 1 && divisors.all(|d| !n.is_multiple_of(d))
}

/// How many primes there are from a number up to another.
fn primes(from: u32, to: u32) -> usize {
    (from..to).filter(|&n| is_prime(n)).count()
}

fn main() {
    let start = Instant::now();
    let parts: Vec<u32> = (0..8).collect();
    let threads = rayon::current_num_threads();
    println!("main: {} parts, threads: {threads}", parts.len());
    let counts: Vec<usize> = parts
        .par_iter() // (1)!
        .map(|part| {
            let count = primes(part * 40_000, (part + 1) * 40_000);
            println!("part {part}: {count} primes");
            count
        })
        .collect(); // (2)!
    let total: usize = counts.iter().sum();
    println!("main: {total} primes below 320000");
    let seconds = start.elapsed().as_secs_f64();
    println!("Finished in: {seconds:.2} seconds");
}
