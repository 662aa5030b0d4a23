//! Blocks → plan: the runs that the blocks of a book need, each once, with every place that asks for it.

use std::collections::hash_map::{Entry, HashMap};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Index;
use std::ptr;
use std::sync::Arc;

mod agree;
mod claims;
mod names;
pub mod partition;
mod problems;
mod purposes;
pub mod requests;
pub mod run;
pub mod targets;

use agree::{cut_with_seed, expect};
use names::{command, id, make_unique};
pub use problems::Problems;
use purposes::Purposes;
use requests::{Content, Fence, InPage, Request, Requests};
pub use run::{Ask, Declared, Origin, Run, Target};
use targets::{Targets, UnknownTarget, resolved};

use crate::diagnostic::{Diagnostic, Place};
use crate::lesson::BlockId;
use crate::lesson::fence::{RunAttributes, TargetKind, TargetName};
use crate::lesson::field::Field;
use crate::lesson::purpose::Purpose;
use crate::lesson::snippet::{Compiled, compiled_source};
use crate::lesson::value::Value;
use crate::spelling::nearest;
use crate::transcript::redaction::Redactions;

/// The runs that a book needs, and the run that each block shows.
#[derive(Debug, Default)]
pub struct Plan {
    /// The runs, in the order in which the book first asks for them.
    pub runs: Vec<Run>,
    /// The targets whose sources the book shows, in the order of the book, each once.
    pub programs: Vec<Target>,
    /// The values of runs in running text, in the order of the book.
    pub values: Vec<ShownValue>,
    /// The names that the runs of programs would have that are only shown.
    only_shown: BTreeSet<String>,
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
    let (purposes, contradictions) = Purposes::of(requests, targets, profile);
    let mut planner = Planner::of(requests, targets, profile, purposes);
    let mut problems = Problems::default();
    problems.extend(requests.duplicate_names());
    problems.extend(contradictions);
    let mut unreadable = BTreeSet::new();
    for request in requests.iter() {
        if let Some(fence) = request.fence() {
            match targets.resolve(&fence.attributes.target) {
                Ok(target) => {
                    let planned = planner.fence(request, fence, target);
                    problems.extend(planned.err().map(|error| *error));
                }
                Err(error) => {
                    let TargetName { name, manifest, .. } = &fence.attributes.target;
                    let is_unreadable = matches!(error, UnknownTarget::Unreadable { .. });
                    if !is_unreadable || unreadable.insert(manifest) {
                        problems.no_target(name, unknown(request, &error));
                    }
                }
            }
        }
    }
    let mut plan = planner.plan;
    problems.extend(make_unique(&mut plan.runs));
    problems.extend(cut_with_seed(&plan.runs));
    problems.extend(claims::contradictions(&plan.runs));
    (plan, problems)
}

/// The state of planning.
struct Planner<'a> {
    requests: &'a Requests<'a>,
    targets: &'a Targets,
    profile: Option<&'a str>,
    purposes: Purposes,
    /// The snippets and shell sessions, by the names of their targets.
    in_pages: BTreeMap<&'a str, InPage<'a>>,
    runs: HashMap<Arc<RunAttributes>, RunId>,
    /// By address: each target is in `targets` once, and hashing its paths would take longer than all else here.
    programs: HashMap<*const Target, ProgramId>,
    plan: Plan,
}

