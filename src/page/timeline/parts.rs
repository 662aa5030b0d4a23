//! The parts of the bars in words: for a pointer, for the keyboard and for screen readers.
//!
//! They lie over the SVG as HTML: a `title` attribute needs no script, and unlike the element of this name it isn't in
//! mdBook's search index. Each lane is one stop of the Tab key, and shows all that it says.

use std::time::Duration;

use super::axis::{WHOLE, percent};
use super::lanes::{Lane, Piece, State, every_piece, merged};
use super::text::name;
use super::{FIRST, PITCH, Timeline};
use crate::page::escape::escape;
use crate::page::seconds;
use crate::transcript::tracks::{Track, Why};

/// The smallest width that a pointer can find, in hundredths of a percent.
const FOUND: u32 = 50;
/// The highest number of parts in the description of a lane.
const DESCRIBED: usize = 12;
/// Half the height of the area over a bar, in pixels.
const REACH: usize = 12;

/// A part of a bar.
struct Part {
    from: Duration,
    to: Duration,
    words: String,
}

impl Timeline<'_> {
    /// Renders an area over each lane, with its parts.
    pub(super) fn parts(&self) -> String {
        let lanes = self.lanes.iter().enumerate();
        let html = lanes.map(|(number, lane)| {
            let parts = self.parts_of(lane);
            let areas = parts.iter().map(|part| {
                let (from, to) = self.visible(part.from, part.to);
                let (left, width) = (percent(from), percent(to - from));
                let words = escape(&part.words);
                format!("<i title=\"{words}\" style=\"--x:{left};--w:{width}\"></i>")
            });
            format!(
                "<div class=\"transcript-lane\" tabindex=\"0\" role=\"img\" aria-label=\"{}\" style=\"top:{}px\">{}</div>\n",
                escape(&self.description(lane, &parts)),
                FIRST + PITCH * number - REACH,
                areas.collect::<String>()
            )
        });
        html.collect()
    }

    /// Describes a lane: `thread 1, started by main: running 0.1 ms; sleeping 1.00 s`.
    fn description(&self, lane: &Lane, parts: &[Part]) -> String {
        let mut description = name(&lane.label);
        if let [track] = lane.tracks[..]
            && let Some(parent) = self.tracks[track].parent
        {
            description += &format!(", started by {}", name(&self.labels[parent]));
        }
        let words = parts.iter().map(|part| part.words.as_str());
        let words: Vec<&str> = words.take(DESCRIBED).collect();
        description += &format!(": {}", words.join("; "));
        match parts.len() - words.len() {
            0 => description,
            more => format!("{description}; and {more} more"),
        }
    }

    /// Returns the parts of a lane that a pointer can find; if there is none, its longest one.
    fn parts_of(&self, lane: &Lane) -> Vec<Part> {
        let track = match lane.tracks[..] {
            [track] if self.with_pauses => Some(&self.tracks[track]),
            _ => None,
        };
        let all = track.map_or(lane.pieces.clone(), every_piece);
        let least = self.scale.whole * FOUND / WHOLE;
        let mut parts = Vec::new();
        for piece in merged(&all, least) {
            let within = |part: &&Piece| piece.from <= part.from && part.to <= piece.to;
            let own = all.iter().filter(within);
            let own = own.filter(|part| self.width(part) >= FOUND);
            let before = parts.len();
            parts.extend(own.map(|part| self.part(track, part)));
            // A pointer can find none of the states that alternate here.
            if parts.len() == before && self.width(&piece) >= FOUND {
                let part = self.part(track, &piece);
                let words = format!("mostly {}", part.words);
                parts.push(Part { words, ..part });
            }
        }
        if parts.is_empty() {
            let longest = lane.pieces.iter().max_by_key(|piece| piece.to - piece.from);
            parts.extend(longest.map(|piece| self.part(track, piece)));
        }
        parts
    }

    /// Describes a part: `waiting 1.00 s for thread 1`.
    fn part(&self, track: Option<&Track>, piece: &Piece) -> Part {
        let &Piece { state, from, to } = piece;
        let time = seconds(to - from);
        let by = |track: &Track| {
            let is_its = |from_: Duration, to_: Duration| from_ <= from && to <= to_;
            let mut pauses = track.pauses.iter();
            pauses.find(|pause| is_its(pause.from, pause.to))?.ended_by
        };
        let by = track.and_then(by).map(|by| name(&self.labels[by]));
        let words = match state {
            State::Run => format!("running {time}"),
            State::There if self.with_pauses => {
                format!("{time} from the first start to the last end")
            }
            State::There => format!("{time} from the first line to the last"),
            State::Paused(why) => match (why, by) {
                (Why::Thread | Why::Child, Some(by)) => format!("waiting {time} for {by}"),
                (why, by) => {
                    let words = why.in_words();
                    let words = match words.split_once(' ') {
                        Some((verb, object)) => format!("{verb} {time} {object}"),
                        None => format!("{words} {time}"),
                    };
                    by.map_or(words.clone(), |by| format!("{words}, ended by {by}"))
                }
            },
        };
        Part { from, to, words }
    }
}
