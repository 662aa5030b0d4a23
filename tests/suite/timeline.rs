//! The picture of a run: where it is shown, and what it says.

use std::fs;
use std::path::Path;
use std::time::Duration;

use headless_chrome::protocol::cdp::Emulation::SetEmulatedMedia;
use mdbook_transcript::lesson::fence::{Shown, Switch};
use mdbook_transcript::page::Ran;
use mdbook_transcript::page::output::{View, figure};
use mdbook_transcript::transcript::format::Recorded;
use mdbook_transcript::transcript::tracks::{Pause, Track, TrackKind, Why};
use mdbook_transcript::transcript::{Exit, Line, Stream, Transcript};

use crate::browser::THEMES;
use crate::project::{Project, between, copy};
use crate::reader::Reader;
use crate::versions;

/// A time in milliseconds.
fn ms(ms: f64) -> Duration {
    Duration::from_micros((ms * 1000.0).round() as u64)
}

/// A track: who started it, its name, from when to when.
fn track(kind: TrackKind, parent: Option<usize>, name: &str, from: f64, to: f64) -> Track {
    Track {
        kind,
        name: Some(name.to_owned()).filter(|name| !name.is_empty()),
        parent,
        start: ms(from),
        end: ms(to),
        pauses: Vec::new(),
    }
}

fn main_track(to: f64) -> Track {
    track(TrackKind::Process, None, "", 0.0, to)
}

fn thread(parent: usize, from: f64, to: f64) -> Track {
    track(TrackKind::Thread, Some(parent), "", from, to)
}

fn process(parent: usize, from: f64, to: f64) -> Track {
    track(TrackKind::Process, Some(parent), "", from, to)
}

/// A track with these pauses: why, from when to when, and who ended it.
fn pausing(track: Track, pauses: &[(Why, f64, f64, Option<usize>)]) -> Track {
    let pause = |&(why, from, to, ended_by): &(Why, f64, f64, Option<usize>)| Pause {
        why,
        from: ms(from),
        to: ms(to),
        ended_by,
    };
    Track {
        pauses: pauses.iter().map(pause).collect(),
        ..track
    }
}

fn run(wall: f64, tracks: Vec<Track>, lines: &[(f64, u32, &str)]) -> Transcript {
    let line = |&(at, track, text): &(f64, u32, &str)| Line {
        stream: Stream::Stdout,
        at: ms(at),
        writer: Some(0),
        track: Some(track),
        text: text.to_owned(),
    };
    Transcript {
        wall: ms(wall),
        tracks,
        ..Transcript::of(lines.iter().map(line).collect(), Exit::SUCCESS)
    }
}

/// Two threads that sleep, and are waited for.
pub fn join() -> Transcript {
    let tracks = vec![
        pausing(
            main_track(2002.0),
            &[
                (Why::Thread, 1.3, 1001.6, Some(1)),
                (Why::Thread, 1001.7, 2001.5, Some(2)),
            ],
        ),
        pausing(thread(0, 1.1, 1001.6), &[(Why::Sleep, 1.4, 1001.5, None)]),
        pausing(thread(0, 1.2, 2001.5), &[(Why::Sleep, 1.4, 2001.4, None)]),
    ];
    let lines = [
        (1.375, 1, "start foo"),
        (1.395, 2, "start bar"),
        (1001.54, 1, "end foo"),
        (2001.503, 2, "end bar"),
        (2001.676, 0, "Finished in: 2.00 seconds"),
    ];
    run(2002.048, tracks, &lines)
}

