//! A seeded execution as text: its scheduling points among its lines, and its end.

use super::print::{PrintedLine, ending};
use crate::exec::seeded::{Awaited, Leaks, SeededReport, Waiting};
use crate::observe::event::{Point, PointWait};
use crate::page::seconds;
use crate::pipeline::seeded::SeededOnce;
use crate::transcript::Transcript;
use crate::transcript::seed::Seed;
use crate::transcript::tracks::{Why, labels};

/// The names of the threads of an execution.
struct Names<'a> {
    execution: &'a SeededOnce,
    labels: Vec<String>,
}

impl Names<'_> {
    fn of(execution: &SeededOnce) -> Names<'_> {
        let labels = labels(&execution.once.transcript.tracks);
        Names { execution, labels }
    }

    /// The name of the thread with this path.
    fn at(&self, path: &str) -> String {
        let track = self.execution.tracks.get(path);
        let label = track.and_then(|&track| self.labels.get(track));
        label.cloned().unwrap_or_else(|| path.to_owned())
    }

    /// The object for which the thread with this id waits until another one wakes it.
    fn awaited_by(&self, id: u32) -> &'static str {
        let path = self.execution.threads.get(&id);
        let why = path.and_then(|path| self.execution.unended_waits.get(path));
        awaited(why.copied())
    }

    /// The name of the thread with this id.
    fn with_id(&self, id: u32) -> Option<String> {
        self.execution.threads.get(&id).map(|path| self.at(path))
    }
}

/// The object for which a thread waits until another one wakes it, by the reason of the wait, if that is known.
fn awaited(why: Option<Why>) -> &'static str {
    match why {
        Some(Why::Mutex) => "a lock",
        Some(Why::Channel) => "a channel",
        Some(Why::Condvar) => "a condition variable",
        Some(Why::Barrier) => "a barrier",
        Some(Why::Park) => "`unpark`",
        _ => "a lock or channel",
    }
}

/// Describes what the threads waited for at a deadlock: `main waits for thread 1; thread 1 waits for a lock or channel`.
pub(super) fn deadlock(waiting: &[Waiting], execution: &SeededOnce) -> String {
    let names = Names::of(execution);
    let name = |id| names.with_id(id).unwrap_or_else(|| format!("thread {id}"));
    let waits = waiting.iter().map(|waiting| {
        let awaited = match waiting.awaited {
            Awaited::Lock { owner: None } => names.awaited_by(waiting.thread).to_owned(),
            Awaited::Lock { owner: Some(id) } if id == waiting.thread => {
                "a lock that it has itself".to_owned()
            }
            Awaited::Lock { owner: Some(id) } => format!("a lock that {} has", name(id)),
            Awaited::Thread(id) => name(id),
            Awaited::Child => "a process".to_owned(),
            Awaited::File => "input".to_owned(),
        };
        format!("{} waits for {awaited}", name(waiting.thread))
    });
    waits.collect::<Vec<_>>().join("; ")
}

/// Inserts the scheduling points between the lines.
pub(super) fn with_points<'a>(
    lines: Vec<PrintedLine<'a>>,
    execution: &'a SeededOnce,
) -> Vec<PrintedLine<'a>> {
    let names = Names::of(execution);
    let mut all = Vec::new();
    let mut lines = lines.into_iter();
    let mut before = 0;
    for point in &execution.points {
        all.extend(lines.by_ref().take(point.lines - before));
        before = point.lines;
        all.push(PrintedLine {
            at: point.at,
            thread: names.at(&point.actor),
            stream: None,
            text: words(point.point, point.why, |id| names.with_id(id)).into(),
        });
    }
    all.extend(lines);
    all
}

