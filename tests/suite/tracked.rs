//! Constructed runs with tracks: one of each kind of wait, and arbitrary ones.

use std::time::Duration;

use proptest::prelude::*;

use mdbook_transcript::transcript::tracks::{Pause, Track, TrackKind, Why};
use mdbook_transcript::transcript::{Exit, Line, Stream, Transcript};

/// A duration of so many milliseconds.
pub fn ms(ms: f64) -> Duration {
    Duration::from_micros((ms * 1000.0).round() as u64)
}

/// A track with its parent, its name, and its start and end in milliseconds.
fn track(kind: TrackKind, parent: Option<usize>, name: &str, from: f64, to: f64) -> Track {
    Track {
        kind,
        name: Some(name.to_owned()).filter(|name| !name.is_empty()),
        parent,
        start: ms(from),
        end: ms(to),
        pauses: Vec::new(),
    }
}

pub fn main_track(to: f64) -> Track {
    track(TrackKind::Process, None, "", 0.0, to)
}

pub fn thread(parent: usize, from: f64, to: f64) -> Track {
    track(TrackKind::Thread, Some(parent), "", from, to)
}

fn process(parent: usize, from: f64, to: f64) -> Track {
    track(TrackKind::Process, Some(parent), "", from, to)
}

/// The track with pauses: reason, start and end in milliseconds, and the track that ended each.
pub fn pausing(track: Track, pauses: &[(Why, f64, f64, Option<usize>)]) -> Track {
    let pause = |&(why, from, to, ended_by): &(Why, f64, f64, Option<usize>)| Pause {
        why,
        from: ms(from),
        to: ms(to),
        ended_by,
    };
    Track {
        pauses: pauses.iter().map(pause).collect(),
        ..track
    }
}

pub fn run(wall: f64, tracks: Vec<Track>, lines: &[(f64, u32, &str)]) -> Transcript {
    let line = |&(at, track, text): &(f64, u32, &str)| Line {
        stream: Stream::Stdout,
        at: ms(at),
        writer: Some(0),
        track: Some(track),
        text: text.to_owned(),
    };
    Transcript {
        wall: ms(wall),
        tracks,
        ..Transcript::of(lines.iter().map(line).collect(), Exit::SUCCESS)
    }
}

/// Two sleeping threads, which are joined.
pub fn join() -> Transcript {
    let tracks = vec![
        pausing(
            main_track(2002.0),
            &[
                (Why::Thread, 1.3, 1001.6, Some(1)),
                (Why::Thread, 1001.7, 2001.5, Some(2)),
            ],
        ),
        pausing(thread(0, 1.1, 1001.6), &[(Why::Sleep, 1.4, 1001.5, None)]),
        pausing(thread(0, 1.2, 2001.5), &[(Why::Sleep, 1.4, 2001.4, None)]),
    ];
    let lines = [
        (1.375, 1, "start foo"),
        (1.395, 2, "start bar"),
        (1001.54, 1, "end foo"),
        (2001.503, 2, "end bar"),
        (2001.676, 0, "Finished in: 2.00 seconds"),
    ];
    run(2002.048, tracks, &lines)
}

/// Four threads that take a lock in turns.
pub fn mutex() -> Transcript {
    let join = [(1, 202.4), (2, 102.1), (3, 403.2), (4, 302.8)];
    let mut waited = 1.5;
    let mut joins = Vec::new();
    for (thread, end) in join {
        if end > waited {
            joins.push((Why::Thread, waited, end, Some(thread)));
            waited = end;
        }
    }
    let worker = |start: f64, got: Option<(f64, usize)>, end: f64| {
        let from = got.map_or(start + 0.1, |(at, _)| at);
        let lock = got.map(|(at, by)| (Why::Lock, start + 0.2, at, Some(by)));
        let sleep = (Why::Sleep, from + 0.1, end - 0.1, None);
        let pauses: Vec<_> = lock.into_iter().chain([sleep]).collect();
        pausing(thread(0, start, end), &pauses)
    };
    let tracks = vec![
        pausing(main_track(404.0), &joins),
        worker(1.1, Some((102.1, 2)), 202.4),
        worker(1.0, None, 102.1),
        worker(1.2, Some((302.8, 4)), 403.2),
        worker(1.3, Some((202.4, 1)), 302.8),
    ];
    let lines = [
        (102.011, 2, "Ben counts from 0 to 1"),
        (202.395, 1, "Anna counts from 1 to 2"),
        (302.772, 4, "Dan counts from 2 to 3"),
        (403.203, 3, "Cleo counts from 3 to 4"),
        (403.447, 0, "main: the counter is 4"),
    ];
    run(404.011, tracks, &lines)
}

