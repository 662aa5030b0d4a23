//! Two helpers that go on until they are told to stop: by a message, and by a flag.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

static DONE: AtomicBool = AtomicBool::new(false);

/// Waits for the message no longer than until the next tick.
fn tick(ready: mpsc::Sender<()>, stop: mpsc::Receiver<&'static str>) {
    println!("clock: wound up");
    ready.send(()).unwrap();
    loop {
        match stop.recv_timeout(Duration::from_millis(30)) {
            Err(RecvTimeoutError::Timeout) => println!("clock: tick"),
            Ok(reason) => {
                println!("clock: stopped, {reason}");
                break;
            }
            Err(RecvTimeoutError::Disconnected) => {
                println!("clock: forgotten");
                break;
            }
        }
    }
}

/// Looks at the flag only when the lamp is off.
fn blink() {
    while !DONE.load(Ordering::Acquire) {
        println!("lamp: on");
        thread::sleep(Duration::from_millis(30));
        println!("lamp: off");
        thread::sleep(Duration::from_millis(10));
    }
    println!("lamp: unplugged");
}

fn main() {
    let (stop, stopped) = mpsc::channel();
    let (ready, is_ready) = mpsc::channel();
    let clock = thread::spawn(move || tick(ready, stopped));
    is_ready.recv().unwrap();

    let lamp = thread::spawn(blink);
    for step in ["boils water", "adds pasta", "drains it"] {
        println!("cook: {step}");
        thread::sleep(Duration::from_millis(85));
    }
    println!("cook: dinner is ready");
    stop.send("dinner is ready").unwrap();
    clock.join().unwrap();

    println!("cook: switches off the lamp");
    DONE.store(true, Ordering::Release);
    lamp.join().unwrap();
    println!("cook: the kitchen is closed");
}
