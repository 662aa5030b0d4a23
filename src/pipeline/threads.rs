//! The number of threads that work on a book.

/// The size in bytes from which several threads work on a book.
pub const LARGE: usize = 1_000_000;

/// Sets up the threads for a book of this size in bytes: this thread alone, or several for a large book.
///
/// Starting threads, and waiting for one that a busy machine delays, takes as long as a book of a hundred chapters.
/// Besides, allocation is slower in a process with several threads, also for an mdBook in the same process.
pub fn share_out(bytes: usize) {
    // 0 stands for the number of processors.
    let threads = if bytes < LARGE { 1 } else { 0 };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .use_current_thread();
    // Fails if there is a pool already, which is as good.
    pool.build_global().ok();
}
