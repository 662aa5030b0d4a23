//! Blocks → the runs that they need, each once, with every place that asks.

use hashbrown::hash_table::{Entry, HashTable};
use rustc_hash::FxHashMap;

pub mod partition;
pub mod run;
pub mod targets;

pub use run::{Ask, Declared, Origin, Run, Target};
use targets::{Targets, UnknownTarget};

use crate::lesson::fence::{Expected, Form, RunAttributes, Said, TargetKind, TargetName};
use crate::lesson::in_page::{InPage, What, code, in_page, namesakes};
use crate::lesson::{Also, Block, Kind, Lesson, Problem};
use crate::transcript::Exit;

mod key;
mod words;

use key::Key;
use words::{command, id, short_hash};

/// The runs that a book needs.
#[derive(Debug, Default)]
pub struct Plan {
    /// The runs, in the order in which the book first asks for them.
    pub runs: Vec<Run>,
    /// The profile of programs whose fences name none.
    profile: Option<String>,
    /// The numbers of the runs, by what makes them.
    numbers: HashTable<usize>,
}

/// Something wrong with a fence, and the number of its chapter.
pub type Found = (usize, Problem);

/// Plans the runs for the lessons of a book, one a chapter; `profile` is that of programs whose fences
/// name none. Beside the plan stands every fence whose
/// target there is not, or that contradicts another.
pub fn plan(lessons: &[Lesson], targets: &Targets, profile: Option<&str>) -> (Plan, Vec<Found>) {
    // Most chapters of a large book show one run: what grows is copied again and again.
    let mut plan = Plan {
        runs: Vec::with_capacity(lessons.len()),
        profile: profile.map(str::to_owned),
        numbers: HashTable::with_capacity(lessons.len()),
    };
    let in_pages = lessons.iter().flat_map(in_page);
    let in_pages: FxHashMap<&str, InPage<'_>> = in_pages
        .map(|in_page| (in_page.run.target.name.as_str(), in_page))
        .collect();
    let mut problems = namesakes(lessons);
    for (chapter, lesson) in lessons.iter().enumerate() {
        for block in lesson.walk() {
            let Some(wish) = Wish::of(block) else {
                continue;
            };
            let added = match targets.resolve(&wish.attributes.target) {
                Ok(target) if wish.runs || is_shown_or_alone(lesson, wish.attributes) => {
                    let ask = Ask {
                        chapter,
                        span: block.place.clone(),
                    };
                    let in_page = in_pages.get(target.name.as_str());
                    plan.add(target, origin(target, in_page, targets), &wish, ask)
                }
                Ok(_) => Ok(()),
                Err(error) => Err(unknown(block, &error)),
            };
            problems.extend(added.err().map(|problem| (chapter, problem)));
        }
    }
    plan.tell_apart();
    (plan, problems)
}

/// What a fence asks for.
struct Wish<'a> {
    attributes: &'a RunAttributes,
    expected: &'a Expected,
    /// Whether it shows what the run prints.
    runs: bool,
}

impl Wish<'_> {
    fn of(block: &Block) -> Option<Wish<'_>> {
        match &block.kind {
            Kind::Source(fence) => Some(Wish {
                attributes: &fence.run,
                expected: &fence.expected,
                runs: fence.form == Form::TabSet,
            }),
            Kind::Output(fence) => Some(Wish {
                attributes: &fence.run,
                expected: &fence.expected,
                runs: true,
            }),
            Kind::Code(_) | Kind::Tabs(_) | Kind::Admonition(_) | Kind::Value(_) => None,
        }
    }
}

/// Whether a source fence has a part in its run: where the chapter shows what that printed, it may
/// say how it must end; and where the chapter shows no output of the program at all, the program is
/// run all the same, for what a page shows has been built and run.
fn is_shown_or_alone(lesson: &Lesson, source: &RunAttributes) -> bool {
    let mut outputs = lesson
        .walk()
        .filter_map(|block| match &block.kind {
            Kind::Output(fence) => Some(&fence.run),
            _ => None,
        })
        .filter(|output| output.target.may_be(&source.target))
        .peekable();
    outputs.peek().is_none() || outputs.any(|output| output.may_be(source))
}

fn unknown(block: &Block, error: &UnknownTarget) -> Problem {
    let (label, help) = match error {
        UnknownTarget::Missing { nearest, name, .. } => (
            nearest
                .as_ref()
                .map(|near| format!("did you mean `{near}`?"))
                .unwrap_or_default(),
            format!(
                "an example is a file `examples/{name}.rs` of the examples' package; where its \
                 Cargo.toml lists them, it needs a `[[example]]` entry too"
            ),
        ),
        UnknownTarget::Ambiguous { .. } => (
            String::new(),
            "`package=` says whose it is, and a source fence whether it is an example or a binary; \
             where an output fence cannot tell them apart, rename one"
                .to_owned(),
        ),
    };
    Problem {
        label,
        help: Some(help),
        ..Problem::error(block.place.clone(), error.to_string())
    }
}

impl Plan {
    /// The number of the run that a fence means, in [`runs`](Plan::runs).
    pub fn number(&self, attributes: &RunAttributes, targets: &Targets) -> Option<usize> {
        let target = targets.resolve(&attributes.target).ok()?;
        let key = Key::of(attributes, target, self.profile.as_deref());
        let is_it = |&number: &usize| key == Key::of_run(&self.runs[number]);
        self.numbers.find(key.hash(), is_it).copied()
    }

