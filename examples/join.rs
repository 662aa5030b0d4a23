use std::env;
use std::thread;
use std::time::{Duration, Instant};

fn foo(seconds: f64) {
    println!("start foo");
    thread::sleep(Duration::from_secs_f64(seconds));
    println!("end foo");
}

fn bar(seconds: f64) {
    println!("start bar");
    thread::sleep(Duration::from_secs_f64(seconds));
    println!("end bar");
}

/// How long both sleep: as the command line says, or 1 and 2 seconds.
fn seconds() -> (f64, f64) {
    let mut seconds = env::args().skip(1).map(|arg| arg.parse());
    match (seconds.next(), seconds.next()) {
        (Some(Ok(foo)), Some(Ok(bar))) => (foo, bar),
        _ => (1.0, 2.0),
    }
}

fn main() {
    let (for_foo, for_bar) = seconds();
    let start = Instant::now();
    let first = thread::spawn(move || foo(for_foo)); // (1)!
    let second = thread::spawn(move || bar(for_bar));
    first.join().expect("foo does not panic"); // (2)!
    second.join().expect("bar does not panic");
    let seconds = start.elapsed().as_secs_f64();
    println!("Finished in: {seconds:.2} seconds");
}
