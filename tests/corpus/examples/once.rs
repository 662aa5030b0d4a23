//! A value that the first reader initializes.
use std::sync::OnceLock;
use std::thread;

static SETTINGS: OnceLock<String> = OnceLock::new();

fn settings() -> &'static str {
    SETTINGS.get_or_init(|| {
        println!("made once");
        "blue".to_owned()
    })
}

fn main() {
    thread::scope(|scope| {
        for reader in 1..=3 {
            scope.spawn(move || println!("reader {reader}: {}", settings()));
        }
    });
    println!("main: {}", settings());
}
