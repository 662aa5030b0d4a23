//! mdBook's JSON, read and written.
//!
//! It is not parsed and written again: the chapters' texts are cut out of it, and what replaces them is
//! put in their place. So everything else goes back to mdBook as it came, whichever version of it calls.
//! The texts are read where they stand, for to fill as much memory again takes longer than that.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};
use std::mem;

use rayon::prelude::*;

use super::{Book, Chapter};

mod find;
mod string;

use find::{Found, FoundChapter, find, not_utf8};
use string::{quoted, unescaped};

/// What a pipe takes at once (pipe(7)).
const PIPE: usize = 64 * 1024;

/// How many chapters several threads make at a time.
const TOGETHER: usize = 128;

/// Why there is no book.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not JSON, or cut off.
    #[error("what came on standard input is not mdBook's JSON; is it mdBook that calls?")]
    NotJson(#[source] serde_json::Error),
    /// JSON, but not a book of a version that we know.
    #[error(
        "mdBook {theirs} calls, and its book cannot be read: mdbook-transcript {} reads those of \
         mdBook 0.4 and 0.5", env!("CARGO_PKG_VERSION")
    )]
    Unknown {
        /// The version that calls; `of an unknown version` where it does not say.
        theirs: String,
        /// What is wrong.
        #[source]
        error: serde_json::Error,
    },
}

/// mdBook's JSON: the book and the means to write it back.
#[derive(Debug)]
pub struct Json<'a> {
    /// What was read.
    pub book: Book<'a>,
    /// Where the chapters' texts stand, from the first to the last.
    places: Vec<Place<'a>>,
    /// What stands behind the last.
    end: &'a [u8],
}

/// Where a chapter's text stands.
#[derive(Debug)]
struct Place<'a> {
    /// What stands before it: all behind the text before.
    before: &'a [u8],
    /// The number of the chapter.
    chapter: usize,
    /// The JSON string that came. `None`: the text was read where it stood, and [`quoted`] makes the same of it.
    came: Option<&'a [u8]>,
}

