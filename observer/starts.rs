//! The functions that start threads and processes, or replace the program.

use core::ffi::{c_char, c_int, c_void};

use crate::actor::{Actor, Digits, Path};
use crate::begin::child_starts;
use crate::children::started;
use crate::hold::{Moment, delay, hold};
use crate::ids::{self, log_kernel_id, own_thread};
use crate::layout::kind;
use crate::log::log;
use crate::memory::leak;
use crate::pauses::are_logged;
use crate::process::{Environment, Process, actor, process};
use crate::scheduled::{enter_thread, reach_point, scheduled};
use crate::system::{instead_of, real};
use crate::threads::{self, leave_at_end};
use crate::token::table::Obstacle;

// SAFETY: the type is that of the C library's variable.
unsafe extern "C" {
    static mut environ: *const *const c_char;
}

/// The process and the calling thread; `None` if they are not observed.
fn observed() -> Option<(&'static Process, &'static Actor)> {
    Some((process()?, actor()?))
}

type Main = unsafe extern "C" fn(*mut c_void) -> *mut c_void;

/// A thread that is about to start.
struct Start {
    main: Main,
    argument: *mut c_void,
    actor: Actor,
    /// Its place in the table, if it is scheduled.
    place: Option<usize>,
}

/// The first function of a thread.
///
/// # Safety
/// `start` leads to a `Start` that stays.
unsafe extern "C" fn run_thread(start: *mut c_void) -> *mut c_void {
    // SAFETY: the caller guarantees it. It is never freed, because a thread may print until it ends.
    let start: &'static Start = unsafe { &*start.cast() };
    let actor = &start.actor;
    if let Some(process) = process() {
        process.actors.set(actor);
        if let Some(place) = start.place {
            leave_at_end(actor);
            enter_thread(actor, place);
        }
        log(actor, kind::THREAD, 0, &own_thread().to_ne_bytes());
        log_kernel_id(actor);
        delay(process.control, actor);
        hold(process.control, actor, Moment::Start);
    }
    // SAFETY: the program passed this argument for this function.
    let returned = unsafe { (start.main)(start.argument) };
    log(actor, kind::ENDS, 0, &[]);
    returned
}

instead_of! {
    /// pthread_create(3).
    fn pthread_create(thread: *mut usize, how: *const c_void, main: Main, argument: *mut c_void) -> c_int = unsafe |real| {
        // SAFETY: the arguments are the caller's.
        let create = || unsafe { real(thread, how, main, argument) };
        let Some((process, parent)) = observed() else {
            return create();
        };
        let number = parent.threads.get();
        let path = Path::of(&[parent.path.as_bytes(), b".", Digits::of(number).as_bytes()]);
        let actor = Actor::new(path, process.control.seed);
        let place = scheduled().and_then(|scheduled| scheduled.add_thread());
        let Ok(start) = leak(Start { main, argument, actor, place }) else {
            return create();
        };
        // The parent logs it, because the thread may never run.
        log(parent, kind::STARTS_THREAD, 0, path.as_bytes());
        parent.threads.increase();
        // SAFETY: the handle and the attributes are the caller's, and `run_thread` gets a `Start` that is never freed.
        let failed = unsafe { real(thread, how, run_thread, (&raw const *start).cast_mut().cast()) };
        if failed == 0 && are_logged() {
            // SAFETY: a successful call has written the handle.
            let handle = unsafe { *thread } as u64;
            let mut text = [0; 16];
            text[..8].copy_from_slice(&handle.to_ne_bytes());
            text[8..].copy_from_slice(&u64::from(number).to_ne_bytes());
            log(parent, kind::HANDLE, 0, &text);
        }
        if let (Some(place), Some(mut table)) = (place, scheduled().and_then(|scheduled| scheduled.table())) {
            if failed == 0 {
                // SAFETY: a successful call has written the handle; the attributes are the caller's.
                let (handle, is_detached) = unsafe { (*thread, threads::is_detached(how)) };
                let its = table.thread_mut(place);
                (its.handle, its.is_detached) = (handle as u64, is_detached);
            } else {
                table.forget(place);
            }
            drop(table);
            reach_point();
        }
        failed
    }
}

/// Calls fork(2) or one of its kin. The child has one thread, with a new path.
fn forking(call: impl FnOnce() -> c_int) -> c_int {
    let Some((process, parent)) = observed() else {
        return call();
    };
    let number = Digits::of(parent.processes.get());
    let id = ids::next();
    let child = call();
    if child == 0 {
        let path = Path::of(&[parent.path.as_bytes(), b"/", number.as_bytes()]);
        if let Ok(first) = leak(parent.forked(path, process.control.seed)) {
            process.actors.set(first);
            child_starts(first, id);
        }
    } else if child > 0 {
        log(parent, kind::STARTS_PROCESS, 0, number.as_bytes());
        parent.processes.increase();
        started(child);
        return ids::of_child(id, child);
    }
    child
}

