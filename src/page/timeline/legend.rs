//! The legend of a timeline.

use std::collections::BTreeMap;

use super::lanes::{Piece, State};
use super::{Links, Timeline, VISIBLE};
use crate::transcript::tracks::TrackKind;

/// A pause is visible in a bar from this part of the width on, in hundredths of a percent, or if the pauses of its kind
/// have this sum: a smaller part is a dot of its pattern.
const LONGEST: u32 = 50;
const SUM: u32 = 200;

impl Timeline<'_> {
    /// Renders the legend of all that can be seen: states, links and marks. Its words are attributes, which the search
    /// index ignores.
    pub(super) fn legend(&self, links: &Links, has_marks: bool) -> String {
        let swatch = |name: &str, width: u32, drawing: &str| {
            format!(
                "<span data-name=\"{name}\"><svg width=\"{width}\" height=\"10\">{drawing}</svg></span>"
            )
        };
        let mut swatches = String::new();
        for state in self.visible_states() {
            let line = |class| format!("<line class=\"{class}\" x2=\"28\" y1=\"5\" y2=\"5\"/>");
            swatches += &swatch(state.words(), 28, &(line("life") + &line(state.class())));
        }
        let link = |class| format!("<line class=\"{class}\" x1=\"5\" x2=\"5\" y2=\"10\"/>");
        if !links.starts.is_empty() {
            swatches += &swatch(self.started(), 10, &link("start"));
        }
        if !links.wakes.is_empty() {
            swatches += &swatch("ending a wait", 10, &link("wake"));
        }
        if has_marks {
            swatches += &swatch("printing a line", 10, "<circle cx=\"5\" cy=\"5\"/>");
        }
        format!("<p class=\"transcript-legend\" aria-hidden=\"true\">{swatches}</p>\n")
    }

    /// Returns the states that can be seen in some bar. A running piece that is shorter than the width to which it is
    /// drawn is at the end of a wait, below a mark.
    fn visible_states(&self) -> Vec<State> {
        let mut widths: BTreeMap<State, (u32, u32)> = BTreeMap::new();
        for piece in self.lanes.iter().flat_map(|lane| &lane.pieces) {
            let width = self.width(piece);
            let (longest, sum) = widths.entry(piece.state).or_default();
            *longest = width.max(*longest);
            *sum += width;
        }
        widths.retain(|state, (longest, sum)| match state {
            State::Run => *longest >= VISIBLE || *sum >= SUM,
            State::Paused(_) => *longest >= LONGEST || *sum >= SUM,
            State::There => false,
        });
        widths.into_keys().collect()
    }

    /// Returns the width of a piece, in hundredths of a percent.
    pub(super) fn width(&self, piece: &Piece) -> u32 {
        let [from, to] = [piece.from, piece.to].map(|at| self.scale.hundredths(at));
        to.saturating_sub(from)
    }

    /// Describes the links from tracks to those that they started.
    fn started(&self) -> &'static str {
        let has = |kind| self.tracks.iter().skip(1).any(|track| track.kind == kind);
        match (has(TrackKind::Thread), has(TrackKind::Process)) {
            (true, true) => "starting a thread or process",
            (false, true) => "starting a process",
            (_, false) => "starting a thread",
        }
    }
}
