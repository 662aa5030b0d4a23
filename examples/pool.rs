use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio, id};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{env, thread};

/// A worker process: for every task that it reads it prints one line.
fn work() -> io::Result<()> {
    for task in io::stdin().lines() {
        thread::sleep(Duration::from_secs(1));
        println!("task {} was done by process {}", task?, id());
    }
    Ok(())
}

/// Starts a worker process, and gives it tasks until none is left.
fn employ(tasks: &Mutex<impl Iterator<Item = u32>>) -> io::Result<()> {
    let mut worker = Command::new(env::current_exe()?)
        .arg("worker")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut to_worker = worker.stdin.take().expect("stdin is a pipe");
    let from_worker = worker.stdout.take().expect("stdout is a pipe");
    let mut answers = BufReader::new(from_worker).lines();
    let next = || tasks.lock().expect("nobody panics").next();
    while let Some(task) = next() {
        writeln!(to_worker, "{task}")?;
        println!("{}", answers.next().expect("a line a task")?);
    }
    drop(to_worker); // (1)!
    worker.wait()?;
    Ok(())
}

fn main() -> io::Result<()> {
    if env::args().nth(1).is_some() {
        return work();
    }
    let start = Instant::now();
    let workers = thread::available_parallelism()?.get(); // (2)!
    println!("five tasks for a pool of {workers} processes");
    let tasks = Mutex::new(1..=5); // (3)!
    thread::scope(|scope| {
        let pool: Vec<_> = (0..workers)
            .map(|_| scope.spawn(|| employ(&tasks)))
            .collect();
        let mut ends = pool
            .into_iter()
            .map(|end| end.join().expect("nobody panics"));
        ends.try_for_each(|end| end)
    })?;
    let seconds = start.elapsed().as_secs_f64();
    println!("Finished in: {seconds:.2} seconds");
    Ok(())
}