instead_of! {
    /// fork(2).
    fn fork() -> c_int = |call| forking(call)
}

instead_of! {
    /// _Fork(3), which calls no functions of the program.
    #[cfg_attr(not(preloaded), expect(non_snake_case, reason = "it is the function's name"))]
    fn _Fork() -> c_int = |call| forking(call)
}

/// Functions that start a process within the C library, where it cannot be told of the schedule.
macro_rules! cannot_be_seeded {
    ($($name:ident($($argument:ident: $type:ty),*) -> $returned:ty;)+) => {$(
        instead_of! {
            /// A function that starts a process.
            fn $name($($argument: $type),*) -> $returned = |call| {
                ids::give_up(Obstacle::Start);
                call()
            }
        }
    )+};
}

cannot_be_seeded! {
    daemon(is_here: c_int, is_open: c_int) -> c_int;
    forkpty(terminal: *mut c_int, name: *mut c_char, how: *const c_void, size: *const c_void) -> c_int;
    clone(
        main: *const c_void, stack: *mut c_void, flags: c_int, argument: *mut c_void,
        parent: *mut c_int, storage: *mut c_void, child: *mut c_int
    ) -> c_int;
}

/// posix_spawn(3) or posix_spawnp(3), with the observer's variables for the child. `spawn` calls the real function
/// with the place for the child's id and the environment that it gets.
///
/// # Safety
/// `child` is null or can be written; `environment` is null, or leads to pointers of which the last is null.
unsafe fn spawning(
    child: *mut c_int,
    environment: *const *const c_char,
    spawn: impl Fn(*mut c_int, *const *const c_char) -> c_int,
) -> c_int {
    let Some((process, parent)) = observed() else {
        return spawn(child, environment);
    };
    let number = Digits::of(parent.processes.get());
    let id = ids::next();
    // SAFETY: the caller guarantees it.
    let ours = unsafe { Environment::of(process, environment, parent, Some((&number, id))) };
    let Ok(ours) = ours else {
        return spawn(child, environment);
    };
    let mut started_one = 0;
    let mut spawn = || spawn(&raw mut started_one, ours.as_ptr());
    let failed = match scheduled() {
        Some(scheduled) => scheduled.keeping(spawn),
        None => spawn(),
    };
    if failed == 0 {
        log(parent, kind::STARTS_PROCESS, 0, number.as_bytes());
    }
    parent.processes.increase();
    if failed == 0 {
        started(started_one);
        let id = ids::of_child(id, started_one);
        if !child.is_null() {
            // SAFETY: the caller lets the function write there.
            unsafe { *child = id };
        }
    }
    failed
}

instead_of! {
    /// posix_spawn(3).
    fn posix_spawn(
        child: *mut c_int,
        program: *const c_char,
        files: *const c_void,
        how: *const c_void,
        arguments: *const *const c_char,
        environment: *const *const c_char
    ) -> c_int = unsafe |real| {
        // SAFETY: the arguments are the caller's, but for the environment, which is one too.
        let spawn = |child, environment| unsafe { real(child, program, files, how, arguments, environment) };
        // SAFETY: the caller gives an environment.
        unsafe { spawning(child, environment, spawn) }
    }
}

instead_of! {
    /// posix_spawnp(3).
    fn posix_spawnp(
        child: *mut c_int,
        program: *const c_char,
        files: *const c_void,
        how: *const c_void,
        arguments: *const *const c_char,
        environment: *const *const c_char
    ) -> c_int = unsafe |real| {
        // SAFETY: the arguments are the caller's, but for the environment, which is one too.
        let spawn = |child, environment| unsafe { real(child, program, files, how, arguments, environment) };
        // SAFETY: the caller gives an environment.
        unsafe { spawning(child, environment, spawn) }
    }
}

type Execute =
    unsafe extern "C" fn(*const c_char, *const *const c_char, *const *const c_char) -> c_int;

/// Replaces the program by another, which is observed, too. `execute` gets the environment with the observer's variables.
///
/// # Safety
/// `environment` is null, or leads to pointers of which the last is null.
unsafe fn executing(
    environment: *const *const c_char,
    execute: impl FnOnce(*const *const c_char) -> c_int,
) -> c_int {
    let ours = observed().and_then(|(process, actor)| {
        // SAFETY: the caller guarantees it.
        unsafe { Environment::of(process, environment, actor, None) }.ok()
    });
    // `ours` stays until the call has failed.
    execute(ours.as_ref().map_or(environment, Environment::as_ptr))
}

