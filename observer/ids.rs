//! The ids of processes and threads. Under a schedule, the program sees virtual ones: here they are translated in both
//! directions. A virtual id that means nothing any more fails as the kernel's would; the kernel's ids themselves still
//! mean what they do, because a program may know the id of a process of the machine.

use core::ffi::{c_int, c_long, c_ulong, c_void};

use crate::actor::{Actor, hash};
use crate::children::read_about;
use crate::layout::kind;
use crate::log::log;
use crate::process::process;
use crate::scheduled::scheduled;
use crate::system::{EINVAL, EPERM, ESRCH, program as program_name};
use crate::system::{instead_of, process_id, real, set_errno, thread_id};
use crate::token::ids::{Ids, LOWEST};
use crate::token::table::Obstacle;

/// The virtual ids of the run; `None`: the program sees the kernel's.
fn ids() -> Option<&'static Ids> {
    Some(&process()?.schedule?.ids)
}

/// Whether the program sees virtual ids.
pub(crate) fn are_virtual() -> bool {
    ids().is_some()
}

/// The next virtual id, for a process that is about to start.
pub(crate) fn next() -> Option<u32> {
    ids().map(Ids::give)
}

/// Gives the calling process, at its start, its virtual id: the one that its parent has `given` to it, the one that it had
/// before exec(2), or the next one.
pub(crate) fn enter(ids: &Ids, given: Option<u32>) -> u32 {
    let me = process_id();
    if ids.is_new() {
        ids.vary(name_of_execution());
        // The supervisor, which started the first process.
        bind(ids, ids.give(), parent());
    }
    // A program without the observer hands the variable on to its own children.
    let given = given.filter(|&id| ids.real_group(id).is_none_or(|real| real == me));
    let id = given.or_else(|| ids.of(me));
    let id = id.unwrap_or_else(|| ids.give());
    bind(ids, id, me);
    id
}

/// A hash of all that names the execution beside its seed, and is the same on any machine: runs of one program with the
/// same seed, and holds in one run, are executed side by side.
fn name_of_execution() -> u64 {
    let mut room = [0; 4096];
    let command = read_about(process_id(), b"cmdline", &mut room).unwrap_or_default();
    let program = command.iter().position(|&byte| byte == 0);
    let arguments = &command[program.unwrap_or(command.len())..];
    let held = process().map_or(0, |process| {
        let control = process.control;
        let [kind, from] = [control.held, control.held_from].map(u64::from);
        hash(control.name()) ^ (kind << 32) ^ from
    });
    hash(program_name()) ^ hash(arguments).rotate_left(1) ^ held.rotate_left(2)
}

fn parent() -> u32 {
    type Get = unsafe extern "C" fn() -> c_int;
    // SAFETY: the function has this type.
    unsafe { real!(getppid as Get)() }.unsigned_abs()
}

/// Binds the virtual id of a process.
fn bind(ids: &Ids, id: u32, real: u32) {
    if !ids.bind(id, real, id) {
        give_up(Obstacle::Threads);
    }
}

/// Binds the virtual id of the calling thread.
pub(crate) fn bind_thread(ids: &Ids, id: u32) {
    let process = ids.of(process_id()).unwrap_or_default();
    // Without room, this thread alone is not known by its id.
    ids.bind(id, thread_id(), process);
}

/// The id by which the program knows a process that it has started, and for which it had taken this one.
pub(crate) fn of_child(taken: Option<u32>, child: c_int) -> c_int {
    if let (Some(ids), Some(taken)) = (ids(), taken)
        // It has bound the id itself, if it has the observer.
        && ids.real(taken).is_none()
    {
        bind(ids, taken, child.unsigned_abs());
    }
    shown(child)
}

/// The execution cannot go on by its seed.
pub(crate) fn give_up(obstacle: Obstacle) {
    if let Some(scheduled) = scheduled() {
        scheduled.give_up(obstacle);
    }
}

/// The id by which the program knows the owner of a kernel's id, also of one that it has not met before. Numbers below 1
/// are no ids.
pub(crate) fn shown(real: c_int) -> c_int {
    let Some((ids, known)) = ids().zip(u32::try_from(real).ok()).filter(|_| real > 0) else {
        return real;
    };
    let id = ids.of(known).unwrap_or_else(|| {
        let id = ids.give();
        bind(ids, id, known);
        id
    });
    id as c_int
}

