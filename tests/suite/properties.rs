//! Properties that hold for every text.

use std::borrow::Cow;
use std::time::Duration;

use mdbook_markdown::pulldown_cmark::html::push_html;
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use mdbook_transcript::diagnostic::{Location, Place};
use mdbook_transcript::lesson::fence::{SourceFence, SourceTab};
use mdbook_transcript::lesson::parse::parse;
use mdbook_transcript::lesson::{Block, Kind, Lesson};
use mdbook_transcript::page::{Directives, Programs, Settings, ShownRun, html, plain, test};
use mdbook_transcript::transcript::{Exit, Line, Stream, Transcript};
use proptest::prelude::*;
use scraper::{ElementRef, Html, Selector};

use crate::shape_properties::cases;

/// Beginnings of lines, some of them twice, so that they are more frequent.
const PREFIXES: [&str; 14] = [
    "",
    "",
    "",
    "",
    "    ",
    "    ",
    "        ",
    "            ",
    "  ",
    "\t",
    "> ",
    "> > ",
    "- ",
    "1. ",
];

/// The content of lines after their beginnings.
const PIECES: [&str; 52] = [
    "",
    "",
    "",
    "text",
    "text // (1)",
    "=== \"A\"",
    "=== \"`B` <i>\"",
    "===+ \"C\"",
    "===! \"\"",
    "===",
    "!!! note",
    "!!! tip \"T\"",
    "!!! quote \"\"",
    "??? warning \"W\"",
    "???+ bug",
    "??? \"only\"",
    "```",
    "```",
    "````",
    "~~~",
    "```rust",
    "```rust,example=a",
    "```console,output=a",
    "```console,output=a,stream=stdout,prompt=off",
    "```rust,example=a title=\"</p><script>\" hl_lines=\"2 4-5\"",
    "``` { .rust .annotate title=\"t\" linenums=\"3\" #id }",
    "```toml",
    "fn main() {} // (1)!",
    "/* (2) */ a(1)",
    "key = 1 # (1)! (2)",
    "1. one",
    "2) two",
    "- item",
    "100000. far",
    "> quoted",
    "<div>",
    "<!-- comment",
    "-->",
    "<pre>",
    "</pre>",
    "[a]: https://example.org",
    "[^1]: note",
    "# heading",
    "| a | b |",
    "\\=== \"A\"",
    "a {{#transcript a line 1}} b {{#transcript a wall}}",
    "`c` *{{#transcript a lines}}* \\{{#transcript a line}} [d](<{{#transcript a wall}}>)",
    "{{#transcript a",
    "match \"f|n `\"}} e",
    "{{#transcript a match 'does not close}}",
    "{{#transcript}} | `{{#transcript a nothing}}",
    "ä\u{2028}\u{0}\u{feff}",
];

fn chapter() -> impl Strategy<Value = String> {
    let line = (0..PREFIXES.len(), 0..PREFIXES.len(), 0..PIECES.len());
    let lines = proptest::collection::vec(line, 0..40);
    (lines, any::<bool>(), any::<bool>()).prop_map(|(lines, crlf, last)| {
        let end = if crlf { "\r\n" } else { "\n" };
        let lines: Vec<String> = lines
            .into_iter()
            .map(|(outer, inner, piece)| [PREFIXES[outer], PREFIXES[inner], PIECES[piece]].concat())
            .collect();
        lines.join(end) + if last { end } else { "" }
    })
}

/// A stand-in for all programs, whose source and output are the same text.
struct SameText {
    code: String,
    transcript: Transcript,
}

impl SameText {
    fn new(text: &str) -> SameText {
        let line = |text: &str| Line {
            stream: Stream::Stdout,
            at: Duration::ZERO,
            writer: Some(0),
            track: None,
            text: text.to_owned(),
        };
        SameText {
            code: text.to_owned(),
            transcript: Transcript::of(text.split('\n').map(line).collect(), Exit::SUCCESS),
        }
    }
}

