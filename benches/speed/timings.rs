//! Twenty programs that sleep and four that compute, all in one book: is each timing what the program
//! takes alone, and is the whole as fast as that allows?

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::books::{Book, Fences};
use super::pairs::process;
use super::{OURS, kept, program};

const SLEEP: &str = "fn main() {
    let time = std::env::args().nth(1).unwrap().parse::<u64>().unwrap();
    for part in 0..10 {
        std::thread::sleep(std::time::Duration::from_millis(time / 10));
        println!(\"part {part}\");
    }
}
";

const COMPUTE: &str = "fn main() {
    let rounds = std::env::args().nth(1).unwrap().parse::<u64>().unwrap();
    let mut x = 1_u64;
    for i in 0..rounds * 1_000_000 {
        x = x.wrapping_mul(6364136223846793005).wrapping_add(std::hint::black_box(i));
    }
    println!(\"{x}\");
}
";

/// Measures it three times and prints a row for each.
pub fn row() {
    let mut runs: Vec<(String, String)> = (0..20)
        .map(|number| ("sleep".to_owned(), (300 + number * 90).to_string()))
        .collect();
    runs.extend((0..4).map(|number| ("compute".to_owned(), (150 + number).to_string())));
    let programs = [("sleep", SLEEP.to_owned()), ("compute", COMPUTE.to_owned())];
    let book = Book::with(&programs, &runs, Fences::Ours);
    let json = book.json();
    let target = book.path().join("target");
    let ours = || {
        let mut preprocessor = Command::new(OURS);
        preprocessor
            .current_dir(book.path())
            .env_remove("CARGO_TARGET_DIR");
        process(&mut preprocessor, Some(&json))
    };
    // Only what is built and run afterwards counts.
    ours();
    for _ in 0..3 {
        let alone: Vec<Duration> = runs
            .iter()
            .map(|(name, arg)| alone(&target, name, arg))
            .collect();
        std::fs::remove_dir_all(target.join("transcript")).expect("it was written");
        let whole = ours();
        let together = kept(&target);
        let mut worst = (0.0, 0.0);
        let mut cpu = Duration::ZERO;
        let mut noisy = 0;
        for ((name, arg), alone) in runs.iter().zip(&alone) {
            let of_run = |kept: &&Value| {
                let command = kept[1]["command"].as_str().expect("it was written");
                command.ends_with(&format!("--example {name} -- {arg}"))
            };
            let transcript = &together.iter().find(of_run).expect("it was run")[1]["transcript"];
            let wall = time(&transcript["wall"]);
            cpu += time(&transcript["cpu"]);
            noisy += usize::from(transcript["timing"] == "noisy");
            let difference = (wall.as_secs_f64() - alone.as_secs_f64()).abs();
            let share = difference / alone.as_secs_f64();
            // 5%, or 10 ms: what is less than one of them is right.
            if (share / 0.05).min(difference / 0.01) > worst.0 {
                worst = ((share / 0.05).min(difference / 0.01), share * 100.0);
            }
        }
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        let longest = *alone.iter().max().expect("there are runs");
        let bound = longest.max(cpu / cores as u32);
        println!(
            "| 20 that sleep and 4 that compute, all at once: the whole | the longest, or the processors' \
             time by {cores} | 1.5 | | {:.2} | | {:.2} s, {:.2} s; the worst wall is {:.1}% off, {noisy} \
             marked as noisy |",
            whole.as_secs_f64() / bound.as_secs_f64(),
            whole.as_secs_f64(),
            bound.as_secs_f64(),
            worst.1,
        );
    }
}

/// The median of three walls of a program that runs alone.
fn alone(target: &Path, name: &str, arg: &str) -> Duration {
    let mut walls = [(); 3].map(|()| process(program(target, name).arg(arg), None));
    walls.sort();
    walls[1]
}

fn time(value: &Value) -> Duration {
    let part = |name: &str| value[name].as_u64().expect("it was written");
    Duration::from_secs(part("secs")) + Duration::from_nanos(part("nanos"))
}
