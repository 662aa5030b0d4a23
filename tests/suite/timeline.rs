//! Timelines: their places and their content.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use headless_chrome::protocol::cdp::Emulation::{SetEmulatedMedia, SetTouchEmulationEnabled};
use headless_chrome::protocol::cdp::Input::{DispatchTouchEvent, DispatchTouchEventTypeOption};
use mdbook_transcript::lesson::fence::{Shown, Switch};
use mdbook_transcript::page::ShownRun;
use mdbook_transcript::page::output::{View, figure};
use mdbook_transcript::transcript::Transcript;
use mdbook_transcript::transcript::format::Recording;
use mdbook_transcript::transcript::tracks::{Track, Why};

use crate::browser::THEMES;
use crate::project::{Project, between, copy};
use crate::reader::Reader;
use crate::tracked::{
    any_run, asynchronous, hostile, join, main_track, many, ms, mutex, pausing, pool, run, thread,
};
use crate::versions;

/// A book of some of the tutorial's programs, whose recordings have tracks.
pub fn pictured() -> Project {
    let project = Project::empty();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(&root.join("examples"), &project.path("examples"));
    let table = "[preprocessor.transcript]\nbefore = [\"links\"]\n";
    project.write("book.toml", table);
    fs::create_dir(project.path("src")).unwrap();
    project.write("src/SUMMARY.md", "- [Runs](runs.md)\n");
    let mut page = "# Runs\n".to_owned();
    for (name, transcript) in [
        ("join", join()),
        ("mutex", mutex()),
        ("pool", pool()),
        ("asynchronous", asynchronous()),
        ("threads", many()),
    ] {
        let file = format!("examples/transcripts/{name}.transcript");
        let mut recorded = Recording::parse(&project.read(&file)).unwrap();
        recorded.transcript = transcript;
        project.write(&file, &recorded.text());
        page.push_str(&format!(
            "\n## {name}\n\n```console,output={name},timeline=on\n```\n"
        ));
    }
    project.write("src/runs.md", &page);
    project
}

/// Removes the tracks of a recording, as in one of an older version.
fn forget_tracks(project: &Project, run: &str) {
    let file = format!("examples/transcripts/{run}.transcript");
    let mut recorded = Recording::parse(&project.read(&file)).unwrap();
    recorded.transcript.tracks.clear();
    for line in &mut recorded.transcript.lines {
        line.track = None;
    }
    project.write(&file, &recorded.text());
}

/// The figure of a run.
fn shown(transcript: &Transcript) -> String {
    let ran = ShownRun {
        name: "a",
        command: "cargo run",
        commands: &[],
        snippet: None,
        refused: None,
        transcript,
    };
    let view = View {
        shown: Shown::Both,
        timing: Switch::On,
        prompt: Switch::On,
        timeline: Some(Switch::On),
    };
    figure(ran, view, "a-run-1", &[])
}

/// The figure of each constructed run, as a page contains it.
#[test]
fn figures_are_as_reviewed() {
    for (name, transcript) in [
        ("timeline-join", join()),
        ("timeline-mutex", mutex()),
        ("timeline-pool", pool()),
        ("timeline-one", asynchronous()),
        ("timeline-many", many()),
        ("timeline-hostile", hostile()),
    ] {
        let figure = shown(&transcript);
        assert!(
            !figure.contains("\n\n") && !figure.contains("{{"),
            "{figure}"
        );
        assert!(
            !figure.contains("NaN") && !figure.contains("inf"),
            "{figure}"
        );
        insta::with_settings!({
            prepend_module_to_snapshot => false,
            snapshot_path => "../snapshots",
        }, { insta::assert_snapshot!(name, figure) });
    }
}

/// Builds the book with some settings and fences for a renderer, and returns the page.
fn page_of(project: &Project, renderer: &str, table: &str, fences: &str) -> String {
    let table =
        format!("[preprocessor.transcript]\nbefore = [\"links\"]\n{table}[output.{renderer}]\n");
    project.write("book.toml", &table);
    project.write("src/runs.md", &format!("# Runs\n\n{fences}\n"));
    project.run(&["build"]).succeeds();
    project.read(match renderer {
        "html" => "book/runs.html",
        _ => "book/runs.md",
    })
}

const SVG: &str = "<svg class=\"transcript-timeline\"";

