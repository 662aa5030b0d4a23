//! `check` and `record --all` compared with the same commands of an earlier commit: `BEFORE=CHECKOUT cargo bench -- before`.
//!
//! The checkout is of that commit, and `cargo build --release` has built the tool there. Both tools work on copies of
//! its tutorial, with recordings of their own.

use std::env;
use std::path::{Path, PathBuf};

use super::OURS;
use super::books::{Book, Fences};
use super::pairs::process;
use super::seeds::{SLEEPS, command, row};

const WITHOUT: &str = "a row of another commit is left out: BEFORE names no checkout";

/// `check` and `record --all` of the earlier commit's tutorial.
pub fn tutorial() {
    let Some(checkout) = checkout() else {
        return println!("{WITHOUT}");
    };
    let book = || Book::tutorial(&checkout, "");
    against("its tutorial", &checkout, [book(), book()]);
}

/// Thirty programs that sleep for a second.
pub fn thirty_sleeping() {
    let Some(checkout) = checkout() else {
        return println!("{WITHOUT}");
    };
    let book = || Book::of_the_same(30, SLEEPS, Fences::Ours);
    against(
        "30 programs that sleep for a second",
        &checkout,
        [book(), book()],
    );
}

/// The absolute path of the earlier commit's checkout.
fn checkout() -> Option<PathBuf> {
    let folder = env::var_os("BEFORE")?;
    Some(Path::new(&folder).canonicalize().unwrap())
}

/// Records both books, each with its own tool, and prints the rows of both commands.
fn against(what: &str, checkout: &Path, [ours, theirs]: [Book; 2]) {
    let tool = checkout.join("target/release/mdbook-transcript");
    for (args, rounds) in [(&["record", "--all"][..], 3), (&["check"], 5)] {
        row(
            &format!("`{}` of {what}, built", args.join(" ")),
            "the earlier commit",
            "",
            rounds,
            || process(&mut command(OURS.as_ref(), &ours, args), None),
            || process(&mut command(&tool, &theirs, args), None),
        );
    }
}
