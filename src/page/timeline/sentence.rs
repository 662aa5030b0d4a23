//! The timeline in words, for renderers without pictures.

use std::time::Duration;

use super::Timeline;
use super::text::name;
use crate::page::seconds;
use crate::page::value::markdown;
use crate::transcript::tracks::{Track, Why};

/// Periods shorter than this part of the run are left out.
const LEAST: f64 = 0.001;

impl Timeline<'_> {
    /// Describes the timeline in Markdown: `main waited for thread 1; thread 1 slept 1.00 s`; `None` if the pauses
    /// are unknown.
    pub fn sentence(&self) -> Option<String> {
        let lanes = self.lanes.iter().map(|lane| match lane.tracks[..] {
            [track] => format!(
                "{} {}",
                self.in_markdown(track),
                self.deeds(&self.tracks[track])
            ),
            _ => lane.label.clone(),
        });
        self.with_pauses
            .then(|| lanes.collect::<Vec<_>>().join("; "))
    }

    fn in_markdown(&self, track: usize) -> String {
        markdown(&name(&self.labels[track]), false)
    }

    /// Describes a track: its waits, in the order of their first occurrences.
    fn deeds(&self, track: &Track) -> String {
        let least = self.scale.whole.mul_f64(LEAST);
        let mut totals: Vec<(Why, Duration)> = Vec::new();
        for pause in &track.pauses {
            let length = pause.to.saturating_sub(pause.from);
            match totals.iter_mut().find(|(why, _)| *why == pause.why) {
                Some((_, total)) => *total += length,
                None => totals.push((pause.why, length)),
            }
        }
        let paused: Duration = totals.iter().map(|(_, total)| *total).sum();
        totals.retain(|(_, total)| *total >= least && !total.is_zero());
        let deeds: Vec<String> = totals
            .iter()
            .map(|&(why, total)| {
                let time = seconds(total);
                match why {
                    Why::Sleep => format!("slept {time}"),
                    Why::Lock => format!("waited {time} for a lock or channel"),
                    Why::Input => format!("waited {time} for input"),
                    Why::Thread => format!("waited for {}", self.enders(track, why, "a thread")),
                    Why::Child => format!("waited for {}", self.enders(track, why, "a process")),
                }
            })
            .collect();
        if deeds.is_empty() {
            let life = track.end.saturating_sub(track.start);
            format!("ran {}", seconds(life.saturating_sub(paused)))
        } else {
            listed(&deeds)
        }
    }

    /// Lists the tracks that ended a track's pauses of one kind, each once; `unknown` stands for the unknown ones.
    fn enders(&self, track: &Track, why: Why, unknown: &str) -> String {
        let mut enders: Vec<String> = Vec::new();
        for pause in track.pauses.iter().filter(|pause| pause.why == why) {
            let ender = pause.ended_by.map(|by| self.in_markdown(by));
            let ender = ender.unwrap_or_else(|| unknown.to_owned());
            if !enders.contains(&ender) {
                enders.push(ender);
            }
        }
        match enders.len() {
            0..=6 => listed(&enders),
            count => format!("{} and {} others", enders[..5].join(", "), count - 5),
        }
    }
}

/// Joins words: `a, b and c`.
fn listed(all: &[String]) -> String {
    match all {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        all => all.concat(),
    }
}
