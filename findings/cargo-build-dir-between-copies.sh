#!/usr/bin/env bash
# Two copies of a package that share a `build.build-dir` run each other's program.
#
# `build.build-dir` (Cargo 1.91) separates intermediate files from the target folder, so a shared build folder looks
# safe as long as each copy has a target folder of its own. But Cargo takes the files in it for those of the copy that
# it builds unless a source file is newer: the names of these files depend on neither the package's folder nor the
# sources' content. `cargo run` in the second copy therefore builds nothing, and executes the first one's program.
#
# Seen with cargo 1.95.0. Output of the two calls:
#     first
#     first
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo --version
export CARGO_BUILD_BUILD_DIR=$folder/shared
unset CARGO_TARGET_DIR
for copy in first second; do
    mkdir -p "$copy/src"
    printf '[package]\nname = "p"\nedition = "2024"\n[workspace]\n' > "$copy/Cargo.toml"
    printf 'fn main() {\n    println!("%s");\n}\n' "$copy" > "$copy/src/main.rs"
    # Like the files of an older commit: unchanged since before the first build.
    touch -d 2020-01-01 "$copy/src/main.rs" "$copy/Cargo.toml"
done
for copy in first second; do
    (cd "$copy" && cargo run --quiet)
done | tee printed
if [ "$(cat printed)" != $'first\nfirst' ]; then
    echo "changed: each copy runs its own program" >&2
    exit 1
fi
