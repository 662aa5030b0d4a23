// What prints: a macro for each kind of function of std, which `mod.rs` calls. Goes on from `waits.rs`.

/// A text of any length.
struct Text {
    start: *mut u8,
    bytes: usize,
    room: usize,
}

impl Text {
    /// What these arguments say. They are formatted once, for what they call may have effects.
    fn of(arguments: fmt::Arguments<'_>) -> (Text, fmt::Result) {
        let mut text = Text {
            start: null_mut(),
            bytes: 0,
            room: 0,
        };
        let formatted = text.write_fmt(arguments);
        (text, formatted)
    }

    fn as_str(&self) -> &str {
        if self.bytes == 0 {
            return "";
        }
        unsafe {
            core::str::from_utf8_unchecked(core::slice::from_raw_parts(self.start, self.bytes))
        }
    }
}

impl Write for Text {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        unsafe {
            if self.bytes + part.len() > self.room {
                let room = (self.bytes + part.len()) * 2;
                let start = realloc(self.start as *mut c_void, room) as *mut u8;
                if start.is_null() {
                    return Err(fmt::Error);
                }
                (self.start, self.room) = (start, room);
            }
            self.start
                .add(self.bytes)
                .copy_from_nonoverlapping(part.as_ptr(), part.len());
        }
        self.bytes += part.len();
        Ok(())
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        unsafe { free(self.start as *mut c_void) };
    }
}

/// What a function that cannot be called gives back as an `io::Result`: a pointer, where null is `Ok(())`.
type Outcome = *mut c_void;

/// `fn(fmt::Arguments)`: `_print`, `_eprint`.
macro_rules! prints {
    ($name:ident $file:literal $symbol:literal $c:literal) => {
        #[unsafe(export_name = $symbol)]
        fn $name(arguments: fmt::Arguments<'_>) {
            let print: fn(fmt::Arguments<'_>) = unsafe { real($c) };
            if actor().is_none_or(|actor| actor.depth > 0) {
                return print(arguments);
            }
            let (text, formatted) = Text::of(arguments);
            printing($file, text.as_str().as_bytes(), || match formatted {
                Ok(()) => print(format_args!("{}", text.as_str())),
                Err(_) => print(arguments),
            })
        }
    };
}

/// `fn(&Stdout) -> StdoutLock`: what it gives back is one pointer.
macro_rules! locks {
    ($name:ident $file:literal $symbol:literal $c:literal) => {
        #[unsafe(export_name = $symbol)]
        fn $name(stream: *const c_void) -> *const c_void {
            let lock: fn(*const c_void) -> *const c_void = unsafe { real($c) };
            printing($file, b"", || lock(stream))
        }
    };
}

/// `fn(&mut Stdout, &[u8]) -> io::Result<()>`.
macro_rules! writes_all {
    ($name:ident $file:literal $symbol:literal $c:literal) => {
        #[unsafe(export_name = $symbol)]
        fn $name(stream: *mut c_void, text: &[u8]) -> Outcome {
            let write: fn(*mut c_void, &[u8]) -> Outcome = unsafe { real($c) };
            printing($file, text, || write(stream, text))
        }
    };
}

/// `fn(&mut Stdout, &[u8]) -> io::Result<usize>`: two words.
macro_rules! writes {
    ($name:ident $file:literal $symbol:literal $c:literal) => {
        #[unsafe(export_name = $symbol)]
        fn $name(stream: *mut c_void, text: &[u8]) -> Result<usize, core::ptr::NonNull<c_void>> {
            let write: fn(*mut c_void, &[u8]) -> Result<usize, core::ptr::NonNull<c_void>> =
                unsafe { real($c) };
            printing($file, text, || write(stream, text))
        }
    };
}

/// `fn(&mut Stdout, fmt::Arguments) -> io::Result<()>`.
macro_rules! writes_formatted {
    ($name:ident $file:literal $symbol:literal $c:literal) => {
        #[unsafe(export_name = $symbol)]
        fn $name(stream: *mut c_void, arguments: fmt::Arguments<'_>) -> Outcome {
            let write: fn(*mut c_void, fmt::Arguments<'_>) -> Outcome = unsafe { real($c) };
            if actor().is_none_or(|actor| actor.depth > 0) {
                return write(stream, arguments);
            }
            let (text, formatted) = Text::of(arguments);
            printing($file, text.as_str().as_bytes(), || match formatted {
                Ok(()) => write(stream, format_args!("{}", text.as_str())),
                Err(_) => write(stream, arguments),
            })
        }
    };
}
