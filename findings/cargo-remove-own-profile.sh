#!/usr/bin/env bash
# `cargo remove` also deletes the profile overrides of the workspace's own members.
#
# Cargo tidies up after removing a dependency: overrides in `[profile.*.package]` that no dependency matches any
# longer go, too. A member of the workspace is a legitimate key there ("optimize this package in development"),
# but the tidying looks at dependencies only, so removing any other dependency deletes the member's override
# without a word, and the next debug build is slower.
#
# Seen with cargo 1.95.0 and itoa 1.0.15 (any dependency does). Output:
#     Removing itoa from dependencies
# and the tables `[profile.dev.package]` and `[profile.release.package.p]` are gone from Cargo.toml.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo --version
cargo new --quiet --lib --vcs none p
cd p
cat >> Cargo.toml <<'TOML'
itoa = "=1.0.15"

[profile.dev.package]
p.opt-level = 1

[profile.release.package.p]
opt-level = 2
TOML
cargo check --quiet
cargo remove itoa
cat Cargo.toml
if grep -q '^\[profile' Cargo.toml; then
    echo "changed: cargo remove keeps the overrides of the workspace's own members" >&2
    exit 1
fi
