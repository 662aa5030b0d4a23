// When a thread does not run, why, and who lets it go on: told only where that is asked for. Goes on from
// `starts.rs`.

/// Why a thread does not run; `log.rs` reads it.
type Why = u8;
const SLEEP: Why = 0;
const LOCK: Why = 1;
const THREAD: Why = 2;
const CHILD: Why = 3;
const INPUT: Why = 4;

fn tells_pauses() -> bool {
    control().is_some_and(|control| control.pauses.load(SeqCst) > 0)
}

/// The actor, if there is room for one more event of this kind.
fn who_tells() -> Option<&'static mut Actor> {
    let control = control()?;
    let one_less = |left: u32| left.checked_sub(1);
    let room = control.pauses.fetch_update(SeqCst, SeqCst, one_less);
    // To wait for a stream's lock is part of printing.
    actor().filter(|actor| room.is_ok() && actor.depth == 0)
}

/// Calls what may take long. `about`: what it waits for, a lock's address, a thread's handle, a process's id
/// or a pipe's number, 0 where that is not known; and by what it came back, when it has.
fn pausing<T>(
    why: Why,
    about: u64,
    call: impl FnOnce() -> T,
    came: impl FnOnce(&T) -> (Why, u64),
) -> T {
    if !tells_pauses() {
        return call();
    }
    let Some(actor) = who_tells() else {
        return call();
    };
    log(b'B', why, actor, &about.to_ne_bytes());
    let answer = call();
    let (why, about) = came(&answer);
    log(b'E', why, actor, &about.to_ne_bytes());
    answer
}

/// Tells that those who wait at an address are about to be woken: afterwards they may end the program first.
fn wakes(about: u64) {
    if !tells_pauses() {
        return;
    }
    if let Some(actor) = who_tells() {
        log(b'U', 0, actor, &about.to_ne_bytes());
    }
}

/// The number of a file that one can wait for: of a pipe, a socket, a terminal, or another device.
fn pipe(file: c_int) -> Option<u64> {
    if !tells_pauses() {
        return None;
    }
    let errno = unsafe { *__errno_location() };
    let status = status(file);
    unsafe { *__errno_location() = errno };
    // S_IFMT; S_IFIFO, S_IFCHR, S_IFSOCK
    status
        .filter(|status| matches!(status.mode & 0o170000, 0o010000 | 0o020000 | 0o140000))
        .map(|status| status.inode)
}

/// Tells that something is about to be written to a pipe.
fn feeds(file: c_int) {
    if let Some(pipe) = pipe(file) {
        if let Some(actor) = who_tells() {
            log(b'Y', 0, actor, &pipe.to_ne_bytes());
        }
    }
}

/// Two numbers as they stand in a log.
fn join(first: [u8; 8], second: [u8; 8]) -> [u8; 16] {
    let mut both = [0; 16];
    both[..8].copy_from_slice(&first);
    both[8..].copy_from_slice(&second);
    both
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nanosleep(time: *const Time, left: *mut Time) -> c_int {
    unsafe {
        let sleep: unsafe extern "C" fn(*const Time, *mut Time) -> c_int = real(c"nanosleep");
        pausing(SLEEP, 0, || sleep(time, left), |_| (SLEEP, 0))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn clock_nanosleep(
    clock: c_int,
    how: c_int,
    time: *const Time,
    left: *mut Time,
) -> c_int {
    unsafe {
        let sleep: unsafe extern "C" fn(c_int, c_int, *const Time, *mut Time) -> c_int =
            real(c"clock_nanosleep");
        pausing(SLEEP, 0, || sleep(clock, how, time, left), |_| (SLEEP, 0))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_join(thread: usize, returned: *mut *mut c_void) -> c_int {
    unsafe {
        let join: unsafe extern "C" fn(usize, *mut *mut c_void) -> c_int = real(c"pthread_join");
        let about = thread as u64;
        pausing(THREAD, about, || join(thread, returned), |_| (THREAD, about))
    }
}

/// A process's id, as what waited for it gives it back; 0: none has ended.
fn ended(process: c_int) -> (Why, u64) {
    (CHILD, u64::try_from(process).unwrap_or(0))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn waitpid(process: c_int, status: *mut c_int, how: c_int) -> c_int {
    unsafe {
        let wait: unsafe extern "C" fn(c_int, *mut c_int, c_int) -> c_int = real(c"waitpid");
        pausing(CHILD, 0, || wait(process, status, how), |&process| ended(process))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn wait4(
    process: c_int,
    status: *mut c_int,
    how: c_int,
    used: *mut c_void,
) -> c_int {
    unsafe {
        let wait: unsafe extern "C" fn(c_int, *mut c_int, c_int, *mut c_void) -> c_int =
            real(c"wait4");
        pausing(CHILD, 0, || wait(process, status, how, used), |&process| ended(process))
    }
}

/// The first fields of `siginfo_t` on 64-bit Linux: the process is the fifth number.
#[unsafe(no_mangle)]
unsafe extern "C" fn waitid(kind: c_int, id: u32, told: *mut c_int, how: c_int) -> c_int {
    unsafe {
        let wait: unsafe extern "C" fn(c_int, u32, *mut c_int, c_int) -> c_int = real(c"waitid");
        let came = |&failed: &c_int| match failed == 0 && !told.is_null() {
            true => ended(*told.add(4)),
            false => (CHILD, 0),
        };
        pausing(CHILD, 0, || wait(kind, id, told, how), came)
    }
}

/// A thread's name is told by the thread itself, as std sets it.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_setname_np(thread: usize, name: *const c_char) -> c_int {
    unsafe {
        let set: unsafe extern "C" fn(usize, *const c_char) -> c_int = real(c"pthread_setname_np");
        if let Some(actor) = actor()
            && tells_pauses()
            && thread == pthread_self()
        {
            log(b'M', 0, actor, CStr::from_ptr(name).to_bytes());
        }
        set(thread, name)
    }
}
