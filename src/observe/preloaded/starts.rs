// Threads and processes that the program starts. Goes on from `log.rs`.

type Main = extern "C" fn(*mut c_void) -> *mut c_void;

/// A thread that is about to start.
#[repr(C)]
struct Start {
    main: Main,
    argument: *mut c_void,
    actor: Actor,
}

extern "C" fn run_thread(start: *mut c_void) -> *mut c_void {
    // It lives as long as the process: a thread may print to its very end.
    let start = unsafe { &mut *(start as *mut Start) };
    unsafe { pthread_setspecific(KEY.load(SeqCst), &raw const start.actor as *const c_void) };
    log(
        b'T',
        0,
        &start.actor,
        &(unsafe { gettid() } as u32).to_le_bytes(),
    );
    if let Some(control) = control() {
        delay(control, &mut start.actor);
        hold(control, &mut start.actor, None);
    }
    let returned = (start.main)(start.argument);
    log(b'X', 0, &start.actor, &[]);
    returned
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_create(
    thread: *mut usize,
    how: *const c_void,
    main: Main,
    argument: *mut c_void,
) -> c_int {
    unsafe {
        let create: unsafe extern "C" fn(*mut usize, *const c_void, Main, *mut c_void) -> c_int =
            real(c"pthread_create");
        let Some(parent) = actor() else {
            return create(thread, how, main, argument);
        };
        let start = malloc(size_of::<Start>()) as *mut Start;
        if start.is_null() {
            return create(thread, how, main, argument);
        }
        start.write(Start {
            main,
            argument,
            actor: Actor::NEW,
        });
        let mut room = [0; 10];
        set_path(
            &mut (*start).actor,
            &[
                &parent.path[..parent.length],
                b".",
                digits(parent.threads, &mut room),
            ],
        );
        // The parent says so: the thread may never get to run.
        log(
            b'N',
            0,
            parent,
            &(*start).actor.path[..(*start).actor.length],
        );
        let number = parent.threads;
        parent.threads += 1;
        let failed = create(thread, how, run_thread, start as *mut c_void);
        if failed == 0 && tells_pauses() {
            let handle = (*thread as u64).to_ne_bytes();
            log(b'K', 0, parent, &join(handle, u64::from(number).to_ne_bytes()));
        }
        failed
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fork() -> c_int {
    unsafe {
        let fork: unsafe extern "C" fn() -> c_int = real(c"fork");
        let Some(parent) = actor() else { return fork() };
        let child = fork();
        let mut room = [0; 10];
        let number = digits(parent.processes, &mut room);
        if child == 0 {
            let path = (parent.path, parent.length);
            set_path(parent, &[&path.0[..path.1], b"/", number]);
            (parent.threads, parent.processes, parent.prints) = (0, 0, 0);
            PROCESS.store(parent as *mut Actor as usize, SeqCst);
            log_process(parent);
        } else if child > 0 {
            log(b'F', 0, parent, number);
            parent.processes += 1;
        }
        child
    }
}

/// An environment with what the next program needs to be observed too.
struct Environment {
    entries: *mut *const c_char,
    own: [u8; 700],
}

impl Environment {
    /// `suffix`: behind the actor's own path.
    unsafe fn with(
        theirs: *const *const c_char,
        actor: &Actor,
        suffix: &[&[u8]],
    ) -> Option<Environment> {
        unsafe {
            let mut count = 0;
            while !theirs.is_null() && !(*theirs.add(count)).is_null() {
                count += 1;
            }
            let entries = malloc((count + 4) * size_of::<*const c_char>()) as *mut *const c_char;
            if entries.is_null() {
                return None;
            }
            for at in 0..count {
                entries.add(at).write(*theirs.add(at));
            }
            let mut own = [0; 700];
            let folder = CStr::from_ptr(&raw const FOLDER as *const c_char).to_bytes();
            let none: &[u8] = b"";
            let (first, second) = (
                suffix.first().unwrap_or(&none),
                suffix.get(1).unwrap_or(&none),
            );
            let parts = [
                VARIABLE.to_bytes(),
                b"=",
                &actor.path[..actor.length],
                first,
                second,
                b" ",
                folder,
            ];
            if !keep(own.as_mut_ptr(), own.len(), &parts) {
                free(entries as *mut c_void);
                return None;
            }
            entries
                .add(count)
                .write(&raw const PRELOAD as *const c_char);
            entries
                .add(count + 1)
                .write(&raw const LIBRARIES as *const c_char);
            entries.add(count + 3).write(null());
            Some(Environment { entries, own })
        }
    }

    /// Where it is now, it stays: then it can be pointed to.
    unsafe fn entries(&self) -> *const *const c_char {
        unsafe {
            let mut at = 0;
            while *self.entries.add(at) != &raw const LIBRARIES as *const c_char {
                at += 1;
            }
            self.entries
                .add(at + 1)
                .write(self.own.as_ptr() as *const c_char);
        }
        self.entries
    }
}

type Spawn = unsafe extern "C" fn(
    *mut c_int,
    *const c_char,
    *const c_void,
    *const c_void,
    *const *const c_char,
    *const *const c_char,
) -> c_int;

macro_rules! spawns {
    ($($name:ident $text:literal)*) => { $(
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(
            child: *mut c_int,
            program: *const c_char,
            files: *const c_void,
            how: *const c_void,
            arguments: *const *const c_char,
            environment: *const *const c_char,
        ) -> c_int {
            unsafe {
                let spawn: Spawn = real($text);
                let Some(parent) = actor() else {
                    return spawn(child, program, files, how, arguments, environment);
                };
                let mut room = [0; 10];
                let number = digits(parent.processes, &mut room);
                let Some(ours) = Environment::with(environment, parent, &[b"/", number]) else {
                    return spawn(child, program, files, how, arguments, environment);
                };
                let spawned = spawn(child, program, files, how, arguments, ours.entries());
                free(ours.entries as *mut c_void);
                if spawned == 0 {
                    log(b'F', 0, parent, number);
                }
                parent.processes += 1;
                spawned
            }
        }
    )* };
}
spawns! { posix_spawn c"posix_spawn" posix_spawnp c"posix_spawnp" }

type Execute =
    unsafe extern "C" fn(*const c_char, *const *const c_char, *const *const c_char) -> c_int;

unsafe fn execute(
    real_one: &CStr,
    program: *const c_char,
    arguments: *const *const c_char,
    environment: *const *const c_char,
) -> c_int {
    unsafe {
        let execute: Execute = real(real_one);
        match actor().and_then(|actor| Environment::with(environment, actor, &[])) {
            Some(ours) => {
                let failed = execute(program, arguments, ours.entries());
                free(ours.entries as *mut c_void);
                failed
            }
            None => execute(program, arguments, environment),
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn execvp(program: *const c_char, arguments: *const *const c_char) -> c_int {
    unsafe { execute(c"execvpe", program, arguments, environ) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn execv(program: *const c_char, arguments: *const *const c_char) -> c_int {
    unsafe { execute(c"execve", program, arguments, environ) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn execve(
    program: *const c_char,
    arguments: *const *const c_char,
    environment: *const *const c_char,
) -> c_int {
    unsafe { execute(c"execve", program, arguments, environment) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn execvpe(
    program: *const c_char,
    arguments: *const *const c_char,
    environment: *const *const c_char,
) -> c_int {
    unsafe { execute(c"execvpe", program, arguments, environment) }
}
