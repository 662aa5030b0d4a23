//! The horizontal axis: positions of times, and its labels.

use std::time::Duration;

/// The highest number of labels: as many as fit on a phone.
const TICKS: u128 = 5;

/// The full width, in hundredths of a percent.
pub(super) const WHOLE: u32 = 10_000;

/// Formats hundredths of a percent as a percentage.
pub(super) fn percent(hundredths: u32) -> String {
    format!("{}%", f64::from(hundredths) / 100.0)
}

/// The time axis, from the program's first instruction at the left to the end of its run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// The time at the left edge.
    pub(super) from: Duration,
    /// The time of the full width.
    pub(super) whole: Duration,
}

impl Scale {
    /// Returns the position of a time: `49.97%`, at most the full width.
    pub(super) fn percent(self, at: Duration) -> String {
        percent(self.hundredths(at))
    }

    /// Returns the position in hundredths of a percent, the resolution of the timeline.
    pub(super) fn hundredths(self, at: Duration) -> u32 {
        if self.whole.is_zero() {
            return 0;
        }
        let part = at.saturating_sub(self.from).as_secs_f64() / self.whole.as_secs_f64();
        (part.min(1.0) * f64::from(WHOLE)).round() as u32
    }

    /// Returns the labeled times, in equal steps of 1, 2, 2.5 or 5, with their labels, which count from the left edge:
    /// `0`, `0.5 s`, `1 s`.
    pub(super) fn ticks(self) -> Vec<(Duration, String)> {
        let whole = self.whole.as_nanos();
        let steps = (0..).map(|power| 10_u128.pow(power));
        let mut steps = steps.flat_map(|power| [10, 20, 25, 50].map(|step| step * power));
        let step = steps.find(|step| whole / step < TICKS).unwrap_or(1);
        let (unit, name) = match self.whole {
            // The same format as in a caption.
            whole if whole >= Duration::from_millis(100) => (1e9, "s"),
            whole if whole >= Duration::from_millis(1) => (1e6, "ms"),
            _ => (1e3, "µs"),
        };
        let name = |at: u128| match at {
            0 => "0".to_owned(),
            at => format!("{} {name}", at as f64 / unit),
        };
        (0..=whole / step)
            .map(|number| number * step)
            .map(|at| (self.from + Duration::from_nanos(at as u64), name(at)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Scale;

    #[test]
    fn a_time_is_a_part_of_the_whole() {
        for (micros, whole, percent) in [
            (0, 3, "0%"),
            (1, 3, "33.33%"),
            (2, 3, "66.67%"),
            (3, 3, "100%"),
            (4, 3, "100%"),
            (1, 2, "50%"),
            (1, 1_000, "0.1%"),
            (1, 1_000_000, "0%"),
            (0, 0, "0%"),
            (1, 0, "0%"),
        ] {
            let whole = Duration::from_micros(whole);
            let at = Duration::from_micros(micros);
            let from = Duration::from_millis(7);
            assert_eq!(
                Scale { from, whole }.percent(from + at),
                percent,
                "{micros} of {whole:?}"
            );
        }
    }

    #[test]
    fn ticks_are_round() {
        for (whole, names) in [
            ("2.002048", "0, 0.5 s, 1 s, 1.5 s, 2 s"),
            ("1", "0, 0.25 s, 0.5 s, 0.75 s, 1 s"),
            ("0.503", "0, 0.2 s, 0.4 s"),
            ("0.1", "0, 0.025 s, 0.05 s, 0.075 s, 0.1 s"),
            ("0.0999", "0, 20 ms, 40 ms, 60 ms, 80 ms"),
            ("0.003", "0, 1 ms, 2 ms, 3 ms"),
            ("0.000840", "0, 200 µs, 400 µs, 600 µs, 800 µs"),
            ("4.9", "0, 1 s, 2 s, 3 s, 4 s"),
            ("12.4", "0, 2.5 s, 5 s, 7.5 s, 10 s"),
            ("12.6", "0, 5 s, 10 s"),
            ("300", "0, 100 s, 200 s, 300 s"),
            ("0", "0"),
            ("0.000000001", "0"),
        ] {
            let whole = Duration::from_secs_f64(whole.parse().expect("a number"));
            let from = Duration::from_millis(7);
            let ticks = Scale { from, whole }.ticks();
            let found: Vec<&str> = ticks.iter().map(|(_, name)| name.as_str()).collect();
            assert_eq!(found.join(", "), names, "{whole:?}");
            assert!(
                ticks
                    .iter()
                    .all(|(at, _)| (from..=from + whole).contains(at))
            );
        }
        let longest = Scale {
            from: Duration::ZERO,
            whole: Duration::MAX,
        };
        assert!(longest.ticks().len() <= 5);
    }
}
