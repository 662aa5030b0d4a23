//! Formats rows as a table for people.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::row::Row;
use crate::page::seconds;

const HEADER: [&str; 5] = ["STATE", "RUN", "WALL", "WHERE", "COMMAND"];
/// The distance between two columns.
const GAP: usize = 2;
/// The least width to which a command is cut.
const LEAST: usize = 20;
/// The remark on a run with a pending recording.
const PENDING: &str = "a new recording is to be reviewed";

/// Returns the table; each column is as wide as its widest cell. For a screen of this width, the table has a header,
/// long commands are cut, and the reason for a state is on a line of its own, below the row. Otherwise the table has
/// one line per row, with the reason in the last column.
pub(super) fn text(rows: &[Row], screen: Option<usize>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let cells = rows.iter().map(|row| (cells(row), why(row)));
    match screen {
        None => {
            let cells = cells.map(|(cells, why)| [&cells[..], &[why]].concat());
            lines(&cells.collect::<Vec<_>>()).join("\n")
        }
        Some(width) => {
            let (mut table, reasons): (Vec<Vec<String>>, Vec<String>) =
                cells.map(|(cells, why)| (cells.to_vec(), why)).unzip();
            table.insert(0, HEADER.map(str::to_owned).to_vec());
            cut_last(&mut table, width);
            let mut lines = lines(&table).into_iter();
            let mut text: Vec<String> = lines.next().into_iter().collect();
            for (line, why) in lines.zip(reasons) {
                text.push(line);
                if !why.is_empty() {
                    text.push(format!("  {why}"));
                }
            }
            text.join("\n")
        }
    }
}

fn cells(row: &Row) -> [String; 5] {
    let or_dash = |cell: Option<String>| cell.unwrap_or_else(|| "-".to_owned());
    let more = match row.places.len() {
        0 | 1 => String::new(),
        all => format!(" +{}", all - 1),
    };
    let first = row.places.first();
    let place = first.map(|place| format!("{}:{}{more}", place.chapter, place.line));
    [
        row.state.clone(),
        or_dash(row.run.clone()),
        or_dash(row.wall.map(seconds)),
        or_dash(place),
        or_dash(row.command.clone()),
    ]
    .map(|cell| printable(&cell))
}

fn why(row: &Row) -> String {
    let pending = row.pending.as_ref().map(|_| PENDING);
    let parts: Vec<&str> = row.why.as_deref().into_iter().chain(pending).collect();
    printable(&parts.join("; "))
}

/// Replaces control characters, which could move the cursor.
fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}

/// Returns one line per row, with aligned columns. All rows have as many cells as the first.
fn lines(rows: &[Vec<String>]) -> Vec<String> {
    let widths = widths(rows);
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let padded = cells.map(|(cell, &width)| {
            let padding = width.saturating_sub(cell.width());
            format!("{cell}{}", " ".repeat(padding))
        });
        let gap = " ".repeat(GAP);
        padded.collect::<Vec<_>>().join(&gap).trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max();
    (0..columns)
        .map(|column| width(column).unwrap_or(0))
        .collect()
}

/// Cuts the cells of the last column so that the table has this width, but leaves at least [`LEAST`] columns.
fn cut_last(rows: &mut [Vec<String>], width: usize) {
    let widths = widths(rows);
    let others: usize = widths.iter().rev().skip(1).map(|width| width + GAP).sum();
    let room = width.saturating_sub(others).max(LEAST);
    for row in rows {
        if let Some(last) = row.last_mut()
            && last.width() > room
        {
            *last = cut(last, room);
        }
    }
}

/// Cuts a text to this many columns, including the `…`.
fn cut(text: &str, width: usize) -> String {
    let mut used = 1;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= width
    };
    let beginning: String = text.chars().take_while(fits).collect();
    format!("{}…", beginning.trim_end())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::row::{Place, Row};
    use super::text;

    fn row(state: &str, run: &str, command: &str, why: Option<&str>, lines: &[usize]) -> Row {
        let places = lines.iter().map(|&line| Place {
            chapter: "src/一章.md".to_owned(),
            line,
        });
        Row {
            state: state.to_owned(),
            run: Some(run.to_owned()),
            wall: Some(Duration::from_millis(2003)),
            places: places.collect(),
            command: Some(command.to_owned()),
            why: why.map(str::to_owned),
            ..Row::orphaned()
        }
    }

    #[test]
    fn a_table_on_a_screen_and_elsewhere() {
        let rows = [
            row(
                "fresh",
                "join",
                "cargo run --example join",
                None,
                &[3, 9, 12],
            ),
            row(
                "stale",
                "größe-一二",
                "cargo run --package lessons --example größe -- 一二三四五六七八九十",
                Some("examples/größe.rs has changed"),
                &[20],
            ),
            Row {
                pending: Some("examples/transcripts/.pending/sort.transcript".to_owned()),
                ..row("fresh", "sort", "cargo run --example sort", None, &[30])
            },
            Row {
                command: Some("cargo run\u{1b}[2J".to_owned()),
                ..Row::orphaned()
            },
        ];
        assert_eq!(
            text(&rows, Some(80)),
            "STATE     RUN         WALL    WHERE             COMMAND\n\
             fresh     join        2.00 s  src/一章.md:3 +2  cargo run --example join\n\
             stale     größe-一二  2.00 s  src/一章.md:20    cargo run --package lessons --e…\n  \
               examples/größe.rs has changed\n\
             fresh     sort        2.00 s  src/一章.md:30    cargo run --example sort\n  \
               a new recording is to be reviewed\n\
             orphaned  -           -       -                 cargo run\u{fffd}[2J"
        );
        assert_eq!(
            text(&rows, None),
            "fresh     join        2.00 s  src/一章.md:3 +2  cargo run --example join\n\
             stale     größe-一二  2.00 s  src/一章.md:20    cargo run --package lessons --example größe -- 一二三四五六七八九十  examples/größe.rs has changed\n\
             fresh     sort        2.00 s  src/一章.md:30    cargo run --example sort                                             a new recording is to be reviewed\n\
             orphaned  -           -       -                 cargo run\u{fffd}[2J"
        );
        assert_eq!(text(&[], Some(80)), "");
    }
}
