//! The requests of a book's lessons for programs, runs and values: planning walks the lessons only here.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::run::{Ask, Target};
use crate::diagnostic::{Diagnostic, Place};
use crate::lesson::fence::{
    Expected, Form, OutputFence, RunAttributes, SourceFence, TargetKind, TargetName,
};
use crate::lesson::snippet::Snippet;
use crate::lesson::value::Value;
use crate::lesson::{Block, Kind, Lesson};

/// Every block of a book that shows a program, a run or a value of a run, in the order of the book.
#[derive(Debug, Default)]
pub struct Requests<'a> {
    all: Vec<Request<'a>>,
    /// For each chapter, its part of `all`, and the number of its blocks of any kind.
    chapters: Vec<(Range<usize>, usize)>,
}

/// A block that shows a program, a run or a value of a run.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The number of the chapter, from 0, in the order of the book.
    pub chapter: usize,
    /// The block.
    pub block: &'a Block,
    /// The block's content.
    pub content: Content<'a>,
}

/// The content of a block that takes part in planning.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// A program's source.
    Source(&'a SourceFence),
    /// The output of a run.
    Output(&'a OutputFence),
    /// A value of a run, in running text.
    Value(&'a Value),
}

/// A fence that asks for a run.
#[derive(Debug, Clone, Copy)]
pub struct Fence<'a> {
    /// The run's attributes, as far as the author gave them.
    pub attributes: &'a RunAttributes,
    /// The author's expectations.
    pub expected: &'a Expected,
    /// True if the fence shows the run's output.
    pub shows_output: bool,
}

/// A snippet or a shell session.
#[derive(Debug, Clone, Copy)]
pub enum InPage<'a> {
    /// A snippet: the fence's body and attributes.
    Program(&'a str, &'a Snippet),
    /// Commands for a shell.
    Commands(&'a [String]),
}

impl<'a> Requests<'a> {
    /// Collects the requests of these lessons, one lesson per chapter.
    pub fn of(lessons: &'a [Lesson]) -> Requests<'a> {
        let mut requests = Requests::default();
        for (chapter, lesson) in lessons.iter().enumerate() {
            let start = requests.all.len();
            let mut blocks = 0;
            for block in lesson.walk() {
                blocks += 1;
                let content = match &block.kind {
                    Kind::Source(fence) => Content::Source(fence),
                    Kind::Output(fence) => Content::Output(fence),
                    Kind::Value(value) => Content::Value(value),
                    Kind::Code(_) | Kind::Tabs(_) | Kind::Admonition(_) => continue,
                };
                requests.all.push(Request {
                    chapter,
                    block,
                    content,
                });
            }
            requests.chapters.push((start..requests.all.len(), blocks));
        }
        requests
    }

    /// Returns all requests, in the order of the book.
    pub fn iter(&self) -> impl Iterator<Item = &Request<'a>> {
        self.all.iter()
    }

    /// Returns the requests of one chapter.
    pub fn of_chapter(&self, chapter: usize) -> &[Request<'a>] {
        &self.all[self.chapters[chapter].0.clone()]
    }

    /// Returns, for each chapter, the number of its blocks of any kind.
    pub fn block_counts(&self) -> impl Iterator<Item = usize> {
        self.chapters.iter().map(|(_, blocks)| *blocks)
    }

    /// Returns the place of the first fence that asks for a run; `None` if there is nothing to plan.
    pub fn first_fence(&self) -> Option<Ask> {
        let mut fences = self.iter().filter(|request| request.fence().is_some());
        fences.next().map(Request::ask)
    }

    /// Returns the targets of snippets and shell sessions, each name once. Their sources are `CHAPTER.md#NAME` below
    /// `root`, which are not files. `chapters` are the paths of the chapters, relative to `root`.
    pub fn targets_in_pages(&self, root: &Path, chapters: &[&Path]) -> Vec<Target> {
        let mut known = HashSet::new();
        let targets = self.iter().filter_map(|request| {
            request.in_page()?;
            let TargetName {
                kind,
                name,
                package,
                manifest: _,
            } = &request.fence()?.attributes.target;
            let chapter = chapters[request.chapter].display();
            known.insert(name.as_str()).then_some(())?;
            Some(Target {
                package: package.clone().unwrap_or_default(),
                kind: (*kind)?,
                name: name.clone(),
                source: root.join(format!("{chapter}#{name}")),
                manifest: PathBuf::new(),
                standalone: false,
            })
        });
        targets.collect()
    }

    /// Returns the names of the Cargo targets that the book shows: all but those `in_pages`.
    pub fn cargo_targets(&self, in_pages: &[Target]) -> impl Iterator<Item = &'a TargetName> {
        let in_pages: HashSet<String> = in_pages.iter().map(|target| target.name.clone()).collect();
        let is_cargo = move |name: &&TargetName| match name.kind {
            Some(TargetKind::Snippet | TargetKind::Shell) => false,
            Some(TargetKind::Example | TargetKind::Bin) => true,
            None => !in_pages.contains(&name.name),
        };
        let names = self.iter().filter_map(Request::fence);
        names.map(|fence| &fence.attributes.target).filter(is_cargo)
    }

    /// Returns the paths of the Cargo.toml files that fences name, relative to the book, each once.
    pub fn manifests(&self) -> BTreeSet<&'a str> {
        let fences = self.iter().filter_map(Request::fence);
        let manifests = fences.filter_map(|fence| fence.attributes.target.manifest.as_deref());
        manifests.collect()
    }

    /// Returns an error for each fence that gives a snippet or a shell session the name of an earlier program, or that
    /// names a Cargo target as an earlier fence has named a snippet or a session.
    pub fn duplicate_names(&self) -> Vec<Diagnostic> {
        let mut first: BTreeMap<String, &Request<'a>> = BTreeMap::new();
        let mut problems = Vec::new();
        for request in self.iter() {
            let Some(fence) = request.fence() else {
                continue;
            };
            let TargetName { kind, name, .. } = &fence.attributes.target;
            let is_in_page = request.in_page().is_some();
            let is_file = matches!(kind, Some(TargetKind::Example | TargetKind::Bin));
            // The name in a fence for an output alone refers to a program of any kind.
            if !is_in_page && !is_file {
                continue;
            }
            // Some file systems ignore case.
            let other = *first.entry(name.to_lowercase()).or_insert(request);
            let is_the_first = std::ptr::eq(other, request);
            if is_the_first || !is_in_page && other.in_page().is_none() {
                continue;
            }
            let place = if other.chapter == request.chapter {
                "this chapter"
            } else {
                "another chapter"
            };
            let help = if is_in_page {
                "choose a unique name with `name=…`"
            } else {
                "choose another name for the snippet or the commands there with `name=…`"
            };
            problems.push(
                Diagnostic::error(format!("the name `{name}` is already used in {place}"))
                    .at(&request.ask())
                    .related(Place::from(&other.ask()).label("it is used here"))
                    .help(help),
            );
        }
        problems
    }
}

impl<'a> Request<'a> {
    /// Returns the place of the block.
    pub fn ask(&self) -> Ask {
        Ask {
            chapter: self.chapter,
            span: self.block.place.clone(),
        }
    }

    /// Returns the fence's part in its run; `None` for a value.
    pub fn fence(&self) -> Option<Fence<'a>> {
        match self.content {
            Content::Source(fence) => Some(Fence {
                attributes: &fence.run,
                expected: &fence.expected,
                shows_output: fence.form == Form::TabSet,
            }),
            Content::Output(fence) => Some(Fence {
                attributes: &fence.run,
                expected: &fence.expected,
                shows_output: true,
            }),
            Content::Value(_) => None,
        }
    }

    /// Returns the snippet or shell session of the block; `None` if the block names a Cargo target or is a value.
    pub fn in_page(&self) -> Option<InPage<'a>> {
        match self.content {
            Content::Source(fence) => {
                let snippet = fence.snippet.as_ref()?;
                Some(InPage::Program(&fence.body, snippet))
            }
            Content::Output(fence) if !fence.commands.is_empty() => {
                Some(InPage::Commands(&fence.commands))
            }
            Content::Output(_) | Content::Value(_) => None,
        }
    }
}