/// The id by which the program knows a session. Which process leads the session of the supervisor differs by machine, and
/// may be invisible (0): for the program, the supervisor does.
fn shown_session(real: c_int) -> c_int {
    let known = |ids: &Ids| ids.of(real.unsigned_abs()).unwrap_or(ids.first());
    match ids() {
        Some(ids) if real >= 0 => known(ids) as c_int,
        _ => real,
    }
}

/// The kernel's id for an id of the program; `None`: it is a virtual one whose owner is gone. Numbers below 1 are no ids.
pub(crate) fn kernels(id: c_int) -> Option<c_int> {
    translated(id, Ids::real)
}

/// The same for a group or session of processes.
pub(crate) fn kernels_group(id: c_int) -> Option<c_int> {
    translated(id, Ids::real_group)
}

/// The same for an argument of kill(2) or waitpid(2): a negative one is a group.
pub(crate) fn kernels_receiver(id: c_int) -> Option<c_int> {
    match id.checked_neg() {
        Some(group @ 1..) => kernels_group(group).map(c_int::wrapping_neg),
        _ => kernels(id),
    }
}

fn translated(id: c_int, real: impl Fn(&Ids, u32) -> Option<u32>) -> Option<c_int> {
    match (ids(), u32::try_from(id)) {
        (Some(ids), Ok(id @ LOWEST..)) => real(ids, id).map(|real| real as c_int),
        _ => Some(id),
    }
}

/// The id of the calling process, as the program knows it.
pub(crate) fn own_process() -> u32 {
    shown(process_id() as c_int).unsigned_abs()
}

/// The id of the calling thread, as the program knows it.
pub(crate) fn own_thread() -> u32 {
    shown(thread_id() as c_int).unsigned_abs()
}

/// Logs the kernel's id of a thread that has begun to run, if the program sees another.
pub(crate) fn log_kernel_id(actor: &Actor) {
    if are_virtual() {
        log(actor, kind::KERNEL_ID, 0, &thread_id().to_ne_bytes());
    }
}

/// The program has learned that a child has ended, and how; `is_over` says that it cannot ask again. Returns the child's id
/// as the program knows it.
pub(crate) fn ended(child: c_int, is_over: bool) -> c_int {
    let id = shown(child);
    if let Some(ids) = ids().filter(|_| is_over && id > 0) {
        ids.end(id.unsigned_abs());
    }
    id
}

/// Translates the sender of a signal, or the child that it tells of.
///
/// # Safety
/// `info` is null or leads to a `siginfo_t`: on 64-bit Linux, its first number is the signal, its third says what has
/// happened, and its fifth is the process, if there is one.
pub(crate) unsafe fn translate_sender(info: *mut c_int) {
    const SIGCHLD: c_int = 17;
    // SI_USER, SI_QUEUE, SI_MESGQ, SI_TKILL
    const SENT: [c_int; 4] = [0, -1, -3, -6];
    if info.is_null() || !are_virtual() {
        return;
    }
    // SAFETY: the caller guarantees it.
    unsafe {
        let (signal, code, process) = (*info, *info.add(2), info.add(4));
        if SENT.contains(&code) || (signal == SIGCHLD && code > 0) {
            *process = shown(*process);
        }
    }
}

/// Fails with this error, as a function of the C library does.
pub(crate) fn fails(error: c_int) -> c_int {
    set_errno(error);
    -1
}

/// Functions that return the id of a process, thread or group.
macro_rules! returns_an_id {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*);)+) => {$(
        instead_of! {
            $(#[$doc])*
            fn $name($($argument: $type),*) -> c_int = |call| shown(call())
        }
    )+};
}

returns_an_id! {
    /// getpid(2).
    getpid();
    /// getppid(2).
    getppid();
    /// gettid(2).
    gettid();
    /// getpgrp(2).
    getpgrp();
    /// setsid(2).
    setsid();
    /// tcgetpgrp(3).
    tcgetpgrp(terminal: c_int);
}

instead_of! {
    /// tcgetsid(3).
    fn tcgetsid(terminal: c_int) -> c_int = |call| shown_session(call())
}

