//! Changes to the programs of a package, one at a time: mistakes that a check should detect, and changes that it should
//! not mind.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// A text in a file of a package, and its replacement.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The changed program; empty: the whole package.
    #[serde(default)]
    pub program: Cow<'static, str>,
    /// The kind of the change, and after a colon its particulars.
    pub what: Cow<'static, str>,
    /// The file in the package; `None`: the program's.
    file: Option<Cow<'static, str>>,
    /// A text that the file contains once.
    from: Cow<'static, str>,
    /// Its replacement.
    to: Cow<'static, str>,
    /// The reason why a check may miss the change.
    #[serde(default)]
    pub why_missed: Cow<'static, str>,
}

/// A file that is changed, and its original text, which is restored in the end.
pub struct Changed {
    file: PathBuf,
    original: String,
}

impl Change {
    /// A change to one program.
    pub const fn to_program(
        program: &'static str,
        what: &'static str,
        from: &'static str,
        to: &'static str,
        why_missed: &'static str,
    ) -> Change {
        Change {
            program: Cow::Borrowed(program),
            what: Cow::Borrowed(what),
            file: None,
            from: Cow::Borrowed(from),
            to: Cow::Borrowed(to),
            why_missed: Cow::Borrowed(why_missed),
        }
    }

    /// `missing join` of `missing join: the readers are not awaited`.
    pub fn kind(&self) -> &str {
        self.what.split(':').next().unwrap()
    }

    fn file(&self, package: &Path) -> PathBuf {
        match &self.file {
            Some(file) => package.join(&**file),
            None => package
                .join("examples")
                .join(format!("{}.rs", self.program)),
        }
    }

    /// The text with the change.
    #[track_caller]
    pub fn of(&self, text: &str) -> String {
        let count = text.matches(&*self.from).count();
        assert_eq!(
            count, 1,
            "{} has {:?} {count} times",
            self.program, self.from
        );
        text.replace(&*self.from, &self.to)
    }

    /// The text with the change, of the file in a package.
    pub fn in_package(&self, package: &Path) -> String {
        self.of(&fs::read_to_string(self.file(package)).unwrap())
    }

    /// Changes the file in a package.
    pub fn apply(&self, package: &Path) -> Changed {
        let file = self.file(package);
        let original = fs::read_to_string(&file).unwrap();
        fs::write(&file, self.of(&original)).unwrap();
        Changed { file, original }
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        fs::write(&self.file, &self.original).unwrap();
    }
}
