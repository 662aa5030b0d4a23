//! Blocks → plan: the runs that the blocks of a book need, each once, with every place that asks for it.

use std::collections::btree_map::{BTreeMap, Entry};
use std::ops::Index;

mod agree;
mod claims;
mod names;
pub mod partition;
mod problems;
pub mod requests;
pub mod run;
pub mod targets;

use agree::{agree, declared};
use names::{command, id, make_unique};
pub use problems::Problems;
use requests::{Content, Fence, InPage, Request, Requests};
pub use run::{Ask, Declared, Origin, Run, Target};
use targets::{Targets, UnknownTarget};

use crate::diagnostic::{Diagnostic, Place};
use crate::lesson::BlockId;
use crate::lesson::fence::{Expected, RunAttributes, TargetKind, TargetName};
use crate::lesson::field::Field;
use crate::lesson::snippet::compiled_source;
use crate::lesson::value::Value;
use crate::spelling::nearest;
use crate::transcript::Exit;

/// The runs that a book needs, and the run that each block shows.
#[derive(Debug, Default)]
pub struct Plan {
    /// The runs, in the order in which the book first asks for them.
    pub runs: Vec<Run>,
    /// The targets whose sources the book shows, in the order of the book, each once.
    pub programs: Vec<Target>,
    /// The values of runs in running text, in the order of the book.
    pub values: Vec<ShownValue>,
    /// The parts of the plan that the blocks show, by chapter and [`BlockId`].
    blocks: Vec<Vec<Shown>>,
}

/// The number of a run in [`Plan::runs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub usize);

/// The number of a target in [`Plan::programs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgramId(pub usize);

/// The parts of a plan that a block shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown {
    /// The target whose source the block shows.
    pub program: Option<ProgramId>,
    /// The run whose output or value the block shows.
    pub run: Option<RunId>,
}

/// A value of a run in running text.
#[derive(Debug, Clone)]
pub struct ShownValue {
    /// The run.
    pub run: RunId,
    /// The field of its transcript.
    pub field: Field,
    /// The place of the value.
    pub place: Ask,
}

/// Plans the runs that a book's requests need; `profile` is the default profile of fences.
///
/// Returns the plan, and an error for each fence whose target does not exist or that contradicts another fence.
pub fn plan(requests: &Requests<'_>, targets: &Targets, profile: Option<&str>) -> (Plan, Problems) {
    let mut planner = Planner::of(requests, targets, profile);
    let mut problems = Problems::default();
    problems.extend(requests.duplicate_names());
    for request in requests.iter() {
        if let Some(fence) = request.fence() {
            match targets.resolve(&fence.attributes.target) {
                Ok(target) => {
                    let planned = planner.fence(request, fence, target);
                    problems.extend(planned.err().map(|error| *error));
                }
                Err(error) => {
                    let name = &fence.attributes.target.name;
                    problems.no_target(name, unknown(request, &error));
                }
            }
        }
    }
    let mut plan = planner.plan;
    problems.extend(make_unique(&mut plan.runs));
    problems.extend(claims::contradictions(&plan.runs));
    (plan, problems)
}

/// The state of planning.
struct Planner<'a> {
    requests: &'a Requests<'a>,
    targets: &'a Targets,
    profile: Option<&'a str>,
    /// The snippets and shell sessions, by the names of their targets.
    in_pages: BTreeMap<&'a str, InPage<'a>>,
    runs: BTreeMap<RunAttributes, RunId>,
    programs: BTreeMap<&'a Target, ProgramId>,
    plan: Plan,
}

