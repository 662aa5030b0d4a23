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
/// The run of two seconds: lines at 1 ms, 1 ms, 1002 ms, 2002 ms and 2002 ms.
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

/// Which lines can be seen.
pub fn visible(reader: &Reader) -> usize {
    let count = reader.js(&format!(
        "[...document.querySelectorAll('{RUN} .line')].filter((line) => getComputedStyle(line).visibility === 'visible').length"
    ));
    count.as_u64().unwrap() as usize
}

/// Starts or goes on with the replay, and stops it as soon as so many lines have come, within the page.
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

/// How fast the replay goes at a speed, as a multiple of the run's own pace.
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

/// What of the run is lit: names of lanes, places of marks, texts of lines.
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

/// For each line by how many milliseconds after its time it was first seen.
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
fn lines_appear_when_they_came() {
    let project = pictured();
    let reader = Reader::new();
    // What else the machine does may keep the browser from drawing.
    let mut tries = (0..3).map(|_| {
        reader.open(&project.path(PAGE), "");
        delays(&reader)
    });
    let right = |delays: &Vec<f64>| delays.iter().all(|delay| (-1.0..=50.0).contains(delay));
    let found: Vec<Vec<f64>> = tries.by_ref().take(1).collect();
    assert!(
        found.iter().any(right) || tries.any(|delays| right(&delays)),
        "{found:?}"
    );
    reader.until(&format!(
        "document.querySelector('{PLAY}').textContent === 'Play'"
    ));
    // All is as before.
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
fn a_replay_is_stopped_goes_on_and_is_ended() {
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
    assert_eq!(reader.js(&height), before, "nothing moves");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(reader.js(&place), stopped, "it stands");
    assert_eq!(visible(&reader), 2);
    // It goes on from there, at any speed.
    let speed = format!("document.querySelector('{RUN} .transcript-speed')");
    assert_eq!(
        reader.js(&format!("[...{speed}].map((one) => one.text)")),
        json!(["×¼", "×1", "×4"])
    );
    for (speed, expected) in [("×¼", 0.25), ("×1", 1.0), ("×4", 4.0)] {
        let pace = pace(&reader, speed);
        assert!((pace / expected - 1.0).abs() < 0.1, "{speed}: {pace}");
    }
    // Escape ends it, wherever the focus is.
    reader.press("Escape");
    assert_eq!(visible(&reader), 5);
    reader.holds("document.querySelector('.transcript-playing') === null");
    let said = text(&reader, &format!("{RUN} [role=status]"));
    assert!(
        said.contains("Replay ended: ") && said.contains(" of 5 lines in "),
        "{said}"
    );
    // One replay at a time.
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
    // 404 ms, ten times as slow.
    let speeds = "[...document.querySelector('#mutex-run-1 .transcript-speed')].map((one) => [one.text, Number(one.value)])";
    assert_eq!(
        reader.js(speeds),
        json!([["×1/40", 0.025], ["×1/10", 0.1], ["×4/10", 0.4]])
    );
}

#[test]
#[ignore = "needs Chromium"]
fn another_tab_stops_a_replay() {
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
    assert!(shown < 5, "it waits: {shown}");
    reader.press("Escape");
    assert_eq!(visible(&reader), 5);
}

#[test]
#[ignore = "needs Chromium"]
fn ten_thousand_lines_are_no_burden() {
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
    // Nothing but the lines that come, and the one that is lit, is touched.
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
    let said = text(&reader, &format!("{RUN} [role=status]"));
    assert_eq!(said, "Replay ended: 10005 lines in 2.00 s");
}

#[test]
#[ignore = "needs Chromium"]
fn a_replay_is_offered_where_there_is_something_to_see() {
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
    // Without a picture it is the same.
    play_until(&reader, 3);
    assert!(visible(&reader) < 5);
    reader.press("Escape");
    assert_eq!(visible(&reader), 5);
}

#[test]
#[ignore = "needs Chromium"]
fn with_reduced_motion_the_replay_goes_step_by_step() {
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
        assert_eq!(reader.js(&place), at, "nothing moves by itself");
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
fn paper_and_pages_without_scripts_have_no_controls() {
    let project = pictured();
    let reader = Reader::new();
    for page in [PAGE, "book/print.html"] {
        reader.open(&project.path(page), "");
        play_until(&reader, 1);
        assert!(visible(&reader) < 5);
        // In the middle of a replay too.
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
fn replays_fit_on_a_phone_and_in_every_theme() {
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