impl Programs for SameText {
    fn code(&self, _: &Block, _: &SourceFence) -> Cow<'_, str> {
        Cow::Borrowed(&self.code)
    }

    fn run(&self, _: &Block) -> ShownRun<'_> {
        ShownRun {
            name: "a",
            refused: None,
            commands: &[],
            command: "cargo run --example a",
            transcript: &self.transcript,
        }
    }

    fn transcript(&self, _: &Block) -> &Transcript {
        &self.transcript
    }
}

fn settings() -> Settings<'static> {
    Settings {
        code: "Code",
        output: "Output",
        tab: SourceTab::Code,
        timeline: None,
        directives: Directives::Expanded,
        inline: &[],
    }
}

/// Asserts that blocks and the blocks in their bodies lie within their text, in order, on the bounds of characters.
fn assert_well_placed(text: &str, lesson: &Lesson) {
    let mut at = 0;
    for Block { span, kind, .. } in &lesson.blocks {
        assert!(at <= span.start && span.start < span.end && span.end <= text.len());
        assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
        at = span.end;
        match kind {
            Kind::Tabs(tabs) => tabs
                .iter()
                .for_each(|tab| assert_well_placed(&tab.body, &tab.lesson)),
            Kind::Admonition(admonition) => {
                assert_well_placed(&admonition.body, &admonition.lesson)
            }
            Kind::Code(_) | Kind::Source(_) | Kind::Output(_) | Kind::Value(_) => {}
        }
    }
}

/// The output of a program comes after the notes on its code, whatever these contain.
#[test]
fn a_tab_set_in_a_note_moves_with_it() {
    let text = "```rust,example=a\n```\n1. the note\n    > === \"A\"\n    text";
    let (lesson, _) = parse(text, "chapter");
    let [fence, tabs] = lesson.blocks.as_slice() else {
        panic!("{lesson:?}");
    };
    assert!(explains(fence, tabs) && !explains(tabs, tabs));
    let programs = SameText::new("fn main() {} // (1)!\n");
    let page = plain::chapter(text, &lesson, &programs, &settings());
    assert!(page.find("    text") < page.find("**Output**"), "{page}");
}

