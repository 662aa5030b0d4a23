//! A conductor calls three bells row by row. A ringer sleeps until called,
//! and the conductor sleeps until the bell has rung.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread::{self, Thread};

const ROWS: [[usize; 3]; 3] = [[1, 2, 3], [2, 1, 3], [2, 3, 1]];
const NOBODY: usize = 0;
const STAND: usize = 99;

fn ring(bell: usize, call: &AtomicUsize, conductor: Thread) -> usize {
    let mut strokes = 0;
    loop {
        match call.load(SeqCst) {
            STAND => break,
            called if called == bell => {
                println!("bell {bell} rings");
                strokes += 1;
                call.store(NOBODY, SeqCst);
                conductor.unpark();
            }
            _ => thread::park(),
        }
    }
    println!("bell {bell} stands after {strokes} strokes");
    strokes
}

fn main() {
    let call = AtomicUsize::new(NOBODY);
    thread::scope(|scope| {
        let ringers = [1, 2, 3].map(|bell| {
            let (call, conductor) = (&call, thread::current());
            scope.spawn(move || ring(bell, call, conductor))
        });
        scope.spawn(|| {
            for floor in 1..=3 {
                println!("a visitor climbs to floor {floor}");
            }
        });
        for (number, row) in (1..).zip(ROWS) {
            println!("conductor: row {number}");
            for bell in row {
                call.store(bell, SeqCst);
                ringers[bell - 1].thread().unpark();
                while call.load(SeqCst) != NOBODY {
                    thread::park();
                }
            }
        }
        println!("conductor: stand");
        call.store(STAND, SeqCst);
        for ringer in &ringers {
            ringer.thread().unpark();
        }
        let strokes: usize = ringers.into_iter().map(|r| r.join().unwrap()).sum();
        println!("conductor: {strokes} strokes");
    });
}
