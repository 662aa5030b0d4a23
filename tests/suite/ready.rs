//! The runs of a book, built and ready to be executed with seeds.

use std::path::Path;

use mdbook_transcript::learn::Subject;
use mdbook_transcript::pipeline::execute::{Program, build_programs};
use mdbook_transcript::pipeline::observe::{Watching, observable};
use mdbook_transcript::pipeline::open::{Opened, opened};
use mdbook_transcript::pipeline::plan::Cargo;
use mdbook_transcript::progress::ProgressLine;

/// A book whose programs are built, as readers execute them and for the observer.
pub struct Ready {
    opened: Opened,
    programs: Vec<Program>,
    watching: Watching,
}

impl Ready {
    pub fn of(book: &Path) -> Ready {
        let opened = opened(book, &[], Cargo::Always).unwrap();
        let plan = &opened.plan;
        let progress = ProgressLine::begin();
        let runs = plan.ids().filter(|&id| plan[id].purpose.is_run());
        let runs: Vec<_> = runs.collect();
        let workspace = &opened.session.workspace;
        let built = build_programs(&runs, plan, workspace, &progress);
        let programs: Vec<_> = built.into_iter().map(Result::unwrap).collect();
        let observable = observable(programs.iter(), plan);
        Ready {
            watching: Watching::of(&observable, plan, workspace, &progress),
            opened,
            programs,
        }
    }

    /// The runs, also those that cannot be observed.
    pub fn subjects(&self) -> impl Iterator<Item = Subject<'_>> {
        let Opened { session, plan, .. } = &self.opened;
        let subject = |program| {
            let config = &session.config;
            self.watching.subject(program, &plan[program.run], config)
        };
        self.programs.iter().filter_map(subject)
    }
}
