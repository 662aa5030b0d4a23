//! Values of runs in running text.

use mdbook_transcript::lesson::parse::parse;
use mdbook_transcript::page::test;
#[cfg(target_os = "linux")]
use mdbook_transcript::transcript::format::Recording;

use crate::failures::snapshot;
use crate::project::{Project, between};

/// The second line of the output, as the page shows it.
const LINE: &str =
    "&lt;b&gt;{{#include Cargo.toml}}&lt;/b&gt; `it's` \"--\" [a](b) \\ ~~c~~ &amp;amp; ...";

#[test]
fn values_come_from_the_runs() {
    let project = Project::from("values");
    project.run(&["build"]).succeeds();
    let page = project.read("book/values.html");
    let begun = "# Begun: 1 | 2 * 3 * 4";
    let title = between(&page, "<h1 id=", "</h1>");
    assert!(
        title.contains(">It took ") && title.ends_with("s</a>"),
        "{title}"
    );
    for part in [
        "<p>A paragraph: 5 lines, 0 and\n3. A value may go on in the\nnext line: 1.5 s, \
         <strong>Finished in</strong>.</p>",
        "<p>5. It begins a line with a number and a full stop.</p>",
        &format!("<p>{begun}</p>"),
        &format!("<p>{LINE}</p>\n</li>\n<li>\n<p>100%</p>"),
        &format!("<li><a href=\"https://example.org\">a link to {begun}</a></li>"),
        &format!("<blockquote>\n<blockquote>\n<p>quoted: {LINE}</p>\n"),
        &format!("<tr><th>Title {begun}</th><th>*</th></tr>"),
        &format!("<tr><td>{LINE}</td><td>second</td></tr>"),
        "<p>In an admonition: 5 lines.</p>",
        "<p>In a tab: 5 lines.</p>",
        "<li>A note: 5 lines.</li>",
        "<p>Behind: 5 lines.</p>",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
}

#[test]
fn only_running_text_has_values() {
    let project = Project::from("values");
    project.run(&["build"]).succeeds();
    let page = project.read("book/text.html");
    for part in [
        "<p>In code, <code>{{#transcript counts wall}}</code>, and escaped, {{#transcript counts wall}}, they \
         are text. Begun with\n<code>{{#transcript</code>, closed with <code>}}</code>. Not ours: \
         {{#transcripts counts}}.</p>",
        "<code class=\"language-text\">{{#transcript nobody at-all}}\n</code>",
        "<pre><code>{{#transcript nobody at-all\n</code></pre>",
        "<div title=\"{{#transcript nobody at-all}}\">\n{{#transcript nobody at-all}}\n</div>",
        "<!-- {{#transcript nobody at-all}} -->\n",
        "<p>Inline <!-- {{#transcript nobody at-all}} --> comment, <i title=\"{{#transcript nobody at-all}}\">",
        "<a href=\"{{#transcript nobody at-all}}\">a\nlink</a>",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    // The page has no blocks, so it gets no style sheet.
    assert!(!page.contains("<style>\n/* mdbook-transcript"), "{page}");
}

#[test]
fn other_renderers_get_the_values_too() {
    let project = Project::from("values");
    let settings = project.read("book.toml");
    project.write("book.toml", &format!("{settings}\n[output.markdown]\n"));
    project.run(&["build"]).succeeds();
    let page = project.read("book/values.md");
    for part in [
        "A paragraph: 5 lines, 0 and\n&#51;. A value may go on in the\nnext line: 1.5 s, **Finished in**.\n\n\
         &#53;. It begins a line",
        "- 100%\n\n  1. [a link to \\# Begun\\: 1 &#124; 2 \\* 3 \\* 4](https://example.org)\n",
        "> > quoted: \\<b\\>\\{\\{\\#include Cargo.toml\\}\\}\\</b\\> ",
        "> In an admonition: 5 lines.\n",
        "> In a tab: 5 lines.",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
}

#[test]
fn mdbook_test_gets_values_unexpanded() {
    let text = "> A {{#transcript nobody\r\n> wall}}: b.\r\n";
    let (lesson, problems) = parse(text, "chapter");
    assert!(problems.is_empty());
    assert_eq!(lesson.blocks.len(), 1);
    assert_eq!(test::chapter(text, &lesson), text);
}

#[test]
fn a_value_alone_causes_no_run() {
    let project = Project::from("values");
    project.write("src/SUMMARY.md", "- [Values](values.md)\n");
    project.write("src/values.md", "It took {{#transcript counts wall}}.\n");
    let errors = project.run(&["build"]).fails().errors();
    let help = "help: a value needs a fence that asks for its run, and the book has no such fence";
    assert!(
        errors.contains("error: no run is named `counts`"),
        "{errors}"
    );
    assert!(errors.contains(help), "{errors}");
    assert!(!project.path("target").exists(), "no program was built");
}

#[test]
fn all_errors_in_values_are_reported_together() {
    let project = Project::from("values");
    let summary = project.read("src/SUMMARY.md");
    project.write("src/SUMMARY.md", &format!("{summary}- [Wrong](wrong.md)\n"));
    let errors = project.run(&["build"]).fails().errors();
    snapshot("values", &errors);

    // The other commands check values before they have transcripts.
    let of_transcripts = ["no such line", "no line of `counts` matches"];
    let all = |errors: &str| {
        let errors = errors.split("\n\n").map(str::to_owned);
        let ours = |error: &String| {
            error.starts_with("error: ")
                && !of_transcripts.iter().any(|part| error.contains(part))
                && !error.starts_with("error: the book was")
        };
        let mut errors: Vec<String> = errors.filter(ours).collect();
        errors.sort();
        errors
    };
    let expected = all(&errors);
    assert!(expected.len() > 15);
    for command in ["list", "check", "record"] {
        let errors = project.run(&[command]).fails().errors();
        let (errors, _) = errors.rsplit_once("\n\n").unwrap();
        assert_eq!(all(errors), expected, "{command}");
    }
}

// Only Linux counts threads.
#[cfg(target_os = "linux")]
#[test]
fn recordings_must_have_the_values() {
    let project = Project::from("values");
    project.run(&["record"]).succeeds();
    project.run(&["list"]).succeeds();
    let file = "examples/transcripts/counts.transcript";
    // As on a system that does not count threads.
    let mut recorded = Recording::parse(&project.read(file)).unwrap();
    assert_eq!(recorded.transcript.threads.take(), Some(4));
    // The tracks have the number, too.
    assert_eq!(recorded.transcript.most_threads(), Some(4));
    recorded.transcript.tracks.clear();
    for line in &mut recorded.transcript.lines {
        line.track = None;
    }
    project.write(file, &recorded.text());
    let text = project.read("src/text.md");
    let text =
        format!("{text}\n{{{{#transcript counts threads}}}}, {{{{#transcript counts line 6}}}}\n");
    project.write("src/text.md", &text);
    for command in ["list", "check", "build"] {
        let errors = project.run(&[command]).fails().errors();
        assert!(
            errors.contains("error: this value of `counts` was not measured\n  --> src/text.md:"),
            "{command}: {errors}"
        );
        let missing = "error: there is no such line: `counts` printed 5 lines\n  --> src/text.md:";
        assert!(errors.contains(missing), "{command}: {errors}");
        assert!(errors.ends_with(": 2 errors"), "{command}: {errors}");
    }

    // The new recording has the count; `record` reports values that are still missing at its end.
    std::fs::remove_file(project.path(file)).unwrap();
    let output = project.run(&["record"]);
    let errors = output.fails().errors();
    assert!(errors.contains("`counts` printed 5 lines"), "{errors}");
    assert!(
        errors.ends_with("some runs were not recorded: 1 error"),
        "{errors}"
    );
    assert!(project.path(file).exists());
    project.change("src/text.md", "line 6", "line 5");
    project.run(&["build"]).succeeds();
    let page = project.read("book/text.html");
    assert!(
        page.contains("<p>4, Finished in: 9.9 seconds</p>"),
        "{page}"
    );
}

// Only Linux counts threads.
#[cfg(target_os = "linux")]
#[test]
fn the_count_of_unobserved_threads_is_unknown() {
    let project = Project::from("values");
    project.write(
        "examples/quick.rs",
        "use std::thread::{scope, sleep};
use std::time::Duration;

fn main() {
    sleep(Duration::from_millis(150));
    scope(|scope| {
        scope.spawn(|| ());
    });
    sleep(Duration::from_millis(150));
}
",
    );
    project.write(
        "src/text.md",
        "```rust,example=quick\n```\n\n{{#transcript quick threads}}\n",
    );
    let errors = project.run(&["build"]).fails().errors();
    assert!(
        errors.contains("this value of `quick` was not measured"),
        "{errors}"
    );
}
