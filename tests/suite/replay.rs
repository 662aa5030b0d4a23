//! The replay of a run, in a real browser.

use std::time::Duration;

use headless_chrome::protocol::cdp::Emulation::{
    MediaFeature, SetEmulatedMedia, SetScriptExecutionDisabled,
};
use serde_json::json;

use crate::browser::THEMES;
use crate::project::Project;
use crate::reader::Reader;
use crate::timeline;

pub const PAGE: &str = "book/runs.html";
/// A run of two seconds, with lines at 1 ms, 1 ms, 1002 ms, 2002 ms and 2002 ms.
pub const RUN: &str = "#join-run-1";
pub const PLAY: &str = "#join-run-1 .transcript-play";

pub fn pictured() -> Project {
    let project = timeline::pictured();
    project.run(&["build"]).succeeds();
    project
}

pub fn text(reader: &Reader, selector: &str) -> String {
    let text = reader.js(&format!("document.querySelector('{selector}').textContent"));
    text.as_str().unwrap().trim().to_owned()
}

pub fn click(reader: &Reader, selector: &str) {
    reader.js(&format!("document.querySelector('{selector}').click()"));
}

/// The number of visible lines.
pub fn visible(reader: &Reader) -> usize {
    let count = reader.js(&format!(
        "[...document.querySelectorAll('{RUN} .line')].filter((line) => getComputedStyle(line).visibility === 'visible').length"
    ));
    count.as_u64().unwrap() as usize
}

/// Starts or resumes the replay, and pauses it, from a script of the page, as soon as so many lines have appeared.
fn play_until(reader: &Reader, lines: usize) {
    reader.js(&format!(
        "new Promise((done) => {{
            const play = document.querySelector('{PLAY}');
            play.click();
            function look() {{
                if (document.querySelectorAll('{RUN} .line.transcript-came').length < {lines}) {{
                    return requestAnimationFrame(look);
                }}
                play.click();
                done();
            }}
            requestAnimationFrame(look);
        }})"
    ));
}

/// Measures the pace of the replay at a selected speed, as a multiple of the run's own.
fn pace(reader: &Reader, speed: &str) -> f64 {
    let pace = reader.js(&format!(
        "new Promise((done) => {{
            const [play, speed] = ['{PLAY}', '{RUN} .transcript-speed'].map((one) => document.querySelector(one));
            const moment = () => [
                parseFloat(document.querySelector('{RUN} .transcript-playhead').getAttribute('x1')) * 20.02,
                performance.now(),
            ];
            speed.value = [...speed].find((one) => one.text === '{speed}').value;
            speed.dispatchEvent(new Event('change'));
            play.click();
            requestAnimationFrame(() => {{
                const [from, begun] = moment();
                function look() {{
                    const [to, now] = moment();
                    if (now - begun < 100) return requestAnimationFrame(look);
                    play.click();
                    done((to - from) / (now - begun));
                }}
                requestAnimationFrame(look);
            }});
        }})"
    ));
    pace.as_f64().unwrap()
}

/// The highlighted parts of the run: names of lanes, places of marks, texts of lines.
pub fn lit(reader: &Reader) -> serde_json::Value {
    reader.js(&format!(
        "[...document.querySelectorAll('{RUN} .transcript-lit')].map((part) =>
            part.matches('circle') ? Math.round(parseFloat(part.getAttribute('cx')))
            : part.matches('.lane') ? part.querySelector('text').firstChild.textContent : part.textContent.trim())"
    ))
}

