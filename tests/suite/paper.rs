//! Pages on paper.

use headless_chrome::protocol::cdp::Emulation::SetEmulatedMedia;
use headless_chrome::types::PrintToPdfOptions;

use crate::project::Project;
use crate::reader::Reader;
use crate::timeline;

fn book(chapter: &str) -> Project {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Paper](paper.md)\n");
    project.write("src/paper.md", chapter);
    project.run(&["build"]).succeeds();
    project
}

/// A reader of the page as on paper.
fn reader(project: &Project, page: &str) -> Reader {
    let reader = Reader::new();
    reader.open(&project.path(page), "");
    let media = Some("print".to_owned());
    reader
        .tab
        .call_method(SetEmulatedMedia {
            media,
            features: None,
        })
        .unwrap();
    reader
}

/// The number of sheets of paper of size A4.
fn sheets(reader: &Reader) -> usize {
    let options = PrintToPdfOptions {
        paper_width: Some(8.27),
        paper_height: Some(11.69),
        ..PrintToPdfOptions::default()
    };
    let pdf = reader.tab.print_to_pdf(Some(options)).unwrap();
    let pdf = String::from_utf8_lossy(&pdf);
    pdf.matches("/Type /Page\n").count()
}

#[test]
#[ignore = "needs Chromium"]
fn tabs_keep_their_frames_and_padding() {
    let project = book(
        "# Paper\n\n```rust,example=hello\n```\n\n=== \"One\"\n\n    a\n\n    === \"Inner\"\n\n        b\n\n    === \"Other\"\n\n        c\n\n=== \"Two\"\n\n    d\n",
    );
    let reader = reader(&project, "book/paper.html");
    // The tabs that are hidden on the screen as well as the others.
    let padding = reader.js(
        "[...document.querySelectorAll('main > .transcript-tabs > .transcript-tab')].map((tab) => getComputedStyle(tab).padding)",
    );
    assert_eq!(padding, serde_json::json!(["16px", "16px", "16px", "16px"]));
    reader.holds("document.querySelectorAll('[hidden]').length >= 3");
    for part in [".transcript-tab-label", ".transcript-output", "figcaption"] {
        reader.holds(&format!(
            "[...document.querySelectorAll('main > .transcript-tabs > .transcript-tab {part}')].every((part) =>
                part.getBoundingClientRect().left >= part.closest('main > .transcript-tabs').getBoundingClientRect().left + 16)"
        ));
    }
}

/// Eight sections of more than half a sheet each: the code of one begins below its heading, though it ends on the next
/// sheet.
#[test]
#[ignore = "needs Chromium"]
fn code_is_cut_rather_than_half_a_sheet_left_empty() {
    let line = |number: usize| format!("    // Line {number}.\n");
    let lines: String = (0..14).map(line).collect();
    let section = |number: usize| {
        format!(
            "## Section {number}\n\nA paragraph.\n\n```rust,example,name=program-{number}\n\
             fn main() {{\n{lines}    println!(\"done\");\n}}\n```\n\n"
        )
    };
    let chapter: String = (1..=8).map(section).collect();
    let reader = reader(&book(&chapter), "book/paper.html");
    assert_eq!(sheets(&reader), 6);
}

/// An output that is longer than a sheet begins where it stands, with its picture, and its caption is not alone.
#[test]
#[ignore = "needs Chromium"]
fn long_outputs_are_cut_and_pictures_are_with_their_text() {
    let filler = "A paragraph.\n\n".repeat(12);
    let fence = "```console,output=threads,timeline=on\n```";
    let project = timeline::pictured();
    project.write(
        "src/runs.md",
        &format!("# Paper\n\n{filler}## Next\n\n{fence}\n"),
    );
    project.run(&["build"]).succeeds();
    let reader = reader(&project, "book/runs.html");
    for (part, property, value) in [
        (".transcript-picture", "breakAfter", "avoid"),
        (".transcript-picture", "breakInside", "avoid"),
        (".transcript-legend", "breakAfter", "avoid"),
        (".transcript-run", "breakInside", "auto"),
        (".transcript-output > code", "breakInside", "auto"),
        ("figcaption", "breakBefore", "avoid"),
    ] {
        let style = format!("getComputedStyle(document.querySelector('{part}')).{property}");
        assert_eq!(reader.js(&style), value, "{part}");
    }
    // Printing ends the emulation of paper.
    assert_eq!(sheets(&reader), 4);
}

/// A message quotes a line that is wider than the sheet: it becomes smaller, so that its marks stay below it.
#[test]
#[ignore = "needs Chromium"]
fn quoted_code_fits_a_sheet() {
    let argument = "\"a text that is long enough for no sheet of paper to hold it in one line, not even across\"";
    let project = book(&format!(
        "# Paper\n\n```rust,example,compile_fail,name=wide\nfn main() {{\n    let number: u32 = takes_a_number({argument}, 1);\n}}\n\n\
         fn takes_a_number(number: u32, other: u32) -> u32 {{\n    number + other\n}}\n```\n"
    ));
    let reader = reader(&project, "book/paper.html");
    for width in [600, 1000] {
        reader.wide(width);
        reader.holds(
            "(() => {
                const output = document.querySelector('.transcript-output');
                const lines = [...output.querySelectorAll('.line, .transcript-marks')];
                const kept = lines.filter((line) => line.textContent.trim() && !line.querySelector('.transcript-words'));
                const right = output.getBoundingClientRect().right;
                return kept.length > 3 && kept.every((line) => {
                    const text = document.createRange();
                    text.setStart(line, 0);
                    text.setEnd(line, line.childNodes.length);
                    const boxes = [...text.getClientRects()].filter((box) => box.width > 0);
                    return boxes.every((box) => Math.abs(box.top - boxes[0].top) < 5 && box.right <= right);
                });
            })()",
        );
    }
}
