// What is seen is written down. Goes on from `hold.rs`.

/// The head of a record in the log; `log.rs` reads it. The path and what was written follow.
#[repr(C)]
struct Head {
    bytes: u32,
    path: u16,
    kind: u8,
    stream: u8,
    process: u32,
    print: u32,
    at: u64,
}

/// Whatever calls this on the way to a function of the C library finds `errno` as it was.
fn log(kind: u8, stream: u8, actor: &Actor, text: &[u8]) {
    let errno = unsafe { *__errno_location() };
    let head = Head {
        bytes: (size_of::<Head>() + actor.length + text.len()) as u32,
        path: actor.length as u16,
        kind,
        stream,
        process: unsafe { getpid() } as u32,
        print: actor.prints,
        at: now(),
    };
    let parts = [
        Part {
            start: &raw const head as *const c_void,
            bytes: size_of::<Head>(),
        },
        Part {
            start: actor.path.as_ptr() as *const c_void,
            bytes: actor.length,
        },
        Part {
            start: text.as_ptr() as *const c_void,
            bytes: text.len(),
        },
    ];
    if let Some(file) = log_file() {
        // Behind what others write, all at once (O_APPEND).
        unsafe { writev(file, parts.as_ptr(), 3) };
    }
    unsafe { *__errno_location() = errno };
}

/// The log, opened anew where the program has closed it, and never what it has opened in its place.
fn log_file() -> Option<c_int> {
    let file = LOG.load(SeqCst);
    if file != u32::MAX {
        let then = (LOG_DEVICE.load(SeqCst), LOG_INODE.load(SeqCst));
        if identity(file as c_int) == Some(then) {
            return Some(file as c_int);
        }
    }
    let opened = open_in_folder(b"/log", 0o1 | 0o2000 | 0o2000000);
    if opened < 0 {
        return None;
    }
    // High, where no program looks for its own (F_DUPFD_CLOEXEC).
    let high = unsafe { fcntl(opened, 1030, 800 as c_int) };
    let file = if high < 0 { opened } else { high };
    if file == high {
        unsafe { close(opened) };
    }
    let (device, inode) = identity(file)?;
    LOG_DEVICE.store(device, SeqCst);
    LOG_INODE.store(inode, SeqCst);
    LOG.store(file as u32, SeqCst);
    Some(file)
}

fn status(file: c_int) -> Option<FileStatus> {
    let mut status = core::mem::MaybeUninit::<FileStatus>::zeroed();
    unsafe {
        let is_there = fstat(file, status.as_mut_ptr()) == 0;
        is_there.then(|| status.assume_init())
    }
}

fn identity(file: c_int) -> Option<(u64, u64)> {
    status(file).map(|status| (status.device, status.inode))
}

fn open_in_folder(name: &[u8], how: c_int) -> c_int {
    let mut path = [0; 600];
    unsafe {
        let folder = CStr::from_ptr(&raw const FOLDER as *const c_char).to_bytes();
        keep(path.as_mut_ptr(), path.len(), &[folder, name]);
        open(path.as_ptr() as *const c_char, how)
    }
}

unsafe fn real<F: Copy>(name: &CStr) -> F {
    unsafe {
        // RTLD_NEXT
        let found = dlsym(-1isize as *mut c_void, name.as_ptr());
        if found.is_null() {
            abort();
        }
        (&raw const found as *const F).read()
    }
}

/// Which stream of the program a descriptor leads to: 1 standard output, 2 standard error.
fn stream(file: c_int) -> Option<u8> {
    let files = &control()?.files;
    let (device, inode) = identity(file)?;
    let is = |stream: usize| {
        files[stream * 2].load(SeqCst) == device && files[stream * 2 + 1].load(SeqCst) == inode
    };
    (0..2)
        .find(|&stream| is(stream))
        .map(|stream| stream as u8 + 1)
}

/// What is really written, and to which stream, also through other descriptors.
#[unsafe(no_mangle)]
unsafe extern "C" fn write(file: c_int, text: *const c_void, bytes: usize) -> isize {
    unsafe {
        if let (Some(actor), Some(stream)) = (actor(), stream(file)) {
            let text = core::slice::from_raw_parts(text as *const u8, bytes);
            log(b'W', stream, actor, text);
        } else {
            feeds(file);
        }
        let write: unsafe extern "C" fn(c_int, *const c_void, usize) -> isize = real(c"write");
        write(file, text, bytes)
    }
}
