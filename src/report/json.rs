//! Verdicts → JSON: an object for each run, each in a line of its own.

use serde::Serialize;

use super::verdict::{Fence, RunVerdict, Verdicts};
use crate::diagnostic::Diagnostic;

#[derive(Serialize)]
struct Run<'a> {
    run: &'a str,
    verdict: &'static str,
    findings: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    kind: Option<&'static str>,
    severity: &'static str,
    message: &'a str,
    chapter: Option<String>,
    line: Option<usize>,
}

/// The lines.
///
/// # Errors
/// No known ones: texts and numbers always serialize.
pub fn text(verdicts: &Verdicts) -> serde_json::Result<String> {
    let lines = verdicts.all().map(|run| {
        let findings = run.findings.iter();
        let run = Run {
            run: &run.run,
            verdict: run.verdict().word(),
            findings: findings.map(|its| finding(run, its)).collect(),
        };
        Ok(serde_json::to_string(&run)? + "\n")
    });
    lines.collect()
}

fn finding<'a>(run: &'a RunVerdict, finding: &'a Diagnostic) -> Finding<'a> {
    let (chapter, line) = match &run.fence {
        Some(Fence { chapter, line }) => (Some(chapter.display().to_string()), Some(*line)),
        None => (None, None),
    };
    Finding {
        kind: finding.kind.map(|kind| kind.word()),
        severity: finding.severity.word(),
        message: &finding.message,
        chapter,
        line,
    }
}
