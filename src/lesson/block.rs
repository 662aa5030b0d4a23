//! The tree of blocks in a chapter: the body of a tab or an admonition is a lesson too.

use std::ops::Range;

use super::Span;
use super::admonition::{AdmonitionType, Fold, Placement};
use super::fence::{CodeFence, OutputFence, SourceFence, TargetName};
use super::include::Include;
use super::value::Value;

/// The blocks of a chapter or a body, in the order of the text. They do not overlap.
#[derive(Debug, Default)]
pub struct Lesson {
    /// The outermost blocks; tabs and admonitions hold the lessons of their bodies.
    pub blocks: Vec<Block>,
    /// The link definitions of this text, without those in bodies. Titles in the whole chapter use them too.
    pub definitions: Vec<Definition>,
    /// The includes in the running text, without those in bodies.
    pub includes: Vec<Include>,
}

/// A link definition: `[label]: destination "title"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The label.
    pub label: String,
    /// The destination.
    pub destination: String,
    /// The title; `None`: the definition has none.
    pub title: Option<String>,
}

/// The number of a block among all blocks of its chapter, in the order of [`Lesson::walk`], from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockId(pub usize);

/// A span of a lesson that the tool replaces: whole lines, or, for a value, a part of a line.
#[derive(Debug)]
pub struct Block {
    /// The number in the chapter.
    pub id: BlockId,
    /// The replaced bytes of the text that was parsed: of the chapter, or of a body.
    /// The span begins after the container's prefix and ends before a line's end.
    pub span: Range<usize>,
    /// The prefix of every line of the replacement but the first, which keeps it in the block's containers: `> ` in
    /// a quotation, spaces in a list item.
    pub prefix: String,
    /// The place for messages, in bytes of the chapter.
    pub place: Span,
    /// The kind of block, with its contents.
    pub kind: Kind,
}

/// The kinds of block.
#[derive(Debug)]
pub enum Kind {
    /// A fence of code with annotations, or with attributes of Material for MkDocs.
    Code(CodeFence),
    /// A fence that shows a program's source.
    Source(SourceFence),
    /// A fence that shows a program's output.
    Output(OutputFence),
    /// A tab set: adjacent tabs, at least one.
    Tabs(Vec<Tab>),
    /// A note, a tip, a warning.
    Admonition(Admonition),
    /// A value of a run, in running text.
    Value(Value),
}

/// An admonition.
#[derive(Debug)]
pub struct Admonition {
    /// The type, which decides on color and icon.
    pub kind: AdmonitionType,
    /// Whether readers can collapse it.
    pub fold: Fold,
    /// The placement on the page.
    pub placement: Placement,
    /// The title, inline Markdown; `None`: no title bar.
    pub title: Option<String>,
    /// The body, without its indent.
    pub body: String,
    /// The blocks in the body; their `span`s are bytes of the body.
    pub lesson: Lesson,
}

/// A tab of a tab set.
#[derive(Debug)]
pub struct Tab {
    /// The title as written: inline Markdown.
    pub title: String,
    /// Whether this tab is shown first.
    pub selected: bool,
    /// The header's line in the tab set, from 0.
    pub line: usize,
    /// The body, without its indent.
    pub body: String,
    /// The blocks in the body; their `span`s are bytes of the body.
    pub lesson: Lesson,
}

impl Lesson {
    /// Iterates over all blocks, including those in bodies, in the order of the text.
    pub fn walk(&self) -> impl Iterator<Item = &Block> {
        let mut all = Vec::new();
        self.collect(&mut all);
        all.into_iter()
    }

    /// All link definitions, including those in bodies.
    pub fn all_definitions(&self) -> Vec<&Definition> {
        let lessons = self.with_bodies().into_iter();
        lessons.flat_map(|lesson| &lesson.definitions).collect()
    }

    /// All includes in running text, including those in bodies.
    pub fn all_includes(&self) -> Vec<&Include> {
        let lessons = self.with_bodies().into_iter();
        lessons.flat_map(|lesson| &lesson.includes).collect()
    }

    /// The lesson and those of all bodies in it.
    fn with_bodies(&self) -> Vec<&Lesson> {
        let mut all = vec![self];
        for block in &self.blocks {
            match &block.kind {
                Kind::Tabs(tabs) => {
                    all.extend(tabs.iter().flat_map(|tab| tab.lesson.with_bodies()))
                }
                Kind::Admonition(admonition) => all.extend(admonition.lesson.with_bodies()),
                Kind::Code(_) | Kind::Source(_) | Kind::Output(_) | Kind::Value(_) => {}
            }
        }
        all
    }

    /// Calls `change` with the target of each tagged fence, including those in bodies, in the order of the text.
    pub(super) fn each_target(&mut self, change: &mut impl FnMut(&mut TargetName)) {
        for block in &mut self.blocks {
            match &mut block.kind {
                Kind::Source(source) => change(&mut source.run.target),
                Kind::Output(output) => change(&mut output.run.target),
                Kind::Tabs(tabs) => {
                    for tab in tabs {
                        tab.lesson.each_target(change);
                    }
                }
                Kind::Admonition(admonition) => admonition.lesson.each_target(change),
                Kind::Code(_) | Kind::Value(_) => {}
            }
        }
    }

    /// Calls `change` with each source fence and its place, including those in bodies, in the order of the text.
    pub fn each_source(&mut self, change: &mut impl FnMut(&Span, &mut SourceFence)) {
        for block in &mut self.blocks {
            match &mut block.kind {
                Kind::Source(source) => change(&block.place, source),
                Kind::Tabs(tabs) => {
                    for tab in tabs {
                        tab.lesson.each_source(change);
                    }
                }
                Kind::Admonition(admonition) => admonition.lesson.each_source(change),
                Kind::Output(_) | Kind::Code(_) | Kind::Value(_) => {}
            }
        }
    }

    /// Numbers all blocks from `next` on, and returns the number after the last one.
    pub(super) fn number(&mut self, mut next: usize) -> usize {
        for block in &mut self.blocks {
            block.id = BlockId(next);
            next += 1;
            match &mut block.kind {
                Kind::Tabs(tabs) => {
                    for tab in tabs {
                        next = tab.lesson.number(next);
                    }
                }
                Kind::Admonition(admonition) => next = admonition.lesson.number(next),
                Kind::Code(_) | Kind::Source(_) | Kind::Output(_) | Kind::Value(_) => {}
            }
        }
        next
    }

    /// Appends all blocks to `all`, in the order of [`Lesson::walk`].
    fn collect<'a>(&'a self, all: &mut Vec<&'a Block>) {
        for block in &self.blocks {
            all.push(block);
            match &block.kind {
                Kind::Tabs(tabs) => tabs.iter().for_each(|tab| tab.lesson.collect(all)),
                Kind::Admonition(admonition) => admonition.lesson.collect(all),
                Kind::Code(_) | Kind::Source(_) | Kind::Output(_) | Kind::Value(_) => {}
            }
        }
    }
}