/// Two worker processes, each started by the thread that sends it tasks.
pub fn pool() -> Transcript {
    let dealer = |end: f64, worker: usize, answers: &[f64]| {
        let mut from = 40.0;
        let mut pauses = Vec::new();
        for &at in answers {
            pauses.push((Why::Input, from, at, Some(worker)));
            from = at + 0.2;
        }
        pauses.push((Why::Child, from, end - 0.2, Some(worker)));
        pausing(thread(0, 22.0, end), &pauses)
    };
    let worker = |dealer: usize, end: f64, tasks: &[f64]| {
        let sleeps = tasks
            .iter()
            .map(|&at| (Why::Sleep, at - 1000.0, at - 0.5, None));
        let worker = process(dealer, 35.0, end);
        let mut pauses: Vec<_> = sleeps.collect();
        pauses.insert(0, (Why::Input, 39.0, 41.0, Some(dealer)));
        pausing(worker, &pauses)
    };
    let tracks = vec![
        pausing(
            main_track(3046.0),
            &[
                (Why::Thread, 23.0, 2052.0, Some(1)),
                (Why::Thread, 2053.0, 3046.0, Some(2)),
            ],
        ),
        dealer(2052.0, 3, &[1044.5, 2047.3]),
        dealer(3046.0, 4, &[1045.2, 2045.4, 3045.4]),
        worker(1, 2051.0, &[1044.5, 2047.3]),
        worker(2, 3045.8, &[1045.2, 2045.8, 3045.7]),
    ];
    let lines = [
        (21.018, 0, "five tasks for a pool of 2 processes"),
        (1044.541, 1, "task 1 was done by process 8070"),
        (1045.185, 2, "task 2 was done by process 8071"),
        (2045.357, 2, "task 4 was done by process 8071"),
        (2047.307, 1, "task 3 was done by process 8070"),
        (3045.695, 2, "task 5 was done by process 8071"),
        (3046.129, 0, "Finished in: 3.03 seconds"),
    ];
    run(3046.401, tracks, &lines)
}

/// One thread that alternates between two tasks.
pub fn asynchronous() -> Transcript {
    let pauses: Vec<_> = (0..4)
        .map(|n| {
            (
                Why::Sleep,
                f64::from(n) * 250.0 + 2.0,
                f64::from(n) * 250.0 + 249.0,
                None,
            )
        })
        .collect();
    let lines = [
        (1.0, 0, "a 1"),
        (1.2, 0, "b 1"),
        (250.0, 0, "a 2"),
        (500.0, 0, "b 2"),
        (750.0, 0, "a 3"),
        (1000.1, 0, "done"),
    ];
    run(1000.5, vec![pausing(main_track(1000.0), &pauses)], &lines)
}

/// A hundred threads.
pub fn many() -> Transcript {
    let threads = (1..=99).map(|n| {
        let at = f64::from(n);
        pausing(
            thread(0, at, at + 110.0),
            &[(Why::Sleep, at + 0.1, at + 109.0, None)],
        )
    });
    let main = pausing(main_track(212.0), &[(Why::Thread, 100.0, 211.0, Some(99))]);
    let tracks = [main].into_iter().chain(threads).collect();
    let texts: Vec<String> = (1..=99).map(|n| format!("thread {n} is done")).collect();
    let lines: Vec<(f64, u32, &str)> = texts
        .iter()
        .zip(1..)
        .map(|(text, n)| (f64::from(n) + 109.5, n, text.as_str()))
        .collect();
    run(212.0, tracks, &lines)
}

/// Names that need escaping.
pub fn hostile() -> Transcript {
    let named = |name: &str| track(TrackKind::Thread, Some(0), name, 0.0, 9.0);
    let tracks = vec![
        main_track(0.0),
        named("</svg><script>alert(1)</script>"),
        named("\" onload=\"{{#include Cargo.toml}}"),
        named("a\n\nb\u{1b}[31mred"),
        named("\u{4f60}\u{597d}".repeat(20).as_str()),
        thread(0, 5.0, 5.0),
    ];
    let lines = [
        (3.0, 1, "x"),
        (
            99.0,
            5,
            "\u{1b}[31m<b> {{#include x}}\u{1b}[0m and so on, and on",
        ),
        (4.0, 5, ""),
    ];
    run(0.0, tracks, &lines)
}

/// Arbitrary runs in which each track stands after its parent.
pub fn any_run() -> impl Strategy<Value = Transcript> {
    let time = || (0_u64..3000).prop_map(Duration::from_micros);
    let why = (0..Why::ALL.len()).prop_map(|number| Why::ALL[number]);
    let pause = (why, time(), time(), any::<Option<u8>>());
    let name = proptest::option::of(".{0,9}");
    let pauses = proptest::collection::vec(pause, 0..9);
    let track = (name, any::<u8>(), time(), time(), pauses);
    let tracks = proptest::collection::vec(track, 1..30);
    let lines = proptest::collection::vec((time(), any::<u8>(), ".{0,9}"), 0..9);
    (time(), tracks, lines).prop_map(|(wall, tracks, lines)| {
        let count = tracks.len();
        let tracks = tracks.into_iter().enumerate();
        let tracks = tracks.map(|(number, (name, parent, start, life, pauses))| Track {
            kind: if parent % 3 == 0 || number == 0 {
                TrackKind::Process
            } else {
                TrackKind::Thread
            },
            name,
            parent: (usize::from(parent)).checked_rem(number),
            start,
            end: start + life,
            pauses: pauses
                .into_iter()
                .map(|(why, from, to, by)| Pause {
                    why,
                    from,
                    to,
                    ended_by: by.map(|by| usize::from(by) % count),
                })
                .collect(),
        });
        let tracks = tracks.collect();
        let lines = lines.into_iter().map(|(at, by, text)| Line {
            stream: Stream::Stderr,
            at,
            writer: None,
            track: Some((usize::from(by) % count) as u32),
            text,
        });
        Transcript {
            wall,
            tracks,
            ..Transcript::of(lines.collect(), Exit::SUCCESS)
        }
    })
}