impl<'a> Planner<'a> {
    fn of(
        requests: &'a Requests<'a>,
        targets: &'a Targets,
        profile: Option<&'a str>,
    ) -> Planner<'a> {
        let in_pages = requests.iter().filter_map(|request| {
            let name = request.fence()?.attributes.target.name.as_str();
            Some((name, request.in_page()?))
        });
        let blocks = requests.block_counts();
        Planner {
            requests,
            targets,
            profile,
            in_pages: in_pages.collect(),
            runs: BTreeMap::new(),
            programs: BTreeMap::new(),
            plan: Plan {
                blocks: blocks.map(|count| vec![Shown::default(); count]).collect(),
                ..Plan::default()
            },
        }
    }

    /// Plans the program and the run of a fence.
    ///
    /// # Errors
    /// The fence contradicts another one.
    fn fence(
        &mut self,
        request: &Request<'_>,
        fence: Fence<'_>,
        target: &'a Target,
    ) -> Result<(), Box<Diagnostic>> {
        let (chapter, block) = (request.chapter, request.block.id);
        if matches!(request.content, Content::Source(_)) {
            let programs = &mut self.plan.programs;
            let program = *self.programs.entry(target).or_insert_with(|| {
                programs.push(target.clone());
                ProgramId(programs.len() - 1)
            });
            self.plan.blocks[chapter][block.0].program = Some(program);
        }
        let is_run = fence.shows_output
            || is_shown_or_alone(self.requests.of_chapter(chapter), fence.attributes);
        if is_run {
            let run = self.run(target, fence.attributes);
            self.plan.blocks[chapter][block.0].run = Some(run);
            expect(&mut self.plan.runs[run.0], fence.expected, chapter)?;
            self.plan.runs[run.0].asks.push(request.ask());
        }
        Ok(())
    }

    /// Returns the run of a target with these attributes; adds a run if no earlier fence has asked for it.
    fn run(&mut self, target: &Target, asked: &RunAttributes) -> RunId {
        let run = RunId(self.plan.runs.len());
        let attributes = match self.runs.entry(resolved(asked, self.profile, target)) {
            Entry::Occupied(known) => return *known.get(),
            Entry::Vacant(new) => {
                let attributes = new.key().clone();
                new.insert(run);
                attributes
            }
        };
        let origin = self.origin(target);
        let profile = attributes.profile.as_deref();
        self.plan.runs.push(Run {
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
        });
        run
    }

    /// Returns the origin of a target's program.
    fn origin(&self, target: &Target) -> Origin {
        match (target.kind, self.in_pages.get(target.name.as_str())) {
            (TargetKind::Snippet, Some(InPage::Program(body, snippet))) => Origin::Snippet {
                code: compiled_source(body),
                snippet: (*snippet).clone(),
            },
            (TargetKind::Shell, Some(InPage::Commands(commands))) => Origin::Shell {
                commands: commands.to_vec(),
                programs: self.targets.named_in(commands),
            },
            _ => Origin::Target,
        }
    }
}

