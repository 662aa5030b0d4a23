//! A pool of two worker processes over pipes.
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio, id};
use std::sync::Mutex;
use std::{env, thread};

fn main() -> io::Result<()> {
    if env::args().nth(1).is_some() {
        for task in io::stdin().lines() {
            println!("task {} by process {}", task?, id());
        }
        return Ok(());
    }
    let tasks = Mutex::new(1..=6);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut worker = Command::new(env::current_exe().expect("a path"))
                    .arg("worker")
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .spawn()
                    .expect("a worker");
                let mut to = worker.stdin.take().expect("a pipe");
                let mut from = BufReader::new(worker.stdout.take().expect("a pipe")).lines();
                loop {
                    let Some(task) = tasks.lock().expect("lock").next() else { break };
                    writeln!(to, "{task}").expect("it reads");
                    println!("{}", from.next().expect("an answer").expect("text"));
                }
                drop(to);
                worker.wait().expect("it ends");
            });
        }
    });
    println!("all six done");
    Ok(())
}
