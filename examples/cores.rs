use std::thread;
use std::time::Instant;

/// How many primes there are below a limit.
fn primes_below(limit: u32) -> usize {
    let is_prime = |&n: &u32| (2..n).take_while(|d| d * d <= n).all(|d| n % d != 0);
    (2..limit).filter(is_prime).count()
}

fn main() {
    let start = Instant::now();
    let first = thread::spawn(|| println!("foo: {} primes", primes_below(200_000)));
    let second = thread::spawn(|| println!("bar: {} primes", primes_below(200_000)));
    first.join().expect("foo does not panic");
    second.join().expect("bar does not panic");
    let seconds = start.elapsed().as_secs_f64();
    println!("Finished in: {seconds:.2} seconds");
}
