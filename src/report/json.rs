//! Verdicts → one JSON object a line for each run.

use serde::Serialize;

use super::verdict::{RunVerdict, Told, Verdicts};

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
/// None of which we know: they are texts and numbers.
pub fn text(verdicts: &Verdicts) -> serde_json::Result<String> {
    let lines = verdicts.all().map(|run| {
        let findings = run.told.iter().map(|told| finding(run, told));
        let run = Run {
            run: &run.run,
            verdict: run.verdict().word(),
            findings: findings.collect(),
        };
        Ok(serde_json::to_string(&run)? + "\n")
    });
    lines.collect()
}

fn finding<'a>(run: &'a RunVerdict, told: &'a Told) -> Finding<'a> {
    let fence = run.fence.as_ref();
    Finding {
        kind: told.finding.kind,
        severity: told.severity.word(),
        message: &told.finding.message,
        chapter: fence.map(|(chapter, _)| chapter.display().to_string()),
        line: fence.map(|(_, line)| *line),
    }
}
