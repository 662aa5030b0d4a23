//! Three weavers go on to the next step together: a barrier keeps back those who are early.

use std::cell::Cell;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

const STEPS: [&str; 3] = ["spin", "dye", "weave"];

thread_local! {
    static ELLS: Cell<u32> = const { Cell::new(0) };
}

fn pause(milliseconds: u32) {
    thread::sleep(Duration::from_millis(milliseconds.into()));
}

fn craft(name: &str, skill: u32, everybody: &Barrier) -> u32 {
    for (number, step) in STEPS.into_iter().enumerate() {
        println!("{name} begins to {step}");
        pause(30 / skill);
        ELLS.set(ELLS.get() + skill);
        println!("{name} has {} ells", ELLS.get());

        if everybody.wait().is_leader() {
            pause(10); // looks at all of it
            println!("step {} is over", number + 1);
        }
        everybody.wait();
    }
    ELLS.get()
}

fn main() {
    let everybody = Barrier::new(3);
    let ells: u32 = thread::scope(|scope| {
        let weavers = [("Ada", 1), ("Bea", 2), ("Cid", 3)].map(|(name, skill)| {
            let everybody = &everybody;
            scope.spawn(move || craft(name, skill, everybody))
        });
        println!("the weavers are at work");
        weavers.map(|weaver| weaver.join().unwrap()).iter().sum()
    });
    println!("the cloth has {ells} ells, main has {}", ELLS.get());
}
