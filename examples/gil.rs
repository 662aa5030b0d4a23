use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// The lock of the computing thread.
static LOCK: Mutex<()> = Mutex::new(());

fn is_prime(n: u32) -> bool {
    let mut divisors = (2..n).take_while(|d| d * d <= n);
    n > 1 && divisors.all(|d| !n.is_multiple_of(d))
}

/// Counts the primes below a number, in ten steps.
fn count(name: &str, limit: u32) {
    let mut count = 0;
    for step in 0..10 {
        let guard = LOCK.lock().expect("no thread panics"); // (1)!
        let part = limit / 10 * step..limit / 10 * (step + 1);
        count += part.filter(|&n| is_prime(n)).count();
        drop(guard); // (2)!
        thread::sleep(Duration::from_millis(1));
    }
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