/// By default, several tracks have a timeline and one has none; the book changes the default, a fence overrides it.
#[test]
fn timelines_are_shown_by_setting_and_attribute() {
    let project = pictured();
    forget_tracks(&project, "scope");
    for (run, on, book, shown) in [
        ("join", "", "auto", true),
        ("join", "", "on", true),
        ("join", "", "off", false),
        ("join", ",timeline=on", "off", true),
        ("join", ",timeline=off", "on", false),
        ("asynchronous", "", "auto", false),
        ("asynchronous", "", "on", true),
        ("asynchronous", ",timeline=on", "auto", true),
        ("scope", "", "auto", false),
        ("scope", ",timeline=on", "on", false),
    ] {
        let table = format!("timeline = \"{book}\"\n");
        for fence in [
            format!("```console,output={run}{on}\n```"),
            format!("```rust,example={run}{on}\n```"),
        ] {
            let page = page_of(&project, "html", &table, &fence);
            assert_eq!(page.contains(SVG), shown, "{fence} in a book with {table}");
            assert_eq!(page.contains("data-k="), shown, "{fence}");
        }
    }
}

/// A source fence without output has no timeline.
#[test]
fn a_timeline_without_output_is_an_error() {
    let project = pictured();
    let fences = "```rust,example=join,timeline=on\n```\n\n```console,output=join\n```";
    project.write("src/runs.md", &format!("# Runs\n\n{fences}\n"));
    let output = project.run(&["build"]);
    let errors = output.fails().errors();
    for part in [
        "error: `timeline` has no effect here: this fence shows no output",
        "--> src/runs.md:3:22",
        "= help: set it on the fence that shows the program's output",
    ] {
        assert!(errors.contains(part), "{errors}");
    }
    let fence = "```rust,example,compile_fail,timeline=on\nlet a: u8 = \"\";\n```";
    project.write("src/runs.md", &format!("# Runs\n\n{fence}\n"));
    let errors = project.run(&["build"]).fails().errors();
    let refused = "error: `timeline` has no effect: the program must not compile";
    assert!(errors.contains(refused), "{errors}");
}

/// Neither version of mdBook changes the timeline, and the text after it is Markdown again.
#[test]
fn the_page_contains_the_timeline_unchanged() {
    let project = pictured();
    let fences = "```console,output=pool\n```\n\nBehind *it*.";
    let by_5 = page_of(&project, "html", "", fences);
    versions::with_command(&project);
    mdbook_04::MDBook::load(project.path(""))
        .unwrap()
        .build()
        .unwrap();
    for page in [by_5, project.read("book/runs.html")] {
        let picture = between(&page, SVG, "</figure>");
        assert!(
            picture.contains("<p class=\"transcript-legend\""),
            "{picture}"
        );
        assert!(picture.contains("<line class=\"input\""), "{picture}");
        assert_eq!(picture.matches("class=\"lane\"").count(), 5);
        let marks = picture.matches("<circle cx=").count();
        assert_eq!(marks, 7 + 1, "and one in the legend");
        assert!(page.contains("<p>Behind <em>it</em>.</p>"), "{page}");
    }
}

/// Without an observation, only the printing processes are known.
#[test]
fn an_unobserved_run_has_a_lane_for_each_process() {
    let mut transcript = pool();
    transcript.tracks.clear();
    for (number, line) in transcript.lines.iter_mut().enumerate() {
        line.track = None;
        line.writer = Some(number as u32 % 2);
    }
    let figure = shown(&transcript);
    let picture = between(&figure, SVG, "<pre");
    assert!(picture.contains(">process 1<"), "{picture}");
    assert_eq!(picture.matches("class=\"there\"").count(), 2);
    assert!(
        !picture.contains("class=\"run\"") && !picture.contains("running"),
        "{picture}"
    );
}

