#!/usr/bin/env bash
# At the root of a virtual workspace, `cargo run --example` takes over features from other members' dev-dependencies.
#
# One would think that an example has the same features wherever the command starts, as only one member has an example
# of that name, and that dev-dependencies count for the tests and examples of their own package. But without
# `--package`, the root of a virtual workspace selects all members, and one selected example makes Cargo unify the
# features that the dev-dependencies of all of them ask for, though no target of those members is built. The example
# then differs from the one that runs in its member's folder. A binary with the same code does not change: for binaries
# no dev-dependency counts.
#
# Seen with cargo 1.95.0, resolver 3. Output:
#     example, root: loud
#     example, member: quiet
#     binary, root: quiet
#     binary, member: quiet
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo --version
export CARGO_TARGET_DIR=$folder/target
mkdir -p voice/src speaker/src/bin speaker/examples neighbor/src
cat > Cargo.toml <<'TOML'
[workspace]
resolver = "3"
members = ["voice", "speaker", "neighbor"]
TOML
cat > voice/Cargo.toml <<'TOML'
[package]
name = "voice"
edition = "2024"

[features]
loud = []
TOML
cat > voice/src/lib.rs <<'RS'
pub const VOLUME: &str = if cfg!(feature = "loud") { "loud" } else { "quiet" };
RS
cat > speaker/Cargo.toml <<'TOML'
[package]
name = "speaker"
edition = "2024"

[dependencies]
voice.path = "../voice"
TOML
cat > speaker/examples/e.rs <<'RS'
fn main() {
    println!("{}", voice::VOLUME);
}
RS
cp speaker/examples/e.rs speaker/src/bin/b.rs
cat > neighbor/Cargo.toml <<'TOML'
[package]
name = "neighbor"
edition = "2024"

[dev-dependencies]
voice = { path = "../voice", features = ["loud"] }
TOML
touch neighbor/src/lib.rs

{
    echo "example, root: $(cargo run --quiet --example e)"
    echo "example, member: $(cd speaker && cargo run --quiet --example e)"
    echo "binary, root: $(cargo run --quiet --bin b)"
    echo "binary, member: $(cd speaker && cargo run --quiet --bin b)"
} | tee printed
diff printed - <<'EXPECTED' || { echo "changed: other features than before" >&2; exit 1; }
example, root: loud
example, member: quiet
binary, root: quiet
binary, member: quiet
EXPECTED