/// A lock that goes from one to the next of four.
pub fn mutex() -> Transcript {
    let join = [(1, 202.4), (2, 102.1), (3, 403.2), (4, 302.8)];
    let mut waited = 1.5;
    let mut joins = Vec::new();
    for (thread, end) in join {
        if end > waited {
            joins.push((Why::Thread, waited, end, Some(thread)));
            waited = end;
        }
    }
    let worker = |start: f64, got: Option<(f64, usize)>, end: f64| {
        let from = got.map_or(start + 0.1, |(at, _)| at);
        let lock = got.map(|(at, by)| (Why::Lock, start + 0.2, at, Some(by)));
        let sleep = (Why::Sleep, from + 0.1, end - 0.1, None);
        let pauses: Vec<_> = lock.into_iter().chain([sleep]).collect();
        pausing(thread(0, start, end), &pauses)
    };
    let tracks = vec![
        pausing(main_track(404.0), &joins),
        worker(1.1, Some((102.1, 2)), 202.4),
        worker(1.0, None, 102.1),
        worker(1.2, Some((302.8, 4)), 403.2),
        worker(1.3, Some((202.4, 1)), 302.8),
    ];
    let lines = [
        (102.011, 2, "Ben counts from 0 to 1"),
        (202.395, 1, "Anna counts from 1 to 2"),
        (302.772, 4, "Dan counts from 2 to 3"),
        (403.203, 3, "Cleo counts from 3 to 4"),
        (403.447, 0, "main: the counter is 4"),
    ];
    run(404.011, tracks, &lines)
}

/// Two processes, each under the thread that deals out its tasks.
pub fn pool() -> Transcript {
    let dealer = |end: f64, worker: usize, answers: &[f64]| {
        let mut from = 40.0;
        let mut pauses = Vec::new();
        for &at in answers {
            pauses.push((Why::Input, from, at, Some(worker)));
            from = at + 0.2;
        }
        pauses.push((Why::Child, from, end - 0.2, Some(worker)));
        pausing(thread(0, 22.0, end), &pauses)
    };
    let worker = |dealer: usize, end: f64, tasks: &[f64]| {
        let sleeps = tasks
            .iter()
            .map(|&at| (Why::Sleep, at - 1000.0, at - 0.5, None));
        let worker = process(dealer, 35.0, end);
        let mut pauses: Vec<_> = sleeps.collect();
        pauses.insert(0, (Why::Input, 39.0, 41.0, Some(dealer)));
        pausing(worker, &pauses)
    };
    let tracks = vec![
        pausing(
            main_track(3046.0),
            &[
                (Why::Thread, 23.0, 2052.0, Some(1)),
                (Why::Thread, 2053.0, 3046.0, Some(2)),
            ],
        ),
        dealer(2052.0, 3, &[1044.5, 2047.3]),
        dealer(3046.0, 4, &[1045.2, 2045.4, 3045.4]),
        worker(1, 2051.0, &[1044.5, 2047.3]),
        worker(2, 3045.8, &[1045.2, 2045.8, 3045.7]),
    ];
    let lines = [
        (21.018, 0, "five tasks for a pool of 2 processes"),
        (1044.541, 1, "task 1 was done by process 8070"),
        (1045.185, 2, "task 2 was done by process 8071"),
        (2045.357, 2, "task 4 was done by process 8071"),
        (2047.307, 1, "task 3 was done by process 8070"),
        (3045.695, 2, "task 5 was done by process 8071"),
        (3046.129, 0, "Finished in: 3.03 seconds"),
    ];
    run(3046.401, tracks, &lines)
}

/// One thread that goes from one of two tasks to the other.
pub fn asynchronous() -> Transcript {
    let pauses: Vec<_> = (0..4)
        .map(|n| {
            (
                Why::Sleep,
                f64::from(n) * 250.0 + 2.0,
                f64::from(n) * 250.0 + 249.0,
                None,
            )
        })
        .collect();
    let lines = [
        (1.0, 0, "a 1"),
        (1.2, 0, "b 1"),
        (250.0, 0, "a 2"),
        (500.0, 0, "b 2"),
        (750.0, 0, "a 3"),
        (1000.1, 0, "done"),
    ];
    run(1000.5, vec![pausing(main_track(1000.0), &pauses)], &lines)
}

