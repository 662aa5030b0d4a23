//! Tracks: the threads and processes of an execution, with their starts, ends and pauses.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A thread or process of an execution, from its start to its end. Times count from the start of the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// Whether it is a thread or a process.
    pub kind: TrackKind,
    /// The name that the program gave a thread; for a process, the name of its program unless it is the example's.
    pub name: Option<String>,
    /// The number of the track that started it, which is smaller than its own; `None` only for the program's first
    /// thread.
    pub parent: Option<usize>,
    /// Its start.
    pub start: Duration,
    /// Its end; not before its start.
    pub end: Duration,
    /// Its pauses, in order and without overlap.
    pub pauses: Vec<Pause>,
}

/// The kind of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrackKind {
    /// The first thread of a process, and with it the process.
    Process,
    /// Another thread of its parent's process.
    Thread,
}

/// A period in which a track did not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// The reason for the pause.
    pub why: Why,
    /// Its start.
    pub from: Duration,
    /// Its end; not before its start.
    pub to: Duration,
    /// The number of the track that ended the wait, if known.
    pub ended_by: Option<usize>,
}

/// The reason for a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// The track slept, or a wait ran into its time-out.
    Sleep,
    /// The track waited for a lock, a channel, or anything else that another thread must provide (futex(2)).
    Lock,
    /// The track waited for a thread to end.
    Thread,
    /// The track waited for a process to end.
    Child,
    /// The track waited for input or for a connection.
    Input,
}

impl Why {
    /// All reasons, in the order of a timeline's legend.
    pub const ALL: [Why; 5] = [Why::Sleep, Why::Lock, Why::Thread, Why::Child, Why::Input];

    /// The reason's word in a recording.
    pub fn word(self) -> &'static str {
        match self {
            Why::Sleep => "sleep",
            Why::Lock => "lock",
            Why::Thread => "thread",
            Why::Child => "child",
            Why::Input => "input",
        }
    }

    /// Describes a track in such a pause.
    pub fn in_words(self) -> &'static str {
        match self {
            Why::Sleep => "sleeping",
            Why::Lock => "waiting for a lock or channel",
            Why::Thread => "waiting for a thread",
            Why::Child => "waiting for a process",
            Why::Input => "waiting for input",
        }
    }
}

impl TrackKind {
    /// The kind's word in a recording and in labels.
    pub fn word(self) -> &'static str {
        match self {
            TrackKind::Process => "process",
            TrackKind::Thread => "thread",
        }
    }
}

/// Returns the highest number of threads that the first process had at one time, and that of processes; `None`: there are
/// no tracks.
pub(super) fn most_at_once(tracks: &[Track]) -> Option<(u32, u32)> {
    tracks.first()?;
    // By track: the number of its process's first track.
    let mut process_of: Vec<usize> = Vec::new();
    for (number, track) in tracks.iter().enumerate() {
        let process = match (track.kind, track.parent) {
            (TrackKind::Thread, Some(parent)) => process_of[parent],
            (TrackKind::Thread | TrackKind::Process, _) => number,
        };
        process_of.push(process);
    }
    let most = |is_counted: &dyn Fn(usize) -> bool| {
        let counted = (0..tracks.len()).filter(|&number| is_counted(number));
        let counted: Vec<&Track> = counted.map(|number| &tracks[number]).collect();
        let at = |time: Duration| {
            let alive = |track: &&&Track| track.start <= time && time < track.end;
            counted.iter().filter(alive).count()
        };
        // The number grows only where a track starts.
        let counts = counted.iter().map(|track| at(track.start));
        counts.max().unwrap_or_default().max(1) as u32
    };
    let threads = most(&|number| process_of[number] == 0);
    let processes = most(&|number| tracks[number].kind == TrackKind::Process);
    Some((threads, processes))
}

/// Returns the label of each track: its name, numbered if several tracks share it; `main` for the first; otherwise a
/// number in the order of the tracks, as in `thread 2` for the second thread that a process started, `thread 2 of
/// process 1` in another process than the first.
pub fn labels(tracks: &[Track]) -> Vec<String> {
    let mut processes = 0;
    // By track: the number of its process's first track, and the number of threads that this process has started so far.
    let mut process_of: Vec<usize> = Vec::new();
    let mut threads: Vec<u32> = vec![0; tracks.len()];
    // By name: the number of tracks with it so far, and of all tracks with it.
    let mut names: HashMap<&str, (u32, u32)> = HashMap::new();
    for name in tracks.iter().filter_map(|track| track.name.as_deref()) {
        names.entry(name).or_default().1 += 1;
    }
    let mut labels: Vec<String> = Vec::new();
    for (index, track) in tracks.iter().enumerate() {
        let (process, number) = match (track.kind, track.parent) {
            (TrackKind::Thread, Some(parent)) => {
                let process = process_of[parent];
                threads[process] += 1;
                (process, threads[process])
            }
            (TrackKind::Thread | TrackKind::Process, None) => (index, 0),
            (TrackKind::Process, Some(_)) => {
                processes += 1;
                (index, processes)
            }
        };
        process_of.push(process);
        let word = track.kind.word();
        labels.push(match (&track.name, track.parent) {
            (Some(name), _) => match names.get_mut(name.as_str()) {
                Some((count, all)) if *all > 1 => {
                    *count += 1;
                    format!("{name} {count}")
                }
                _ => name.clone(),
            },
            (None, None) => "main".to_owned(),
            (None, Some(_)) if process == 0 || process == index => format!("{word} {number}"),
            (None, Some(_)) => format!("{word} {number} of {}", labels[process]),
        });
    }
    labels
}