/// The size of the picture is limited by its resolution, not by the size of the run.
#[test]
fn a_large_run_has_a_small_picture() {
    let texts: Vec<String> = (0..10_000).map(|n| format!("line {n}")).collect();
    let lines: Vec<(f64, u32, &str)> = texts
        .iter()
        .zip(0..)
        .map(|(text, n)| (f64::from(n) / 10.0, n / 5 % 100, text.as_str()))
        .collect();
    // Each thread waits repeatedly for the previous one.
    let threads = (1..100_usize).map(|number| {
        let pauses: Vec<_> = (0..100)
            .map(|n| f64::from(n) * 10.0)
            .map(|at| (Why::Lock, at + 1.0, at + 8.0, Some(number - 1)))
            .collect();
        pausing(thread(0, 0.0, 1000.0), &pauses)
    });
    let tracks = [main_track(1000.0)].into_iter().chain(threads).collect();
    let figure = shown(&run(1000.0, tracks, &lines));
    let picture = between(&figure, SVG, "<p class");
    assert!(picture.len() < 250_000, "{}", picture.len());
    let lanes: Vec<&str> = picture.split("class=\"lane\"").skip(1).collect();
    assert_eq!(lanes.len(), 13);
    for lane in &lanes[..12] {
        assert_eq!(lane.matches("<circle").count(), 100);
    }
    // 8,800 lines share the last lane; none of its threads prints in a tenth of its intervals.
    assert_eq!(lanes[12].matches("<circle").count(), 180);
    assert!(lanes[12].contains(">and 88 more<"), "{}", lanes[12]);
    assert!(picture.matches("class=\"wake\"").count() <= 150);
    // A line in the last lane names the thread that printed it.
    for (text, attributes) in [
        (">line 59\n", "data-k=\"11\""),
        (">line 60\n", "data-k=\"12\" data-by=\"thread 12\""),
    ] {
        let end = format!("{attributes}{text}");
        assert!(figure.contains(&end), "{end}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Every part of the picture lies within its bounds.
    #[test]
    fn any_run_has_a_picture(transcript in any_run()) {
        let figure = shown(&transcript);
        let picture = between(&figure, SVG, "<pre");
        prop_assert!(!picture.contains("\n\n") && !picture.contains("{{"), "{picture}");
        let starts = [" x=\"", "x1=\"", "x2=\"", "cx=\"", "--x:", "--w:"];
        let places = starts.iter().flat_map(|start| picture.split(start).skip(1));
        for place in places.filter_map(|rest| rest.split_once('%')) {
            let place: f64 = place.0.parse().unwrap();
            prop_assert!((0.0..=100.0).contains(&place), "{picture}");
        }
    }
}

/// A label stands above the start of its bar, or above its end if it doesn't fit there on a phone.
#[test]
fn a_label_stands_at_its_bar() {
    let line = "a line that is longer than any label";
    for (from, to, lines, place, text) in [
        (0.0, 100.0, 0, " dx=\"10\"", "thread"),
        (0.0, 100.0, 1, " dx=\"10\"", "a line that is longer than…"),
        (30.0, 40.0, 0, " x=\"30%\" dx=\"10\"", "thread"),
        (30.0, 40.0, 1, " x=\"30%\" dx=\"10\"", "a line that…"),
        (60.0, 65.0, 0, " x=\"60%\" dx=\"10\"", "thread"),
        (
            60.0,
            100.0,
            1,
            " x=\"100%\" text-anchor=\"end\"",
            "a line that is longer than a…",
        ),
        (90.0, 95.0, 0, " x=\"95%\" text-anchor=\"end\"", "thread"),
        (
            99.9,
            100.0,
            1,
            " x=\"100%\" text-anchor=\"end\"",
            "a line that is longer than a…",
        ),
    ] {
        let tracks = vec![main_track(100.0), thread(0, from, to)];
        let lines = vec![(from, 1, line); lines];
        let figure = shown(&run(100.0, tracks, &lines));
        let label = between(&figure, "data-k=\"1\"", "</text>");
        assert!(label.contains(&format!("<text{place} y=")), "{label}");
        assert!(label.contains(text), "{from}..{to} {label}");
        // It doesn't read as the thread's name.
        let says = label.contains(">prints<tspan dx=\"6\">“");
        assert_eq!(says, !lines.is_empty(), "{label}");
    }
}

/// The picture starts where the program's first instruction runs, and the lines' times count from there.
#[test]
fn a_picture_starts_with_the_program() {
    let begun = pausing(main_track(4.0), &[(Why::Thread, 2.0, 3.5, Some(1))]);
    let begun = Track {
        start: ms(1.5),
        ..begun
    };
    let tracks = vec![begun, thread(0, 2.0, 3.5)];
    let figure = shown(&run(4.0, tracks, &[(2.5, 1, "a"), (3.75, 0, "b")]));
    for part in [
        "data-wall=\"0.002500\"",
        "text-anchor=\"start\">start</text>",
        "<line x1=\"40%\" x2=\"40%\"",
        ">1 ms</text>",
        "<text y=\"-10\">main</text>",
        "<line class=\"run\" x1=\"0%\" x2=\"20%\"/>",
        "<line class=\"thread\" x1=\"20%\" x2=\"80%\"/>",
        "<circle cx=\"40%\"/>",
        "data-t=\"0.001000\" data-k=\"1\">a\n",
        "data-t=\"0.002250\" data-k=\"0\">b\n",
    ] {
        assert!(figure.contains(part), "{part} in {figure}");
    }
    // Without an observation, nothing is known of the program's start.
    let mut unobserved = run(4.0, Vec::new(), &[(2.5, 0, "a"), (3.75, 0, "b")]);
    unobserved.lines[1].writer = Some(1);
    let figure = shown(&unobserved);
    assert!(figure.contains("data-t=\"0.002500\""), "{figure}");
    assert!(
        figure.contains("text-anchor=\"start\">0</text>"),
        "{figure}"
    );
}

/// The legend names all that can be seen in the picture, and nothing else.
#[test]
fn a_legend_names_all_that_can_be_seen() {
    let legend = |transcript: &Transcript| -> Vec<String> {
        let figure = shown(transcript);
        let legend = between(&figure, "<p class=\"transcript-legend\"", "</p>");
        let names = legend.split("data-name=\"").skip(1);
        names
            .map(|rest| rest[..rest.find('"').unwrap()].to_owned())
            .collect()
    };
    assert_eq!(
        legend(&join()),
        [
            "sleeping",
            "waiting for a thread",
            "starting a thread",
            "ending a wait",
            "printing a line"
        ]
    );
    assert_eq!(
        legend(&asynchronous()),
        ["running", "sleeping", "printing a line"]
    );
    let started = legend(&pool());
    let started = started
        .iter()
        .any(|name| name == "starting a thread or process");
    assert!(started);
    // A pause of 0.4% of the width is a dot of its pattern; many of them are a pattern.
    for (count, expected) in [(1, &["running"][..]), (5, &["running", "sleeping"])] {
        let pauses = (0..count).map(|n| (Why::Sleep, f64::from(n), f64::from(n) + 0.4, None));
        let pauses: Vec<_> = pauses.collect();
        let one = run(100.0, vec![pausing(main_track(100.0), &pauses)], &[]);
        assert_eq!(legend(&one), expected, "{count}");
    }
    // The moment in which a thread runs after its wait is below a mark.
    let sleeps = [(Why::Sleep, 0.0, 99.9, None)];
    let brief = run(100.0, vec![pausing(main_track(100.0), &sleeps)], &[]);
    assert_eq!(legend(&brief), ["sleeping"]);
}

/// Each part of a bar says its state, its duration and for whom it waited; each lane says all of that.
#[test]
fn the_parts_of_the_bars_are_told() {
    let figure = shown(&join());
    for part in [
        "aria-label=\"main: waiting 1.00 s for thread 1; waiting 1.00 s for thread 2\" style=\"top:12px\">\
         <i title=\"waiting 1.00 s for thread 1\" style=\"--x:0.06%;--w:49.97%\"></i>",
        "tabindex=\"0\" role=\"img\" aria-label=\"thread 1, started by main: sleeping 1.00 s\"",
        "<i title=\"sleeping 2.00 s\" style=\"--x:0.07%;--w:99.9%\"></i>",
    ] {
        assert!(figure.contains(part), "{part} in {figure}");
    }
    let figure = shown(&mutex());
    let lock = "thread 1, started by main: waiting 0.101 s for a lock or channel, ended by thread 2; sleeping 0.100 s\"";
    assert!(figure.contains(lock), "{figure}");
    assert!(shown(&pool()).contains("; waiting 1.00 s for input, ended by process 1; "));
    assert!(
        shown(&many()).contains("\"and 88 more: 0.197 s from the first start to the last end\"")
    );
    // Pauses that a pointer cannot find are told as one, and a bar that is one too.
    let pauses: Vec<_> = (0..100)
        .map(|n| {
            (
                Why::Lock,
                f64::from(n) * 4.0 + 1.0,
                f64::from(n) * 4.0 + 4.0,
                Some(1),
            )
        })
        .collect();
    let tracks = vec![pausing(main_track(1000.0), &pauses), thread(0, 1.0, 1.5)];
    let figure = shown(&run(1000.0, tracks, &[]));
    assert_eq!(figure.matches("<i title=").count(), 3, "{figure}");
    assert!(
        figure.contains("\"main: mostly waiting 0.396 s for a lock or channel; running 0.600 s\""),
        "{figure}"
    );
    assert!(
        figure.contains("\"thread 1, started by main: running 0.5 ms\""),
        "{figure}"
    );
    // A long description is cut.
    let pauses: Vec<_> = (0..20)
        .map(|n| {
            (
                Why::Sleep,
                f64::from(n) * 10.0,
                f64::from(n) * 10.0 + 5.0,
                None,
            )
        })
        .collect();
    let figure = shown(&run(200.0, vec![pausing(main_track(200.0), &pauses)], &[]));
    assert!(figure.contains("running 5.0 ms; and 28 more\""), "{figure}");
}

/// Renderers without HTML get a sentence.
#[test]
fn other_renderers_describe_the_timeline() {
    let project = pictured();
    let sentence = |run: &str, on: &str| {
        let fence = format!("```console,output={run}{on}\n```");
        let page = page_of(&project, "markdown", "", &fence);
        page.lines().last().unwrap().to_owned()
    };
    assert_eq!(
        sentence("join", ""),
        "*main waited for thread 1 and thread 2; thread 1 slept 1.00 s; thread 2 slept 2.00 s*"
    );
    assert_eq!(
        sentence("join", ",timeline=off"),
        "*exit 0 · 2.00 s · 3 threads*"
    );
    assert_eq!(
        sentence("mutex", ""),
        "*main waited for thread 1 and thread 3; thread 1 waited 0.101 s for a lock or channel and \
         slept 0.100 s; thread 2 slept 0.101 s; thread 3 waited 0.301 s for a lock or channel and slept \
         0.100 s; thread 4 waited 0.201 s for a lock or channel and slept 0.100 s*"
    );
    let many = sentence("threads", "");
    assert!(many.ends_with("; and 88 more*"), "{many}");
    assert_eq!(
        sentence("asynchronous", ",timeline=on"),
        "*main slept 0.988 s*"
    );
}

/// A script that returns the parts with too little contrast to their background (WCAG 2.2, 1.4.3 and 1.4.11): texts,
/// and lines that distinguish states.
const CONTRASTS: &str = "(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const light = (colors) => {
        for (const color of colors) {
            canvas.fillStyle = color;
            canvas.fillRect(0, 0, 1, 1);
        }
        const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data]
            .map((part) => part / 255)
            .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (behind, color) => {
        const [a, b] = [light(behind), light([...behind, color])].sort();
        return (b + 0.05) / (a + 0.05);
    };
    const style = (part) => getComputedStyle(part);
    const ground = style(document.documentElement).getPropertyValue('--bg');
    const life = style(document.querySelector('.lane .life')).stroke;
    const all = (selector) => [...document.querySelectorAll(selector)];
    const words = all('.transcript-timeline text, .transcript-timeline tspan')
        .map((part) => [part.textContent, 4.5, contrast([ground], style(part).fill)]);
    const legend = all('.transcript-legend span')
        .map((part) => [part.dataset.name, 4.5, contrast([ground], style(part).color)]);
    const states = all('.lane line:not(.life, .there, .end), .transcript-legend line:not(.life)')
        .map((part) => [part.getAttribute('class'), 3, contrast([ground, life], style(part).stroke)]);
    const marks = all('.lane circle').map((part) => ['mark', 4.5, contrast([ground], style(part).fill)]);
    return [...words, ...legend, ...states, ...marks].filter(([, least, is]) => !(is >= least));
})()";

