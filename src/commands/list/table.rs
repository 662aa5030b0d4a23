//! Rows → a table for people.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Row;
use crate::page::seconds;

const HEADER: [&str; 5] = ["STATE", "RUN", "WALL", "WHERE", "COMMAND"];
/// Between two columns.
const GAP: usize = 2;
/// A command is not cut shorter than this.
const LEAST: usize = 20;

/// The rows, their columns as wide as their widest cells. For a screen of this width with a header, commands
/// that are too long cut, and beneath a row why its state is so; else a line a row, with that in the last
/// column.
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
            let mut told: Vec<String> = lines.next().into_iter().collect();
            for (line, why) in lines.zip(reasons) {
                told.push(line);
                if !why.is_empty() {
                    told.push(format!("  {why}"));
                }
            }
            told.join("\n")
        }
    }
}

fn cells(row: &Row) -> [String; 5] {
    let or_none = |cell: Option<String>| cell.unwrap_or_else(|| "-".to_owned());
    let more = match row.places.len() {
        0 | 1 => String::new(),
        all => format!(" +{}", all - 1),
    };
    let first = row.places.first();
    let place = first.map(|place| format!("{}:{}{more}", place.chapter, place.line));
    [
        row.state.clone(),
        or_none(row.run.clone()),
        or_none(row.wall.map(seconds)),
        or_none(place),
        or_none(row.command.clone()),
    ]
    .map(|cell| printable(&cell))
}

fn why(row: &Row) -> String {
    printable(row.why.as_deref().unwrap_or_default())
}

/// Nothing that would move the cursor.
fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}

/// A line a row. All rows have as many cells as the first.
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

/// Cuts the cells of the last column, so that the table has this width, where that leaves enough of them.
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

/// The beginning of a text, and `…`, in so many columns of a screen.
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

    use super::super::{Place, Row};
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
             orphaned  -           -       -                 cargo run\u{fffd}[2J"
        );
        assert_eq!(
            text(&rows, None),
            "fresh     join        2.00 s  src/一章.md:3 +2  cargo run --example join\n\
             stale     größe-一二  2.00 s  src/一章.md:20    cargo run --package lessons --example größe -- 一二三四五六七八九十  examples/größe.rs has changed\n\
             orphaned  -           -       -                 cargo run\u{fffd}[2J"
        );
        assert_eq!(text(&[], Some(80)), "");
    }
}
