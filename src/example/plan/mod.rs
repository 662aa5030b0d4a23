//! Blocks → the runs that they need, each once, with every place that asks.

use rustc_hash::FxHashMap;

use super::inputs::hash_of;
use super::targets::{Targets, UnknownTarget};
use super::{Ask, Declared, Origin, Run, Target};
use crate::lesson::fence::{Expected, Form, RunAttributes, Said, TargetKind, TargetName};
use crate::lesson::in_page::{InPage, What, code, in_page, namesakes};
use crate::lesson::shell::in_one_line;
use crate::lesson::{Also, Block, Kind, Lesson, Problem};
use crate::transcript::Exit;

/// The runs that a book needs.
#[derive(Debug, Default)]
pub struct Plan {
    /// The runs, in the order in which the book first asks for them.
    pub runs: Vec<Run>,
    /// The profile of programs whose fences name none.
    profile: Option<String>,
    numbers: FxHashMap<RunAttributes, usize>,
}

/// Something wrong with a fence, and the number of its chapter.
pub type Found = (usize, Problem);

/// Plans the runs for the lessons of a book, one a chapter; `profile` is that of programs whose fences
/// name none. Beside the plan stands every fence whose
/// target there is not, or that contradicts another.
pub fn plan(lessons: &[Lesson], targets: &Targets, profile: Option<&str>) -> (Plan, Vec<Found>) {
    let mut plan = Plan {
        profile: profile.map(str::to_owned),
        ..Plan::default()
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
        self.numbers.get(&self.normal(attributes, target)).copied()
    }

    /// The number of the run of this name, in [`runs`](Plan::runs).
    pub fn named(&self, id: &str) -> Option<usize> {
        self.runs.iter().position(|run| run.id == id)
    }

    /// The attributes with the target's kind and package, as they were found, and the profile.
    fn normal(&self, attributes: &RunAttributes, target: &Target) -> RunAttributes {
        RunAttributes {
            target: TargetName {
                kind: Some(target.kind),
                name: target.name.clone(),
                package: Some(target.package.clone()),
            },
            profile: attributes.profile.clone().or_else(|| self.profile.clone()),
            ..attributes.clone()
        }
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
        let attributes = self.normal(wish.attributes, target);
        let number = *self.numbers.entry(attributes.clone()).or_insert_with(|| {
            let profile = attributes.profile.as_deref();
            self.runs.push(Run {
                id: id(&attributes),
                command: command(wish.attributes, profile, target, &origin),
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
            });
            self.runs.len() - 1
        });
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

/// What a run is called: its program's name and its arguments, and what tells it from others where these do
/// not.
fn id(attributes: &RunAttributes) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
    let mut id = attributes.target.name.clone();
    let mut says_all = attributes.env.is_empty()
        && attributes.stdin.is_empty()
        && attributes.features.is_empty()
        && attributes.profile.is_none();
    for arg in &attributes.args {
        let slug = arg.replace(|c| !is_plain(c), "-");
        says_all &= slug == *arg && !slug.is_empty() && slug.len() <= LONGEST_ARG;
        id.push('-');
        id.extend(slug.chars().take(LONGEST_ARG));
    }
    // Commands have a name that is theirs alone.
    match says_all || attributes.target.kind == Some(TargetKind::Shell) {
        true => id,
        false => format!("{id}-{}", short_hash(attributes)),
    }
}

/// How much of an argument stands in the name of a run.
const LONGEST_ARG: usize = 24;

/// Six digits that stand for all attributes.
fn short_hash(attributes: &RunAttributes) -> String {
    let RunAttributes {
        target,
        args,
        env,
        stdin,
        features,
        profile,
    } = attributes;
    let kind = match target.kind {
        Some(TargetKind::Bin) => "bin",
        Some(TargetKind::Inline) => "inline",
        Some(TargetKind::Shell) => "shell",
        Some(TargetKind::Example) | None => "example",
    };
    let text = format!(
        "{kind} {:?} {} {args:?} {env:?} {stdin:?} {features:?} {profile:?}",
        target.package, target.name
    );
    hash_of(text.as_bytes())[..6].to_owned()
}

/// The command by which a reader runs it, as one types it in a POSIX shell. Of commands: they themselves.
fn command(
    attributes: &RunAttributes,
    profile: Option<&str>,
    target: &Target,
    origin: &Origin,
) -> String {
    if let Origin::Shell { commands, .. } = origin {
        return in_one_line(commands);
    }
    let quote = |word: &str| shlex::try_quote(word).map_or_else(|_| word.to_owned(), Into::into);
    let mut words = Vec::new();
    if !attributes.stdin.is_empty() {
        // printf(1) reads these escapes: the command stays on one line.
        let escapes = [("\\", "\\\\"), ("%", "%%"), ("\n", "\\n"), ("\t", "\\t")];
        let format = escapes
            .iter()
            .fold(attributes.stdin.clone(), |text, (c, escape)| {
                text.replace(c, escape)
            });
        let format = match format.contains('\'') {
            true => quote(&format),
            false => format!("'{format}'"),
        };
        words.extend(["printf".to_owned(), format, "|".to_owned()]);
    }
    let variables = attributes.env.iter();
    words.extend(variables.map(|(name, value)| format!("{name}={}", quote(value))));
    let is_refused = matches!(origin, Origin::Page { inline, .. } if inline.refused.is_some());
    let verb = if is_refused { "build" } else { "run" };
    words.extend(["cargo".to_owned(), verb.to_owned()]);
    if let Some(package) = &attributes.target.package
        && target.kind != TargetKind::Inline
    {
        words.extend(["--package".to_owned(), quote(package)]);
    }
    match profile {
        None | Some("dev") => {}
        Some("release") => words.push("--release".to_owned()),
        Some(profile) => words.extend(["--profile".to_owned(), quote(profile)]),
    }
    if !attributes.features.is_empty() {
        words.extend([
            "--features".to_owned(),
            quote(&attributes.features.join(",")),
        ]);
    }
    // A reader makes a package of a program in the page, and runs that.
    match target.kind {
        TargetKind::Example => words.extend(["--example".to_owned(), quote(&target.name)]),
        TargetKind::Bin => words.extend(["--bin".to_owned(), quote(&target.name)]),
        TargetKind::Inline | TargetKind::Shell => {}
    }
    if !attributes.args.is_empty() {
        words.push("--".to_owned());
        words.extend(attributes.args.iter().map(|arg| quote(arg)));
    }
    words.join(" ")
}
