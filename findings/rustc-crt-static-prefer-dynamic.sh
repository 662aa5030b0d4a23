#!/usr/bin/env bash
# With `crt-static`, rustc ignores `-C prefer-dynamic` and says nothing.
#
# The two flags contradict each other on a target with glibc: one asks for an executable without shared libraries, the
# other for std as a shared library. One would expect an error, a warning, or that the later flag wins. Whatever the
# order of the flags, the result is a static executable, byte for byte as large as without `prefer-dynamic`. So a
# successful build with `prefer-dynamic` does not mean that the program loads std, or anything that is preloaded
# (`LD_PRELOAD`): a `crt-static` in the user's Cargo configuration takes that away without a message.
#
# Seen with rustc 1.95.0 for x86_64-unknown-linux-gnu. Output:
#     prefer-dynamic: shared libraries, std among them
#     crt-static: no shared library
#     crt-static prefer-dynamic: no shared library, as large
#     prefer-dynamic crt-static: no shared library, as large
#     the compiler's messages: 0 bytes
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
rustc --version
echo 'fn main() { println!("hello"); }' > hello.rs
size=
{
    for flags in "prefer-dynamic" "crt-static" "crt-static prefer-dynamic" "prefer-dynamic crt-static"; do
        options=()
        for flag in $flags; do
            case $flag in
                crt-static) options+=(-C target-feature=+crt-static) ;;
                *) options+=(-C "$flag") ;;
            esac
        done
        rustc --edition 2024 "${options[@]}" hello.rs 2>> messages
        libraries=$(readelf -d hello | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
        case $libraries in
            '') kind="no shared library" ;;
            *libstd-*) kind="shared libraries, std among them" ;;
            *) kind="shared libraries without std" ;;
        esac
        now=$(stat -c %s hello)
        if [ "$flags" = crt-static ]; then
            size=$now
        elif [ "$now" = "$size" ]; then
            kind+=", as large"
        fi
        echo "$flags: $kind"
    done
    echo "the compiler's messages: $(stat -c %s messages) bytes"
} | tee printed
diff printed - <<'EXPECTED' || { echo "changed: the two flags have another effect together" >&2; exit 1; }
prefer-dynamic: shared libraries, std among them
crt-static: no shared library
crt-static prefer-dynamic: no shared library, as large
prefer-dynamic crt-static: no shared library, as large
the compiler's messages: 0 bytes
EXPECTED
