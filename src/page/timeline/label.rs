//! The labels of the lanes: their texts, and their places at the bars.

use super::Timeline;
use super::axis::{WHOLE, percent};
use super::lanes::Lane;
use super::text::{COLUMNS, columns, cut, name};
use crate::page::escape::escape;
use crate::page::terminal::plain;

/// The indentation of a label relative to the start of its bar, in pixels, for each ancestor.
const INDENT: usize = 10;
/// The highest number of indentations.
const DEPTH: usize = 6;
/// The width of a timeline on a phone, in pixels: every label fits there.
const PHONE: usize = 330;
/// The width of a column in pixels, at most: of a name, and of a printed line, which is smaller.
const NAME: usize = 8;
const PRINTED: usize = 7;
/// The smallest number of columns of a printed line that is worth its place.
const LEAST: usize = 6;
/// The number of columns of a printed line for which a label leaves the start of its bar.
const ENOUGH: usize = 16;

impl Timeline<'_> {
    /// Renders a lane's label above the start of its bar, or, if it doesn't fit there, above the bar's end. `lines` are
    /// the numbers of the lines that the lane's tracks printed.
    pub(super) fn label(&self, lane: &Lane, lines: &[usize]) -> String {
        let (start, end) = self.ends(lane);
        let part = |hundredths: u32| PHONE * hundredths as usize / WHOLE as usize;
        let indent = lane.depth.min(DEPTH) * INDENT;
        let (after, before) = ((PHONE - part(start)).saturating_sub(indent), part(end));
        let name = name(&lane.label);
        let printed = self.first_printed(lane, lines);
        let width = |printed: Option<&str>| {
            columns(&name) * NAME + printed.map_or(0, |text| (columns(text) + EXTRA) * PRINTED)
        };
        let enough = printed.as_deref().map(|text| cut(text, ENOUGH));
        let is_after = width(enough.as_deref()) <= after || after >= before;
        let (room, place) = if is_after {
            let x = Some(start).filter(|&x| x > 0);
            let x = x.map_or(String::new(), |x| format!(" x=\"{}\"", percent(x)));
            let dx = Some(indent).filter(|&dx| dx > 0);
            let dx = dx.map_or(String::new(), |dx| format!(" dx=\"{dx}\""));
            (after, x + &dx)
        } else {
            let x = percent(end);
            (before, format!(" x=\"{x}\" text-anchor=\"end\""))
        };
        let room_for_text = room.saturating_sub(width(Some(""))) / PRINTED;
        let printed = printed.filter(|_| room_for_text >= LEAST);
        let printed = printed.map_or(String::new(), |text| {
            let text = escape(&cut(&text, room_for_text));
            format!("<tspan dx=\"8\">prints<tspan dx=\"6\">“{text}”</tspan></tspan>")
        });
        let name = cut(&name, room / NAME);
        format!("<text{place} y=\"-10\">{}{printed}</text>", escape(&name))
    }

    /// Returns the first line that an unnamed track printed, which identifies it.
    fn first_printed(&self, lane: &Lane, lines: &[usize]) -> Option<String> {
        let [track] = lane.tracks[..] else {
            return None;
        };
        let has_name = self.tracks[track].name.is_some() || self.tracks[track].parent.is_none();
        let texts = lines
            .iter()
            .map(|&line| plain(&self.transcript.lines[line].text));
        let mut texts = texts.map(|text| text.trim().to_owned());
        let first = texts.find(|text| !text.is_empty() && !has_name);
        first.map(|text| cut(&text, COLUMNS))
    }
}

/// The width of the words around a printed line, in its columns.
const EXTRA: usize = 9;
