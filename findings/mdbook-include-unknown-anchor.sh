#!/usr/bin/env bash
# mdBook includes nothing, without a message, for an anchor that the file does not have, and `mdbook test` passes.
#
# A missing file is an error in the log, and the line with the include stays in the page, where it breaks the test of
# its code block. A misspelled or renamed anchor, one would think, is reported as well, or at least fails the test. But
# mdBook takes the lines between the marks, and no marks mean no lines: the page shows an empty block, and `mdbook test`
# has an empty program that cannot fail. Here the included assertion is wrong, so the test fails with the right name of
# the anchor, and passes without a word with a wrong name. `mdbook build` ends with exit status 0 in all cases.
#
# Seen with mdbook 0.5.4. Output:
#     p.rs:check: 0 errors and warnings, block with text, test fails
#     p.rs:chekc: 0 errors and warnings, empty block, test passes
#     q.rs:check: 3 errors and warnings, block with text, test fails
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export CARGO_TARGET_DIR=$folder/target
cargo install --quiet --locked --debug --no-default-features --version 0.5.4 --root "$folder" mdbook
export PATH=$folder/bin:$PATH
unset RUST_LOG
mdbook --version
mkdir -p book/src
cd book
printf '[book]\ntitle = "b"\n' > book.toml
printf '# Summary\n\n- [C](c.md)\n' > src/SUMMARY.md
cat > src/p.rs <<'RS'
fn main() {
    // ANCHOR: check
    assert_eq!(1 + 1, 3);
    // ANCHOR_END: check
}
RS
# p.rs has the anchor `check` only; there is no q.rs.
for include in p.rs:check p.rs:chekc q.rs:check; do
    printf '# C\n\n```rust\n{{#include %s}}\n```\n' "$include" > src/c.md
    mdbook build 2> messages
    log=$(grep -cE '^ *(ERROR|WARN) ' messages || true)
    # An empty block still has the hidden lines that mdBook wraps around code without a `main`.
    if sed -n '/class="language-rust/,/<\/code>/p' book/c.html | grep -qE 'assert_eq|include'; then
        block="block with text"
    else
        block="empty block"
    fi
    if mdbook test > tested 2>&1; then
        test=passes
    else
        test=fails
    fi
    echo "$include: $log errors and warnings, $block, test $test"
done | tee printed
diff printed - <<'EXPECTED' || { echo "changed: another page, message or result of the test" >&2; exit 1; }
p.rs:check: 0 errors and warnings, block with text, test fails
p.rs:chekc: 0 errors and warnings, empty block, test passes
q.rs:check: 3 errors and warnings, block with text, test fails
EXPECTED
