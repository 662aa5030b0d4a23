//! Child processes, and a parent that waits for them.
use std::process::{Command, exit, id};
use std::time::Duration;
use std::{env, io, thread};

fn main() -> io::Result<()> {
    if let Some(name) = env::args().nth(1) {
        println!("{name} is process {}", id());
        thread::sleep(Duration::from_millis(30));
        println!("{name} ends in process {}", id());
        exit(if name == "bad" { 3 } else { 0 });
    }
    let program = env::current_exe()?;
    let mut good = Command::new(&program).arg("good").spawn()?;
    let mut bad = Command::new(&program).arg("bad").spawn()?;
    println!("good: {}", good.wait()?);
    println!("bad: {}", bad.wait()?);
    Ok(())
}
