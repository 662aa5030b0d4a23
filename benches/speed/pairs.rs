//! Two ways to do a thing, timed in turns: a ratio that a busy machine moves little.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often each way was timed, and what came of it.
pub struct Pairs {
    /// Our wall and theirs, of each round.
    pub walls: Vec<(Duration, Duration)>,
}

impl Pairs {
    /// Times both ways in turns, after one try of each that does not count.
    pub fn of(
        rounds: usize,
        mut ours: impl FnMut() -> Duration,
        mut theirs: impl FnMut() -> Duration,
    ) -> Pairs {
        ours();
        theirs();
        let walls = (0..rounds)
            .map(|round| match round % 2 {
                0 => (ours(), theirs()),
                _ => {
                    let theirs = theirs();
                    (ours(), theirs)
                }
            })
            .collect();
        Pairs { walls }
    }

    /// The ratio of our wall to theirs: minimum, median, maximum.
    pub fn ratios(&self) -> [f64; 3] {
        let ratio =
            |(ours, theirs): &(Duration, Duration)| ours.as_secs_f64() / theirs.as_secs_f64();
        spread(self.walls.iter().map(ratio))
    }

    /// What we take more than they, in milliseconds: minimum, median, maximum.
    pub fn differences(&self) -> [f64; 3] {
        let difference = |(ours, theirs): &(Duration, Duration)| {
            (ours.as_secs_f64() - theirs.as_secs_f64()) * 1000.0
        };
        spread(self.walls.iter().map(difference))
    }

    /// Our median wall and theirs.
    pub fn medians(&self) -> [Duration; 2] {
        let median = |which: fn(&(Duration, Duration)) -> Duration| {
            let [_, median, _] =
                spread(self.walls.iter().map(which).map(|wall| wall.as_secs_f64()));
            Duration::from_secs_f64(median)
        };
        [median(|walls| walls.0), median(|walls| walls.1)]
    }
}

/// Minimum, median and maximum.
fn spread(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    [
        values[0],
        values[values.len() / 2],
        values[values.len() - 1],
    ]
}

/// The wall time of a whole process that must succeed, its standard input a file.
pub fn process(command: &mut Command, input: Option<&Path>) -> Duration {
    let stdin = match input {
        Some(file) => File::open(file).expect("the bench wrote it").into(),
        None => Stdio::null(),
    };
    command
        .stdin(stdin)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().expect("it can be started");
    let wall = start.elapsed();
    assert!(status.success(), "{command:?}");
    wall
}
