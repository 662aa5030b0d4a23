//! The lanes of a timeline: their tracks, order and states.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::transcript::tracks::{Track, Why};

/// The highest number of tracks with lanes of their own; the rest share one.
const LANES: usize = 12;
/// Pieces of a lane are at least this part of the width.
const SHORTEST: f64 = 0.001;
/// The highest number of pieces in a lane.
const PIECES: usize = 400;

/// A lane.
#[derive(Debug)]
pub(super) struct Lane {
    /// The label.
    pub(super) label: String,
    /// The tracks in it: one, or all that share the lane.
    pub(super) tracks: Vec<usize>,
    /// The number of its ancestors: the track that started it, the one that started that, and so on.
    pub(super) depth: usize,
    /// The states from its start to its end, without gaps.
    pub(super) pieces: Vec<Piece>,
}

/// A period in which one state lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// The state.
    pub(super) state: State,
    /// The start of the period.
    pub(super) from: Duration,
    /// The end of the period.
    pub(super) to: Duration,
}

/// The state of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum State {
    /// The track ran.
    Run,
    /// The track was paused.
    Paused(Why),
    /// The track existed, or one of several that share the lane; its state isn't shown.
    There,
}

impl State {
    /// The state's CSS class.
    pub(super) fn class(self) -> &'static str {
        match self {
            State::Run => "run",
            State::Paused(why) => why.word(),
            State::There => "there",
        }
    }

    /// The state's name in the legend.
    pub(super) fn words(self) -> &'static str {
        match self {
            State::Run => "running",
            State::Paused(why) => why.in_words(),
            State::There => "there",
        }
    }
}

/// Returns the lanes of these tracks in display order. `labels` are the labels of the tracks, `whole` is the time of
/// the full width.
pub(super) fn lanes(tracks: &[Track], labels: &[String], whole: Duration) -> Vec<Lane> {
    let order = order(tracks);
    // A lane for a single remaining track takes no more room than a lane that says it is missing.
    let own = if order.len() <= LANES + 1 {
        order.len()
    } else {
        LANES
    };
    let mut lanes: Vec<Lane> = order[..own]
        .iter()
        .map(|&(number, depth)| Lane {
            label: labels[number].clone(),
            tracks: vec![number],
            depth,
            pieces: pieces(&tracks[number], whole),
        })
        .collect();
    let rest: Vec<usize> = order[own..].iter().map(|&(number, _)| number).collect();
    let from = rest.iter().map(|&number| tracks[number].start).min();
    let to = rest.iter().map(|&number| tracks[number].end).max();
    if let Some((from, to)) = from.zip(to) {
        let state = State::There;
        lanes.push(Lane {
            label: format!("and {} more", rest.len()),
            tracks: rest,
            depth: 0,
            pieces: vec![Piece { state, from, to }],
        });
    }
    lanes
}

/// Returns the tracks with their depths, each below the one that started it, in their own order.
fn order(tracks: &[Track]) -> Vec<(usize, usize)> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); tracks.len()];
    let mut next = Vec::new();
    for (number, track) in tracks.iter().enumerate() {
        match track.parent {
            Some(parent) => children[parent].push(number),
            None => next.push((number, 0)),
        }
    }
    next.reverse();
    let mut order = Vec::new();
    while let Some((number, depth)) = next.pop() {
        order.push((number, depth));
        let children = std::mem::take(&mut children[number]);
        next.extend(children.into_iter().rev().map(|child| (child, depth + 1)));
    }
    order
}

/// Returns a track's states, in visible pieces.
fn pieces(track: &Track, whole: Duration) -> Vec<Piece> {
    let all = every_piece(track);
    let mut shortest = whole.mul_f64(SHORTEST);
    loop {
        let pieces = merged(&all, shortest);
        if pieces.len() <= PIECES || shortest.is_zero() {
            return pieces;
        }
        shortest *= 2;
    }
}