fn emulate(reader: &Reader, media: Option<&str>, features: &[(&str, &str)]) {
    let feature = |&(name, value): &(&str, &str)| MediaFeature {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    reader
        .tab
        .call_method(SetEmulatedMedia {
            media: media.map(str::to_owned),
            features: Some(features.iter().map(feature).collect()),
        })
        .unwrap();
}

/// Replays the run, and returns each line's delay in milliseconds.
fn delays(reader: &Reader) -> Vec<f64> {
    let delays = reader.js(&format!(
        "new Promise((done) => {{
            const lines = [...document.querySelectorAll('{RUN} .line')];
            const seen = new Map();
            const play = document.querySelector('{PLAY}');
            play.click();
            const begun = performance.now();
            function look() {{
                for (const line of lines) {{
                    const shown = getComputedStyle(line).visibility === 'visible';
                    if (shown && !seen.has(line)) {{
                        seen.set(line, performance.now() - begun - line.dataset.t * 1000);
                    }}
                }}
                if (seen.size < lines.length) requestAnimationFrame(look);
                else done([...seen.values()]);
            }}
            requestAnimationFrame(look);
        }})"
    ));
    serde_json::from_value(delays).unwrap()
}

#[test]
#[ignore = "needs Chromium"]
fn lines_appear_at_their_times() {
    let project = pictured();
    let reader = Reader::new();
    // On a busy machine the browser may draw late.
    let mut attempts = (0..3).map(|_| {
        reader.open(&project.path(PAGE), "");
        delays(&reader)
    });
    let is_punctual = |delays: &Vec<f64>| delays.iter().all(|delay| (-1.0..=50.0).contains(delay));
    let found: Vec<Vec<f64>> = attempts.by_ref().take(1).collect();
    assert!(
        found.iter().any(is_punctual) || attempts.any(|delays| is_punctual(&delays)),
        "{found:?}"
    );
    reader.until(&format!(
        "document.querySelector('{PLAY}').textContent === 'Play'"
    ));
    // The page is as before the replay.
    assert_eq!(visible(&reader), 5);
    assert_eq!(lit(&reader), json!([]));
    reader.holds("document.querySelector('.transcript-playing, .transcript-playhead, .transcript-came') === null");
    assert_eq!(
        text(&reader, &format!("{RUN} [role=status]")),
        "Replay ended: 5 lines in 2.00 s"
    );
    reader.holds("document.querySelector('.transcript-output').closest('[aria-live], [role=status], [role=log]') === null");
}

#[test]
#[ignore = "needs Chromium"]
fn a_replay_can_be_paused_resumed_and_ended() {
    let project = pictured();
    let reader = Reader::new();
    reader.open(&project.path(PAGE), "");
    let place = format!("document.querySelector('{RUN} .transcript-playhead').getAttribute('x1')");
    let height = format!("document.querySelector('{RUN}').getBoundingClientRect().height");
    let before = reader.js(&height);
    assert_eq!(text(&reader, PLAY), "Play");
    play_until(&reader, 2);
    assert_eq!(text(&reader, PLAY), "Play");
    let stopped = reader.js(&place);
    assert_eq!(visible(&reader), 2);
    assert_eq!(reader.js(&height), before, "the layout is stable");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(reader.js(&place), stopped, "the playhead stands still");
    assert_eq!(visible(&reader), 2);
    // It resumes from there, at any speed.
    let speed = format!("document.querySelector('{RUN} .transcript-speed')");
    assert_eq!(
        reader.js(&format!("[...{speed}].map((one) => one.text)")),
        json!(["×¼", "×1", "×4"])
    );
    for (speed, expected) in [("×¼", 0.25), ("×1", 1.0), ("×4", 4.0)] {
        let pace = pace(&reader, speed);
        assert!((pace / expected - 1.0).abs() < 0.1, "{speed}: {pace}");
    }
    // Escape ends it, independent of the focus.
    reader.press("Escape");
    assert_eq!(visible(&reader), 5);
    reader.holds("document.querySelector('.transcript-playing') === null");
    let status = text(&reader, &format!("{RUN} [role=status]"));
    assert!(
        status.contains("Replay ended: ") && status.contains(" of 5 lines in "),
        "{status}"
    );
    // A second replay ends the first.
    click(&reader, PLAY);
    click(&reader, "#mutex-run-1 .transcript-play");
    reader.holds("[...document.querySelectorAll('.transcript-playing')].map((run) => run.id).join() === 'mutex-run-1'");
    assert_eq!(text(&reader, PLAY), "Play");
    click(&reader, "#mutex-run-1 .transcript-stop");
    reader.holds("document.querySelector('.transcript-playing') === null");
}

