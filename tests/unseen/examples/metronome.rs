//! A metronome ticks until it is told to stop.
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

fn main() {
    let (stop, stopped) = mpsc::channel::<()>();
    let metronome = thread::spawn(move || {
        let mut ticks = 0;
        loop {
            match stopped.recv_timeout(Duration::from_millis(32)) {
                Err(RecvTimeoutError::Timeout) => {
                    ticks += 1;
                    println!("tick {ticks}");
                }
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        println!("metronome: stops");
        ticks
    });
    for note in ["do", "re", "mi"] {
        thread::sleep(Duration::from_millis(70));
        println!("piano: {note}");
    }
    drop(stop);
    let ticks = metronome.join().expect("metronome");
    eprintln!("the song took {ticks} ticks");
}