#[test]
#[ignore = "needs Chromium"]
fn timelines_are_accessible() {
    let project = pictured();
    project.run(&["build"]).succeeds();
    let page = project.path("book/runs.html");
    let reader = Reader::new();
    for theme in THEMES {
        reader.theme(&page, theme);
        for width in [1200, 375] {
            reader.wide(width);
            reader.open(&page, "");
            reader.holds(&format!(
                "document.documentElement.classList.contains('{theme}')"
            ));
            assert_eq!(reader.js(CONTRASTS), serde_json::json!([]), "{theme}");
            assert_eq!(reader.violations(), [""; 0], "{theme}");
            assert_eq!(reader.js("document.documentElement.scrollWidth"), width);
            // Each text fits on the page and overlaps no other text of its picture.
            reader.holds(
                "[...document.querySelectorAll('.transcript-timeline')].every((picture) => {
                    const words = [...picture.querySelectorAll('text')];
                    const boxes = words.map((word) => word.getBoundingClientRect());
                    return boxes.every((a, i) =>
                        a.left >= 0 && a.right <= innerWidth && boxes.every((b, j) => i === j ||
                            a.right < b.left || b.right < a.left || a.bottom <= b.top || b.bottom <= a.top));
                })",
            );
            // Each label stands at its bar, on a band in which nothing can be seen between its words.
            reader.holds(
                "[...document.querySelectorAll('.lane')].every((lane) => {
                    const [label, bar] = ['text', '.life, .there']
                        .map((part) => lane.querySelector(part).getBoundingClientRect());
                    return label.left < bar.right + 20 && bar.left < label.right + 20;
                })",
            );
            reader.holds(
                "[...document.querySelectorAll('.lane text')].every((text) => {
                    const { paintOrder, strokeWidth, stroke } = getComputedStyle(text);
                    const ground = getComputedStyle(document.documentElement).backgroundColor;
                    return paintOrder.startsWith('stroke') && parseFloat(strokeWidth) >= 10 && stroke === ground;
                })",
            );
        }
    }
    reader.wide(1200);
    reader.open(&page, "");
    // A lane is one stop of the Tab key, at which all that is said of it can be read.
    reader.js("document.querySelector('.transcript-lane').focus({ focusVisible: true })");
    reader.holds(
        "(() => {
            const lane = document.activeElement;
            const { content, display } = getComputedStyle(lane, '::after');
            return content === JSON.stringify(lane.ariaLabel) && lane.ariaLabel.startsWith('main: waiting');
        })()",
    );
    // A pointer finds each part, at the height of its bar.
    reader.holds(
        "[...document.querySelectorAll('.transcript-picture')].every((picture) =>
            [...picture.querySelectorAll('.transcript-lane')].every((lane, number) => {
                const bar = picture.querySelectorAll('.lane .life, .lane .there')[number];
                const [area, of] = [lane, bar].map((part) => part.getBoundingClientRect());
                return Math.abs(area.top + area.bottom - of.top - of.bottom) <= 2 && lane.querySelector('i');
            }))",
    );
    let media = Some("print".to_owned());
    let print = SetEmulatedMedia {
        media,
        features: None,
    };
    reader.tab.call_method(print).unwrap();
    reader.holds(
        "[...document.querySelectorAll('.transcript-run')].every((run) => {
            const [picture, text] = ['svg', 'pre'].map((part) => run.querySelector(part).getBoundingClientRect());
            return picture.height > 50 && picture.bottom <= text.top;
        })",
    );
    // In black, in every theme.
    reader.holds("getComputedStyle(document.querySelector('.lane text')).fill === 'rgb(0, 0, 0)'");
}

