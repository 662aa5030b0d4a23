//! The records of the observer, read as events.

use std::time::Duration;

use super::event::{Event, EventKind, Point, PointWait};
use super::layout::{RecordHead, kind, point, stream, why};
use crate::transcript::Stream;
use crate::transcript::tracks::Why;

/// The event of the first record of these bytes, and the length of that record; `None` if it is truncated.
/// A record of an unknown kind has no event.
pub(super) fn event(bytes: &[u8]) -> Option<(Option<Event>, usize)> {
    let head = RecordHead::read(bytes)?;
    let record = bytes.get(..head.length as usize)?;
    let (path, text) = record
        .get(size_of::<RecordHead>()..)?
        .split_at_checked(head.path.into())?;
    let actor = words(path);
    let event = kind_of(head, &actor, text).map(|kind| Event {
        actor,
        process: head.process,
        prints: head.prints,
        at: Duration::from_nanos(head.at),
        kind,
    });
    Some((event, record.len()))
}

/// The kind of an event; `None` if it is unknown or its text is malformed.
fn kind_of(head: RecordHead, actor: &str, text: &[u8]) -> Option<EventKind> {
    let number = || long(text, 0);
    Some(match head.kind {
        kind::EXECUTABLE => EventKind::Executable(words(text)),
        kind::STD_LIBRARY => EventKind::StdLibrary(number()?, words(text.get(8..)?)),
        kind::PROCESS => EventKind::Process(words(text)),
        kind::THREAD => EventKind::Thread(u32::from_ne_bytes(text.try_into().ok()?)),
        kind::KERNEL_ID => EventKind::KernelId(u32::from_ne_bytes(text.try_into().ok()?)),
        kind::STARTS_THREAD => EventKind::StartsThread(words(text)),
        kind::HANDLE => EventKind::Handle(number()?, long(text, 1)?),
        kind::STARTS_PROCESS => EventKind::StartsProcess(format!("{actor}/{}", words(text))),
        kind::REAPS => EventKind::Reaps,
        kind::PRINT => EventKind::Print(text.to_owned()),
        kind::WRITE => EventKind::Write(stream_of(head.detail), text.to_owned()),
        kind::WAIT => EventKind::Wait,
        kind::HELD => EventKind::Held,
        kind::RELEASED => EventKind::Released,
        kind::NAMED => EventKind::Named(words(text)),
        kind::PAUSES => EventKind::Pauses(why_of(head.detail)?, number()?, longs(text, 1)),
        kind::GOES_ON => EventKind::GoesOn(why_of(head.detail)?, number()?),
        kind::WAKES => EventKind::Wakes(number()?),
        kind::FEEDS => EventKind::Feeds(number()?),
        kind::POINT => EventKind::Point(point_of(head.detail, number()?, long(text, 1)?)?),
        kind::ENDS => EventKind::Ends,
        _ => return None,
    })
}

/// The scheduling point with these numbers; 0 is no deadline.
fn point_of(detail: u8, key: u64, deadline: u64) -> Option<Point> {
    let wait = match detail {
        point::READY => return Some(Point::Ready),
        point::YIELDS => return Some(Point::Yields),
        point::HELD => return Some(Point::Held),
        point::TIME => PointWait::Time,
        point::WORD => PointWait::Lock(key),
        point::FILE => PointWait::File(key),
        point::CHILD => PointWait::Child,
        point::THREAD => PointWait::Thread(u32::try_from(key).ok()?),
        _ => return None,
    };
    let deadline = (deadline != 0).then(|| Duration::from_nanos(deadline));
    Some(Point::Waits(wait, deadline))
}

fn stream_of(detail: u8) -> Stream {
    match detail {
        stream::STDOUT => Stream::Stdout,
        _ => Stream::Stderr,
    }
}

fn why_of(detail: u8) -> Option<Why> {
    Some(match detail {
        why::SLEEP => Why::Sleep,
        why::LOCK => Why::Lock,
        why::THREAD => Why::Thread,
        why::CHILD => Why::Child,
        why::INPUT => Why::Input,
        _ => return None,
    })
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The numbers of an array from this index on.
fn longs(bytes: &[u8], from: usize) -> Vec<u64> {
    (from..).map_while(|place| long(bytes, place)).collect()
}

/// The number at this index of an array of numbers.
fn long(bytes: &[u8], place: usize) -> Option<u64> {
    let bytes = bytes.get(place * 8..place * 8 + 8)?;
    Some(u64::from_ne_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Event, EventKind};
    use crate::observe::layout::{RecordHead, kind, stream};
    use crate::observe::log::Log;
    use crate::transcript::Stream;
    use crate::transcript::folders::Folders;

    /// A record in the observer's format.
    fn record(kind: u8, detail: u8, text: &[u8]) -> Vec<u8> {
        let path = b"0.1";
        let head = RecordHead {
            length: (size_of::<RecordHead>() + path.len() + text.len()) as u32,
            path: path.len() as u16,
            kind,
            detail,
            process: 7,
            prints: 2,
            at: 5_000_000_001,
        };
        [&head.to_bytes(), path.as_slice(), text].concat()
    }

    #[test]
    fn records_are_read_as_they_were_written() {
        let numbers = [1_u64.to_ne_bytes(), 2_u64.to_ne_bytes()].concat();
        let records = [
            record(kind::WRITE, stream::STDERR, b"a\nb"),
            // An unknown kind, and a number that is too short.
            record(b'?', 0, b"..."),
            record(kind::WAKES, 0, b"1"),
            record(kind::HANDLE, 0, &numbers),
            record(kind::STARTS_PROCESS, 0, b"12"),
        ];
        let event = |kind| Event {
            actor: "0.1".to_owned(),
            process: 7,
            prints: 2,
            at: Duration::new(5, 1),
            kind,
        };
        let written = EventKind::Write(Stream::Stderr, b"a\nb".to_vec());
        let mut expected = vec![
            event(written),
            event(EventKind::Handle(1, 2)),
            event(EventKind::StartsProcess("0.1/12".to_owned())),
        ];
        let log = records.concat();
        assert_eq!(Log::read(&log, &Folders::default()).events, expected);
        // The last record is truncated, as by a killed program.
        expected.pop();
        assert_eq!(
            Log::read(&log[..log.len() - 1], &Folders::default()).events,
            expected
        );
    }

    #[test]
    fn a_log_of_any_bytes_is_read() {
        let mut head = record(kind::PRINT, 0, b"text");
        for (length, path) in [(0_u32, 3_u16), (23, 0), (24, 1), (31, 900), (u32::MAX, 0)] {
            head[..4].copy_from_slice(&length.to_ne_bytes());
            head[4..6].copy_from_slice(&path.to_ne_bytes());
            assert_eq!(
                Log::read(&head, &Folders::default()).events,
                [],
                "{length} {path}"
            );
        }
    }
}
