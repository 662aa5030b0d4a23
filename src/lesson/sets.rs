//! The tab sets that source fences become: *Code* and *Output*.

use super::fence::{Form, RunAttributes, SourceFence};
use super::{Block, Kind, Lesson};
use crate::diagnostic::Diagnostic;

/// Makes a tab set of each source fence whose output the chapter does not show.
pub(super) fn complete_sets(lesson: &mut Lesson) {
    let outputs: Vec<RunAttributes> = lesson
        .walk()
        .filter_map(|block| match &block.kind {
            Kind::Output(output) => Some(output.run.clone()),
            _ => None,
        })
        .collect();
    complete_sets_without(&outputs, lesson);
}

/// Makes a tab set of each source fence outside tabs whose run is not among the `outputs`.
fn complete_sets_without(outputs: &[RunAttributes], lesson: &mut Lesson) {
    for block in &mut lesson.blocks {
        match &mut block.kind {
            Kind::Source(source)
                if has_output(source)
                    && !outputs.iter().any(|output| output.may_be(&source.run)) =>
            {
                source.form = Form::TabSet;
            }
            Kind::Admonition(admonition) => complete_sets_without(outputs, &mut admonition.lesson),
            Kind::Code(_) | Kind::Source(_) | Kind::Output(_) | Kind::Tabs(_) | Kind::Value(_) => {}
        }
    }
}

/// Returns whether a fence's program has an output: its own, or the compiler's.
fn has_output(source: &SourceFence) -> bool {
    let purpose = source.expected.purpose.as_ref();
    !purpose.is_some_and(|purpose| purpose.value.is_silent())
}

/// The errors for the attributes of a tab set on a source fence that becomes none.
pub(super) fn without_effect(block: &Block) -> Vec<Diagnostic> {
    let source = match &block.kind {
        Kind::Source(source) if source.form == Form::Code => source,
        _ => return Vec::new(),
    };
    let timeline = source.timeline.as_ref().map(|timeline| {
        Diagnostic::error("`timeline` has no effect here: this fence shows no output")
            .at(timeline.span.clone())
            .help("set it on the fence that shows the program's output")
    });
    let tab = source.tab.as_ref().map(|tab| {
        Diagnostic::error("`tab` has no effect here: this fence becomes no tab set")
            .at(tab.span.clone())
            .help(
                "remove it; in a tab set of your own, `===+` begins the tab that is open at first",
            )
    });
    timeline.into_iter().chain(tab).collect()
}
