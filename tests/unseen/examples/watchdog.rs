//! A watchdog polls its children, and kills those that do not end in time.

use std::process::{Child, Command, ExitCode, ExitStatus};
use std::time::{Duration, Instant};
use std::{env, thread};

fn pause(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}

fn child(task: &str) -> ExitCode {
    println!("{task}: started");
    match task {
        "quick" => pause(30),
        "faulty" => {
            pause(120);
            eprintln!("{task}: cannot go on");
            return ExitCode::from(3);
        }
        _ => pause(1600),
    }
    println!("{task}: finished");
    ExitCode::SUCCESS
}

fn report(task: &str, status: ExitStatus) {
    match status.code() {
        Some(code) => println!("watchdog: {task} ended with code {code}"),
        None => println!("watchdog: {task} was killed"),
    }
}

fn main() -> ExitCode {
    if let Some(task) = env::args().nth(1) {
        return child(&task);
    }
    let program = env::current_exe().unwrap();
    let start = |task| (task, Command::new(&program).arg(task).spawn().unwrap());
    let mut running: Vec<(&str, Child)> = ["stuck", "quick", "faulty"].map(start).into();
    let mut good = 0;

    let deadline = Instant::now() + Duration::from_millis(600);
    while !running.is_empty() && Instant::now() < deadline {
        running.retain_mut(|(task, child)| match child.try_wait().unwrap() {
            Some(status) => {
                good += u32::from(status.success());
                report(task, status);
                false
            }
            None => true,
        });
        pause(10);
    }
    println!("watchdog: time is up, {} still running", running.len());
    for (task, mut child) in running {
        child.kill().unwrap();
        report(task, child.wait().unwrap());
    }
    println!("watchdog: {good} good");
    ExitCode::SUCCESS
}
