//! Two programs timed in turns, so that a busy machine hardly affects their ratio.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The timings of a pair of programs.
pub struct Pairs {
    /// Our wall time and theirs, for each round.
    pub walls: Vec<(Duration, Duration)>,
}

impl Pairs {
    /// Times both in turns, after one warm-up of each.
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

    /// The ratio of our wall time to theirs: minimum, median, maximum.
    pub fn ratios(&self) -> [f64; 3] {
        let ratio =
            |(ours, theirs): &(Duration, Duration)| ours.as_secs_f64() / theirs.as_secs_f64();
        spread(self.walls.iter().map(ratio))
    }

    /// Our wall time minus theirs, in milliseconds: minimum, median, maximum.
    pub fn differences(&self) -> [f64; 3] {
        let difference = |(ours, theirs): &(Duration, Duration)| {
            (ours.as_secs_f64() - theirs.as_secs_f64()) * 1000.0
        };
        spread(self.walls.iter().map(difference))
    }

    /// The medians of our wall time and theirs.
    pub fn medians(&self) -> [Duration; 2] {
        let median = |side: fn(&(Duration, Duration)) -> Duration| {
            let [_, median, _] = spread(self.walls.iter().map(side).map(|wall| wall.as_secs_f64()));
            Duration::from_secs_f64(median)
        };
        [median(|walls| walls.0), median(|walls| walls.1)]
    }
}

/// Returns minimum, median and maximum.
fn spread(values: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    [
        values[0],
        values[values.len() / 2],
        values[values.len() - 1],
    ]
}

/// Runs a process that must succeed, with a file as its stdin, and returns its wall time.
pub fn process(command: &mut Command, input: Option<&Path>) -> Duration {
    let stdin = match input {
        Some(file) => File::open(file).unwrap().into(),
        None => Stdio::null(),
    };
    command
        .stdin(stdin)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().unwrap();
    let wall = start.elapsed();
    assert!(status.success(), "{command:?}");
    wall
}
