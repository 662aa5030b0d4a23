use std::process::{Command, id};
use std::time::{Duration, Instant};
use std::{env, io, thread};

/// What a child process does.
fn child(name: &str) {
    println!("start {name} in process {}", id());
    thread::sleep(Duration::from_secs(1));
    println!("end {name} in process {}", id());
}

fn main() -> io::Result<()> {
    if let Some(name) = env::args().nth(1) {
        child(&name); // (1)!
        return Ok(());
    }
    println!("main is process {}", id());
    let start = Instant::now();
    let this_program = env::current_exe()?;
    let mut foo = Command::new(&this_program).arg("foo").spawn()?; // (2)!
    let mut bar = Command::new(&this_program).arg("bar").spawn()?;
    foo.wait()?; // (3)!
    bar.wait()?;
    let seconds = start.elapsed().as_secs_f64();
    println!("Finished in: {seconds:.2} seconds");
    Ok(())
}
