//! Interprets lines like a terminal: keeps colors and drops overwritten text.
//!
//! Of the control sequences (ECMA-48), those for color, style and erasing a line are interpreted; all others are
//! dropped. 256-color and 24-bit colors are mapped to the nearest of the sixteen named ones, so that a page can show
//! them readably in every theme.

use std::borrow::Cow;

use anstyle::{Ansi256Color, AnsiColor, Color, RgbColor};
use anstyle_lossy::{color_to_ansi, palette};
use anstyle_parse::{DefaultCharAccumulator, Params, Parser, Perform};

/// The style of a piece of text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// The foreground color; `None` is the page's.
    pub foreground: Option<AnsiColor>,
    /// The background color; `None` is the page's.
    pub background: Option<AnsiColor>,
    /// Bold.
    pub bold: bool,
    /// Dim.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
    /// Struck through.
    pub strike: bool,
    /// Whether the two colors are swapped.
    pub inverse: bool,
}

/// A terminal that reads one line after the other; its style lasts until it is reset.
#[derive(Debug, Default)]
pub struct Terminal {
    look: Look,
    cells: Vec<(char, Look)>,
    column: usize,
}

impl Terminal {
    /// Splits a line into pieces of a single style; no piece is empty.
    pub fn line<'a>(&mut self, line: &'a str) -> Vec<(Cow<'a, str>, Look)> {
        // Most lines have no control characters.
        if !line.is_empty() && !line.chars().any(char::is_control) {
            return vec![(line.into(), self.look)];
        }
        self.cells.clear();
        self.column = 0;
        let mut parser = Parser::<DefaultCharAccumulator>::new();
        for &byte in line.as_bytes() {
            parser.advance(self, byte);
        }
        let mut pieces: Vec<(String, Look)> = Vec::new();
        for &(c, look) in &self.cells {
            match pieces.last_mut() {
                Some((text, last)) if *last == look => text.push(c),
                _ => pieces.push((c.to_string(), look)),
            }
        }
        let pieces = pieces.into_iter();
        pieces.map(|(text, look)| (text.into(), look)).collect()
    }

    fn put(&mut self, c: char) {
        let cell = (c, self.look);
        match self.cells.get_mut(self.column) {
            Some(overwritten) => *overwritten = cell,
            None => self.cells.push(cell),
        }
        self.column += 1;
    }

    /// Erases in line (EL): `K` to the end of the line, `1K` to its start, `2K` the whole line (ECMA-48, 8.3.41).
    fn erase(&mut self, part: u16) {
        let blank = |cell: &mut (char, Look)| *cell = (' ', Look::default());
        let column = self.column.min(self.cells.len());
        match part {
            0 => self.cells.truncate(column),
            1 => self.cells.iter_mut().take(column + 1).for_each(blank),
            2 => {
                self.cells.truncate(column);
                self.cells.iter_mut().for_each(blank);
            }
            _ => {}
        }
    }

    /// Selects a graphic rendition (SGR; ECMA-48, 8.3.117). `38:5:1` is one parameter with three parts, `38;5;1`
    /// three parameters with one part each: both are in use.
    fn select(&mut self, params: &Params) {
        let mut params = params.iter();
        while let Some(parts) = params.next() {
            let look = &mut self.look;
            match parts.first().copied().unwrap_or(0) {
                0 => *look = Look::default(),
                1 => look.bold = true,
                2 => look.dim = true,
                3 => look.italic = true,
                // `4:0` means no underline, `4:3` a curly one.
                4 | 21 => look.underline = parts.get(1) != Some(&0),
                7 => look.inverse = true,
                9 => look.strike = true,
                22 => (look.bold, look.dim) = (false, false),
                23 => look.italic = false,
                24 => look.underline = false,
                27 => look.inverse = false,
                29 => look.strike = false,
                number @ 30..=37 => look.foreground = named(number - 30),
                number @ 90..=97 => look.foreground = named(number - 90 + 8),
                number @ 40..=47 => look.background = named(number - 40),
                number @ 100..=107 => look.background = named(number - 100 + 8),
                38 => look.foreground = color(parts, &mut params),
                48 => look.background = color(parts, &mut params),
                // The underline's own color.
                58 => {
                    color(parts, &mut params);
                }
                39 => look.foreground = None,
                49 => look.background = None,
                _ => {}
            }
        }
    }
}