/// Describes a scheduling point. `why` is the reason of the thread's pause, and `thread` names the thread with an id.
fn words(point: Point, why: Option<Why>, thread: impl Fn(u32) -> Option<String>) -> String {
    let (wait, deadline) = match point {
        Point::Ready => return "lets others run".to_owned(),
        Point::Yields => return "yields".to_owned(),
        Point::Held => return "is held".to_owned(),
        Point::Waits(wait, deadline) => (wait, deadline),
    };
    let until = deadline.map(|deadline| {
        let deadline = deadline.saturating_sub(crate::exec::seeded::START);
        format!("until {:.6}", deadline.as_secs_f64())
    });
    let awaited = match wait {
        PointWait::Time => return format!("sleeps {}", until.unwrap_or_default()),
        PointWait::Lock(address) => format!("{} at {address:#x}", awaited(why)),
        PointWait::File(0) => "one of several files".to_owned(),
        PointWait::File(descriptor) => format!("file {descriptor}"),
        PointWait::Child => "a process".to_owned(),
        PointWait::Thread(id) => thread(id).unwrap_or_else(|| "a thread".to_owned()),
    };
    match until {
        Some(until) => format!("waits for {awaited}, at most {until}"),
        None => format!("waits for {awaited}"),
    }
}

/// Describes the end of a seeded execution.
pub(super) fn seeded_ending(transcript: &Transcript, seed: Seed, report: &SeededReport) -> String {
    let points = match report.points {
        1 => "1 scheduling point".to_owned(),
        points => format!("{points} scheduling points"),
    };
    let time = seconds(transcript.wall);
    let virtual_time = format!("{time} of virtual time ({seed}, {points})");
    ending(transcript).replacen(&time, &virtual_time, 1)
}

/// Describes the moments at which real time decided; `None`: there was none.
pub(super) fn leaks(report: Option<&SeededReport>) -> Option<String> {
    let Leaks {
        blocked,
        busy,
        strangers,
    } = report?.leaks;
    let times = |count: u32| match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    };
    let leaks = [
        (blocked, "a thread waited in a call that is not emulated"),
        (busy, "a thread computed for too long"),
        (strangers, "a process ran without the observer"),
    ];
    let leaks = leaks.into_iter().filter(|(count, _)| *count > 0);
    let leaks: Vec<String> = leaks
        .map(|(count, words)| format!("{} {words}", times(count)))
        .collect();
    (!leaks.is_empty()).then(|| leaks.join(", "))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{leaks, words};
    use crate::exec::seeded::{Leaks, START, SeededReport};
    use crate::observe::event::{Point, PointWait};
    use crate::transcript::tracks::Why;

    #[test]
    fn points_have_words() {
        let at = Some(START + Duration::from_millis(1500));
        let thread = |id| (id == 7).then(|| "thread 2".to_owned());
        let lock = Point::Waits(PointWait::Lock(255), None);
        for (why, expected) in [
            (None, "waits for a lock or channel at 0xff"),
            (Some(Why::Mutex), "waits for a lock at 0xff"),
            (Some(Why::Condvar), "waits for a condition variable at 0xff"),
            (Some(Why::Park), "waits for `unpark` at 0xff"),
        ] {
            assert_eq!(words(lock, why, thread), expected);
        }
        for (point, expected) in [
            (Point::Ready, "lets others run"),
            (Point::Yields, "yields"),
            (Point::Held, "is held"),
            (Point::Waits(PointWait::Time, at), "sleeps until 1.500000"),
            (
                Point::Waits(PointWait::Lock(255), at),
                "waits for a lock or channel at 0xff, at most until 1.500000",
            ),
            (
                Point::Waits(PointWait::File(0), None),
                "waits for one of several files",
            ),
            (Point::Waits(PointWait::File(5), None), "waits for file 5"),
            (Point::Waits(PointWait::Child, None), "waits for a process"),
            (
                Point::Waits(PointWait::Thread(7), None),
                "waits for thread 2",
            ),
            (
                Point::Waits(PointWait::Thread(8), None),
                "waits for a thread",
            ),
        ] {
            assert_eq!(words(point, None, thread), expected);
        }
    }

    #[test]
    fn leaks_are_counted() {
        let report = |blocked, busy, strangers| SeededReport {
            wall: Duration::ZERO,
            points: 0,
            hash: 0,
            leaks: Leaks {
                blocked,
                busy,
                strangers,
            },
            deadlock: Vec::new(),
        };
        assert_eq!(leaks(Some(&report(0, 0, 0))), None);
        assert_eq!(leaks(None), None);
        assert_eq!(
            leaks(Some(&report(1, 0, 2))).as_deref(),
            Some(
                "once a thread waited in a call that is not emulated, 2 times a process ran without the observer"
            )
        );
    }
}
