//! The timeline of a run: when each track ran, slept, waited and printed.
//!
//! The SVG has no `viewBox`: widths are percentages and heights are pixels, so that its text stays as large as the
//! page's on a phone. The style sheet defines its look; the script finds a line's mark by the line's `data-k`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::escape::escape;
use crate::transcript::Transcript;
use crate::transcript::known::Known;
use crate::transcript::tracks::{Track, labels};
use axis::{Scale, WHOLE, percent};
use lanes::{Lane, State, lanes};
use text::name;

mod axis;
mod label;
mod lanes;
mod legend;
mod sentence;
mod text;

/// The position of the first lane's bar, in pixels from the top.
const FIRST: usize = 24;
/// Half the height of a bar.
const HALF: usize = 5;
/// The top of the axis lines: the upper edge of the first bar.
const TOP: usize = FIRST - HALF;
/// The distance between two bars.
const PITCH: usize = 36;
/// The distance from the last bar to the bottom edge, with room for the axis.
const BELOW: usize = 38;
/// The smallest visible width of a running piece, in hundredths of a percent.
const VISIBLE: u32 = 25;
/// The highest number of marks in a lane.
const MARKS: usize = 200;
/// The highest number of cuts in a lane: closer pauses are shown as one.
const CUTS: usize = 30;
/// The highest number of links of one kind.
const LINKS: usize = 150;

/// The timeline of a run.
#[derive(Debug)]
pub struct Timeline<'a> {
    transcript: &'a Transcript,
    tracks: Cow<'a, [Track]>,
    /// Whether the pauses are known.
    with_pauses: bool,
    /// The label of each track.
    labels: Vec<String>,
    /// For each line of the transcript, the track that printed it.
    printers: Vec<Option<usize>>,
    lanes: Vec<Lane>,
    /// The lane of each track.
    lane_of: Vec<usize>,
    scale: Scale,
}

