//! The functions of std that print or lock a stream. Each kind has a macro that defines a replacement for one of std's
//! functions, for a descriptor and with the symbol that the compiler gave to the function.

use core::ffi::{c_int, c_void};
use core::fmt::{self, Write};
use core::ptr::NonNull;

use crate::hold::printing;
use crate::memory::List;
use crate::process::actor;

/// `io::Result<()>`: one word, of which 0 is `Ok(())`.
pub(crate) type Outcome = *mut c_void;
/// `io::Result<usize>`: two words.
pub(crate) type Written = Result<usize, NonNull<c_void>>;

/// Prints `arguments` by a real function. They are formatted only once, because a `Display` may have side effects.
pub(crate) fn formatted<T>(
    file: c_int,
    arguments: fmt::Arguments<'_>,
    print: impl FnOnce(fmt::Arguments<'_>) -> T,
) -> T {
    if actor().is_none_or(|actor| actor.depth.get() > 0) {
        return print(arguments);
    }
    let mut text = List::new();
    let is_formatted = text.write_fmt(arguments).is_ok();
    let words = core::str::from_utf8(&text).unwrap_or_default();
    printing(file, words.as_bytes(), || {
        if is_formatted {
            print(format_args!("{words}"))
        } else {
            // std reports the failure of a `Display`.
            print(arguments)
        }
    })
}

/// `fn(fmt::Arguments)`: `_print` and `_eprint`.
macro_rules! prints {
    ($name:ident $file:literal $symbol:literal) => {
        #[unsafe(export_name = $symbol)]
        fn $name(arguments: core::fmt::Arguments<'_>) {
            type Print = fn(core::fmt::Arguments<'_>);
            // SAFETY: the symbol belongs to a function of this type, compiled by the same compiler.
            let print: Print = unsafe { $crate::system::real!(symbol $symbol, Print) };
            $crate::prints::formatted($file, arguments, print)
        }
    };
}
pub(crate) use prints;

/// `fn(&Stdout) -> StdoutLock`: the lock is one pointer.
macro_rules! locks {
    ($name:ident $file:literal $symbol:literal) => {
        #[unsafe(export_name = $symbol)]
        fn $name(stream: *const core::ffi::c_void) -> *const core::ffi::c_void {
            type Lock = fn(*const core::ffi::c_void) -> *const core::ffi::c_void;
            // SAFETY: the symbol belongs to a function of std of this type except for the names of the pointers,
            // compiled by the same compiler.
            let lock: Lock = unsafe { $crate::system::real!(symbol $symbol, Lock) };
            $crate::hold::printing($file, b"", || lock(stream))
        }
    };
}
pub(crate) use locks;

/// `fn(&mut Stdout, &[u8]) -> io::Result<()>`.
macro_rules! writes_all {
    ($name:ident $file:literal $symbol:literal) => {
        #[unsafe(export_name = $symbol)]
        fn $name(stream: *mut core::ffi::c_void, text: &[u8]) -> $crate::prints::Outcome {
            type Write = fn(*mut core::ffi::c_void, &[u8]) -> $crate::prints::Outcome;
            // SAFETY: as for `locks`; an `io::Error` is one word that is not 0.
            let write: Write = unsafe { $crate::system::real!(symbol $symbol, Write) };
            $crate::hold::printing($file, text, || write(stream, text))
        }
    };
}
pub(crate) use writes_all;

/// `fn(&mut Stdout, &[u8]) -> io::Result<usize>`.
macro_rules! writes {
    ($name:ident $file:literal $symbol:literal) => {
        #[unsafe(export_name = $symbol)]
        fn $name(stream: *mut core::ffi::c_void, text: &[u8]) -> $crate::prints::Written {
            type Write = fn(*mut core::ffi::c_void, &[u8]) -> $crate::prints::Written;
            // SAFETY: as for `locks`; an `io::Error` is one word that is not 0.
            let write: Write = unsafe { $crate::system::real!(symbol $symbol, Write) };
            $crate::hold::printing($file, text, || write(stream, text))
        }
    };
}
pub(crate) use writes;

/// `fn(&mut Stdout, fmt::Arguments) -> io::Result<()>`.
macro_rules! writes_formatted {
    ($name:ident $file:literal $symbol:literal) => {
        #[unsafe(export_name = $symbol)]
        fn $name(
            stream: *mut core::ffi::c_void,
            arguments: core::fmt::Arguments<'_>,
        ) -> $crate::prints::Outcome {
            type Write =
                fn(*mut core::ffi::c_void, core::fmt::Arguments<'_>) -> $crate::prints::Outcome;
            // SAFETY: as for `locks`; an `io::Error` is one word that is not 0.
            let write: Write = unsafe { $crate::system::real!(symbol $symbol, Write) };
            $crate::prints::formatted($file, arguments, |arguments| write(stream, arguments))
        }
    };
}
pub(crate) use writes_formatted;
