use std::thread;
use std::time::Instant;

fn is_prime(n: u32) -> bool {
    let mut divisors = (2..n).take_while(|d| d * d <= n);
    n > 1 && divisors.all(|d| !n.is_multiple_of(d))
}

/// Counts the primes below a number.
fn count(name: &str, limit: u32) {
    let count = (0..limit).filter(|&n| is_prime(n)).count();
    println!("{name}: {count} primes");
}

fn main() {
    let start = Instant::now();
    let first = thread::spawn(|| count("foo", 200_000));
    let second = thread::spawn(|| count("bar", 200_000));
    first.join().expect("foo does not panic");
    second.join().expect("bar does not panic");
    let seconds = start.elapsed().as_secs_f64();
    println!("Finished in: {seconds:.2} seconds");
}
