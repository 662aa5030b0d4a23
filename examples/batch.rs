use std::process::{Command, id};
use std::time::{Duration, Instant};
use std::{env, error, thread};

/// What is done for one year.
fn work(year: u32) {
    thread::sleep(Duration::from_secs(1)); // as if there were much to read
    let days = if year.is_multiple_of(4) { 366 } else { 365 };
    println!("{year} has {days} days (process {})", id());
}

fn main() -> Result<(), Box<dyn error::Error>> {
    if let Some(year) = env::args().nth(1) {
        work(year.parse()?);
        return Ok(());
    }
    let start = Instant::now();
    let this_program = env::current_exe()?;
    let mut jobs = Vec::new();
    for year in 2013..=2023 {
        let mut job = Command::new(&this_program);
        jobs.push(job.arg(year.to_string()).spawn()?); // (1)!
    }
    println!("main: {} jobs are started", jobs.len());
    for mut job in jobs {
        let status = job.wait()?; // (2)!
        assert!(status.success(), "a job failed: {status}");
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("Finished in: {seconds:.2} seconds");
    Ok(())
}
