//! The pages in a real browser. Run `tests/browser/install` first, then
//! `cargo test -- --ignored browser replay`.

use std::time::Duration;

use headless_chrome::protocol::cdp::Emulation::{SetEmulatedMedia, SetScriptExecutionDisabled};

use crate::project::Project;
use crate::reader::Reader;
use crate::{tutorial, versions};

pub const THEMES: [&str; 5] = ["light", "rust", "coal", "navy", "ayu"];

fn built() -> Project {
    let project = Project::from("good");
    project.run(&["build"]).succeeds();
    project
}

/// The fixture built by mdBook 0.4.
fn built_by_4() -> Project {
    let project = Project::from("good");
    versions::with_command(&project);
    mdbook_04::MDBook::load(project.path(""))
        .unwrap()
        .build()
        .unwrap();
    project
}

const TAB: &str = ".transcript-tablist button";

fn tabs_by_keyboard(project: &Project) {
    let reader = Reader::new();
    reader.open(&project.path("book/fences.html"), "");
    let address = reader.js("location.href");
    reader.js(&format!("document.querySelector('{TAB}').focus()"));
    assert!(reader.shows("#hello-tabs-1-code") && !reader.shows("#hello-tabs-1-output"));
    for (key, focused) in [
        ("ArrowRight", "Output"),
        ("ArrowRight", "Code"),
        ("ArrowLeft", "Output"),
        ("Home", "Code"),
        ("End", "Output"),
    ] {
        reader.press(key);
        assert_eq!(
            reader.js("document.activeElement.textContent"),
            focused,
            "{key}"
        );
        let selected = "document.activeElement.getAttribute('aria-selected') === 'true'";
        reader.holds(selected);
    }
    assert!(!reader.shows("#hello-tabs-1-code") && reader.shows("#hello-tabs-1-output"));
    // The Tab key leads from the tabs to the shown panel, past the hidden ones.
    reader.press("Tab");
    reader.holds("document.activeElement.closest('#hello-tabs-1-output') !== null");
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(
        reader.js("location.href"),
        address,
        "mdBook did not turn the page"
    );
    // Outside the tabs, mdBook handles the arrow keys.
    reader.js("document.activeElement.blur()");
    reader.press("ArrowRight");
    reader.until("location.href.endsWith('containers.html')");
}

#[test]
#[ignore = "needs Chromium"]
fn tabs_work_by_keyboard() {
    tabs_by_keyboard(&built());
}

#[test]
#[ignore = "needs Chromium"]
fn tabs_work_by_keyboard_in_mdbook_4() {
    tabs_by_keyboard(&built_by_4());
}

#[test]
#[ignore = "needs Chromium"]
fn a_chosen_label_applies_to_every_tab_set_and_page() {
    let project = built();
    let reader = Reader::new();
    reader.open(&project.path("book/fences.html"), "");
    reader.js(&format!("document.querySelectorAll('{TAB}')[1].click()"));
    reader.holds("[...document.querySelectorAll('[role=tab][aria-selected=true]')].every((tab) => tab.textContent === 'Output')");
    reader.open(&project.path("book/annotations.html"), "");
    assert!(reader.shows("#marked-tabs-1-output") && !reader.shows("#marked-tabs-1-code"));
    // A tab set without this label keeps its selection.
    assert!(reader.shows("#section-tabs-1-configuration"));
}

#[test]
#[ignore = "needs Chromium"]
fn search_opens_the_match() {
    let project = built();
    let reader = Reader::new();
    reader.open(&project.path("book/fences.html"), "#hello-tabs-1-output");
    assert!(reader.shows("#hello-tabs-1-output"), "a link to a tab");
    reader.open(&project.path("book/annotations.html"), "#marked-run-1");
    assert!(reader.shows("#marked-run-1"), "a link into a tab");
    reader.js("document.querySelectorAll('[role=tab]')[0].click()");
    reader.js("location.hash = '#marked-tabs-1-output'");
    reader.until("document.querySelector('#marked-tabs-1-output').checkVisibility()");

    reader.open(&project.path("book/annotations.html"), "?highlight=marker");
    reader.until("document.querySelector('mark[data-markjs]') !== null");
    reader.until("document.querySelector('#section-tabs-1-nothing').checkVisibility()");

    // Find in page sends `beforematch` to the panel before it scrolls to the match.
    reader.open(&project.path("book/fences.html"), "");
    reader.holds(
        "document.querySelector('#hello-tabs-1-output').getAttribute('hidden') === 'until-found'",
    );
    reader.js(
        "document.querySelector('#hello-tabs-1-output').dispatchEvent(new Event('beforematch'))",
    );
    assert!(reader.shows("#hello-tabs-1-output") && !reader.shows("#hello-tabs-1-code"));
    assert_eq!(
        reader.js("document.querySelector('[role=tab][aria-selected=true]').textContent"),
        "Output"
    );
}