/// Returns a track's states from its start to its end.
fn every_piece(track: &Track) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut from = track.start;
    let mut push = |state, from: &mut Duration, to: Duration| {
        let to = to.min(track.end);
        if *from < to {
            pieces.push(Piece {
                state,
                from: *from,
                to,
            });
            *from = to;
        }
    };
    for pause in &track.pauses {
        push(State::Run, &mut from, pause.from);
        push(State::Paused(pause.why), &mut from, pause.to);
    }
    push(State::Run, &mut from, track.end);
    if pieces.is_empty() {
        let (state, to) = (State::Run, from);
        pieces.push(Piece { state, from, to });
    }
    pieces
}

/// Joins pieces that are too short with the next ones, and the last with the one before it; the joined piece gets the
/// state that lasts for most of it.
fn merged(pieces: &[Piece], shortest: Duration) -> Vec<Piece> {
    let mut merged: Vec<Piece> = Vec::new();
    let mut group = 0..0;
    for (number, piece) in pieces.iter().enumerate() {
        group.end = number + 1;
        let is_last = group.end == pieces.len();
        let is_short = piece.to - pieces[group.start].from < shortest;
        if is_short && !is_last {
            continue;
        }
        let one = one(&pieces[group.clone()]);
        match merged.last_mut() {
            Some(last) if is_short || last.state == one.state => last.to = one.to,
            _ => merged.push(one),
        }
        group.start = group.end;
    }
    merged
}