impl<'a> Timeline<'a> {
    /// Returns the timeline of a run; `None` if nothing is known.
    pub fn of(transcript: &'a Transcript) -> Option<Timeline<'a>> {
        let Known {
            tracks,
            printed_by: printers,
            with_pauses,
        } = transcript.known_tracks();
        let end = tracks.iter().map(|track| track.end).max()?;
        let from = transcript.first_instruction();
        let whole = end.max(transcript.wall).saturating_sub(from);
        let labels = labels(&tracks);
        let mut lanes = lanes(&tracks, &labels, whole);
        if !with_pauses {
            let pieces = lanes.iter_mut().flat_map(|lane| &mut lane.pieces);
            pieces.for_each(|piece| piece.state = State::There);
        }
        let mut lane_of = vec![0; tracks.len()];
        for (number, lane) in lanes.iter().enumerate() {
            lane.tracks
                .iter()
                .for_each(|&track| lane_of[track] = number);
        }
        Some(Timeline {
            transcript,
            tracks,
            with_pauses,
            labels,
            printers,
            lanes,
            lane_of,
            scale: Scale { from, whole },
        })
    }

    /// Returns whether more than one track took part.
    pub fn is_of_several(&self) -> bool {
        self.tracks.len() > 1
    }

    /// Returns the attributes of a line, by its number in the transcript: the number of the lane with its mark, and
    /// the printing track if the lane's label doesn't name it.
    pub fn of_line(&self, line: usize) -> String {
        let Some(track) = self.printers[line] else {
            return String::new();
        };
        let number = self.lane_of[track];
        match self.lanes[number].tracks.len() {
            1 => format!(" data-k=\"{number}\""),
            _ => {
                let by = escape(&name(&self.labels[track]));
                format!(" data-k=\"{number}\" data-by=\"{by}\"")
            }
        }
    }

    /// Renders the SVG and the legend below it, without blank lines. `shown` are the numbers of the marked lines;
    /// `name` is the subject of the timeline.
    pub fn html(&self, shown: &[usize], name: &str) -> String {
        let bottom = FIRST + PITCH * self.lanes.len().saturating_sub(1);
        let mut html = format!(
            "<svg class=\"transcript-timeline\" width=\"100%\" height=\"{}\" role=\"img\" \
             aria-label=\"Timeline of {}\" data-wall=\"{:.6}\">\n",
            bottom + BELOW,
            escape(name),
            self.scale.whole.as_secs_f64()
        );
        html.push_str(&self.axis(bottom));
        let links = self.links();
        html.push_str(&links.html());
        for (number, lane) in self.lanes.iter().enumerate() {
            html.push_str(&self.lane(number, lane, &links, shown));
        }
        html.push_str("</svg>\n");
        let has_marks = shown.iter().any(|&line| self.printers[line].is_some());
        html + &self.legend(&links, has_marks)
    }

    /// Renders faint lines through all lanes, each with its time below.
    fn axis(&self, bottom: usize) -> String {
        let mut html = "<g class=\"axis\">".to_owned();
        let (to, words) = (bottom + 12, bottom + BELOW - 10);
        for (at, name) in self.scale.ticks() {
            let x = self.scale.percent(at);
            // Without an observation, the left edge is where the process was started.
            let is_start = at == self.scale.from && self.with_pauses;
            let name = if is_start { "start" } else { &*name };
            // The first and last labels stay inside the edges.
            let anchor = match self.scale.hundredths(at) {
                0 => "start",
                9400.. => "end",
                _ => "middle",
            };
            html.push_str(&format!(
                "<line x1=\"{x}\" x2=\"{x}\" y1=\"{TOP}\" y2=\"{to}\"/>\
                 <text x=\"{x}\" y=\"{words}\" text-anchor=\"{anchor}\">{name}</text>"
            ));
        }
        html + "</g>\n"
    }

    /// Renders the links between lanes: starts of tracks, and ends of pauses. Tracks in a shared lane have none.
    fn links(&self) -> Links {
        let lane_of = |track: usize| {
            let number = self.lane_of[track];
            (self.lanes[number].tracks.len() == 1).then_some(number)
        };
        let mut starts = BTreeSet::new();
        let mut wakes = BTreeSet::new();
        for (number, track) in self.tracks.iter().enumerate() {
            let Some(to) = lane_of(number) else { continue };
            let link = |at, from| Link {
                x: self.scale.hundredths(at),
                from,
                to,
            };
            let parent = track.parent.and_then(lane_of);
            starts.extend(parent.map(|from| link(track.start, from)));
            wakes.extend(track.pauses.iter().filter_map(|pause| {
                let from = pause.ended_by.and_then(lane_of)?;
                (from != to).then(|| link(pause.to, from))
            }));
        }
        Links {
            starts: evenly(starts),
            wakes: evenly(wakes),
        }
    }

    /// Renders a lane: its label, its bar, and a mark for each printed line.
    fn lane(&self, number: usize, lane: &Lane, links: &Links, shown: &[usize]) -> String {
        let own = shown
            .iter()
            .copied()
            .filter(|&line| self.printers[line].is_some_and(|track| self.lane_of[track] == number));
        let own: Vec<usize> = own.collect();
        let mut html = format!(
            "<g class=\"lane\" data-k=\"{number}\" transform=\"translate(0 {})\">{}",
            FIRST + PITCH * number,
            self.label(lane, &own)
        );
        // The track's whole life, below its states.
        if let (Some(first), Some(last)) = (lane.pieces.first(), lane.pieces.last()) {
            html.push_str(&self.bar("life", first.from, last.to));
        }
        for piece in &lane.pieces {
            html.push_str(&self.bar(piece.state.class(), piece.from, piece.to));
        }
        for x in self.cuts(number, lane, links) {
            html.push_str(&format!(
                "<line class=\"end\" x1=\"{x}\" x2=\"{x}\" y1=\"-{HALF}\" y2=\"{HALF}\"/>"
            ));
        }
        let times = own.iter().map(|&line| self.transcript.lines[line].at);
        for at in marks(times.collect(), self.scale) {
            html.push_str(&format!("<circle cx=\"{}\"/>", self.scale.percent(at)));
        }
        html + "</g>\n"
    }

    /// Renders the cuts between adjacent pauses of the same kind, if there are few.
    fn cuts(&self, number: usize, lane: &Lane, links: &Links) -> Vec<String> {
        let is_within = |x: u32| {
            lane.pieces.iter().any(|piece| {
                let [from, to] = [piece.from, piece.to].map(|at| self.scale.hundredths(at));
                piece.state != State::Run && from < x && x < to
            })
        };
        let wakes = links.wakes.iter().filter(|link| link.to == number);
        let mut cuts: Vec<u32> = wakes.map(|link| link.x).filter(|&x| is_within(x)).collect();
        cuts.dedup();
        if cuts.len() <= CUTS {
            cuts.into_iter().map(percent).collect()
        } else {
            Vec::new()
        }
    }

    /// Returns the positions of both ends of a lane's bar.
    fn ends(&self, lane: &Lane) -> (u32, u32) {
        match (lane.pieces.first(), lane.pieces.last()) {
            (Some(first), Some(last)) => self.visible(first.from, last.to),
            _ => (0, WHOLE),
        }
    }

    /// Returns the positions of a period, widened until it is visible.
    fn visible(&self, from: Duration, to: Duration) -> (u32, u32) {
        let [from, to] = [from, to].map(|at| self.scale.hundredths(at));
        if to.saturating_sub(from) >= VISIBLE {
            return (from, to);
        }
        let to = (from + VISIBLE).min(WHOLE);
        (to - VISIBLE, to)
    }

    /// Renders a piece of a bar.
    fn bar(&self, class: &str, from: Duration, to: Duration) -> String {
        let (from, to) = match class {
            "run" | "life" | "there" => self.visible(from, to),
            _ => (self.scale.hundredths(from), self.scale.hundredths(to)),
        };
        let [from, to] = [from, to].map(percent);
        format!("<line class=\"{class}\" x1=\"{from}\" x2=\"{to}\"/>")
    }
}

/// A link from one lane to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    /// Its position, in hundredths of a percent.
    x: u32,
    from: usize,
    to: usize,
}

