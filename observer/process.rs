//! The observed process: the requests of the tool, and the environment for processes that it starts.

use core::ffi::{CStr, c_char, c_int, c_long, c_void};
use core::ptr::null_mut;

use crate::actor::{Actor, Digits, Path};
use crate::layout::ControlFile;
use crate::memory::{List, OfThread, OutOfMemory, Published, c_text_of, joined};
use crate::system::{Descriptor, READ_AND_WRITE};
use crate::token::shared::Shared;

// SAFETY: the type is that of mmap(2) on 64-bit Linux.
unsafe extern "C" {
    fn mmap(
        at: *mut c_void,
        bytes: usize,
        may: c_int,
        how: c_int,
        file: c_int,
        from: c_long,
    ) -> *mut c_void;
}

/// The environment variable with the path of the process's first thread, perhaps a colon and the process's virtual id, a
/// space, and the folder of the run.
pub(crate) const VARIABLE: &CStr = c"TRANSCRIPT_OBSERVER";

/// The constant data of the process.
pub(crate) struct Process {
    pub(crate) control: &'static ControlFile,
    /// The table of the run's threads, if the tool asks for a schedule.
    pub(crate) schedule: Option<&'static Shared>,
    pub(crate) log: &'static CStr,
    pub(crate) actors: OfThread<Actor>,
    /// The folder of the control file and the log.
    folder: &'static CStr,
    /// `LD_PRELOAD=…` and `LD_LIBRARY_PATH=…`, as in the environment at the start.
    loader: [&'static CStr; 2],
}

static OBSERVED: Published<Process> = Published::nothing();

/// This process; `None` if it is not observed.
pub(crate) fn process() -> Option<&'static Process> {
    OBSERVED.get()
}

/// The calling thread; `None` if it is not observed.
pub(crate) fn actor() -> Option<&'static Actor> {
    process()?.actors.get()
}

impl Process {
    /// Opens the folder of a run; `None` if it has no control file, or if the system has no more memory.
    pub(crate) fn open(folder: &[u8], loader: [&'static CStr; 2]) -> Option<Process> {
        Some(Process {
            // SAFETY: any bytes are valid for the numbers of a control file, and those that change are atomics.
            control: unsafe { map(&[folder, b"/control"]) }?,
            // SAFETY: the supervisor has made the table before it started the program, or there is no such file.
            schedule: unsafe { map(&[folder, b"/schedule"]) },
            log: c_text_of(&[folder, b"/log"]).ok()?,
            actors: OfThread::new()?,
            folder: c_text_of(&[folder]).ok()?,
            loader,
        })
    }

    /// Begins the observation of the process, with the calling thread as its first one.
    pub(crate) fn publish(&'static self, first: &'static Actor) {
        self.actors.set(first);
        OBSERVED.set(self);
    }
}

/// Maps a file that all processes of the run share; `None` if there is none.
///
/// # Safety
/// The file is as large as a `T` and contains a valid one. Other processes may change it wherever this one may.
unsafe fn map<T: Sync>(path: &[&[u8]]) -> Option<&'static T> {
    const MAY_READ_AND_WRITE: c_int = 1 | 2;
    const SHARED: c_int = 1;
    const { assert!(align_of::<T>() <= 4096) };
    let path = joined(path).ok()?;
    let file = Descriptor::open(CStr::from_bytes_until_nul(&path).ok()?, READ_AND_WRITE)?;
    let bytes = size_of::<T>();
    // SAFETY: the system chooses a free address.
    let place = unsafe {
        mmap(
            null_mut(),
            bytes,
            MAY_READ_AND_WRITE,
            SHARED,
            file.number(),
            0,
        )
    };
    if place as isize == -1 {
        return None;
    }
    // SAFETY: the mapping is aligned to a page and permanent; the caller guarantees its content.
    Some(unsafe { &*place.cast::<T>() })
}

/// An environment with the observer's variables for the next program.
pub(crate) struct Environment {
    entries: List<*const c_char>,
    /// The observer's own entry, to which `entries` points.
    #[expect(dead_code, reason = "it owns that memory")]
    own: List<u8>,
}

impl Environment {
    /// Adds the observer's variables to an environment. `child` is the number of the process that this thread
    /// starts, and its virtual id; `None` if another program replaces this one in the same process.
    ///
    /// # Safety
    /// `theirs` is null, or leads to pointers of which the last is null.
    pub(crate) unsafe fn of(
        process: &Process,
        theirs: *const *const c_char,
        actor: &Actor,
        child: Option<(&Digits, Option<u32>)>,
    ) -> Result<Environment, OutOfMemory> {
        let mut entries = List::new();
        let mut next = theirs;
        // SAFETY: the caller guarantees a pointer here, until one is null.
        while !next.is_null() && !unsafe { *next }.is_null() {
            // SAFETY: as above; another pointer follows one that is not null.
            next = unsafe {
                entries.push(*next)?;
                next.add(1)
            };
        }
        let path = match child {
            Some((number, _)) => Path::of(&[actor.path.as_bytes(), b"/", number.as_bytes()]),
            None => actor.path,
        };
        let id = child.and_then(|(_, id)| id).map(Digits::of);
        let id = id.as_ref().map_or(&b""[..], Digits::as_bytes);
        let own = joined(&[
            VARIABLE.to_bytes(),
            b"=",
            path.as_bytes(),
            if id.is_empty() { b"" } else { b":" },
            id,
            b" ",
            process.folder.to_bytes(),
        ])?;
        entries.extend(&process.loader.map(CStr::as_ptr))?;
        entries.push(own.as_ptr().cast())?;
        entries.push(core::ptr::null())?;
        Ok(Environment { entries, own })
    }

    /// Valid as long as this environment.
    pub(crate) fn as_ptr(&self) -> *const *const c_char {
        self.entries.as_ptr()
    }
}