#[test]
#[ignore = "needs Chromium"]
fn printed_pages_show_everything() {
    let project = built();
    let reader = Reader::new();
    for page in ["book/annotations.html", "book/print.html"] {
        reader.open(&project.path(page), "");
        reader
            .tab
            .call_method(SetEmulatedMedia {
                media: Some("print".to_owned()),
                features: None,
            })
            .unwrap();
        reader.holds("[...document.querySelectorAll('.transcript-tab, .transcript-tab-label')].every((part) => (part.lastElementChild ?? part).checkVisibility())");
        reader.holds("[...document.querySelectorAll('.transcript-tablist, .transcript-times')].every((part) => !part.checkVisibility())");
        reader.holds("[...document.querySelectorAll('details')].every((part) => part.lastElementChild.getBoundingClientRect().height > 0)");
        reader.holds("[...document.querySelectorAll('.transcript-marker')].every((part) => part.checkVisibility())");
    }
}

#[test]
#[ignore = "needs Chromium"]
fn pages_are_complete_without_scripts() {
    let project = built();
    let reader = Reader::new();
    reader
        .tab
        .call_method(SetScriptExecutionDisabled { value: true })
        .unwrap();
    reader
        .tab
        .navigate_to(&format!(
            "file://{}",
            project.path("book/annotations.html").display()
        ))
        .unwrap();
    reader.tab.wait_until_navigated().unwrap();
    reader.until("document.readyState === 'complete'");
    reader.holds("document.querySelector('.transcript-tablist, .transcript-marker') === null");
    reader.holds("[...document.querySelectorAll('.transcript-tab, .transcript-tab-label')].every((part) => part.checkVisibility())");
    reader.holds("document.querySelector('#listing-1 code').textContent.includes('println!(\"// (1)\"); /* (4) */')");
    reader.holds("document.querySelectorAll('#listing-1 > ol > li').length === 5");
}

fn badges(project: &Project) {
    let reader = Reader::new();
    reader.open(&project.path("book/annotations.html"), "");
    let numbers = reader.js("[...document.querySelectorAll('#listing-1 .transcript-marker')].map((badge) => badge.dataset.n)");
    assert_eq!(numbers, serde_json::json!(["1", "2", "3", "4", "5"]));
    // The text that mdBook's copy and run buttons take.
    for hidden in ["false", "true"] {
        let code = reader.js(&format!(
            "playground_text(document.querySelector('#listing-1 code').closest('pre'), {hidden})"
        ));
        assert_eq!(
            code.as_str().unwrap().trim_end(),
            "fn main() { \n    let twice = |n| n * 2; // twice  or more \n    println!(\"// (1)\"); \n}\n// calls  nothing"
        );
    }
    let shown = reader.js("getComputedStyle(document.querySelector('#listing-1 .transcript-marker'), '::before').content");
    assert_eq!(shown, "\"1\"");
    reader.js("document.querySelectorAll('#listing-1 .transcript-marker')[3].click()");
    assert_eq!(
        reader.js("document.querySelector(':target').textContent.trim().slice(0, 10)"),
        "The fourth"
    );
    // Notes inside notes, and the lines that mdBook adds around code without a `main`.
    reader.holds(
        "document.querySelector('#listing-6 .transcript-listing .transcript-marker') !== null",
    );
    reader.holds("[...document.querySelectorAll('.transcript-line.stands-out')].at(-1).textContent === '#![allow(dead_code)]\\n'");
    // Line numbers and highlighted lines.
    let numbered = reader.js("[...document.querySelectorAll('#listing-1 .transcript-line')].map((line) => [line.dataset.number, line.classList.contains('stands-out')])");
    let expected = serde_json::json!([
        ["10", false],
        ["11", true],
        ["12", false],
        ["13", true],
        ["14", true]
    ]);
    assert_eq!(numbered, expected);
}