/// The links of a timeline.
#[derive(Debug)]
struct Links {
    /// Starts of tracks by other tracks.
    starts: Vec<Link>,
    /// Ends of pauses by other tracks.
    wakes: Vec<Link>,
}

impl Links {
    fn html(&self) -> String {
        let starts = self.starts.iter().map(|link| ("start", link));
        let wakes = self.wakes.iter().map(|link| ("wake", link));
        let html = starts.chain(wakes).map(|(class, &Link { x, from, to })| {
            let x = percent(x);
            let [from, to] = [from, to].map(|lane| FIRST + PITCH * lane);
            format!("<line class=\"{class}\" x1=\"{x}\" x2=\"{x}\" y1=\"{from}\" y2=\"{to}\"/>\n")
        });
        html.collect()
    }
}

/// Returns the times of a lane's marks: one for each line, or, if there are too many, one for the first line in each
/// of equal parts of the run.
fn marks(times: Vec<Duration>, scale: Scale) -> Vec<Duration> {
    if times.len() <= MARKS {
        return times;
    }
    let mut first = BTreeMap::new();
    for at in times {
        let part = scale.hundredths(at) * MARKS as u32 / (WHOLE + 1);
        first.entry(part).or_insert(at);
    }
    first.into_values().collect()
}

/// Thins out links, evenly over time, to as many as can be distinguished.
fn evenly(links: BTreeSet<Link>) -> Vec<Link> {
    let step = links.len().div_ceil(LINKS).max(1);
    links.into_iter().step_by(step).collect()
}
