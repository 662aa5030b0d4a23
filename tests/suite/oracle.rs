//! Blocks compared with those of Python-Markdown and pymdown-extensions. `tests/oracle/ask` asks these for each
//! case and writes their answers to `answers.json`.

use std::borrow::Cow;

use mdbook_markdown::pulldown_cmark::html::push_html;
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use mdbook_transcript::lesson::Block;
use mdbook_transcript::lesson::admonition::AdmonitionType;
use mdbook_transcript::lesson::fence::{SourceFence, SourceTab};
use mdbook_transcript::lesson::parse::parse;
use mdbook_transcript::page::{Directives, Programs, Settings, ShownRun, html};
use mdbook_transcript::transcript::Transcript;
use scraper::{ElementRef, Html, Node};
use serde_json::{Map, Value, json};

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    text: String,
    /// The reason of an intended difference.
    differs: Option<String>,
    answer: Value,
}

#[test]
fn blocks_agree_with_material_for_mkdocs() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../oracle/answers.json"))
        .expect("answers.json is valid");
    assert!(cases.len() >= 150);
    let mut wrong = Vec::new();
    for case in &cases {
        let ours = content_of_page(&case.text);
        let theirs = types(case.answer.clone());
        match (&case.differs, ours == theirs) {
            (None, true) | (Some(_), false) => {}
            (Some(_), true) => wrong.push(format!("{}: agrees: remove the reason", case.name)),
            (None, false) => wrong.push(format!(
                "{}:\n{}\ntheirs: {theirs}\nours:   {ours}\n",
                case.name, case.text
            )),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases\n\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

/// Replaces the aliases of admonition types in an answer by their types, and typographic quotation marks by plain ones.
fn types(answer: Value) -> Value {
    match answer {
        Value::Array(items) => items.into_iter().map(types).collect(),
        Value::Object(object) => Value::Object(
            object
                .into_iter()
                .map(|(key, value)| match (key.as_str(), &value) {
                    ("admonition", Value::String(name)) => {
                        (key, AdmonitionType::of(name).name().into())
                    }
                    _ => (key, types(value)),
                })
                .collect(),
        ),
        Value::String(text) => straight(&text).into(),
        other => other,
    }
}

/// The content of our page, in the form of the answers.
fn content_of_page(text: &str) -> Value {
    let (lesson, _) = parse(text, "chapter");
    let settings = Settings {
        code: "Code",
        output: "Output",
        tab: SourceTab::Code,
        timeline: None,
        directives: Directives::Kept,
        inline: &[],
    };
    let page = html::chapter(text, &lesson, &NoPrograms, &settings);
    let mut options = MarkdownOptions::default();
    options.smart_punctuation = false;
    let mut html = String::new();
    push_html(&mut html, new_cmark_parser(&page, &options));
    holds(Html::parse_fragment(&html).root_element())
}

/// No case names a program.
struct NoPrograms;

impl Programs for NoPrograms {
    fn code(&self, _: &Block, _: &SourceFence) -> Cow<'_, str> {
        unreachable!()
    }

    fn run(&self, _: &Block) -> ShownRun<'_> {
        unreachable!()
    }

    fn transcript(&self, _: &Block) -> &Transcript {
        unreachable!()
    }
}

fn holds(element: ElementRef<'_>) -> Value {
    let mut items = Vec::new();
    gather(element, &mut items);
    let mut joined: Vec<Value> = Vec::new();
    for item in items {
        match (joined.last_mut(), item) {
            (Some(Value::String(last)), Value::String(text)) => {
                last.push(' ');
                last.push_str(&text);
            }
            (_, item) => joined.push(item),
        }
    }
    joined
        .into_iter()
        .map(|item| match item {
            Value::String(text) => words(&text).into(),
            item => item,
        })
        .filter(|item: &Value| *item != "")
        .collect()
}