#[test]
#[ignore = "needs Chromium"]
fn a_short_run_is_shown_in_slow_motion() {
    let project = pictured();
    let reader = Reader::new();
    reader.open(&project.path(PAGE), "");
    // The run took 404 ms; the usual speed is a tenth.
    let speeds = "[...document.querySelector('#mutex-run-1 .transcript-speed')].map((one) => [one.text, Number(one.value)])";
    assert_eq!(
        reader.js(speeds),
        json!([["×1/40", 0.025], ["×1/10", 0.1], ["×4/10", 0.4]])
    );
}

#[test]
#[ignore = "needs Chromium"]
fn another_tab_pauses_a_replay() {
    let project = pictured();
    project.write("src/runs.md", "# Runs\n\n```rust,example=join\n```\n");
    project.run(&["build"]).succeeds();
    let reader = Reader::new();
    reader.open(&project.path(PAGE), "");
    click(&reader, "[role=tab]:last-child");
    reader.js(&format!(
        "document.querySelector('{PLAY}').click(), document.querySelector('[role=tab]').click()"
    ));
    reader.until(&format!(
        "document.querySelector('{PLAY}').textContent === 'Play'"
    ));
    std::thread::sleep(Duration::from_millis(2500));
    click(&reader, "[role=tab]:last-child");
    let shown = visible(&reader);
    assert!(shown < 5, "the replay is paused: {shown}");
    reader.press("Escape");
    assert_eq!(visible(&reader), 5);
}

#[test]
#[ignore = "needs Chromium"]
fn ten_thousand_lines_are_replayed_efficiently() {
    let project = pictured();
    let page = project.read(PAGE);
    let more: String = (1..=10_000)
        .map(|n| {
            let at = f64::from(n) / 5000.0;
            format!("<span class=\"line\" data-t=\"{at:.3}\" data-k=\"1\">line {n}\n</span>")
        })
        .collect();
    project.write(
        PAGE,
        &page.replacen("</code></pre>", &format!("{more}</code></pre>"), 1),
    );
    let reader = Reader::new();
    reader.open(&project.path(PAGE), "");
    reader.holds("[...document.querySelectorAll('.line')].every((line) => line.className === 'line' && line.tabIndex < 0)");
    // The script changes only the appearing lines and the highlighted one.
    let touched = reader.js(&format!(
        "new Promise((done) => {{
            const run = document.querySelector('{RUN}');
            const play = document.querySelector('{PLAY}');
            let touched = 0;
            const watch = new MutationObserver((found) => {{
                touched += found.filter(({{ target }}) => target.matches('.line')).length;
                if (!run.matches('.transcript-playing')) done(touched);
            }});
            play.click();
            watch.observe(run, {{ subtree: true, attributes: true }});
        }})"
    ));
    let touched = touched.as_u64().unwrap();
    assert!((20_000..30_000).contains(&touched), "{touched}");
    let status = text(&reader, &format!("{RUN} [role=status]"));
    assert_eq!(status, "Replay ended: 10005 lines in 2.00 s");
}

#[test]
#[ignore = "needs Chromium"]
fn a_replay_needs_times_and_visible_lines() {
    let project = pictured();
    let page = [
        "# Runs\n",
        "```console,output=join timeline=off\n```\n",
        "```console,output=join timing=off\n```\n",
        "```console,output=threads timeline=off stream=stderr\n```\n",
    ];
    project.write("src/runs.md", &page.join("\n"));
    project.run(&["build"]).succeeds();
    let reader = Reader::new();
    reader.open(&project.path(PAGE), "");
    let controls = reader.js(
        "[...document.querySelectorAll('.transcript-run')].map((run) =>
            [...run.querySelectorAll('.transcript-controls button')].map((button) => button.textContent))",
    );
    assert_eq!(
        controls,
        json!([["Times", "Play", "Stop"], ["Play", "Stop"], []])
    );
    // A replay without a timeline works in the same way.
    play_until(&reader, 3);
    assert!(visible(&reader) < 5);
    reader.press("Escape");
    assert_eq!(visible(&reader), 5);
}