/// The highest number of pauses of a track; only the longest ones stay.
const MOST: usize = 200;
/// A pause shorter than the execution divided by this number is too short to be visible.
const SHORTEST: u32 = 1000;

/// Returns the pauses that are visible in the timeline of an execution that took `wall`. A pause that is too short
/// by itself is joined with an adjacent one of the same reason.
pub fn visible(pauses: Vec<Pause>, wall: Duration) -> Vec<Pause> {
    let least = wall / SHORTEST;
    let is_short = |pause: &Pause| pause.to - pause.from < least;
    let mut joined: Vec<Pause> = Vec::new();
    for pause in pauses {
        let continues = |last: &&mut Pause| {
            let is_same = last.why == pause.why && pause.from.saturating_sub(last.to) <= least;
            is_same && (is_short(last) || is_short(&pause))
        };
        match joined.last_mut().filter(continues) {
            Some(last) => {
                // Only the end of the longer wait is visible.
                last.ended_by = if is_short(last) {
                    pause.ended_by.or(last.ended_by)
                } else {
                    last.ended_by.or(pause.ended_by)
                };
                last.to = pause.to;
            }
            None => joined.push(pause),
        }
    }
    joined.retain(|pause| pause.to - pause.from >= least && pause.to > pause.from);
    if joined.len() > MOST {
        let mut lengths: Vec<Duration> = joined.iter().map(|pause| pause.to - pause.from).collect();
        lengths.sort_unstable();
        let least = lengths[lengths.len() - MOST];
        joined.retain(|pause| pause.to - pause.from >= least);
    }
    joined
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MOST, Pause, Track, TrackKind, Why, labels, most_at_once, visible};

    fn track(kind: TrackKind, parent: Option<usize>, name: Option<&str>) -> Track {
        Track {
            kind,
            name: name.map(str::to_owned),
            parent,
            start: Duration::ZERO,
            end: Duration::ZERO,
            pauses: Vec::new(),
        }
    }

    #[test]
    fn threads_of_the_first_process_and_processes_are_counted() {
        use TrackKind::{Process, Thread};
        let alive = |kind, parent, from, to| Track {
            start: Duration::from_millis(from),
            end: Duration::from_millis(to),
            ..track(kind, parent, None)
        };
        assert_eq!(most_at_once(&[]), None);
        let tracks = [
            alive(Process, None, 0, 100),
            alive(Thread, Some(0), 10, 30),
            alive(Thread, Some(1), 20, 40),
            // Its start is the end of another one: the two are never alive at one time.
            alive(Thread, Some(0), 40, 60),
            alive(Process, Some(1), 25, 90),
            alive(Thread, Some(4), 26, 90),
            alive(Thread, Some(5), 27, 90),
            alive(Process, Some(0), 95, 99),
        ];
        assert_eq!(most_at_once(&tracks), Some((3, 2)));
        assert_eq!(most_at_once(&tracks[..1]), Some((1, 1)));
    }

    #[test]
    fn tracks_have_names_or_numbers() {
        use TrackKind::{Process, Thread};
        let tracks = [
            track(Process, None, None),
            track(Thread, Some(0), None),
            track(Process, Some(1), None),
            track(Thread, Some(2), None),
            track(Thread, Some(1), Some("cook")),
            track(Process, Some(0), Some("sh")),
            track(Thread, Some(4), None),
            track(Thread, Some(0), Some("worker")),
            track(Thread, Some(0), Some("worker")),
        ];
        let expected = [
            "main",
            "thread 1",
            "process 1",
            "thread 1 of process 1",
            "cook",
            "sh",
            "thread 3",
            "worker 1",
            "worker 2",
        ];
        assert_eq!(labels(&tracks), expected);
    }

    #[test]
    fn only_visible_pauses_stay() {
        use Why::{Lock, Sleep, Thread};
        // In microseconds, for an execution of one second.
        let seen = |pauses: &[(Why, u64, u64)]| -> Vec<(Why, u64, u64)> {
            let pause = |&(why, from, to): &(Why, u64, u64)| Pause {
                why,
                from: Duration::from_micros(from),
                to: Duration::from_micros(to),
                ended_by: None,
            };
            let micros = |time: Duration| time.as_micros() as u64;
            let seen = visible(pauses.iter().map(pause).collect(), Duration::from_secs(1));
            let seen = seen.into_iter();
            seen.map(|pause| (pause.why, micros(pause.from), micros(pause.to)))
                .collect()
        };
        assert_eq!(
            seen(&[(Sleep, 0, 999), (Lock, 5000, 6000)]),
            [(Lock, 5000, 6000)]
        );
        // Many short pauses in a row are visible as one.
        assert_eq!(
            seen(&[
                (Lock, 0, 500),
                (Lock, 600, 900),
                (Lock, 1900, 2500),
                (Sleep, 2500, 4000)
            ]),
            [(Lock, 0, 2500), (Sleep, 2500, 4000)]
        );
        // Two visible ends stay separate, and a very short wait doesn't replace the end of a longer one.
        let by = |from, to, ended_by| Pause {
            why: Thread,
            from: Duration::from_micros(from),
            to: Duration::from_micros(to),
            ended_by: Some(ended_by),
        };
        let pauses = vec![by(0, 1000, 1), by(1000, 2000, 2), by(2000, 2100, 3)];
        let seen_of_them = visible(pauses, Duration::from_secs(1));
        assert_eq!(seen_of_them, [by(0, 1000, 1), by(1000, 2100, 2)]);
        let many: Vec<_> = (0..1000)
            .map(|at| (Lock, at * 9000, at * 9000 + 1000 + at))
            .collect();
        assert_eq!(seen(&many), many[1000 - MOST..]);
    }
}