/// Whether a block is in the notes of a fence: these move in front of the fence's output.
fn explains(fence: &Block, block: &Block) -> bool {
    let listing = match &fence.kind {
        Kind::Code(fence) => &fence.listing,
        Kind::Source(fence) => &fence.listing,
        Kind::Output(_) | Kind::Tabs(_) | Kind::Admonition(_) | Kind::Value(_) => return false,
    };
    let notes = listing.notes.as_ref();
    notes.is_some_and(|notes| fence.span.end <= block.span.start && block.span.end <= notes.end)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(2_000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_chapter_is_parsed_and_rendered(text in chapter()) {
        let (lesson, problems) = parse(&text, "chapter");
        assert_well_placed(&text, &lesson);
        for problem in &problems {
            let Some(Place { location: Location::Lesson(span), .. }) = &problem.primary else {
                panic!("{problem:?} has no place in the chapter");
            };
            prop_assert!(span.start <= span.end && span.end <= text.len());
        }
        let programs = SameText::new("fn main() {} // (1)!\n");
        let pages = [
            html::chapter(&text, &lesson, &programs, &settings()),
            plain::chapter(&text, &lesson, &programs, &settings()),
            test::chapter(&text, &lesson),
        ];
        if lesson.blocks.is_empty() {
            prop_assert!(pages.iter().all(|page| *page == text));
        }
        // The text before the first block and after the last one is unchanged.
        if let (Some(first), Some(last)) = (lesson.blocks.first(), lesson.blocks.last()) {
            for page in &pages {
                prop_assert!(page.starts_with(&text[..first.span.start]));
                let rest = text[last.span.end..].trim_start();
                let notes = matches!(&last.kind, Kind::Code(_) | Kind::Source(_));
                let notes = notes || lesson.blocks.iter().any(|block| explains(block, last));
                prop_assert!(notes || page.ends_with(rest));
            }
        }
    }

    #[test]
    fn arbitrary_text_is_parsed(text in "\\PC*", more in any::<Vec<u8>>()) {
        let text = text + &String::from_utf8_lossy(&more);
        let (lesson, _) = parse(&text, "chapter");
        assert_well_placed(&text, &lesson);
    }

    #[test]
    fn output_stays_in_its_container(
        printed in proptest::collection::vec(0..HOSTILE.len(), 1..12),
        around in 0..4_usize,
    ) {
        let printed: String = printed.into_iter().map(|piece| HOSTILE[piece]).collect();
        let fence = "```rust,example=a\n```\n\n```console,output=a\n```\n";
        let text = match around {
            0 => fence.to_owned(),
            1 => fence.lines().map(|line| format!("> {line}\n")).collect(),
            2 => format!("- item\n\n{}", fence.lines().map(|line| format!("  {line}\n")).collect::<String>()),
            _ => format!("=== \"A\"\n\n{}", fence.lines().map(|line| format!("    {line}\n")).collect::<String>()),
        };
        let text = format!("{text}\nBehind.\n");
        let (lesson, problems) = parse(&text, "chapter");
        prop_assert!(problems.is_empty());
        let programs = SameText::new(&printed);

        let page = html::chapter(&text, &lesson, &programs, &settings());
        // mdBook's `links` expands `{{#…}}` anywhere, except on a line after a backslash.
        let expands = |line: &str| line.find("{{#").is_some_and(|at| !line[..at].ends_with('\\'));
        prop_assert!(!page.lines().any(expands), "{}", page);
        let mut html = String::new();
        push_html(&mut html, new_cmark_parser(&page, &MarkdownOptions::default()));
        let html = Html::parse_fragment(&html);
        let count = |selector: &str| html.select(&Selector::parse(selector).unwrap()).count();
        prop_assert_eq!(count("script, style, b"), 0);
        prop_assert_eq!(count("figure.transcript-run"), 1);
        prop_assert_eq!(count("pre"), 2);
        let after = Selector::parse("p").unwrap();
        let after = html.select(&after).next_back().unwrap();
        prop_assert_eq!(after.text().collect::<String>(), "Behind.");
        prop_assert!(outermost(after), "the text after the output is outside our containers");

        let page = plain::chapter(&text, &lesson, &programs, &settings());
        prop_assert!(page.ends_with("\nBehind.\n"));
        let mut html = String::new();
        push_html(&mut html, new_cmark_parser(&page, &MarkdownOptions::default()));
        let html = Html::parse_fragment(&html);
        prop_assert_eq!(html.select(&Selector::parse("pre").unwrap()).count(), 2);
        prop_assert_eq!(html.select(&Selector::parse("script, b").unwrap()).count(), 0);
    }
}

/// Parts of lines, most of them with a meaning in Markdown.
const SPECIAL: [&str; 30] = [
    "a",
    "B",
    "1",
    "42",
    ".",
    ")",
    " ",
    "  ",
    "#",
    "-",
    "+",
    "=",
    "*",
    "_",
    "~",
    "`",
    "|",
    "<b>",
    "</td>",
    "&amp;",
    "[a]",
    "(b)",
    "![",
    "\\",
    "\"",
    "'",
    "{{#include x}}",
    "!!! ",
    ": ",
    "^",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(2_000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_is_shown_as_printed(
        printed in proptest::collection::vec(0..SPECIAL.len(), 0..8),
        around in 0..AROUND.len(),
    ) {
        let printed: String = printed.into_iter().map(|piece| SPECIAL[piece]).collect();
        let (before, selector, after) = AROUND[around];
        let text = format!("{before}{{{{#transcript a line 1}}}}{after}\n");
        let (lesson, problems) = parse(&text, "chapter");
        prop_assert!(problems.is_empty());
        prop_assert_eq!(lesson.blocks.len(), 1);
        let programs = SameText::new(&printed);
        for page in [
            html::chapter(&text, &lesson, &programs, &settings()),
            plain::chapter(&text, &lesson, &programs, &settings()),
        ] {
            let mut html = String::new();
            push_html(&mut html, new_cmark_parser(&page, &MarkdownOptions::default()));
            let html = Html::parse_fragment(&html);
            let shown = html.select(&Selector::parse(selector).unwrap()).next();
            let shown = shown.map(|shown| shown.text().collect::<String>());
            let expected = format!("x{}{after}", printed.trim());
            let expected = if before.ends_with('x') { &expected } else { &expected[1..] };
            // An empty value may leave no element.
            prop_assert!(expected.trim().is_empty() || shown.as_deref().map(str::trim) == Some(expected.trim()),
                "{:?} for {:?} in {:?}", shown, expected, page);
        }
    }
}

/// The text before a value, the selector of its element, and the text after it.
const AROUND: [(&str, &str, &str); 9] = [
    ("", "p", ""),
    ("", "p", ". x"),
    ("", "p", ") x"),
    ("x", "p", "x"),
    ("x", "p", ": x"),
    ("- ", "ul > li", ". x"),
    ("> ", "blockquote > p", ". x"),
    ("# ", "h1", ""),
    ("| a |\n| --- |\n| ", "td", ""),
];

const HOSTILE: [&str; 16] = [
    "</code></pre>",
    "</figure>",
    "</div>",
    "<script>alert(1)</script>",
    "<b>",
    "\n",
    "\n\n",
    "```\n",
    "\n````````````````````\n",
    "~~~\n",
    "{{#include Cargo.toml}}",
    "\u{1b}[31m<b>",
    "-->",
    "    indented\n",
    "&amp;\"'",
    "a\0b\r<b>\u{8}",
];

fn outermost(element: ElementRef<'_>) -> bool {
    element
        .ancestors()
        .filter_map(ElementRef::wrap)
        .all(|parent| parent.value().name() == "html")
}

/// The CPU time of this thread, or the wall time on systems other than Unix.
fn cpu_time() -> Duration {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.try_into().unwrap())
    }
    #[cfg(not(unix))]
    {
        static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        START.get_or_init(std::time::Instant::now).elapsed()
    }
}

