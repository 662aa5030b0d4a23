//! The name and the title of a lesson.

use anyhow::bail;

use crate::cli::NewLesson;

/// Windows reserves these file names, with any extension.
const OF_WINDOWS: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Checks that a name can be that of a Cargo target, of its file and of a chapter.
///
/// The rule is that of `cargo new` for packages: letters, digits, `_` and `-`, but no digit first. (rustc's
/// `validate_crate_name` rejects all other names.)
///
/// # Errors
/// It cannot; the message suggests a name.
pub(super) fn check(name: &str) -> anyhow::Result<()> {
    let is_allowed = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let Some(first) = name.chars().next() else {
        bail!("a lesson needs a name: `mdbook-transcript new hello`");
    };
    if let Some(wrong) = name.chars().find(|&c| !is_allowed(c)) {
        let words = name
            .split(|c: char| !is_allowed(c))
            .filter(|word| !word.is_empty());
        let instead = words.collect::<Vec<_>>().join("-");
        let instead = match check(&instead) {
            Ok(()) => format!("; try `{instead}`"),
            Err(_) => String::new(),
        };
        bail!(
            "`{name}` cannot be the name of a Cargo target: expected letters, digits, `_` and `-`, \
             found {wrong:?}{instead}"
        );
    }
    if first.is_numeric() || first == '-' {
        bail!(
            "`{name}` cannot be the name of a Cargo target: expected a letter or `_` first, found {first:?}"
        );
    }
    let lower = name.to_lowercase();
    let numbered = lower.strip_prefix("com").or(lower.strip_prefix("lpt"));
    let is_device = numbered.is_some_and(|number| number.len() == 1);
    if is_device && lower.ends_with(|c: char| c.is_ascii_digit()) || OF_WINDOWS.contains(&&*lower) {
        bail!("`{name}` cannot be the name of a file on Windows: choose another one");
    }
    Ok(())
}

/// Returns the title that the author gave, or the name in words: `Data race` for `data-race`.
///
/// # Errors
/// The title is empty, or has several lines.
pub(super) fn title(options: &NewLesson) -> anyhow::Result<String> {
    match options.title.as_deref().map(str::trim) {
        Some("") => bail!("the title is empty"),
        Some(title) if title.contains(['\n', '\r']) => {
            bail!("the title has several lines: expected one")
        }
        Some(title) => Ok(title.to_owned()),
        None => {
            let words = options.name.replace(['-', '_'], " ");
            let mut rest = words.trim().chars();
            let first = rest.next().map(|first| first.to_uppercase().to_string());
            match first {
                Some(first) => Ok(first + rest.as_str()),
                None => Ok(options.name.clone()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{check, title};
    use crate::cli::NewLesson;

    #[test]
    fn names_of_cargo_targets() {
        for name in ["hello", "data-race", "_x", "größe", "x2", "com", "console"] {
            assert!(check(name).is_ok(), "{name}");
        }
        for (name, why) in [
            ("", "a lesson needs a name"),
            ("2x", "expected a letter or `_` first"),
            ("-x", "expected a letter or `_` first"),
            ("a b/c", "found ' '; try `a-b-c`"),
            ("../x", "found '.'; try `x`"),
            ("a.rs", "try `a-rs`"),
            ("!", "found '!'"),
            ("Nul", "on Windows"),
            ("com1", "on Windows"),
        ] {
            let error = check(name).expect_err(name).to_string();
            assert!(error.contains(why), "{name}: {error}");
        }
    }

    #[test]
    fn the_default_title_is_the_name_in_words() {
        for (name, given, expected) in [
            ("hello", None, "Hello"),
            ("data-race", None, "Data race"),
            ("_", None, "_"),
            ("x", Some(" A title "), "A title"),
        ] {
            let options = NewLesson {
                name: name.to_owned(),
                title: given.map(str::to_owned),
                after: None,
                dir: None,
                book: ".".into(),
            };
            assert_eq!(title(&options).expect("a title"), expected);
        }
    }
}
