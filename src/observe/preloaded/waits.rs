// What waits for others to bring something: a lock, a message, an answer. What a thread prints behind that
// may be in an order that only they decide on. Goes on from `pauses.rs`.

fn waits() {
    if let Some(actor) = actor()
        && !actor.fed
        // To wait for a stream's lock is part of printing.
        && actor.depth == 0
    {
        actor.fed = true;
        log(b'V', 0, actor, &[]);
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
        let call = || syscall(number, a, b, c, d, e, f);
        match b & 0x7f {
            // FUTEX_WAIT, FUTEX_WAIT_BITSET
            0 | 9 if number == FUTEX => {
                waits();
                pausing(LOCK, a as u64, call, |&failed| match failed != 0 && is_over() {
                    true => (SLEEP, 0),
                    false => (LOCK, a as u64),
                })
            }
            // FUTEX_WAKE, FUTEX_WAKE_BITSET
            1 | 10 if number == FUTEX => {
                wakes(a as u64);
                call()
            }
            _ => call(),
        }
    }
}

/// Calls what reads, or waits until something can be read.
unsafe fn reading<T>(file: c_int, call: impl FnOnce() -> T) -> T {
    waits();
    match pipe(file) {
        Some(pipe) => pausing(INPUT, pipe, call, |_| (INPUT, pipe)),
        None => call(),
    }
}

/// Whether a call has failed because the time was over that it had been given.
fn is_over() -> bool {
    // ETIMEDOUT
    unsafe { *__errno_location() == 110 }
}

/// Calls what waits for one of several, so many milliseconds at most. What it says is 0 when only the time has
/// passed.
unsafe fn choosing(time: c_int, call: impl FnOnce() -> c_int) -> c_int {
    waits();
    if time == 0 {
        return call();
    }
    pausing(INPUT, 0, call, |&came| match came {
        0 => (SLEEP, 0),
        _ => (INPUT, 0),
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn read(file: c_int, into: *mut c_void, bytes: usize) -> isize {
    unsafe {
        let read: unsafe extern "C" fn(c_int, *mut c_void, usize) -> isize = real(c"read");
        reading(file, || read(file, into, bytes))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn recv(file: c_int, into: *mut c_void, bytes: usize, how: c_int) -> isize {
    unsafe {
        let recv: unsafe extern "C" fn(c_int, *mut c_void, usize, c_int) -> isize = real(c"recv");
        reading(file, || recv(file, into, bytes, how))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn accept4(file: c_int, name: *mut c_void, room: *mut u32, how: c_int) -> c_int {
    unsafe {
        let accept: unsafe extern "C" fn(c_int, *mut c_void, *mut u32, c_int) -> c_int =
            real(c"accept4");
        reading(file, || accept(file, name, room, how))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn poll(files: *mut c_void, count: u64, time: c_int) -> c_int {
    unsafe {
        let poll: unsafe extern "C" fn(*mut c_void, u64, c_int) -> c_int = real(c"poll");
        choosing(time, || poll(files, count, time))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn epoll_wait(
    file: c_int,
    events: *mut c_void,
    most: c_int,
    time: c_int,
) -> c_int {
    unsafe {
        let wait: unsafe extern "C" fn(c_int, *mut c_void, c_int, c_int) -> c_int =
            real(c"epoll_wait");
        choosing(time, || wait(file, events, most, time))
    }
}
