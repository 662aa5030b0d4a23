//! Verdicts → the terminal, a CI's log and its files.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::book::Book;
use crate::cli::Format;
use crate::progress::{Stderr, color};
use crate::report::checkout::Checkout;
use crate::report::verdict::{LeftOut, Verdicts};
use crate::report::{github, human, json, junit};

/// Writes the verdicts to `out` in a format, and the files that a CI reads in addition.
///
/// # Errors
/// Writing fails.
pub(super) fn write(
    verdicts: &Verdicts,
    format: Format,
    book: &Book<'_>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let text = match format {
        Format::Human => human::text(verdicts, color(&io::stdout())),
        Format::Json => {
            // Each line of the output is a checked run.
            for LeftOut { runs, why } in &verdicts.left_out {
                tracing::info!("left out: {runs}, {why}");
            }
            json::text(verdicts)?
        }
        Format::Github => {
            if let Some(file) = env::var_os("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty()) {
                append(Path::new(&file), &github::summary(verdicts))?;
            }
            github::text(verdicts, &checkout(book)?, color(&io::stdout()))
        }
        Format::Junit => {
            // The report goes to a file; people who read the log want the findings as well.
            let text = human::text(verdicts, color(&io::stderr()));
            Stderr.write_all(text.as_bytes()).ok();
            junit::text(verdicts, &checkout(book)?)?
        }
    };
    out.write_all(text.as_bytes())
        .context("failed to write the verdicts")
}

/// The folder of the repository, as the CI names it; else the current folder.
fn checkout(book: &Book<'_>) -> anyhow::Result<Checkout> {
    let folder = |variable| env::var_os(variable).filter(|folder| !folder.is_empty());
    let repository = folder("GITHUB_WORKSPACE").or_else(|| folder("CI_PROJECT_DIR"));
    let repository = match repository {
        Some(folder) => PathBuf::from(folder),
        None => env::current_dir().context("failed to find the current folder")?,
    };
    Ok(Checkout {
        book: book.root.clone(),
        repository: fs::canonicalize(&repository).unwrap_or(repository),
    })
}

fn append(file: &Path, text: &str) -> anyhow::Result<()> {
    let opened = OpenOptions::new().create(true).append(true).open(file);
    opened
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| {
            format!(
                "failed to write to `{}` (GITHUB_STEP_SUMMARY)",
                file.display()
            )
        })
}
