#!/usr/bin/env bash
# Each failed compilation of one program leaves another file with the full name of a long type.
#
# "the full name for the type has been written to 'a.long-type-5246799608287271264.txt'" looks like a hash of the type
# or the source, so that the same error overwrites the same file, and two builds report the same text. But the number
# is another one in each run of the compiler, although the files' contents are equal: they pile up in the output
# folder, and the messages of two runs differ. The format `short` writes the file without naming it. As an unsigned
# number of 64 bits, it often does not fit into an i64.
#
# Seen with rustc 1.95.0. Output:
#     3 compilations, 3 files, 1 content
#     named by 2 of 3
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
rustc --version
cat > a.rs <<'RUST'
fn main() {
    let names: Vec<String> = (0..9)
        .map(|n| n + 1).filter(|n| n % 2 == 0).map(|n| n * 3).filter(|n| *n > 4).map(|n| n - 1)
        .filter(|n| *n != 7).map(|n| n * 2).filter(|n| *n < 90).map(|n| n + 5).rev();
    println!("{names:?}");
}
RUST
for format in human human short; do
    rustc --edition 2024 --error-format "$format" a.rs 2>> messages && exit 1
done
{
    files=$(find . -name 'a.long-type-*.txt' | wc -l)
    contents=$(cat a.long-type-*.txt | sort -u | wc -l)
    echo "3 compilations, $files files, $contents content"
    echo "named by $(grep -c 'has been written to' messages) of 3"
} | tee printed
if [ "$(cat printed)" != $'3 compilations, 3 files, 1 content\nnamed by 2 of 3' ]; then
    echo "changed: failed compilations leave other files" >&2
    exit 1
fi
