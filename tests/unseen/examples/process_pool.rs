//! A pool of processes: the program starts itself three times, and talks to its children through pipes.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{self, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;
use std::{env, thread};

/// The child: answers a line of its input with a line of its output.
fn worker(name: &str) -> ! {
    eprintln!("{name}: hello");
    let mut code = 0;
    for line in io::stdin().lines() {
        let number: u64 = line.unwrap().parse().unwrap();
        thread::sleep(Duration::from_millis(20));
        match (1..=number).try_fold(1, u64::checked_mul) {
            Some(product) => println!("{number}! = {product}"),
            None => {
                println!("{number}! is too large");
                code = 3;
            }
        }
    }
    eprintln!("{name}: bye");
    process::exit(code)
}

/// The parent's side of one child: gives the success of the child.
fn employ(name: &str, queue: &Mutex<VecDeque<u64>>) -> bool {
    let mut child = Command::new(env::current_exe().unwrap())
        .arg(name)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut questions = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    loop {
        let next = queue.lock().unwrap().pop_front();
        let Some(number) = next else { break };
        println!("asked: {number}!");
        writeln!(questions, "{number}").unwrap();
        let answer = answers.next().unwrap().unwrap();
        println!("answered: {answer}");
    }
    drop(questions); // the end of the child's input
    child.wait().unwrap().success()
}

fn main() {
    if let Some(name) = env::args().nth(1) {
        worker(&name);
    }
    let queue = Mutex::new(VecDeque::from([5, 30, 10, 7, 12, 3, 20]));
    let mut failed = 0;
    thread::scope(|scope| {
        let employers = ["worker a", "worker b", "worker c"].map(|name| {
            let queue = &queue;
            scope.spawn(move || employ(name, queue))
        });
        println!("main: three workers are employed");
        for employer in employers {
            if !employer.join().unwrap() {
                failed += 1;
            }
        }
    });
    println!("main: {failed} of 3 workers had trouble");
}
