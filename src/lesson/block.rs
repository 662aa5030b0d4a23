//! The blocks of a chapter, and the tree that they form: the body of a tab or an admonition is a lesson too.

use std::ops::Range;

use super::Span;
use super::admonition::{Fold, Place, Type};
use super::fence::{CodeFence, OutputFence, SourceFence, TargetName};
use super::value::Value;

/// The blocks of one text, in their order. They do not overlap.
#[derive(Debug, Default)]
pub struct Lesson {
    /// The outermost blocks; a tab set holds its bodies' lessons.
    pub blocks: Vec<Block>,
    /// The link definitions of this text alone. They serve its chapter's titles too.
    pub definitions: Vec<Definition>,
}

/// A link definition: `[label]: destination "title"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its label.
    pub label: String,
    /// Where it leads.
    pub destination: String,
    /// What stands behind that.
    pub title: Option<String>,
}

/// The number of a block among all blocks of its chapter, in the order of [`Lesson::walk`], from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockId(pub usize);

/// A span of a lesson that is replaced: whole lines, or, a value, a part of one.
#[derive(Debug)]
pub struct Block {
    /// Its number in the chapter.
    pub id: BlockId,
    /// What is replaced, in bytes of the text that was parsed: the chapter, or a tab's body.
    /// It begins behind the container's prefix and ends before a line's end.
    pub span: Range<usize>,
    /// What every further line of the replacement begins with, so that it stays in the block's
    /// containers: `> ` in a quotation, spaces in a list item.
    pub prefix: String,
    /// Where the author wrote it, in bytes of the chapter.
    pub place: Span,
    /// What it is.
    pub kind: Kind,
}

/// The kinds of block.
#[derive(Debug)]
pub enum Kind {
    /// Code with annotations, or under one of Material's headers.
    Code(CodeFence),
    /// A program's source.
    Source(SourceFence),
    /// What a program printed.
    Output(OutputFence),
    /// Adjacent tabs: never empty.
    Tabs(Vec<Tab>),
    /// A note, a tip, a warning.
    Admonition(Admonition),
    /// A value of a run, in running text.
    Value(Value),
}

/// An admonition.
#[derive(Debug)]
pub struct Admonition {
    /// Its type.
    pub kind: Type,
    /// Whether it can be folded away.
    pub fold: Fold,
    /// Where it stands.
    pub place: Place,
    /// Its title, inline Markdown; `None`: no title bar.
    pub title: Option<String>,
    /// Its body, the indent taken off.
    pub body: String,
    /// The blocks in the body; their `span`s are bytes of it.
    pub lesson: Lesson,
}

/// One tab of a set.
#[derive(Debug)]
pub struct Tab {
    /// Its title, as written: inline Markdown.
    pub title: String,
    /// Whether it is the one that is shown first.
    pub selected: bool,
    /// The header's line, counted from the set's first.
    pub line: usize,
    /// Its body, the indent taken off.
    pub body: String,
    /// The blocks in the body; their `span`s are bytes of it.
    pub lesson: Lesson,
}

impl Lesson {
    /// All blocks, those in the bodies of others included, in the order of the text.
    pub fn walk(&self) -> impl Iterator<Item = &Block> {
        let mut all = Vec::new();
        self.collect(&mut all);
        all.into_iter()
    }

    /// All link definitions, those in the bodies of blocks included.
    pub fn all_definitions(&self) -> Vec<&Definition> {
        let bodies = self.walk().flat_map(|block| match &block.kind {
            Kind::Tabs(tabs) => tabs.iter().map(|tab| &tab.lesson).collect(),
            Kind::Admonition(admonition) => vec![&admonition.lesson],
            Kind::Code(_) | Kind::Source(_) | Kind::Output(_) | Kind::Value(_) => Vec::new(),
        });
        let lessons = [self].into_iter().chain(bodies);
        lessons.flat_map(|lesson| &lesson.definitions).collect()
    }

    /// Calls `change` with the target that each tagged fence names, those in the bodies of others included, in
    /// the order of the text.
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

    /// Numbers all blocks, from `next` on; returns the number after the last one.
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