/// Joins adjacent pieces into one.
fn one(pieces: &[Piece]) -> Piece {
    let mut totals: BTreeMap<State, Duration> = BTreeMap::new();
    for piece in pieces {
        *totals.entry(piece.state).or_default() += piece.to - piece.from;
    }
    let most = totals.into_iter().max_by_key(|&(_, total)| total);
    Piece {
        state: most.map_or(State::Run, |(state, _)| state),
        from: pieces[0].from,
        to: pieces[pieces.len() - 1].to,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Lane, Piece, State, merged};
    use crate::transcript::tracks::{Pause, Track, TrackKind, Why, labels};

    fn lanes(tracks: &[Track], whole: Duration) -> Vec<Lane> {
        super::lanes(tracks, &labels(tracks), whole)
    }

    fn micros(micros: u64) -> Duration {
        Duration::from_micros(micros)
    }

    fn track(parent: Option<usize>, start: u64, pauses: &[(u64, u64)]) -> Track {
        let pause = |&(from, to): &(u64, u64)| Pause {
            why: Why::Sleep,
            from: micros(from),
            to: micros(to),
            ended_by: None,
        };
        Track {
            kind: match parent {
                Some(_) => TrackKind::Thread,
                None => TrackKind::Process,
            },
            name: None,
            parent,
            start: micros(start),
            end: micros(1000),
            pauses: pauses.iter().map(pause).collect(),
        }
    }

    /// Formats a piece as `run 0..5`: its class, start and end in microseconds.
    fn formatted(pieces: &[Piece]) -> Vec<String> {
        let formatted = |piece: &Piece| {
            let Piece { state, from, to } = piece;
            format!("{} {}..{}", state.class(), from.as_micros(), to.as_micros())
        };
        pieces.iter().map(formatted).collect()
    }

    #[test]
    fn children_come_after_their_parents_in_their_order() {
        let tracks = [
            track(None, 0, &[]),
            track(Some(0), 7, &[]),
            track(Some(0), 3, &[]),
            track(Some(1), 8, &[]),
            track(Some(2), 9, &[]),
            track(Some(2), 4, &[]),
        ];
        let lanes = lanes(&tracks, micros(1000));
        let formatted = |lane: &Lane| (lane.tracks[0], lane.depth);
        let found: Vec<(usize, usize)> = lanes.iter().map(formatted).collect();
        assert_eq!(found, [(0, 0), (1, 1), (3, 2), (2, 1), (4, 2), (5, 2)]);
    }

    #[test]
    fn surplus_tracks_share_a_lane() {
        for (count, expected, last, sharing) in [
            (1, 1, "main", 1),
            (12, 12, "thread 11", 1),
            (13, 13, "thread 12", 1),
            (14, 13, "and 2 more", 2),
            (100, 13, "and 88 more", 88),
        ] {
            let threads = (1..count).map(|number| track(Some(0), number, &[]));
            let tracks: Vec<Track> = [track(None, 0, &[])].into_iter().chain(threads).collect();
            let lanes = lanes(&tracks, micros(1000));
            assert_eq!(lanes.len(), expected, "{count}");
            let lane = &lanes[lanes.len() - 1];
            assert_eq!((lane.label.as_str(), lane.tracks.len()), (last, sharing));
        }
        assert!(lanes(&[], Duration::ZERO).is_empty());
    }

    #[test]
    fn a_long_chain_does_not_overflow_the_stack() {
        let chain = (0..50_000_usize).map(|number| track(number.checked_sub(1), 0, &[]));
        let lanes = lanes(&chain.collect::<Vec<_>>(), micros(1000));
        assert_eq!(lanes[11].depth, 11);
    }

    #[test]
    fn a_lane_has_one_piece_per_state() {
        type Pauses = &'static [(u64, u64)];
        let table: [(Pauses, &[&str]); 5] = [
            (&[], &["run 0..1000"]),
            (&[(0, 1000)], &["sleep 0..1000"]),
            (
                &[(100, 200), (200, 300), (950, 1000)],
                &[
                    "run 0..100",
                    "sleep 100..300",
                    "run 300..950",
                    "sleep 950..1000",
                ],
            ),
            // After the end.
            (&[(900, 2000)], &["run 0..900", "sleep 900..1000"]),
            (&[(2000, 3000)], &["run 0..1000"]),
        ];
        for (pauses, expected) in table {
            let lanes = lanes(&[track(None, 0, pauses)], micros(1000));
            assert_eq!(formatted(&lanes[0].pieces), expected, "{pauses:?}");
        }
        // An empty list stays empty.
        let still = Track {
            end: Duration::ZERO,
            ..track(None, 0, &[(0, 0)])
        };
        assert_eq!(
            formatted(&lanes(&[still], Duration::ZERO)[0].pieces),
            ["run 0..0"]
        );
    }

    #[test]
    fn short_pieces_are_merged() {
        let (run, sleep) = (State::Run, State::Paused(Why::Sleep));
        let lock = State::Paused(Why::Lock);
        type Lengths<'a> = &'a [(State, u64)];
        let table: [(Lengths<'_>, &[&str]); 5] = [
            (&[(run, 1)], &["run 0..1"]),
            (&[(run, 1), (sleep, 50)], &["sleep 0..51"]),
            (&[(run, 50), (sleep, 1)], &["run 0..51"]),
            (
                &[(run, 1), (sleep, 50), (run, 1), (sleep, 48)],
                &["sleep 0..100"],
            ),
            (
                &[
                    (run, 20),
                    (run, 1),
                    (lock, 4),
                    (run, 1),
                    (lock, 4),
                    (run, 20),
                ],
                &["run 0..20", "lock 20..30", "run 30..50"],
            ),
        ];
        for (lengths, expected) in table {
            let mut from = 0;
            let pieces: Vec<Piece> = lengths
                .iter()
                .map(|&(state, length)| {
                    let (start, to) = (micros(from), micros(from + length));
                    from += length;
                    Piece {
                        state,
                        from: start,
                        to,
                    }
                })
                .collect();
            assert_eq!(
                formatted(&merged(&pieces, micros(10))),
                expected,
                "{lengths:?}"
            );
        }
    }

    #[test]
    fn the_number_of_pieces_is_limited() {
        let pauses: Vec<(u64, u64)> = (0..500_000).map(|n| (n * 2, n * 2 + 1)).collect();
        let track = Track {
            end: micros(1_000_000),
            ..track(None, 0, &pauses)
        };
        let count = lanes(&[track], micros(1_000_000))[0].pieces.len();
        assert!((1..=400).contains(&count), "{count}");
        let pauses: Vec<(u64, u64)> = (0..150).map(|n| (n * 20, n * 20 + 10)).collect();
        let track = Track {
            end: micros(3000),
            ..self::track(None, 0, &pauses)
        };
        let count = lanes(&[track], micros(3000))[0].pieces.len();
        assert_eq!(count, 300);
    }
}