/// A hundred threads.
pub fn many() -> Transcript {
    let threads = (1..=99).map(|n| {
        let at = f64::from(n);
        pausing(
            thread(0, at, at + 110.0),
            &[(Why::Sleep, at + 0.1, at + 109.0, None)],
        )
    });
    let main = pausing(main_track(212.0), &[(Why::Thread, 100.0, 211.0, Some(99))]);
    let tracks = [main].into_iter().chain(threads).collect();
    let texts: Vec<String> = (1..=99).map(|n| format!("thread {n} is done")).collect();
    let lines: Vec<(f64, u32, &str)> = texts
        .iter()
        .zip(1..)
        .map(|(text, n)| (f64::from(n) + 109.5, n, text.as_str()))
        .collect();
    run(212.0, tracks, &lines)
}

/// Names that would like to be something else.
fn hostile() -> Transcript {
    let named = |name: &str| track(TrackKind::Thread, Some(0), name, 0.0, 9.0);
    let tracks = vec![
        main_track(0.0),
        named("</svg><script>alert(1)</script>"),
        named("\" onload=\"{{#include Cargo.toml}}"),
        named("a\n\nb\u{1b}[31mred"),
        named("\u{4f60}\u{597d}".repeat(20).as_str()),
        thread(0, 5.0, 5.0),
    ];
    let lines = [
        (3.0, 1, "x"),
        (
            99.0,
            5,
            "\u{1b}[31m<b> {{#include x}}\u{1b}[0m and so on, and on",
        ),
        (4.0, 5, ""),
    ];
    run(0.0, tracks, &lines)
}

/// A book of some of the tutorial's programs, whose recorded transcripts have tracks.
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
        let mut recorded = Recorded::parse(&project.read(&file)).unwrap();
        recorded.transcript = transcript;
        project.write(&file, &recorded.text());
        page.push_str(&format!(
            "\n## {name}\n\n```console,output={name},timeline=on\n```\n"
        ));
    }
    project.write("src/runs.md", &page);
    project
}

/// The figure of a run.
fn shown(transcript: &Transcript) -> String {
    let ran = Ran {
        name: "a",
        command: "cargo run",
        commands: &[],
        refused: None,
        transcript,
    };
    let view = View {
        shown: Shown::Both,
        timing: Switch::On,
        prompt: Switch::On,
        timeline: Some(Switch::On),
    };
    figure(ran, view, "a-run-1")
}

