//! The functions that a waiting thread is in, as addresses. Their names tell the tool what it waits for: to the kernel,
//! a lock, a channel and a parked thread are all one.

use core::ffi::{CStr, c_char, c_int, c_ulong, c_void};
use core::ptr::{null, null_mut};
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};

use crate::system::found;

/// The addresses of a wait, from the inside outward, relative to the entry point of the executable.
pub(crate) struct Frames {
    addresses: [u64; Frames::MOST],
    length: usize,
    origin: u64,
}

// SAFETY: this is the type of the C library's function.
unsafe extern "C" {
    fn getauxval(kind: c_ulong) -> c_ulong;
}

/// A loaded executable or library, as dladdr(3) tells it.
#[repr(C)]
struct Loaded {
    path: *const c_char,
    address: *const c_void,
    symbol: *const c_char,
    symbol_address: *const c_void,
}

// SAFETY: this is the type of the C library's function.
unsafe extern "C" {
    fn dladdr(address: *const c_void, loaded: *mut Loaded) -> c_int;
}

/// The address of std's library, relative to the entry point of the executable, and its path; `None`: the process has
/// none, because its executable contains std.
pub(crate) fn std_library() -> Option<(u64, &'static CStr)> {
    // Every std has it, and an executable that contains std does not export it.
    static OF_STD: AtomicPtr<c_void> = AtomicPtr::new(null_mut());
    let of_std = found(&OF_STD, c"rust_eh_personality")?;
    let mut loaded = Loaded {
        path: null(),
        address: null(),
        symbol: null(),
        symbol_address: null(),
    };
    // SAFETY: the function writes a whole `Dl_info`, which the type is.
    let is_found = unsafe { dladdr(of_std, &mut loaded) } != 0 && !loaded.path.is_null();
    is_found.then(|| {
        // SAFETY: the path of a loaded library ends with a NUL, and stays until it is unloaded, which std never is.
        let path = unsafe { CStr::from_ptr(loaded.path) };
        ((loaded.address as u64).wrapping_sub(entry()), path)
    })
}

/// The address of the executable's entry point.
fn entry() -> u64 {
    const AT_ENTRY: c_ulong = 9;
    // SAFETY: the function has this type. It returns 0 for an unknown kind.
    unsafe { getauxval(AT_ENTRY) }
}

type Address = unsafe extern "C" fn(*mut c_void) -> usize;
type Step = unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int;
type Backtrace = unsafe extern "C" fn(Step, *mut c_void) -> c_int;

/// Functions of the unwinder, which every Rust program links with; other programs may lack them.
static BACKTRACE: AtomicPtr<c_void> = AtomicPtr::new(null_mut());
static ADDRESS: AtomicPtr<c_void> = AtomicPtr::new(null_mut());

impl Frames {
    /// The highest number of addresses of a wait; the functions further out are the program's own.
    pub(crate) const MOST: usize = 24;

    /// No addresses.
    pub(crate) const NONE: Frames = Frames {
        addresses: [0; Frames::MOST],
        length: 0,
        origin: 0,
    };

    /// The functions that the calling thread is in.
    pub(crate) fn here() -> Frames {
        let mut frames = Frames::NONE;
        let (Some(backtrace), Some(_)) = (
            found(&BACKTRACE, c"_Unwind_Backtrace"),
            found(&ADDRESS, c"_Unwind_GetIP"),
        ) else {
            return frames;
        };
        frames.origin = entry();
        // SAFETY: the unwinder's function has this type.
        let backtrace: Backtrace = unsafe { core::mem::transmute(backtrace) };
        // SAFETY: `step` takes what is passed here, and is called during this call only.
        unsafe { backtrace(step, (&raw mut frames).cast()) };
        frames
    }

    /// The addresses.
    pub(crate) fn addresses(&self) -> &[u64] {
        &self.addresses[..self.length]
    }
}

/// Takes the address of the next function.
///
/// # Safety
/// The unwinder calls it, with the frames that [`Frames::here`] passes.
unsafe extern "C" fn step(context: *mut c_void, frames: *mut c_void) -> c_int {
    const GO_ON: c_int = 0;
    const END_OF_STACK: c_int = 5;
    // SAFETY: the caller guarantees it.
    let frames = unsafe { &mut *frames.cast::<Frames>() };
    let Some(place) = frames.addresses.get_mut(frames.length) else {
        return END_OF_STACK;
    };
    // SAFETY: it was found before the unwinder was called, and has this type.
    let address: Address = unsafe { core::mem::transmute(ADDRESS.load(Relaxed)) };
    // The call is before the address at which it returns.
    // SAFETY: the context is the unwinder's.
    *place = (unsafe { address(context) } as u64).wrapping_sub(1 + frames.origin);
    frames.length += 1;
    GO_ON
}