/// Functions with the id of a process or thread among their arguments.
macro_rules! takes_an_id {
    ($($name:ident($($before:ident: $first:ty,)? #$id:ident $(, $after:ident: $type:ty)*) -> $of:ident $returned:ty;)+) => {$(
        instead_of! {
            /// A function with an id among its arguments, which is translated.
            fn $name($($before: $first,)? $id: c_int $(, $after: $type)*) -> $returned = unsafe |real| {
                match kernels($id) {
                    // SAFETY: the arguments are the caller's, but for the id.
                    Some(id) => $of(unsafe { real($($before,)? id $(, $after)*) }),
                    None => fails(ESRCH) as $returned,
                }
            }
        }
    )+};
}

/// Nothing is to be translated in this result.
fn same<T>(result: T) -> T {
    result
}

takes_an_id! {
    getpgid(#process) -> shown c_int;
    getsid(#process) -> shown_session c_int;
    sched_setaffinity(#thread, bytes: usize, set: *const c_void) -> same c_int;
    sched_setscheduler(#thread, policy: c_int, how: *const c_void) -> same c_int;
    sched_getscheduler(#thread) -> same c_int;
    sched_setparam(#thread, how: *const c_void) -> same c_int;
    sched_getparam(#thread, how: *mut c_void) -> same c_int;
    sched_rr_get_interval(#thread, interval: *mut c_void) -> same c_int;
    prlimit(#process, resource: c_int, new: *const c_void, old: *mut c_void) -> same c_int;
    prlimit64(#process, resource: c_int, new: *const c_void, old: *mut c_void) -> same c_int;
    process_vm_readv(
        #process, own: *const c_void, parts: c_ulong, other: *const c_void, others: c_ulong, how: c_ulong
    ) -> same isize;
    process_vm_writev(
        #process, own: *const c_void, parts: c_ulong, other: *const c_void, others: c_ulong, how: c_ulong
    ) -> same isize;
    ptrace(request: c_long, #process, address: *mut c_void, data: *mut c_void) -> same c_long;
}

/// Functions with the id of a group of processes as their last argument; `#error` is the one that they report for an unknown
/// group.
macro_rules! takes_a_group {
    ($($(#[$doc:meta])* $name:ident($first:ident: $type:ty, #$group:ident) -> $error:expr;)+) => {$(
        instead_of! {
            $(#[$doc])*
            fn $name($first: $type, $group: c_int) -> c_int = unsafe |real| {
                match kernels_group($group) {
                    // SAFETY: the arguments are the caller's, but for the id.
                    Some(group) => unsafe { real($first, group) },
                    None => $error,
                }
            }
        }
    )+};
}

takes_a_group! {
    /// tcsetpgrp(3).
    tcsetpgrp(terminal: c_int, #group) -> fails(EPERM);
    /// posix_spawnattr_setpgroup(3). The kernel reports an unknown group when the process starts.
    posix_spawnattr_setpgroup(how: *mut c_void, #group) -> EINVAL;
}

instead_of! {
    /// setpgid(2).
    fn setpgid(process: c_int, group: c_int) -> c_int = unsafe |real| {
        match (kernels(process), kernels_group(group)) {
            // SAFETY: the function has this type, and accepts any numbers.
            (Some(process), Some(group)) => unsafe { real(process, group) },
            (None, _) => fails(ESRCH),
            (_, None) => fails(EPERM),
        }
    }
}

/// The kernel's id for an argument of getpriority(2): of a process, a group or a user.
fn kernels_of_priority(which: c_int, of: c_int) -> Option<c_int> {
    match which {
        0 => kernels(of),
        1 => kernels_group(of),
        _ => Some(of),
    }
}

instead_of! {
    /// getpriority(2).
    fn getpriority(which: c_int, of: c_int) -> c_int = unsafe |real| {
        match kernels_of_priority(which, of) {
            // SAFETY: the function has this type, and accepts any numbers.
            Some(of) => unsafe { real(which, of) },
            None => fails(ESRCH),
        }
    }
}

instead_of! {
    /// setpriority(2).
    fn setpriority(which: c_int, of: c_int, priority: c_int) -> c_int = unsafe |real| {
        match kernels_of_priority(which, of) {
            // SAFETY: the function has this type, and accepts any numbers.
            Some(of) => unsafe { real(which, of, priority) },
            None => fails(ESRCH),
        }
    }
}

instead_of! {
    /// posix_spawnattr_getpgroup(3).
    fn posix_spawnattr_getpgroup(how: *const c_void, group: *mut c_int) -> c_int = |call| {
        let failed = call();
        if failed == 0 {
            // SAFETY: a successful call has written there.
            unsafe { *group = shown(*group) };
        }
        failed
    }
}

instead_of! {
    /// clock_getcpuclockid(3).
    fn clock_getcpuclockid(process: c_int, clock: *mut c_int) -> c_int = unsafe |real| {
        match kernels(process) {
            // SAFETY: the arguments are the caller's, but for the id.
            Some(process) => unsafe { real(process, clock) },
            None => ESRCH,
        }
    }
}
