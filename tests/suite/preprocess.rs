//! The preprocessor's protocol: mdBook's JSON in, mdBook's JSON out.

use serde_json::{Value, json};

use crate::project::{Output, Project};

fn input(version: &str, chapters: &[&str]) -> Value {
    let chapters: Vec<Value> = chapters
        .iter()
        .enumerate()
        .map(|(number, content)| {
            let path = format!("chapter{number}.md");
            json!({ "Chapter": {
                "name": "C", "content": content, "number": [1], "sub_items": [],
                "path": path, "source_path": path, "parent_names": [],
            }})
        })
        .collect();
    let items = if version.starts_with("0.4") {
        "sections"
    } else {
        "items"
    };
    json!([
        {
            "root": "/nowhere", "renderer": "html", "mdbook_version": version,
            "config": {
                "book": { "src": "src" },
                "preprocessor": { "transcript": { "before": ["links"] } },
            },
        },
        { items: chapters, "__non_exhaustive": null },
    ])
}

fn preprocess(input: &Value) -> Output {
    Project::from("good").feed(&[], input.to_string().as_bytes())
}

#[test]
fn every_renderer_is_supported() {
    let project = Project::from("good");
    for renderer in ["html", "markdown", "epub", "test"] {
        let output = project.run(&["supports", renderer]);
        assert_eq!(output.succeeds().stdout, "");
    }
}

#[test]
fn a_book_without_attributes_is_unchanged_byte_for_byte() {
    let plain = Project::from("good").read("src/plain.md");
    let unclosed = "```rust\nfn main() {\n\n=== \"not a tab, for the fence goes on\"\n";
    let looks = "output= example bin === \"\"\n===\n\n`rust,example=x`\n\n    ```rust,example=x\n";
    for version in ["0.4.52", "0.5.4"] {
        let book = input(
            version,
            &[&plain, unclosed, looks, "", "\u{0}\u{feff}\r\r\n"],
        );
        let output = preprocess(&book);
        output.succeeds();
        assert_eq!(
            output.stdout.replace('/', "\\"),
            book[1].to_string().replace('/', "\\")
        );
        assert_eq!(output.stderr, "");
    }
}

#[test]
fn invalid_input_is_an_error() {
    let project = Project::from("good");
    let whole = input("0.5.4", &["text"]).to_string();
    for bad in [
        "",
        "hello",
        "[1, 2",
        "{}",
        &whole[..whole.len() / 2],
        &whole[..whole.len() - 1],
    ] {
        let output = project.feed(&[], bad.as_bytes());
        let expected =
            "error: expected mdBook's JSON on stdin; this command is meant to be run by mdBook: ";
        assert!(
            output.fails().errors().starts_with(expected),
            "{bad:?}: {}",
            output.stderr
        );
        assert_eq!(output.stdout, "");
    }
    let output = project.feed(&[], b"[{\"mdbook_version\":\"0.9.0\"},{\"items\":[]}]");
    let expected = format!(
        "error: cannot read the book of mdBook 0.9.0: mdbook-transcript {} supports mdBook 0.4 and 0.5: \
         missing field `root`",
        env!("CARGO_PKG_VERSION")
    );
    assert!(
        output.fails().errors().starts_with(&expected),
        "{}",
        output.stderr
    );
}

#[test]
fn huge_and_deeply_nested_chapters_are_processed() {
    let long_line = format!(
        "{} ```rust,example=x {}",
        "=== \"a\" ".repeat(600_000),
        "> ".repeat(2_600_000)
    );
    let long_info = format!("```rust,{}\n```\n", "x=\"y\",".repeat(20_000));
    let deep = format!("{}=== \"a\"", "> ".repeat(20_000));
    let tabs = "=== \"a\"\n    text\n\n".repeat(5_000);
    for text in [&long_line, &long_info, &deep] {
        let book = input("0.5.4", &[text]);
        let output = preprocess(&book);
        output.succeeds();
    }
    preprocess(&input("0.5.4", &[&tabs])).succeeds();
    for empty in [
        "=== \"A\"\ntext\n=== \"B\"\ntext\n",
        "=== \"A\"\na === b\n",
        "=== \"A\"\n===! \"B\"\n",
    ] {
        preprocess(&input("0.5.4", &[empty])).succeeds();
    }

    let tagged = format!("```rust,example=x,{}\n```\n", "x=\"y\",".repeat(20_000));
    let output = preprocess(&input("0.5.4", &[&tagged]));
    let errors = output.fails().errors();
    assert!(
        errors.starts_with("error: unknown attribute `x`\n"),
        "{}",
        &errors[..400]
    );
    assert!(
        errors.len() < 100_000,
        "a message does not repeat a line of 100 kB: {}",
        errors.len()
    );

    let nested = (0..200)
        .map(|depth| format!("{}=== \"a\"\n", "    ".repeat(depth)))
        .collect::<String>();
    preprocess(&input("0.5.4", &[&nested])).succeeds();
}

#[test]
fn an_unclosed_tagged_fence_is_an_error() {
    let output = preprocess(&input(
        "0.5.4",
        &["# A\n\n```rust,example=x\nfn main() {}\n"],
    ));
    assert_eq!(
        output.fails().errors(),
        "error: this fence is never closed\n\
         \x20--> src/chapter0.md:3:1\n\
         \x20 |\n\
         3 | ```rust,example=x\n\
         \x20 | ^^^^^^^^^^^^^^^^^ expected a closing ``` after it\n\n\
         error: the book was not built: 1 error"
    );
}
