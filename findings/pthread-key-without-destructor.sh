#!/usr/bin/env bash
# At a thread's end, glibc also clears pthread keys without a destructor, before the destructors of later keys run.
#
# POSIX speaks of clearing a value only where its key has a destructor, which then gets the value. So a key without one
# seems to keep its value to the end, for destructors of other keys to read (a thread's name for a last message, say).
# But glibc goes through the keys by number (in the order of creation, unless a key was deleted) and clears each on its
# way: a destructor still sees the values of keys that were created after its own, while values of keys created before
# it have become null, although nothing was called for them. So the order of creation decides whether the code works.
#
# Seen with glibc 2.36. Output:
#     in the destructor: earlier key gone, later key there
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
getconf GNU_LIBC_VERSION
cat > p.c <<'C'
#include <pthread.h>
#include <stdio.h>

static pthread_key_t earlier, ends, later;

static const char *state(pthread_key_t key) {
    return pthread_getspecific(key) ? "there" : "gone";
}

static void at_end(void *value) {
    (void)value;
    printf("in the destructor: earlier key %s, later key %s\n", state(earlier), state(later));
}

static void *body(void *value) {
    if (pthread_setspecific(earlier, value) || pthread_setspecific(ends, value) || pthread_setspecific(later, value))
        puts("no value set");
    return NULL;
}

int main(void) {
    pthread_t thread;
    int value = 0;
    if (pthread_key_create(&earlier, NULL) || pthread_key_create(&ends, at_end) || pthread_key_create(&later, NULL))
        return 1;
    if (pthread_create(&thread, NULL, body, &value) || pthread_join(thread, NULL))
        return 1;
    return 0;
}
C
cc -Wall -Wextra -pthread p.c -o p
./p | tee printed
if [ "$(cat printed)" != "in the destructor: earlier key gone, later key there" ]; then
    echo "changed: other values are there when the destructor runs" >&2
    exit 1
fi
