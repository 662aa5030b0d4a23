#!/usr/bin/env bash
# `cargo build --example '*'` fails where `cargo build --examples` skips an example whose features are off.
#
# `--examples` leaves out an example with `required-features` until these features are on. A pattern looks like another
# way to say "all that fit", but Cargo treats each target that the pattern matches as if the command line named it, and
# a named target must have its features. One such example is enough: nothing is built, not even with `--keep-going`,
# because Cargo refuses before it starts a compiler.
#
# Seen with cargo 1.95.0. Output:
#     --examples: builds always
#     --example *: error: target `sometimes` in package `p` requires the features: `extra`
#     --keep-going --example *: error: target `sometimes` in package `p` requires the features: `extra`
#     --features extra --example *: builds always sometimes
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo --version
export CARGO_TARGET_DIR=$folder/target
mkdir examples
cat > Cargo.toml <<'TOML'
[package]
name = "p"
edition = "2024"

[features]
extra = []

[[example]]
name = "sometimes"
required-features = ["extra"]
TOML
mkdir src
touch src/lib.rs
for example in always sometimes; do
    echo 'fn main() {}' > "examples/$example.rs"
done

# build ARGUMENT…: builds from scratch and prints which examples there are.
build() {
    rm -rf target
    if cargo build --quiet "$@" 2> messages; then
        built=$(cd target/debug/examples && find . -name always -o -name sometimes | sort)
        echo "$*: builds" ${built//.\//}
    else
        # Not one file, neither of the example that needs nothing.
        [ ! -e target/debug/examples/always ]
        echo "$*: $(head -n 1 messages)"
    fi
}

{
    build --examples
    build --example '*'
    build --keep-going --example '*'
    build --features extra --example '*'
} | tee printed
diff printed - <<'EXPECTED' || { echo "changed: other examples are built" >&2; exit 1; }
--examples: builds always
--example *: error: target `sometimes` in package `p` requires the features: `extra`
--keep-going --example *: error: target `sometimes` in package `p` requires the features: `extra`
--features extra --example *: builds always sometimes
EXPECTED
