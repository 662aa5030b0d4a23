// What waits for others to bring something: a lock, a message, an answer. What a thread prints behind that
// may be in an order that only they decide on. Goes on from `starts.rs`.

fn waits() {
    if let Some(actor) = actor()
        && !actor.fed
        // To wait for a stream's lock is part of printing.
        && actor.depth == 0
    {
        actor.fed = true;
        let errno = unsafe { *__errno_location() };
        log(b'V', 0, actor, &[]);
        unsafe { *__errno_location() = errno };
    }
}

/// The number of futex(2), on which std's locks and channels wait.
const FUTEX: c_long = if cfg!(target_arch = "x86_64") {
    202
} else {
    98
};

/// It takes any number of arguments; six are the most that a system call has.
#[unsafe(no_mangle)]
unsafe extern "C" fn syscall(
    number: c_long,
    a: c_long,
    b: c_long,
    c: c_long,
    d: c_long,
    e: c_long,
    f: c_long,
) -> c_long {
    // FUTEX_WAIT, FUTEX_WAIT_BITSET
    if number == FUTEX && matches!(b & 0x7f, 0 | 9) {
        waits();
    }
    unsafe {
        let syscall: unsafe extern "C" fn(
            c_long,
            c_long,
            c_long,
            c_long,
            c_long,
            c_long,
            c_long,
        ) -> c_long = real(c"syscall");
        syscall(number, a, b, c, d, e, f)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn read(file: c_int, into: *mut c_void, bytes: usize) -> isize {
    waits();
    unsafe {
        let read: unsafe extern "C" fn(c_int, *mut c_void, usize) -> isize = real(c"read");
        read(file, into, bytes)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn recv(file: c_int, into: *mut c_void, bytes: usize, how: c_int) -> isize {
    waits();
    unsafe {
        let recv: unsafe extern "C" fn(c_int, *mut c_void, usize, c_int) -> isize = real(c"recv");
        recv(file, into, bytes, how)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn poll(files: *mut c_void, count: u64, time: c_int) -> c_int {
    waits();
    unsafe {
        let poll: unsafe extern "C" fn(*mut c_void, u64, c_int) -> c_int = real(c"poll");
        poll(files, count, time)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn epoll_wait(
    file: c_int,
    events: *mut c_void,
    most: c_int,
    time: c_int,
) -> c_int {
    waits();
    unsafe {
        let wait: unsafe extern "C" fn(c_int, *mut c_void, c_int, c_int) -> c_int =
            real(c"epoll_wait");
        wait(file, events, most, time)
    }
}
