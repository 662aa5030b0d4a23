//! How many threads work for a book.

/// How many bytes a book has for which several threads work.
pub const LARGE: usize = 1_000_000;

/// Lets the work for a book of so many bytes be done by this thread and, where there is enough of it,
/// others beside it: to start them, and to wait for one that a busy machine keeps waiting, takes as long as a
/// book of a hundred chapters. Besides, memory takes longer to get in a process of several threads, also for
/// mdBook, where that is part of it.
pub fn share_out(bytes: usize) {
    let threads = match bytes < LARGE {
        true => 1,
        // As many as there are processors.
        false => 0,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .use_current_thread();
    // Refused where a pool is there already: that one will do.
    pool.build_global().ok();
}
