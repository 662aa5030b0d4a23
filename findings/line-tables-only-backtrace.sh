#!/usr/bin/env bash
# `debug = "line-tables-only"` shortens the names of functions in the backtraces of optimized programs.
#
# Line tables are what Cargo recommends for release builds that should print useful backtraces, and the names of
# functions come from the symbols in any case, one would think. But where a call was inlined, std takes the names of
# all functions at that place from the debug information, also that of the function that is not inlined; and line
# tables leave out the modules around a function. `p::outer::inner::fails` becomes `fails`, while its caller, into
# which nothing was inlined, keeps its path. With `debug = 1`, or without optimization, all names are whole.
#
# Seen with rustc 1.95.0. Output:
#     -O line-tables-only: deeper, fails, p::main
#     -O 1: p::outer::inner::deeper, p::outer::inner::fails, p::main
#     -Copt-level=0 line-tables-only: p::outer::inner::deeper, p::outer::inner::fails, p::main
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
rustc --version
cat > p.rs <<'RS'
mod outer {
    pub mod inner {
        #[inline(never)]
        pub fn fails(n: u32) {
            deeper(n);
        }

        fn deeper(n: u32) {
            panic!("on purpose: {n}");
        }
    }
}

fn main() {
    outer::inner::fails(3);
}
RS
for flags in "-O line-tables-only" "-O 1" "-Copt-level=0 line-tables-only"; do
    read -r optimized debug <<< "$flags"
    rustc --edition 2024 "$optimized" -C debuginfo="$debug" p.rs
    backtrace=$(RUST_BACKTRACE=1 ./p 2>&1 || true)
    names=$(sed -n 's/^ *[0-9]*: \(.*\(deeper\|fails\|main\)\)$/\1/p' <<< "$backtrace")
    echo "$flags: ${names//$'\n'/, }"
done | tee printed
diff printed - <<'EXPECTED' || { echo "changed: the names in backtraces are others than before" >&2; exit 1; }
-O line-tables-only: deeper, fails, p::main
-O 1: p::outer::inner::deeper, p::outer::inner::fails, p::main
-Copt-level=0 line-tables-only: p::outer::inner::deeper, p::outer::inner::fails, p::main
EXPECTED
