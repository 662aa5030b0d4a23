//! A master has three carvers, each a process of its own. The good figures
//! go through a pipe to a packer, which is a little shell script.

use std::io::Write;
use std::process::{Child, Command, ExitCode, Stdio};
use std::{env, thread};

const PACKER: &str = "n=0
while read -r figure; do n=$((n + 1)); echo \"packer: $figure goes into the box\"; done
echo \"packer: box closed, $n inside\"
exit $n";

/// A carver's work; balsa is too soft and breaks.
fn carve(wood: &str) -> ExitCode {
    for cut in 1..=2 {
        println!("{wood}: cut {cut}");
        if wood == "balsa" && cut == 2 {
            println!("{wood}: broken");
            return ExitCode::from(3);
        }
    }
    println!("{wood}: polished");
    ExitCode::SUCCESS
}

fn hire(wood: &'static str) -> (&'static str, Child) {
    let this = env::current_exe().expect("the path of this program");
    let carver = Command::new(this).arg(wood).spawn().expect("a carver");
    (wood, carver)
}

fn main() -> ExitCode {
    if let Some(wood) = env::args().nth(1) {
        return carve(&wood);
    }
    println!("master: three blocks of wood");
    let carvers = ["oak", "balsa", "lime"].map(hire);
    let mut packer = Command::new("sh")
        .args(["-c", PACKER])
        .stdin(Stdio::piped())
        .spawn()
        .expect("a packer");
    let mut pipe = packer.stdin.take().unwrap();
    let radio = thread::spawn(|| println!("radio: a waltz"));
    for (wood, mut carver) in carvers {
        let status = carver.wait().unwrap();
        if status.success() {
            println!("master: the {wood} is good");
            writeln!(pipe, "{wood}").unwrap();
        } else {
            println!("master: the {wood} failed with {}", status.code().unwrap());
        }
    }
    drop(pipe);
    let packed = packer.wait().unwrap().code().unwrap();
    radio.join().unwrap();
    println!("master: {packed} figures packed");
    ExitCode::SUCCESS
}