#[test]
#[ignore = "needs Chromium"]
fn badges_lead_to_their_notes_and_are_not_copied() {
    badges(&built());
}

#[test]
#[ignore = "needs Chromium"]
fn badges_lead_to_their_notes_in_mdbook_4() {
    badges(&built_by_4());
}

#[test]
#[ignore = "needs Chromium"]
fn times_are_shown_on_demand() {
    let project = built();
    let reader = Reader::new();
    reader.open(&project.path("book/fences.html"), "#hello-tabs-1-output");
    let before =
        "getComputedStyle(document.querySelector('#hello-run-1 .line'), '::before').content";
    let text = reader.js("document.querySelector('#hello-run-1 pre').innerText");
    assert_eq!(reader.js(before), "none");
    reader.js("document.querySelector('#hello-run-1 .transcript-times').click()");
    assert!(
        reader.js(before).as_str().unwrap().ends_with(" s\""),
        "{}",
        reader.js(before)
    );
    reader.holds("document.querySelector('#hello-run-1 .transcript-times').getAttribute('aria-pressed') === 'true'");
    assert_eq!(
        reader.js("document.querySelector('#hello-run-1 pre').innerText"),
        text,
        "the times are not copied"
    );
}

#[test]
#[ignore = "needs Chromium"]
fn only_code_scrolls_sideways_on_a_phone() {
    let project = built();
    let reader = Reader::new();
    reader.wide(375);
    for page in ["fences", "containers", "admonitions", "annotations"] {
        reader.open(&project.path(&format!("book/{page}.html")), "");
        assert_eq!(
            reader.js("document.documentElement.scrollWidth"),
            375,
            "{page}"
        );
        reader.holds("[...document.querySelectorAll('.transcript-tabs, .transcript-run, .transcript-listing, .transcript-admonition')].every((part) => part.scrollWidth <= part.clientWidth + 1)");
    }
}

fn assert_accessible(project: &Project, pages: &[&str]) {
    let reader = Reader::new();
    let mut wrong = Vec::new();
    for theme in THEMES {
        reader.theme(&project.path(&format!("book/{}.html", pages[0])), theme);
        for page in pages {
            reader.open(&project.path(&format!("book/{page}.html")), "");
            assert_eq!(
                reader.js(&format!(
                    "document.documentElement.classList.contains('{theme}')"
                )),
                true
            );
            reader.js(
                "document.querySelectorAll('details').forEach((part) => { part.open = true; })",
            );
            reader.js("document.querySelector('.transcript-times[aria-pressed=false]')?.click()");
            // axe-core skips hidden tabs, so each one is shown once.
            for tab in ["first", "last"] {
                reader.js(&format!("document.querySelectorAll('.transcript-tablist button:{tab}-child').forEach((tab) => tab.click())"));
                wrong.extend(
                    reader
                        .violations()
                        .into_iter()
                        .map(|found| format!("{page}, {theme}: {found}")),
                );
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\n\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

#[test]
#[ignore = "needs Chromium"]
fn pages_are_accessible_in_every_theme() {
    assert_accessible(
        &built(),
        &["fences", "containers", "admonitions", "annotations"],
    );
}

#[test]
#[ignore = "needs Chromium"]
fn pages_are_accessible_in_mdbook_4() {
    assert_accessible(&built_by_4(), &["admonitions", "annotations"]);
}

#[test]
#[ignore = "needs Chromium"]
fn the_tutorial_is_accessible() {
    let folder = tutorial::build();
    let reader = Reader::new();
    for theme in ["light", "navy"] {
        reader.theme(&folder.path().join("join.html"), theme);
        for page in [
            "threads",
            "join",
            "order",
            "mutex",
            "gil",
            "race",
            "scope",
            "channel",
            "seeds",
            "parallelism",
            "process",
            "pool",
            "batch",
            "asynchrony",
        ] {
            reader.open(&folder.path().join(format!("{page}.html")), "");
            assert_eq!(reader.violations(), [""; 0], "{page}, {theme}");
        }
    }
}