impl<'a> Planner<'a> {
    fn of(
        requests: &'a Requests<'a>,
        targets: &'a Targets,
        profile: Option<&'a str>,
        purposes: Purposes,
    ) -> Planner<'a> {
        let mut in_pages = BTreeMap::new();
        for request in requests.iter() {
            if let (Some(fence), Some(in_page)) = (request.fence(), request.in_page()) {
                let name = fence.attributes.target.name.as_str();
                // A second one of the same name is an error.
                in_pages.entry(name).or_insert(in_page);
            }
        }
        let blocks = requests.block_counts();
        // Growing would move and hash every run several times.
        let most = requests.iter().count();
        Planner {
            requests,
            targets,
            profile,
            purposes,
            in_pages,
            runs: HashMap::with_capacity(most),
            programs: HashMap::new(),
            plan: Plan {
                runs: Vec::with_capacity(most),
                blocks: blocks.map(|count| vec![Shown::default(); count]).collect(),
                ..Plan::default()
            },
        }
    }

    /// Plans the program and the run of a fence.
    ///
    /// # Errors
    /// The fence contradicts another one, or shows the output of a program that has none.
    fn fence(
        &mut self,
        request: &Request<'_>,
        fence: Fence<'_>,
        target: &'a Target,
    ) -> Result<(), Box<Diagnostic>> {
        let (chapter, block) = (request.chapter, request.block.id);
        if matches!(request.content, Content::Source(_)) {
            let programs = &mut self.plan.programs;
            let program = *self
                .programs
                .entry(ptr::from_ref(target))
                .or_insert_with(|| {
                    programs.push(target.clone());
                    ProgramId(programs.len() - 1)
                });
            self.plan.blocks[chapter][block.0].program = Some(program);
        }
        let is_run = fence.shows_output
            || is_shown_or_alone(self.requests.of_chapter(chapter), fence.attributes);
        if is_run {
            let attributes = resolved(fence.attributes, self.profile, target);
            if fence.shows_output
                && let Some(error) = self.purposes.no_output(request, target, &attributes)
            {
                return Err(error.into());
            }
            let Some(run) = self.run(target, fence.attributes, attributes) else {
                return Ok(());
            };
            self.plan.blocks[chapter][block.0].run = Some(run);
            expect(&mut self.plan.runs[run.0], fence.expected, chapter)?;
            self.plan.runs[run.0].asks.push(request.ask());
        }
        Ok(())
    }

    /// Returns the run of a target with these attributes, resolved from the fence's; adds a run if no earlier fence has
    /// asked for it. `None`: the program is only shown.
    fn run(
        &mut self,
        target: &Target,
        asked: &RunAttributes,
        attributes: RunAttributes,
    ) -> Option<RunId> {
        let purpose = self.purposes.of_run(&attributes);
        if purpose == Purpose::Show {
            self.plan.only_shown.insert(id(&attributes));
            return None;
        }
        let run = RunId(self.plan.runs.len());
        let attributes = Arc::new(attributes);
        match self.runs.entry(Arc::clone(&attributes)) {
            Entry::Occupied(known) => return Some(*known.get()),
            Entry::Vacant(new) => new.insert(run),
        };
        let origin = self.origin(target);
        let profile = attributes.profile.as_deref();
        self.plan.runs.push(Run {
            id: id(&attributes),
            command: command(asked, profile, target, &origin, &purpose, self.targets),
            origin,
            purpose,
            target: target.clone(),
            attributes,
            exit: None,
            timeout: None,
            alone: false,
            order: None,
            claims: Vec::new(),
            redacted: Vec::new(),
            redactions: Redactions::default(),
            unchecked: None,
            asks: Vec::with_capacity(1),
        });
        Some(run)
    }

    /// Returns the origin of a target's program.
    fn origin(&self, target: &Target) -> Origin {
        match (target.kind, self.in_pages.get(target.name.as_str())) {
            (TargetKind::Snippet, Some(InPage::Program(body, snippet))) => {
                let Compiled { code, main } = compiled_source(body);
                Origin::Snippet {
                    code,
                    main,
                    snippet: (*snippet).clone(),
                }
            }
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
        UnknownTarget::Unreadable { output, .. } => {
            let error = Diagnostic::error(error.to_string()).at(&request.ask());
            return error.output(output);
        }
        UnknownTarget::NoPackage(_) => (
            String::new(),
            "`manifest` is the path of a Cargo.toml or of its folder, relative to the folder with book.toml"
                .to_owned(),
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

/// Returns the error for a value of a program that is not executed.
fn no_value(request: &Request<'_>, value: &Value, purpose: &Purpose) -> Diagnostic {
    let message = format!("`{}` has no values: it {}", value.run, purpose.in_words());
    let place = Place::chapter(request.chapter, value.run_place.clone());
    Diagnostic::error(message).at(place).help(format!(
        "remove `{purpose}` from the fence of its program, or remove the value"
    ))
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

    /// Adds the redactions of the book to those that fences declare. A fence's redaction of the same name takes
    /// precedence.
    pub fn redact(&mut self, of_book: &Redactions) {
        for run in &mut self.runs {
            of_book
                .iter()
                .cloned()
                .for_each(|one| run.redactions.add(one));
        }
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
            if self[run].purpose.is_silent() {
                problems.extend([no_value(request, value, &self[run].purpose)]);
                continue;
            }
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
        if self.only_shown.contains(&value.run) {
            return no_value(request, value, &Purpose::Show);
        }
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