/// A finger cannot hover: a tap on a bar shows what is said of its lane, and a tap elsewhere hides it.
#[test]
#[ignore = "needs Chromium"]
fn a_tap_on_a_bar_shows_its_words() {
    let project = pictured();
    project.run(&["build"]).succeeds();
    let reader = Reader::new();
    reader.wide(375);
    let touch = SetTouchEmulationEnabled {
        enabled: true,
        max_touch_points: None,
    };
    reader.tab.call_method(touch).unwrap();
    reader.open(&project.path("book/runs.html"), "");
    reader.holds("matchMedia('(hover: none)').matches");
    reader.js("document.querySelector('.transcript-lane').scrollIntoView({ block: 'center' })");
    let middle = |part: &str| {
        let middle = format!(
            "(({{ left, top, width, height }}) => [left + width / 2, top + height / 2])
                (document.querySelector('{part}').getBoundingClientRect())"
        );
        serde_json::from_value::<[f64; 2]>(reader.js(&middle)).unwrap()
    };
    let tap = |[x, y]: [f64; 2]| {
        let finger = serde_json::from_value(serde_json::json!({ "x": x, "y": y })).unwrap();
        let touches = [
            (DispatchTouchEventTypeOption::TouchStart, vec![finger]),
            (DispatchTouchEventTypeOption::TouchEnd, Vec::new()),
        ];
        for (kind, touch_points) in touches {
            let touch = DispatchTouchEvent {
                Type: kind,
                touch_points,
                modifiers: None,
                timestamp: None,
            };
            reader.tab.call_method(touch).unwrap();
        }
    };
    let is_said =
        "((lane) => getComputedStyle(lane, '::after').content === JSON.stringify(lane.ariaLabel))
            (document.querySelector('.transcript-lane'))";
    reader.holds(&format!("!{is_said}"));
    tap(middle(".transcript-lane"));
    reader.until(is_said);
    tap(middle(".transcript-run figcaption"));
    reader.until(&format!("!{is_said}"));
}