fn gather(element: ElementRef<'_>, items: &mut Vec<Value>) {
    for child in element.children() {
        let child = match (child.value(), ElementRef::wrap(child)) {
            (Node::Text(text), _) => {
                items.push(text.to_string().into());
                continue;
            }
            (_, Some(child)) => child,
            (_, None) => continue,
        };
        let is = |class| child.value().classes().any(|has| has == class);
        match child.value().name() {
            "style" | "script" => {}
            _ if is("transcript-tabs") => items.push(tab_set(child)),
            _ if is("transcript-admonition") || is("transcript-quote") => {
                items.push(admonition(child));
            }
            _ if is("transcript-listing") => listing(child, items),
            _ if is("blockquote-tag-title") || is("transcript-tab-label") => {}
            "summary" => {}
            "pre" => items.push(json!({ "code": text(child) })),
            "p" | "li" | "div" | "blockquote" | "ul" | "ol" | "dl" | "dt" | "dd" | "h1" | "h2" => {
                items.push(" ".into());
                gather(child, items);
                items.push(" ".into());
            }
            _ => items.push(text(child).into()),
        }
    }
}

fn tab_set(set: ElementRef<'_>) -> Value {
    let tabs = set.child_elements().map(|section| {
        let label = section.child_elements().next().expect("a label");
        json!({
            "title": words(&text(label)),
            "selected": section.attr("data-selected").is_some(),
            "holds": holds(section),
        })
    });
    json!({ "tabs": tabs.collect::<Vec<_>>() })
}

fn admonition(element: ElementRef<'_>) -> Value {
    let folds = element.value().name() == "details";
    let title = element.child_elements().next().filter(|first| {
        let classes: Vec<&str> = first.value().classes().collect();
        first.value().name() == "summary" || classes.contains(&"blockquote-tag-title")
    });
    json!({
        "admonition": element.attr("data-type"),
        "title": title.map(|title| words(&text(title))),
        "open": folds.then(|| element.attr("open").is_some()),
        "holds": holds(element),
    })
}

fn listing(listing: ElementRef<'_>, items: &mut Vec<Value>) {
    let child = |name: &str| {
        let mut children = listing.child_elements();
        children.find(|child| child.value().name() == name)
    };
    let markers = listing.attr("data-markers").unwrap_or("");
    let code = unmarked(&text(child("pre").expect("code")), markers);
    let mut found = Map::new();
    if let Some(title) = child("p") {
        found.insert("title".to_owned(), text(title).into());
    }
    if let Some(ranges) = listing.attr("data-lines") {
        let stands_out = |number: usize| {
            ranges.split(' ').any(|range| {
                let (first, last) = range.split_once('-').expect("a range");
                (first.parse().unwrap()..=last.parse().unwrap()).contains(&number)
            })
        };
        let lines = code.split_inclusive('\n').enumerate();
        let lines: String = lines
            .filter(|(at, _)| stands_out(at + 1))
            .map(|(_, line)| line)
            .collect();
        if !lines.is_empty() {
            found.insert("lines".to_owned(), lines.into());
        }
    }
    if !markers.is_empty() {
        let list: Vec<ElementRef<'_>> = child("ol").expect("notes").child_elements().collect();
        let notes = markers.split(' ').map(|marker| {
            let [item, ..] = numbers(marker);
            json!([item, words(&text(list[item - 1]))])
        });
        found.insert("notes".to_owned(), notes.collect());
    }
    found.insert("code".to_owned(), code.into());
    items.push(Value::Object(found));
    if let Some(list) = child("ol") {
        items.push(" ".into());
        gather(list, items);
        items.push(" ".into());
    }
}

/// Code without its markers, as the script leaves it.
fn unmarked(code: &str, markers: &str) -> String {
    let mut left = code.to_owned();
    let marker = regex::Regex::new(r"\([0-9]+\)").unwrap();
    let found: Vec<_> = marker.find_iter(code).collect();
    for [_, occurrence, before, after] in markers.split_whitespace().rev().map(numbers) {
        let at = found[occurrence].range();
        left.replace_range(at.start - before..at.end + after, "");
    }
    left
}

fn numbers(marker: &str) -> [usize; 4] {
    let numbers: Vec<usize> = marker.split(':').map(|n| n.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect()
}

/// Text with collapsed white space and plain quotation marks.
fn words(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    straight(&words.join(" "))
}

fn straight(text: &str) -> String {
    text.replace(['“', '”'], "\"")
}
