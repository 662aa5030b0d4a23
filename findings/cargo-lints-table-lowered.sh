#!/usr/bin/env bash
# A lint that `[lints]` denies is only a warning once RUSTFLAGS holds `-W` with the lint's group.
#
# `[lints]` looks like `#![deny(…)]` kept in Cargo.toml, and asking for more warnings looks harmless. But an attribute
# overrides the compiler's command line, whereas Cargo turns the table into flags of that command line, before those of
# RUSTFLAGS, and the last flag wins. `-W unused`, added to see more, therefore lowers `unused_must_use` from an error
# to a warning, and the build passes. In the table, only "forbid" withstands it.
#
# Seen with cargo 1.95.0. Output:
#     [lints] deny, no flags: fails
#     [lints] deny, -W unused: passes
#     [lints] forbid, -W unused: fails
#     attribute, -W unused: fails
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo --version
export CARGO_TARGET_DIR=$folder/target
unset CARGO_ENCODED_RUSTFLAGS
mkdir src

# package ATTRIBUTE LEVEL: a program that ignores a result, with an attribute at its top and a level in its table.
package() {
    printf '[package]\nname = "p"\nedition = "2024"\n[lints.rust]\nunused_must_use = "%s"\n' "$2" > Cargo.toml
    printf '%s\nfn main() {\n    std::env::current_dir();\n}\n' "$1" > src/main.rs
}

# check TITLE FLAGS
check() {
    if RUSTFLAGS=$2 cargo check --quiet 2> messages; then
        echo "$1: passes"
    elif grep -q '^error: unused `Result` that must be used' messages; then
        echo "$1: fails"
    else
        cat messages >&2
    fi
}

{
    package "" deny
    check "[lints] deny, no flags" ""
    check "[lints] deny, -W unused" "-W unused"
    package "" forbid
    check "[lints] forbid, -W unused" "-W unused"
    package "#![deny(unused_must_use)]" warn
    check "attribute, -W unused" "-W unused"
} | tee printed
diff printed - <<'EXPECTED' || { echo "changed: other flags and tables make the check pass" >&2; exit 1; }
[lints] deny, no flags: fails
[lints] deny, -W unused: passes
[lints] forbid, -W unused: fails
attribute, -W unused: fails
EXPECTED