    /// The number of the run of this name, in [`runs`](Plan::runs).
    pub fn named(&self, id: &str) -> Option<usize> {
        self.runs.iter().position(|run| run.id == id)
    }

    /// Gives runs that would be called the same names of their own: their packages', or what stands for all
    /// their attributes.
    fn tell_apart(&mut self) {
        let more = [
            |run: &Run| match run.target.kind {
                TargetKind::Inline | TargetKind::Shell => "-in-page".to_owned(),
                _ => format!("-of-{}", run.target.package),
            },
            |run: &Run| format!("-{}", short_hash(&run.attributes)),
        ];
        for more in more {
            // Some file systems take capital letters for small ones.
            let ids: Vec<String> = self.runs.iter().map(|run| run.id.to_lowercase()).collect();
            let mut counts: FxHashMap<&str, u32> = FxHashMap::default();
            for id in &ids {
                *counts.entry(id).or_default() += 1;
            }
            if counts.len() == ids.len() {
                return;
            }
            for (run, id) in self.runs.iter_mut().zip(&ids) {
                if counts[id.as_str()] > 1 {
                    run.id.push_str(&more(run));
                }
            }
        }
    }

    /// Adds what a fence asks for.
    fn add(
        &mut self,
        target: &Target,
        origin: Origin,
        wish: &Wish<'_>,
        ask: Ask,
    ) -> Result<(), Problem> {
        let Plan {
            runs,
            profile,
            numbers,
        } = self;
        let key = Key::of(wish.attributes, target, profile.as_deref());
        let entry = numbers.entry(
            key.hash(),
            |&number| key == Key::of_run(&runs[number]),
            |&number| Key::of_run(&runs[number]).hash(),
        );
        let number = match entry {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                let number = *new.insert(runs.len()).get();
                runs.push(planned(wish.attributes, profile.as_deref(), target, origin));
                number
            }
        };
        let run = &mut self.runs[number];
        run.alone |= wish.expected.alone;
        let Expected {
            exit,
            timeout,
            order,
            claims,
            ..
        } = wish.expected;
        let chapter = ask.chapter;
        agree("exit", chapter, exit, &mut run.exit, Exit::to_string)?;
        agree("timeout", chapter, timeout, &mut run.timeout, |&time| {
            humantime::format_duration(time).to_string()
        })?;
        agree("order", chapter, order, &mut run.order, |order| {
            format!("{order:?}").to_lowercase()
        })?;
        for claim in claims {
            if !run.claims.iter().any(|its| its.what == claim.what) {
                run.claims.push(declared(claim, chapter));
            }
        }
        if run.unchecked.is_none() {
            run.unchecked.clone_from(&wish.expected.unchecked);
        }
        run.asks.push(ask);
        Ok(())
    }
}

/// A run of which nothing is declared yet, as a fence asks for it; `profile`: that of programs whose fences name
/// none.
fn planned(asked: &RunAttributes, profile: Option<&str>, target: &Target, origin: Origin) -> Run {
    let profile = asked.profile.as_deref().or(profile);
    let attributes = RunAttributes {
        target: TargetName {
            kind: Some(target.kind),
            name: target.name.clone(),
            package: Some(target.package.clone()),
        },
        args: asked.args.clone(),
        env: asked.env.clone(),
        stdin: asked.stdin.clone(),
        features: asked.features.clone(),
        profile: profile.map(str::to_owned),
    };
    Run {
        id: id(&attributes),
        command: command(asked, profile, target, &origin),
        origin,
        target: target.clone(),
        attributes,
        exit: None,
        timeout: None,
        alone: false,
        order: None,
        claims: Vec::new(),
        unchecked: None,
        asks: Vec::new(),
    }
}

fn declared<T: Clone>(said: &Said<T>, chapter: usize) -> Declared<T> {
    Declared {
        what: said.what.clone(),
        ask: Ask {
            chapter,
            span: said.place.clone(),
        },
    }
}

/// Adds what a fence of this chapter says to what is declared, unless that is something else; `text`: what stands
/// behind `name=`.
fn agree<T: Clone + PartialEq>(
    name: &str,
    chapter: usize,
    said: &Option<Said<T>>,
    is: &mut Option<Declared<T>>,
    text: impl Fn(&T) -> String,
) -> Result<(), Problem> {
    let Some(said) = said else {
        return Ok(());
    };
    let first = is.get_or_insert_with(|| declared(said, chapter));
    if first.what == said.what {
        return Ok(());
    }
    let (here, there) = (text(&said.what), text(&first.what));
    let also = Also {
        chapter: Some(first.ask.chapter),
        span: first.ask.span.clone(),
        label: format!("`{name}={there}` is said here"),
    };
    let message = format!("`{name}={here}` contradicts `{name}={there}` of the same run");
    Err(Problem {
        also: vec![also],
        ..Problem::error(said.place.clone(), message)
    })
}

/// Where the program of a target comes from; `in_page`: what stands in a page under its name.
fn origin(target: &Target, in_page: Option<&InPage<'_>>, targets: &Targets) -> Origin {
    match (target.kind, in_page.map(|in_page| in_page.what)) {
        (TargetKind::Inline, Some(What::Program(body, inline))) => Origin::Page {
            code: code(body),
            inline: inline.clone(),
        },
        (TargetKind::Shell, Some(What::Commands(commands))) => Origin::Shell {
            commands: commands.to_vec(),
            programs: targets.named_in(commands),
        },
        _ => Origin::Target,
    }
}
