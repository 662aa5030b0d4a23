//! The lines of a run, its timeline, and the times next to the lines, in a real browser.

use std::time::Duration;

use headless_chrome::browser::tab::point::Point;
use serde_json::json;

use crate::project::Project;
use crate::reader::Reader;
use crate::replay::{PAGE, RUN, click, lit, pictured, visible};
use crate::{timeline, versions};

/// Moves the pointer to the middle of the element that an expression gives, plus an offset in pixels.
fn point(reader: &Reader, element: &str, offset: f64) {
    reader.js(&format!("{element}.scrollIntoView({{ block: 'center' }})"));
    let place = reader.js(&format!(
        "((box) => [box.x + box.width / 2, box.y + box.height / 2])({element}.getBoundingClientRect())"
    ));
    let [x, y] = [0, 1].map(|at| place[at].as_f64().unwrap());
    let to = Point { x: x + offset, y };
    reader.tab.move_mouse_to_point(to).unwrap();
    reader.js("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))");
}

#[test]
#[ignore = "needs Chromium"]
fn a_line_its_mark_and_its_lane_are_highlighted_together() {
    let project = pictured();
    let reader = Reader::new();
    reader.open(&project.path(PAGE), "");
    let line = |at: usize| format!("document.querySelectorAll('{RUN} .line')[{at}]");
    let mark = |at: usize| format!("document.querySelectorAll('{RUN} circle')[{at}]");
    assert_eq!(lit(&reader), json!([]));
    point(&reader, &line(2), 0.0);
    assert_eq!(lit(&reader), json!(["thread 1", 50, "end foo"]));
    point(&reader, &line(3), 0.0);
    assert_eq!(lit(&reader), json!(["thread 2", 100, "end bar"]));
    // A mark is small, so its target is larger.
    let of_foo = reader.js(&format!(
        "[...document.querySelectorAll('{RUN} circle')].findIndex((mark) => Math.round(parseFloat(mark.getAttribute('cx'))) === 50)"
    ));
    let of_foo = of_foo.as_u64().unwrap() as usize;
    for offset in [0.0, 9.0, -9.0] {
        point(&reader, &mark(of_foo), offset);
        assert_eq!(lit(&reader), json!(["thread 1", 50, "end foo"]), "{offset}");
    }
    let scrolled = reader.js("scrollY");
    point(&reader, &mark(of_foo), 200.0);
    assert_eq!(
        lit(&reader),
        json!(["thread 1", "start foo", "end foo"]),
        "the lane"
    );
    assert_eq!(reader.js("scrollY"), scrolled);
    point(&reader, "document.querySelector('h1')", 0.0);
    assert_eq!(lit(&reader), json!([]));
}

fn by_keyboard(project: &Project) {
    let reader = Reader::new();
    reader.open(&project.path(PAGE), "");
    let address = reader.js("location.href");
    let focused = "document.activeElement.textContent.trim()";
    reader.js(&format!("document.querySelector('{RUN} pre').focus()"));
    for (key, line) in [
        ("ArrowDown", "start foo"),
        ("ArrowDown", "start bar"),
        ("End", "Finished in: 2.00 seconds"),
        ("ArrowDown", "Finished in: 2.00 seconds"),
        ("ArrowUp", "end bar"),
        ("Home", "start foo"),
        ("ArrowUp", "start foo"),
        ("ArrowDown", "start bar"),
        ("ArrowDown", "end foo"),
    ] {
        reader.press(key);
        assert_eq!(reader.js(focused), line, "{key}");
    }
    assert_eq!(lit(&reader), json!(["thread 1", 50, "end foo"]));
    reader.holds("document.querySelectorAll('.line[tabindex]').length === 1");
    reader.press("Escape");
    reader.holds("document.activeElement.matches('.transcript-output')");
    assert_eq!(lit(&reader), json!([]));
    reader.holds("document.querySelector('.line[tabindex]') === null");
    // The output is a single tab stop, followed by the controls.
    reader.press("Tab");
    assert_eq!(reader.js(focused), "Times");
    reader.press("Tab");
    assert_eq!(reader.js(focused), "Play");
    reader.press("Enter");
    assert_eq!(reader.js(focused), "Pause");
    reader.press("Tab");
    reader.holds("document.activeElement.getAttribute('aria-label') === 'Speed'");
    reader.press("ArrowUp");
    reader.holds("document.activeElement.value === '0.25'");
    reader.press("ArrowRight");
    reader.press("Tab");
    assert_eq!(reader.js(focused), "Stop");
    reader.press("Enter");
    assert_eq!(reader.js(focused), "Play", "the focus moves to Play");
    assert_eq!(visible(&reader), 5);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(
        reader.js("location.href"),
        address,
        "mdBook did not turn the page"
    );
}

#[test]
#[ignore = "needs Chromium"]
fn replays_work_by_keyboard() {
    by_keyboard(&pictured());
}

#[test]
#[ignore = "needs Chromium"]
fn replays_work_by_keyboard_in_mdbook_4() {
    let project = timeline::pictured();
    versions::with_command(&project);
    let book = mdbook_04::MDBook::load(project.path("")).unwrap();
    book.build().unwrap();
    by_keyboard(&project);
}

#[test]
#[ignore = "needs Chromium"]
fn times_and_names_are_remembered() {
    let project = pictured();
    let reader = Reader::new();
    reader.open(&project.path(PAGE), "");
    let before = |run: &str| {
        let content =
            format!("getComputedStyle(document.querySelector('{run} .line'), '::before').content");
        reader.js(&content).as_str().unwrap().to_owned()
    };
    let copied = format!("document.querySelector('{RUN} pre').innerText");
    let plain = reader.js(&copied);
    assert_eq!(before(RUN), "none");
    click(&reader, &format!("{RUN} .transcript-times"));
    let shown = before(RUN);
    assert!(
        shown.contains("0.001") && shown.contains("thread 1"),
        "{shown}"
    );
    assert_eq!(reader.js(&copied), plain, "the times are not copied");
    // The choice applies to the other runs of the page and to other pages.
    assert_ne!(before("#mutex-run-1"), "none");
    reader.open(&project.path("book/print.html"), "");
    assert_ne!(before("#mutex-run-1"), "none");
    reader.holds("[...document.querySelectorAll('.transcript-times')].every((button) => button.getAttribute('aria-pressed') === 'true')");
    click(&reader, &format!("{RUN} .transcript-times"));
    reader.open(&project.path(PAGE), "");
    assert_eq!(before("#mutex-run-1"), "none");
}