#[test]
#[ignore = "needs Chromium"]
fn reduced_motion_makes_the_replay_go_step_by_step() {
    let project = pictured();
    let reader = Reader::new();
    emulate(&reader, None, &[("prefers-reduced-motion", "reduce")]);
    reader.open(&project.path(PAGE), "");
    assert_eq!(text(&reader, PLAY), "Step through");
    let place = format!(
        "Math.round(parseFloat(document.querySelector('{RUN} .transcript-playhead').getAttribute('x1')))"
    );
    for (shown, at) in [(1, 0), (2, 0), (3, 50), (4, 100), (5, 100)] {
        click(&reader, PLAY);
        assert_eq!((visible(&reader), reader.js(&place)), (shown, json!(at)));
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(reader.js(&place), at, "the playhead moves only on a click");
        let label = if shown == 5 { "Done" } else { "Next line" };
        assert_eq!(text(&reader, PLAY), label);
    }
    click(&reader, PLAY);
    assert_eq!(text(&reader, PLAY), "Step through");
    assert_eq!(visible(&reader), 5);
    reader.holds("document.querySelector('.transcript-playing, .transcript-playhead') === null");
}

#[test]
#[ignore = "needs Chromium"]
fn printed_pages_and_pages_without_scripts_have_no_controls() {
    let project = pictured();
    let reader = Reader::new();
    for page in [PAGE, "book/print.html"] {
        reader.open(&project.path(page), "");
        play_until(&reader, 1);
        assert!(visible(&reader) < 5);
        // Printing during a replay.
        emulate(&reader, Some("print"), &[]);
        assert_eq!(visible(&reader), 5);
        reader.holds("[...document.querySelectorAll('.transcript-controls, .transcript-playhead')].every((part) => !part.checkVisibility())");
        reader.holds("[...document.querySelectorAll('circle')].every((mark) => getComputedStyle(mark).opacity === '1')");
        emulate(&reader, None, &[]);
    }
    let off = SetScriptExecutionDisabled { value: true };
    reader.tab.call_method(off).unwrap();
    let address = format!("file://{}", project.path(PAGE).display());
    reader.tab.navigate_to(&address).unwrap();
    reader.tab.wait_until_navigated().unwrap();
    reader.until("document.readyState === 'complete'");
    reader.holds("document.querySelector('.transcript-controls, .transcript-run button') === null");
    assert_eq!(visible(&reader), 5);
}

#[test]
#[ignore = "needs Chromium"]
fn replays_are_accessible_on_a_phone_and_in_every_theme() {
    let project = pictured();
    let reader = Reader::new();
    let mut wrong = Vec::new();
    for theme in THEMES {
        reader.theme(&project.path(PAGE), theme);
        reader.wide(375);
        reader.open(&project.path(PAGE), "");
        click(&reader, &format!("{RUN} .transcript-times"));
        play_until(&reader, 3);
        reader.holds("document.documentElement.scrollWidth === 375");
        reader.holds("[...document.querySelectorAll('.transcript-controls :is(button, select)')].every((part) => part.offsetHeight >= 24 && part.offsetWidth >= 24)");
        let found = reader.violations().into_iter();
        wrong.extend(found.map(|found| format!("playing, {theme}: {found}")));
        reader.press("Escape");
        reader.js(&format!("document.querySelector('{RUN} pre').focus()"));
        reader.press("End");
        let found = reader.violations().into_iter();
        wrong.extend(found.map(|found| format!("lit, {theme}: {found}")));
        click(&reader, &format!("{RUN} .transcript-times"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
