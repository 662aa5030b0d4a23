//! Messages of the compiler on the page: their words wrap, their code keeps its columns.

use crate::project::{Project, outputs};
use crate::reader::Reader;

/// A snippet whose message has long words everywhere: a headline, labels, notes, and long code.
const REFUSED: &str = "```rust,example,compile_fail,E0373,name=refused\n\
    fn main() {\n    \
        let names_of_all_the_passengers = [\"Anna\", \"Ben\", \"Cleo\"];\n    \
        let the_only_worker_of_this_program = std::thread::spawn(|| println!(\"{} names of passengers\", names_of_all_the_passengers.len()));\n    \
        the_only_worker_of_this_program.join().unwrap();\n\
    }\n```\n";

fn book(chapter: &str) -> Project {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Refused](refused.md)\n");
    project.write("src/refused.md", &format!("# Refused\n\n{chapter}"));
    project.run(&["build"]).succeeds();
    project
}

#[test]
fn words_wrap_and_code_does_not() {
    let project = book(REFUSED);
    let page = project.read("book/refused.html");
    // The headline, with its color before its words.
    let headline = "<span class=\"transcript-words\" style=\"--indent:14ch\">\
        <span class=\"ansi-bright-red ansi-bold\">error[E0373]</span><span class=\"ansi-bold\">: closure may outlive";
    assert!(page.contains(headline), "{page}");
    // Marks stay below the code.
    assert!(page.contains("<span class=\"transcript-marks\">"), "{page}");
    let lines = page.split("<span class=\"line\"").skip(1);
    for line in lines {
        let wraps = line.contains("class=\"transcript-words\"");
        let is_code = line.contains("println!") || line.contains("++++");
        assert!(!(wraps && is_code), "{line}");
        assert!(wraps || is_code || !line.contains("passengers"), "{line}");
    }
    let shown = &outputs(&page)[0];
    assert!(shown.contains("\nerror[E0373]: closure may outlive the current function, but it borrows `names_of_all_the_passengers`, which is owned by the current function\n"), "{shown}");
}

/// A message in the output of another program is laid out like one; other lines are left alone.
#[test]
fn messages_are_found_in_other_outputs() {
    let project = Project::from("good");
    project.write("src/SUMMARY.md", "- [Refused](refused.md)\n");
    let printed = "error: no message\n\nerror[E0001]: one\n --> a.rs:1:1\n  |\n1 | a\n  | ^ two\n\n  | ^ three\n";
    project.write(
        "src/refused.md",
        &format!("```rust,example\nprint!({printed:?});\n```\n"),
    );
    project.run(&["build"]).succeeds();
    let page = project.read("book/refused.html");
    let page = &page[page.find("<figure").unwrap()..];
    let words = |text: &str| {
        let line = page.lines().find(|line| line.contains(text)).unwrap();
        line.contains("transcript-words")
    };
    for (text, wraps) in [
        ("error: no message", false),
        ("error[E0001]: one", true),
        ("a.rs:1:1", true),
        ("1 | a", false),
        ("two", true),
        ("three", false),
    ] {
        assert_eq!(words(text), wraps, "{text}: {page}");
    }
}

#[test]
#[ignore = "needs Chromium"]
fn no_word_of_a_message_needs_scrolling() {
    let project = book(REFUSED);
    let reader = Reader::new();
    for width in [1200, 375] {
        reader.wide(width);
        reader.open(&project.path("book/refused.html"), "#refused-run-1");
        // Each character outside code, or behind marks, is within what is seen of the output.
        let cut = reader.js(
            "(() => {
                const output = document.querySelector('.transcript-output');
                const { left, right } = output.getBoundingClientRect();
                const cut = [];
                for (const words of output.querySelectorAll('.transcript-words')) {
                    const walker = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
                    while (walker.nextNode()) {
                        const isSpace = walker.currentNode.data.trim() === '';
                        if (isSpace || walker.currentNode.parentElement.closest('.transcript-marks')) continue;
                        const range = document.createRange();
                        range.selectNodeContents(walker.currentNode);
                        for (const box of range.getClientRects()) {
                            if (box.width > 0 && (box.left < left || box.right > right + 0.5)) cut.push(words.textContent);
                        }
                    }
                }
                return cut;
            })()",
        );
        assert_eq!(cut, serde_json::json!([]), "at {width} px");
        // The code still scrolls, and marks are below it.
        reader.holds("document.querySelector('.transcript-output').scrollWidth > document.querySelector('.transcript-output').clientWidth + 100");
        reader.holds(
            "(() => {
                const place = (text) => {
                    const walker = document.createTreeWalker(document.querySelector('.transcript-output'), NodeFilter.SHOW_TEXT);
                    while (walker.nextNode()) {
                        const at = walker.currentNode.data.indexOf(text);
                        if (at < 0) continue;
                        const range = document.createRange();
                        range.setStart(walker.currentNode, at);
                        range.setEnd(walker.currentNode, at + 1);
                        return range.getBoundingClientRect().left;
                    }
                };
                return Math.abs(place('^^') - place('|| println')) < 1;
            })()",
        );
        // Copying takes the message as the compiler printed it.
        reader.holds(
            "(() => {
                const code = document.querySelector('.transcript-output code');
                getSelection().selectAllChildren(code);
                const printed = code.textContent.replace('$ cargo build\\n', '').trimEnd();
                const copied = getSelection().toString().replace('$ cargo build\\n', '').trimEnd();
                return code.innerText === code.textContent && copied === printed;
            })()",
        );
    }
}
