//! A pipeline of processes: one counts, one squares, the parent adds up.
use std::io::{self, BufRead, BufReader};
use std::process::{Command, Stdio, exit};
use std::{env, thread, time::Duration};

fn main() -> io::Result<()> {
    match env::args().nth(1).as_deref() {
        Some("count") => {
            for number in 1..=4 {
                println!("{number}");
                thread::sleep(Duration::from_millis(5));
            }
            eprintln!("count: no more numbers");
        }
        Some(_) => {
            for line in io::stdin().lines() {
                let number: u32 = line?.parse().expect("a number");
                println!("{}", number * number);
            }
            eprintln!("square: no more lines");
            exit(7);
        }
        None => {
            let stage = |name: &str, stdin: Stdio| {
                let mut stage = Command::new(env::current_exe()?);
                stage.arg(name).stdin(stdin).stdout(Stdio::piped()).spawn()
            };
            let mut count = stage("count", Stdio::null())?;
            let mut square = stage("square", count.stdout.take().expect("a pipe").into())?;
            let mut sum = 0;
            for line in BufReader::new(square.stdout.take().expect("a pipe")).lines() {
                let number: u32 = line?.parse().expect("a number");
                sum += number;
                println!("got {number}, sum {sum}");
            }
            println!("count: {}", count.wait()?);
            println!("square: {}", square.wait()?);
        }
    }
    Ok(())
}