/// Ten times the text takes about ten times as long, not a hundred times.
#[test]
fn time_is_linear_in_the_length_of_the_text() {
    type OfLength = fn(usize) -> String;
    let cases: [(&str, OfLength); 12] = [
        ("tab headers", |n| "=== \"\n".repeat(n / 6)),
        ("empty tabs", |n| "=== \"A\"\n".repeat(n / 8)),
        ("backticks", |n| "`".repeat(n)),
        ("fences", |n| {
            "```rust\na(1) // (1)\n```\n1. a\n".repeat(n / 29)
        }),
        ("quotations", |n| ">".repeat(n / 100).repeat(100) + "\n"),
        ("lines of quotations", |n| "> > > ===\n".repeat(n / 10)),
        ("markers", |n| {
            format!("```rust\n{}```\n\n1. a\n", "// (1)! (1)\n".repeat(n / 12))
        }),
        ("comments", |n| {
            format!("```rust\n{}```\n\n1. (1)\n", "/*\"'(".repeat(n / 5))
        }),
        ("admonitions", |n| "!!! note\n    a\n".repeat(n / 15)),
        ("values", |n| {
            "{{#transcript a lines}} *emphasis* and then more\n".repeat(n / 49)
        }),
        ("open values", |n| "{{#transcript a \"\\\"' ".repeat(n / 21)),
        ("values and fences", |n| {
            "{{#transcript a lines}}\n```rust,example=a\n```\n".repeat(n / 46)
        }),
    ];
    for (name, text) in cases {
        let time = |text: &str| {
            let times = (0..3).map(|_| {
                let begun = cpu_time();
                let (lesson, _) = parse(text, "chapter");
                let page = html::chapter(text, &lesson, &SameText::new(""), &settings());
                assert!(page.len() >= text.len() / 2);
                cpu_time() - begun
            });
            times.min().unwrap()
        };
        let (small, large) = (time(&text(100_000)), time(&text(1_000_000)));
        let ratio = large.as_secs_f64() / small.as_secs_f64().max(1e-3);
        // The factor is ten plus the effects of caches and other processes; quadratic growth would make it a
        // hundred.
        assert!(ratio < 30.0, "{name}: {small:?}, then {large:?}");
    }
}
