//! Links std as a shared library, in addition to the compiler flags that are in effect.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::cargo::command::folder_of;
use crate::recordings::configuration;

/// Makes a call of Cargo link std as a shared library; `manifest` is the author's.
///
/// Cargo takes the flags of one source alone: of the environment, else of `target` tables in its configuration, else of
/// its `build` table. Within a source, it joins the flags.
pub(super) fn link_dynamically(command: &mut Command, manifest: &Path) {
    const FLAGS: &str = "-C prefer-dynamic";
    let value = |name: &str| env::var_os(name).map(|flags| flags.to_string_lossy().into_owned());
    if let Some(flags) = value("CARGO_ENCODED_RUSTFLAGS") {
        let flags = [&flags, "-C", "prefer-dynamic"].join("\u{1f}");
        command.env(
            "CARGO_ENCODED_RUSTFLAGS",
            flags.trim_start_matches('\u{1f}'),
        );
    } else if let Some(flags) = value("RUSTFLAGS") {
        command.env("RUSTFLAGS", format!("{flags} {FLAGS}"));
    } else if has_flags_of_target(manifest) {
        let key = "target.\"cfg(all())\".rustflags";
        command.args(["--config", &format!("{key}=[\"-C\",\"prefer-dynamic\"]")]);
    } else {
        // Flags in a file may be a text or a list, and only a variable can be joined with either.
        let flags = value("CARGO_BUILD_RUSTFLAGS").unwrap_or_default();
        command.env("CARGO_BUILD_RUSTFLAGS", format!("{flags} {FLAGS}"));
    }
}

/// True if the user's configuration has flags for a target.
fn has_flags_of_target(manifest: &Path) -> bool {
    let mut tables = configuration::tables(folder_of(manifest));
    let in_files = tables.any(|table| {
        let targets = table.get("target").and_then(toml::Value::as_table);
        let mut targets = targets.into_iter().flat_map(|targets| targets.values());
        targets.any(|target| target.get("rustflags").is_some())
    });
    in_files
        || env::vars_os().any(|(name, _)| {
            let name = name.to_string_lossy();
            name.starts_with("CARGO_TARGET_") && name.ends_with("_RUSTFLAGS")
        })
}