/// The same by a function with three arguments.
///
/// # Safety
/// The arguments obey the rules of `execute`, which is execve(2) or execvpe(3).
unsafe fn execute(
    execute: Execute,
    program: *const c_char,
    arguments: *const *const c_char,
    environment: *const *const c_char,
) -> c_int {
    // SAFETY: the caller guarantees it.
    unsafe {
        executing(environment, |environment| {
            execute(program, arguments, environment)
        })
    }
}

instead_of! {
    /// execvp(3).
    fn execvp(program: *const c_char, arguments: *const *const c_char) -> c_int = unsafe |_real| {
        // SAFETY: execvpe(3) has that type; the environment is the program's own, as for the real function.
        unsafe { execute(real!(execvpe as Execute), program, arguments, environ) }
    }
}

instead_of! {
    /// execv(3).
    fn execv(program: *const c_char, arguments: *const *const c_char) -> c_int = unsafe |_real| {
        // SAFETY: the environment is the program's own, as for the real function.
        unsafe { execute(real!(execve as Execute), program, arguments, environ) }
    }
}

instead_of! {
    /// fexecve(3).
    fn fexecve(
        program: c_int,
        arguments: *const *const c_char,
        environment: *const *const c_char
    ) -> c_int = unsafe |real| {
        // SAFETY: the arguments are the caller's.
        unsafe { executing(environment, |environment| real(program, arguments, environment)) }
    }
}

instead_of! {
    /// execveat(2).
    fn execveat(
        folder: c_int,
        program: *const c_char,
        arguments: *const *const c_char,
        environment: *const *const c_char,
        how: c_int
    ) -> c_int = unsafe |real| {
        // SAFETY: the arguments are the caller's.
        unsafe {
            executing(environment, |environment| real(folder, program, arguments, environment, how))
        }
    }
}

instead_of! {
    /// execve(2).
    fn execve(
        program: *const c_char,
        arguments: *const *const c_char,
        environment: *const *const c_char
    ) -> c_int = unsafe |_real| {
        // SAFETY: the arguments are the caller's.
        unsafe { execute(real!(execve as Execute), program, arguments, environment) }
    }
}

instead_of! {
    /// execvpe(3).
    fn execvpe(
        program: *const c_char,
        arguments: *const *const c_char,
        environment: *const *const c_char
    ) -> c_int = unsafe |_real| {
        // SAFETY: execvpe(3) has that type, and the arguments are the caller's.
        unsafe { execute(real!(execvpe as Execute), program, arguments, environment) }
    }
}

/// Functions that take each argument of the program by itself, up to a null. The caller passes the first of them in
/// registers, and the others on the stack: here, all come to lie there in a row, which `$call` gets.
#[cfg(preloaded)]
macro_rules! takes_arguments {
    ($($(#[$doc:meta])* $name:ident by $call:ident;)+) => {$(
        $(#[$doc])*
        ///
        /// # Safety
        /// The caller obeys the rules of the function.
        #[cfg(target_arch = "x86_64")]
        #[unsafe(no_mangle)]
        #[unsafe(naked)]
        pub unsafe extern "C" fn $name() {
            core::arch::naked_asm! {
                "pop r11",
                "push r9",
                "push r8",
                "push rcx",
                "push rdx",
                "push rsi",
                "mov rsi, rsp",
                "push r11",
                "call {call}",
                "pop r11",
                "add rsp, 40",
                "push r11",
                "ret",
                call = sym $call,
            }
        }

        $(#[$doc])*
        ///
        /// # Safety
        /// The caller obeys the rules of the function.
        #[cfg(target_arch = "aarch64")]
        #[unsafe(no_mangle)]
        #[unsafe(naked)]
        pub unsafe extern "C" fn $name() {
            core::arch::naked_asm! {
                "sub sp, sp, #80",
                "stp x29, x30, [sp]",
                "str x1, [sp, #24]",
                "stp x2, x3, [sp, #32]",
                "stp x4, x5, [sp, #48]",
                "stp x6, x7, [sp, #64]",
                "add x1, sp, #24",
                "bl {call}",
                "ldp x29, x30, [sp]",
                "add sp, sp, #80",
                "ret",
                call = sym $call,
            }
        }
    )+};
}

#[cfg(preloaded)]
takes_arguments! {
    /// execl(3).
    execl by execv;
    /// execlp(3).
    execlp by execvp;
    /// execle(3).
    execle by execute_with_environment;
}

/// execle(3), with its arguments in a row: the environment follows their null.
///
/// # Safety
/// The arguments obey the rules of execle(3).
#[cfg(preloaded)]
unsafe extern "C" fn execute_with_environment(
    program: *const c_char,
    arguments: *const *const c_char,
) -> c_int {
    let mut end = arguments;
    // SAFETY: the caller guarantees the null, and the environment after it.
    unsafe {
        while !(*end).is_null() {
            end = end.add(1);
        }
        execve(program, arguments, (*end.add(1)).cast())
    }
}
