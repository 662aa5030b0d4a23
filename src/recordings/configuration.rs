//! The files that set how Cargo and the compiler work in a folder, read without asking Cargo.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use toml::Table;

/// The names of Cargo's files in a folder; the first one is the older name, which takes precedence.
const CARGOS: [&str; 2] = ["config", "config.toml"];
/// The names of rustup's files in a folder.
const RUSTUPS: [&str; 2] = ["rust-toolchain", "rust-toolchain.toml"];

/// The files that set how Cargo and the compiler work in a folder: those of the folder, which need not exist, and those
/// above it and in Cargo's home that do.
pub fn settings(folder: &Path) -> Vec<PathBuf> {
    let own = [".cargo/config.toml", "rust-toolchain.toml"].map(|name| folder.join(name));
    let above = folder.ancestors().flat_map(|folder| {
        let cargos = CARGOS.map(|name| folder.join(".cargo").join(name));
        cargos
            .into_iter()
            .chain(RUSTUPS.map(|name| folder.join(name)))
    });
    let of_user = home().map(|home| home.join("config.toml"));
    let existing = above.chain(of_user).filter(|file| file.is_file());
    let mut all: Vec<PathBuf> = own.into_iter().chain(existing).collect();
    all.sort();
    all.dedup();
    all
}

/// True if a file is one of the [`settings`] of some folder.
pub fn is_settings(file: &Path) -> bool {
    let is_cargos = file
        .parent()
        .is_some_and(|folder| folder.ends_with(".cargo"));
    (is_cargos && CARGOS.iter().any(|name| file.ends_with(name)))
        || RUSTUPS.iter().any(|name| file.ends_with(name))
}

/// The configurations of Cargo that apply in a folder, the nearest first.
pub fn tables(folder: &Path) -> impl Iterator<Item = Table> {
    let folders = folder.ancestors().map(|folder| folder.join(".cargo"));
    let files = folders
        .chain(home())
        .flat_map(|folder| CARGOS.map(|name| folder.join(name)));
    files.filter_map(|file| table(&file))
}

/// Reads a TOML file; `None`: it does not exist, or Cargo will say what is wrong with it.
pub fn table(file: &Path) -> Option<Table> {
    fs::read_to_string(file).ok()?.parse().ok()
}

/// Cargo's home folder.
fn home() -> Option<PathBuf> {
    let set = env::var_os("CARGO_HOME").map(PathBuf::from);
    set.or_else(|| Some(env::home_dir()?.join(".cargo")))
}
