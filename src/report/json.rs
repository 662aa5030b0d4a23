//! Verdicts → JSON: an object for each run, each in a line of its own.

use serde::Serialize;

use super::verdict::{Fence, RunVerdict, Verdicts};
use crate::diagnostic::Diagnostic;

#[derive(Serialize)]
struct Run<'a> {
    run: &'a str,
    verdict: &'static str,
    findings: Vec<Finding<'a>>,
    /// In the last line: the runs that the check did not reach.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_checked: Vec<&'a str>,
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
    let last = verdicts.all().count().saturating_sub(1);
    let unreached = verdicts.unreached.iter();
    let unreached: Vec<&str> = unreached.map(|unreached| unreached.run.as_str()).collect();
    let lines = verdicts.all().enumerate().map(|(number, run)| {
        let findings = run.findings.iter();
        let run = Run {
            run: &run.run,
            verdict: run.verdict().word(),
            findings: findings.map(|its| finding(run, its)).collect(),
            not_checked: match number == last {
                true => unreached.clone(),
                false => Vec::new(),
            },
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