/// Returns whether a source fence takes part in its run. If the chapter shows the run's output, the fence may declare
/// the run's exit. If the chapter shows no output of the program, the program is executed all the same, because every
/// program on a page must build and run.
fn is_shown_or_alone(chapter: &[Request<'_>], source: &RunAttributes) -> bool {
    let outputs = chapter.iter().filter_map(|request| match request.content {
        Content::Output(fence) => Some(&fence.run),
        Content::Source(_) | Content::Value(_) => None,
    });
    let mut outputs = outputs
        .filter(|output| output.target.may_be(&source.target))
        .peekable();
    outputs.peek().is_none() || outputs.any(|output| output.may_be(source))
}

/// Returns a fence's attributes with their target and profile filled in. Fences with equal resolved attributes share
/// one run.
fn resolved(asked: &RunAttributes, profile: Option<&str>, target: &Target) -> RunAttributes {
    let RunAttributes {
        target: _,
        args,
        env,
        stdin,
        features,
        profile: own_profile,
    } = asked;
    let profile = own_profile.as_deref().or(profile);
    RunAttributes {
        target: TargetName {
            kind: Some(target.kind),
            name: target.name.clone(),
            package: Some(target.package.clone()),
        },
        args: args.clone(),
        env: env.clone(),
        stdin: stdin.clone(),
        features: features.clone(),
        profile: profile.map(str::to_owned),
    }
}

/// Adds a fence's expectations to those of its run.
///
/// # Errors
/// Another fence has a different expectation.
fn expect(run: &mut Run, expected: &Expected, chapter: usize) -> Result<(), Box<Diagnostic>> {
    run.alone |= expected.alone;
    let Expected {
        exit,
        timeout,
        order,
        claims,
        ..
    } = expected;
    agree("exit", chapter, exit, &mut run.exit, Exit::to_string)?;
    agree("timeout", chapter, timeout, &mut run.timeout, |&time| {
        humantime::format_duration(time).to_string()
    })?;
    agree("order", chapter, order, &mut run.order, |order| {
        format!("{order:?}").to_lowercase()
    })?;
    for claim in claims {
        if !run.claims.iter().any(|known| known.value == claim.value) {
            run.claims.push(declared(claim, chapter));
        }
    }
    if run.unchecked.is_none() {
        run.unchecked.clone_from(&expected.unchecked);
    }
    Ok(())
}

/// Returns the error for a fence whose target is unknown.
fn unknown(request: &Request<'_>, error: &UnknownTarget) -> Diagnostic {
    let (label, help) = match error {
        UnknownTarget::Missing { nearest, name, .. } => (
            nearest
                .as_ref()
                .map(|near| format!("did you mean `{near}`?"))
                .unwrap_or_default(),
            format!(
                "create `examples/{name}.rs` in the examples' package; if its Cargo.toml lists \
                 examples, add an `[[example]]` entry"
            ),
        ),
        UnknownTarget::Ambiguous { .. } => (
            String::new(),
            "add `package=`, or a source fence with `example=` or `bin=`; \
             if an output fence still matches several, rename one of them"
                .to_owned(),
        ),
    };
    Diagnostic::error(error.to_string())
        .at_labeled(&request.ask(), label)
        .help(help)
}

impl Plan {
    /// Returns the parts of the plan that a block shows.
    pub fn shown(&self, chapter: usize, block: BlockId) -> Shown {
        // The plan of a book for `mdbook test` is empty.
        let blocks = self.blocks.get(chapter);
        let shown = blocks.and_then(|blocks| blocks.get(block.0));
        shown.copied().unwrap_or_default()
    }

    /// Returns the ids of all runs, in order.
    pub fn ids(&self) -> impl Iterator<Item = RunId> + use<> {
        (0..self.runs.len()).map(RunId)
    }

    /// Returns the run with this name.
    pub fn named(&self, id: &str) -> Option<RunId> {
        self.runs.iter().position(|run| run.id == id).map(RunId)
    }

    /// Adds the values of runs that the book shows, and an error for each value of a run that no fence asks for.
    pub fn add_values(&mut self, requests: &Requests<'_>, problems: &mut Problems) {
        for request in requests.iter() {
            let Content::Value(value) = request.content else {
                continue;
            };
            let Some(run) = self.named(&value.run) else {
                problems.no_run(&value.run, self.no_run(request, value));
                continue;
            };
            self.blocks[request.chapter][request.block.id.0].run = Some(run);
            self.values.push(ShownValue {
                run,
                field: value.field.clone(),
                place: request.ask(),
            });
        }
    }

    /// Returns the error for a value of a run that does not exist.
    fn no_run(&self, request: &Request<'_>, value: &Value) -> Diagnostic {
        let near = nearest(&value.run, self.runs.iter().map(|run| run.id.as_str()));
        let near = near.map(|near| format!("did you mean `{near}`?"));
        let help = if self.runs.is_empty() {
            "a value needs a fence that asks for its run, and the book has no such fence"
        } else {
            "`mdbook-transcript list` lists the runs of the book"
        };
        let place = Place::chapter(request.chapter, value.run_place.clone());
        Diagnostic::error(format!("no run is named `{}`", value.run))
            .at_labeled(place, near.unwrap_or_default())
            .help(help)
    }
}

impl Index<RunId> for Plan {
    type Output = Run;

    fn index(&self, run: RunId) -> &Run {
        &self.runs[run.0]
    }
}