/// Returns the color that follows a 38, 48 or 58, in its own parts or in the next parameters.
fn color<'a>(parts: &[u16], params: &mut impl Iterator<Item = &'a [u16]>) -> Option<AnsiColor> {
    match parts {
        // The number of a color space may come before red, green and blue.
        [_, 2, _, red, green, blue, ..] => nearest(&mut [2, *red, *green, *blue].into_iter()),
        [_, rest @ ..] if !rest.is_empty() => nearest(&mut rest.iter().copied()),
        _ => nearest(&mut params.flatten().copied()),
    }
}

fn named(number: u16) -> Option<AnsiColor> {
    Ansi256Color(u8::try_from(number).ok()?).into_ansi()
}

/// Returns the color after a 38 or 48: `5` and one of 256, or `2` and red, green and blue.
fn nearest(numbers: &mut impl Iterator<Item = u16>) -> Option<AnsiColor> {
    let kind = numbers.next()?;
    let mut byte = || u8::try_from(numbers.next()?).ok();
    let color = match kind {
        5 => Color::Ansi256(Ansi256Color(byte()?)),
        2 => Color::Rgb(RgbColor(byte()?, byte()?, byte()?)),
        _ => return None,
    };
    Some(color_to_ansi(color, palette::DEFAULT))
}

impl Perform for Terminal {
    fn print(&mut self, c: char) {
        self.put(if c.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        });
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\r' => self.column = 0,
            b'\t' => self.put('\t'),
            0x08 => self.column = self.column.saturating_sub(1),
            // The bell.
            0x07 => {}
            _ => self.put(char::REPLACEMENT_CHARACTER),
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _: bool, action: u8) {
        if !intermediates.is_empty() {
            return;
        }
        match action {
            b'm' => self.select(params),
            b'K' => {
                let part = params.iter().flatten().next();
                self.erase(part.copied().unwrap_or(0));
            }
            _ => {}
        }
    }
}

/// Returns a line's text without styles.
pub fn plain(line: &str) -> String {
    let pieces = Terminal::default().line(line);
    pieces.into_iter().map(|(text, _)| text).collect()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use anstyle::AnsiColor;

    use super::{Look, Terminal, plain};

    #[test]
    fn only_visible_text_stays() {
        for (line, shown) in [
            ("a\tb", "a\tb"),
            ("\u{1b}[1;31mred\u{1b}[0m", "red"),
            ("10%\r99%\rdone", "done"),
            ("downloading\rdone", "doneloading"),
            ("downloading\r\u{1b}[Kdone", "done"),
            ("downloading\u{1b}[2K\rdone", "done       "),
            ("ab\u{8}c", "ac"),
            ("a\u{85}b\0", "a\u{fffd}b\u{fffd}"),
            ("ä\u{fffd}\u{7}", "ä\u{fffd}"),
            ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}[?25la\u{1b}[5Ab\u{1b}(Bc", "abc"),
            ("\u{1b}[", ""),
        ] {
            assert_eq!(plain(line), shown, "{line:?}");
        }
    }

    #[test]
    fn styles_last_until_they_are_reset() {
        let mut terminal = Terminal::default();
        let red = Look {
            foreground: Some(AnsiColor::Red),
            bold: true,
            ..Look::default()
        };
        let none = Look::default();
        let piece = |text: &'static str, look| (Cow::Borrowed(text), look);
        assert_eq!(
            terminal.line("a\u{1b}[31;1mb"),
            [piece("a", none), piece("b", red)]
        );
        assert_eq!(terminal.line("all of it"), [piece("all of it", red)]);
        assert_eq!(terminal.line(""), []);
        assert_eq!(
            terminal.line("c\u{1b}[md"),
            [piece("c", red), piece("d", none)]
        );
        for (sequence, foreground, background) in [
            ("38;5;9", Some(AnsiColor::BrightRed), None),
            ("38:2:205:0:0", Some(AnsiColor::Red), None),
            ("48;2;0;0;0", None, Some(AnsiColor::Black)),
            (
                "97;101",
                Some(AnsiColor::BrightWhite),
                Some(AnsiColor::BrightRed),
            ),
            ("38;5", None, None),
            ("38:2::205:0:0", Some(AnsiColor::Red), None),
            ("31;58;2;1;1;1", Some(AnsiColor::Red), None),
            ("31;58:5:1", Some(AnsiColor::Red), None),
            ("31;4;4:0", Some(AnsiColor::Red), None),
            ("38;5;1;44", Some(AnsiColor::Red), Some(AnsiColor::Blue)),
        ] {
            let line = format!("\u{1b}[0;{sequence}mx");
            let look = terminal.line(&line)[0].1;
            assert_eq!(
                (look.foreground, look.background),
                (foreground, background),
                "{sequence}"
            );
        }
    }
}