impl<'a> Json<'a> {
    /// Reads what mdBook wrote: `[context, book]`.
    ///
    /// # Errors
    /// It is not JSON, or not a book of mdBook 0.4 or 0.5.
    pub fn read(input: &'a mut [u8]) -> Result<Json<'a>, ReadError> {
        let Found {
            book,
            src,
            place,
            chapters,
        } = find(input)?;
        let mut in_order: Vec<(usize, FoundChapter)> = chapters.into_iter().enumerate().collect();
        in_order.sort_by_key(|(_, chapter)| chapter.content.start);
        let mut at = place.start;
        let mut rest = &mut input[place];
        let mut cut_out = Vec::with_capacity(in_order.len());
        for (number, chapter) in in_order {
            let content = chapter.content.clone();
            let (before, from) = mem::take(&mut rest).split_at_mut(content.start - at);
            let (json, behind) = from.split_at_mut(content.len());
            (at, rest) = (content.end, behind);
            cut_out.push((&*before, number, chapter, json));
        }

        let read = cut_out
            .into_par_iter()
            .map(|(before, number, chapter, json)| {
                let (text, came) = match chapter.text {
                    Some(text) => (Cow::Owned(text), Some(&*json)),
                    None => (Cow::Borrowed(unescaped(json).map_err(not_utf8)?), None),
                };
                let place = Place {
                    before,
                    chapter: number,
                    came,
                };
                let source_path = chapter.source_path.as_deref();
                let chapter = Chapter::new(&src, &chapter.path, source_path, text);
                Ok(((number, chapter), place))
            });
        let read: Vec<_> = read.collect::<Result<_, ReadError>>()?;
        let (mut chapters, places): (Vec<(usize, Chapter<'_>)>, Vec<_>) = read.into_iter().unzip();
        chapters.sort_by_key(|(number, _)| *number);
        Ok(Json {
            book: Book {
                chapters: chapters.into_iter().map(|(_, chapter)| chapter).collect(),
                ..book
            },
            places,
            end: rest,
        })
    }

    /// Writes the book as JSON; `new` makes the new text of a chapter, by its number, and `None` leaves it
    /// as it came.
    ///
    /// # Errors
    /// Whatever it is written to does not take it.
    pub fn write(
        &self,
        to: impl Write,
        new: impl Fn(usize) -> Option<String> + Sync,
    ) -> io::Result<()> {
        let mut to = BufWriter::with_capacity(PIPE, to);
        // Some chapters at a time: the next ones take their place in memory, which costs more than to make them.
        let together = match rayon::current_num_threads() {
            1 => 1,
            _ => TOGETHER,
        };
        for some in self.places.chunks(together) {
            let texts = some.par_iter().map(|place| {
                let text = match (new(place.chapter), place.came) {
                    (Some(text), _) => quoted(&text)?,
                    (None, Some(came)) => return Ok(Cow::Borrowed(came)),
                    (None, None) => quoted(&self.book.chapters[place.chapter].text)?,
                };
                Ok(Cow::Owned(text.into_bytes()))
            });
            let texts: Vec<Cow<'_, [u8]>> = texts.collect::<serde_json::Result<_>>()?;
            for (text, place) in texts.iter().zip(some) {
                to.write_all(place.before)?;
                to.write_all(text)?;
            }
        }
        to.write_all(self.end)?;
        to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, ReadError};

    const CONTEXT: &str = r#"{"root":"/b","config":{"book":{"src":"text"}},"renderer":"html","mdbook_version":"0.5.4"}"#;

    fn book(items: &str) -> String {
        format!(
            r#"[{CONTEXT},{{"{items}":[{{"Chapter":{{"name":"A","content":"a\u0041 ä","number":[1],"sub_items":[{{"Chapter":{{"name":"B","content":"b","sub_items":[],"path":"x/b.md","source_path":"x/README.md","parent_names":[]}}}}],"path":"a.md","source_path":"a.md","parent_names":[]}}}},"Separator",{{"PartTitle":"P"}},{{"Chapter":{{"name":"D","content":"","sub_items":[],"path":null,"parent_names":[]}}}}],"__non_exhaustive":null}}]"#
        )
    }

    #[test]
    fn only_what_is_replaced_changes() {
        for version in ["items", "sections"] {
            let input = book(version);
            let mut bytes = input.clone().into_bytes();
            let json = Json::read(&mut bytes).expect("a book");
            let chapters = &json.book.chapters;
            assert_eq!(chapters.len(), 2);
            assert_eq!(chapters[0].text, "aA ä");
            assert_eq!(chapters[1].path.to_str(), Some("text/x/README.md"));
            assert_eq!(chapters[1].folder.to_str(), Some("text/x"));

            let came = &input[CONTEXT.len() + 2..input.len() - 1];
            let write = |texts: [Option<&str>; 2]| {
                let mut written = Vec::new();
                json.write(&mut written, |number| texts[number].map(str::to_owned))
                    .expect("a vector takes everything");
                String::from_utf8(written).expect("it is JSON")
            };
            assert_eq!(write([None, None]), came);
            let new = write([None, Some("\"new\"\n")]);
            assert_eq!(
                new,
                came.replace(r#""content":"b""#, r#""content":"\"new\"\n""#)
            );
        }
    }

    #[test]
    fn another_preprocessor_may_write_it_in_another_order() {
        let came = r#"{"items":[{"Chapter":{"sub_items":[{"Chapter":{"content":"b\n\"b\"\t\\","path":"b.md"}}],"content":"a\n","path":"a.md"}}]}"#;
        let mut bytes = format!("[{CONTEXT} , {came} ]").into_bytes();
        let json = Json::read(&mut bytes).expect("a book");
        let texts: Vec<&str> = json.book.chapters.iter().map(|its| &*its.text).collect();
        assert_eq!(texts, ["a\n", "b\n\"b\"\t\\"]);
        for new in [None, Some("new")] {
            let mut written = Vec::new();
            let new = |number| new.filter(|_| number == 0).map(str::to_owned);
            json.write(&mut written, new)
                .expect("a vector takes everything");
            let expected = match new(0) {
                Some(new) => came.replace(r"a\n", &new),
                None => came.to_owned(),
            };
            assert_eq!(String::from_utf8(written).expect("it is JSON"), expected);
        }
    }

    #[test]
    fn what_is_no_book_is_said() {
        let error = |input: &str| {
            Json::read(&mut input.as_bytes().to_vec())
                .err()
                .map(|error| error.to_string())
        };
        assert!(matches!(
            Json::read(&mut b"hello".to_vec()),
            Err(ReadError::NotJson(_))
        ));
        assert!(matches!(
            Json::read(&mut book("items").into_bytes()[..200]),
            Err(ReadError::NotJson(_))
        ));
        let message = error(&book("parts").replace("0.5.4", "0.9.1")).expect("no book");
        assert!(
            message.contains("mdBook 0.9.1") && message.contains("0.4 and 0.5"),
            "{message}"
        );
    }
}
