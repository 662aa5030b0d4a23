//! The threads that work on a book, and their memory.

use std::hint::black_box;

/// The size in bytes from which several threads work on a book.
const LARGE: usize = 1_000_000;

/// The memory in bytes that each thread takes from the system at once.
const RESERVE: usize = 8 << 20;

/// Sets up the threads for a book of this size in bytes: this thread alone, or several for a large book.
///
/// Starting threads, and waiting for one that a busy machine delays, takes as long as a book of a hundred chapters.
/// Besides, allocation is slower in a process with several threads, also for an mdBook in the same process.
pub fn share_out(bytes: usize) {
    // 0 stands for the number of processors.
    let threads = if bytes < LARGE { 1 } else { 0 };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .start_handler(|_| keep_memory())
        .use_current_thread();
    // Fails if there is a pool already, which is as good.
    pool.build_global().ok();
}

/// Makes glibc take memory for this thread from the system at once, and keep what is freed for later allocations. By
/// default, it takes 128 KiB at a time, or one page in all threads but the first, and each time makes the other threads
/// wait; and it returns memory as soon as 128 KiB are free. Reserved memory that is never used costs nothing. Other
/// allocators are not affected.
pub fn keep_memory() {
    // The first block is returned to the system; from then on, blocks of its size are taken from the heap, which keeps
    // up to twice their size (mallopt(3), M_MMAP_THRESHOLD).
    for _ in 0..2 {
        drop(black_box(Vec::<u8>::with_capacity(RESERVE)));
    }
}
