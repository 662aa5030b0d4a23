//! Inputs that are not files: environment variables and fields of a manifest that a program was compiled with. Among the
//! paths of inputs, `FOLDER/$NAME` stands for a variable, and `MANIFEST#FIELD` for a field.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use toml::Value;

use super::configuration::{self, table};
use crate::hash::hash_of;

const MANIFEST: &str = "Cargo.toml";

/// The name of an environment variable, as Cargo passes it to the compiler if it is started in a folder.
pub fn variable(folder: &Path, name: &str) -> PathBuf {
    canonical(folder).join(format!("${name}"))
}

/// The name of a field in the `[package]` table of a Cargo.toml.
pub fn field(manifest: &Path, field: &str) -> PathBuf {
    let folder = manifest.parent().unwrap_or(Path::new(""));
    canonical(folder).join(format!("{MANIFEST}#{field}"))
}

/// True if a path stands for a variable or a field.
pub fn is_compiled_in(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('$') || name.starts_with("Cargo.toml#")
}

/// The hash of a variable or a field; `None`: it does not exist, or the path stands for neither.
pub(super) fn hash(path: &Path) -> Option<String> {
    let (folder, name) = (path.parent()?, path.file_name()?.to_str()?);
    let value = match name.strip_prefix('$') {
        Some(variable) => value_of_variable(folder, variable),
        None => value_of_field(folder, name.strip_prefix(MANIFEST)?.strip_prefix('#')?),
    };
    Some(hash_of(value?.as_bytes()))
}

/// The value of a variable that Cargo passes to the compiler: that of `[env]` in Cargo's configuration if the
/// environment has none, or with `force`.
///
/// The value of a `relative` variable depends on the folder of the checkout: it counts as written.
fn value_of_variable(folder: &Path, name: &str) -> Option<String> {
    let own = env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    match in_settings(folder, name) {
        Some(Value::String(value)) => Some(own.unwrap_or(value)),
        Some(Value::Table(setting)) => {
            let is = |key: &str| setting.get(key).and_then(Value::as_bool).unwrap_or(false);
            let value = setting.get("value").and_then(Value::as_str)?;
            let prefix = if is("relative") { "relative " } else { "" };
            own.filter(|_| !is("force"))
                .or_else(|| Some(format!("{prefix}{value}")))
        }
        Some(_) | None => own,
    }
}

/// The setting of a variable in Cargo's nearest configuration that has one.
fn in_settings(folder: &Path, name: &str) -> Option<Value> {
    let mut tables = configuration::tables(folder);
    tables.find_map(|table| table.get("env")?.get(name).cloned())
}

/// The value of a field of a package, which it may inherit from its workspace.
fn value_of_field(folder: &Path, field: &str) -> Option<String> {
    let manifest = table(&folder.join(MANIFEST))?;
    let own = manifest.get("package")?.get(field)?;
    let is_inherited = own
        .get("workspace")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    if !is_inherited {
        return Some(own.to_string());
    }
    let mut above = folder
        .ancestors()
        .filter_map(|folder| table(&folder.join(MANIFEST)));
    above.find_map(|manifest| {
        let package = manifest.get("workspace")?.get("package")?;
        Some(package.get(field)?.to_string())
    })
}

fn canonical(folder: &Path) -> PathBuf {
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())
}