/// What the picture of each is, as it stands in the page.
#[test]
fn pictures() {
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

/// The page of a book with its recorded runs, for a renderer, after a change of it.
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

/// Several tracks have a picture, one has none; the book may say otherwise, and a fence what it wants.
#[test]
fn where_it_is_shown() {
    let project = pictured();
    for (run, on, book, shown) in [
        ("join", "", "auto", true),
        ("join", "", "on", true),
        ("join", "", "off", false),
        ("join", ",timeline=on", "off", true),
        ("join", ",timeline=off", "on", false),
        ("asynchronous", "", "auto", false),
        ("asynchronous", "", "on", true),
        ("asynchronous", ",timeline=on", "auto", true),
        // Recorded before anything was known of tracks.
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

/// A source whose output is elsewhere has none.
#[test]
fn where_it_has_no_meaning() {
    let project = pictured();
    let fences = "```rust,example=join,timeline=on\n```\n\n```console,output=join\n```";
    project.write("src/runs.md", &format!("# Runs\n\n{fences}\n"));
    let said = project.run(&["build"]);
    let errors = said.fails().errors();
    for part in [
        "error: `timeline` has no meaning here: this fence shows no output",
        "--> src/runs.md:3:22",
        "= help: say it in the fence that shows what the program prints",
    ] {
        assert!(errors.contains(part), "{errors}");
    }
    let fence = "```rust,example,compile_fail,timeline=on\nlet a: u8 = \"\";\n```";
    project.write("src/runs.md", &format!("# Runs\n\n{fence}\n"));
    let errors = project.run(&["build"]).fails().errors();
    let refused = "error: `timeline` has no meaning: the program must not compile";
    assert!(errors.contains(refused), "{errors}");
}

/// Neither version of mdBook changes it, and what is behind it is Markdown again.
#[test]
fn it_stands_in_the_page_as_it_was_written() {
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

/// However much there is to show, the picture has no more in it than can be seen.
#[test]
fn a_large_run_has_a_small_picture() {
    let texts: Vec<String> = (0..10_000).map(|n| format!("line {n}")).collect();
    let lines: Vec<(f64, u32, &str)> = texts
        .iter()
        .zip(0..)
        .map(|(text, n)| (f64::from(n) / 10.0, n / 5 % 100, text.as_str()))
        .collect();
    // Each waits for the one before it, again and again.
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
    // 8,800 lines share the last lane: in a tenth of the parts of its time nobody of it prints.
    assert_eq!(lanes[12].matches("<circle").count(), 180);
    assert!(lanes[12].contains(">and 88 more<"), "{}", lanes[12]);
    assert!(picture.matches("class=\"wake\"").count() <= 150);
    // Who printed it is told where the lane does not.
    for (text, attributes) in [
        (">line 59\n", "data-k=\"11\""),
        (">line 60\n", "data-k=\"12\" data-by=\"thread 13\""),
    ] {
        let end = format!("{attributes}{text}");
        assert!(figure.contains(&end), "{end}");
    }
}

/// Renderers that take no HTML get it in words.
#[test]
fn in_words() {
    let project = pictured();
    let told = |run: &str, on: &str| {
        let fence = format!("```console,output={run}{on}\n```");
        let page = page_of(&project, "markdown", "", &fence);
        page.lines().last().unwrap().to_owned()
    };
    assert_eq!(
        told("join", ""),
        "*main waited for thread 2 and thread 3; thread 2 slept 1.00 s; thread 3 slept 2.00 s*"
    );
    assert_eq!(told("join", ",timeline=off"), "*exit 0 · 2.00 s*");
    assert_eq!(
        told("mutex", ""),
        "*main waited for thread 2 and thread 4; thread 3 slept 0.101 s; thread 2 waited 0.101 s \
         for a lock or channel and slept 0.100 s; thread 4 waited 0.301 s for a lock or channel and slept \
         0.100 s; thread 5 waited 0.201 s for a lock or channel and slept 0.100 s*"
    );
    let many = told("threads", "");
    assert!(many.ends_with("; and 88 more*"), "{many}");
    assert_eq!(told("asynchronous", ",timeline=on"), "*main slept 0.988 s*");
}

/// How far what is seen stands out from what is behind it (WCAG 2.2, 1.4.3 and 1.4.11): words, and what tells
/// states apart.
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
    const states = all('.lane line:not(.life, .shared, .end), .transcript-legend line:not(.life)')
        .map((part) => [part.getAttribute('class'), 3, contrast([ground, life], style(part).stroke)]);
    const marks = all('.lane circle').map((part) => ['mark', 4.5, contrast([ground], style(part).fill)]);
    return [...words, ...legend, ...states, ...marks].filter(([, least, is]) => !(is >= least));
})()";

#[test]
#[ignore = "needs Chromium"]
fn everyone_sees_it_in_a_browser() {
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
            assert_eq!(reader.js("document.documentElement.scrollWidth"), width);
            // No word is wider than the page, and none stands on another of its picture.
            reader.holds(
                "[...document.querySelectorAll('.transcript-timeline')].every((picture) => {
                    const words = [...picture.querySelectorAll('text')];
                    const boxes = words.map((word) => word.getBoundingClientRect());
                    return boxes.every((a, i) =>
                        a.left >= 0 && a.right <= innerWidth && boxes.every((b, j) => i === j ||
                            a.right < b.left || b.right < a.left || a.bottom <= b.top || b.bottom <= a.top));
                })",
            );
        }
    }
    reader.wide(1200);
    reader.open(&page, "");
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
    // In black, whatever the theme.
    reader.holds("getComputedStyle(document.querySelector('.lane text')).fill === 'rgb(0, 0, 0)'");
}
