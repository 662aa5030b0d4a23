//! Memory from malloc(3): values of any length, values that live as long as the process, and pointers to them that
//! threads share. Without std there is no `Vec` or `Box`, and a Rust allocator could conflict with the program's.

use core::ffi::{CStr, c_int, c_void};
use core::fmt;
use core::ops::Deref;
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicPtr, Ordering::SeqCst};

// SAFETY: these are the types of the functions of glibc and musl.
unsafe extern "C" {
    fn free(memory: *mut c_void);
    fn malloc(bytes: usize) -> *mut c_void;
    fn realloc(memory: *mut c_void, bytes: usize) -> *mut c_void;
    fn pthread_getspecific(key: u32) -> *mut c_void;
    fn pthread_key_create(key: *mut u32, end: Option<extern "C" fn(*mut c_void)>) -> c_int;
    fn pthread_setspecific(key: u32, value: *const c_void) -> c_int;
}

/// The minimum alignment by malloc(3), which suffices for every type used here.
const ALIGNMENT: usize = 16;

/// The error that the system has no more memory.
#[derive(Debug)]
pub(crate) struct OutOfMemory;

/// Moves a value to memory that is never freed.
pub(crate) fn leak<T>(value: T) -> Result<&'static T, OutOfMemory> {
    const { assert!(align_of::<T>() <= ALIGNMENT && size_of::<T>() > 0) };
    // SAFETY: malloc(3) accepts any size.
    let place = unsafe { malloc(size_of::<T>()) }.cast::<T>();
    if place.is_null() {
        return Err(OutOfMemory);
    }
    // SAFETY: the place is new, large enough, and aligned; it is never freed, and nothing else points to it.
    unsafe {
        place.write(value);
        Ok(&*place)
    }
}

/// A growable array of values.
pub(crate) struct List<T: Copy> {
    start: NonNull<T>,
    length: usize,
    /// The capacity, in values; 0: nothing is allocated.
    room: usize,
}

impl<T: Copy> List<T> {
    pub(crate) const fn new() -> List<T> {
        List {
            start: NonNull::dangling(),
            length: 0,
            room: 0,
        }
    }

    pub(crate) fn extend(&mut self, values: &[T]) -> Result<(), OutOfMemory> {
        let length = self.length.checked_add(values.len()).ok_or(OutOfMemory)?;
        if length > self.room {
            self.grow(length)?;
        }
        // SAFETY: there is room for so many after the last, and `values` cannot overlap it: `values` is borrowed while
        // this list is borrowed mutably.
        unsafe {
            let end = self.start.as_ptr().add(self.length);
            end.copy_from_nonoverlapping(values.as_ptr(), values.len());
        }
        self.length = length;
        Ok(())
    }

    pub(crate) fn push(&mut self, value: T) -> Result<(), OutOfMemory> {
        self.extend(&[value])
    }

    /// Makes room for this number of values, and twice as many.
    fn grow(&mut self, length: usize) -> Result<(), OutOfMemory> {
        const { assert!(align_of::<T>() <= ALIGNMENT && size_of::<T>() > 0) };
        let room = length.checked_mul(2).ok_or(OutOfMemory)?;
        let bytes = room.checked_mul(size_of::<T>()).ok_or(OutOfMemory)?;
        let old = match self.room {
            0 => null_mut(),
            _ => self.start.as_ptr().cast(),
        };
        // SAFETY: `old` is null, or memory from malloc(3) to which only this list points.
        let new = unsafe { realloc(old, bytes) };
        self.start = NonNull::new(new.cast()).ok_or(OutOfMemory)?;
        self.room = room;
        Ok(())
    }
}

impl<T: Copy> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: so many values were written there, and they change only while the list is borrowed mutably.
        unsafe { core::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl<T: Copy> Drop for List<T> {
    fn drop(&mut self) {
        if self.room > 0 {
            // SAFETY: it is memory from malloc(3), and nothing borrows it any more.
            unsafe { free(self.start.as_ptr().cast()) };
        }
    }
}

impl fmt::Write for List<u8> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.extend(part.as_bytes())
            .map_err(|OutOfMemory| fmt::Error)
    }
}

/// A C string of these parts, which lives as long as the process.
pub(crate) fn c_text_of(parts: &[&[u8]]) -> Result<&'static CStr, OutOfMemory> {
    let text = leak(joined(parts)?)?;
    // The last byte is a NUL, if no other is.
    Ok(CStr::from_bytes_until_nul(text).unwrap_or_default())
}

/// Concatenates these parts and a NUL.
pub(crate) fn joined(parts: &[&[u8]]) -> Result<List<u8>, OutOfMemory> {
    let mut text = List::new();
    for part in parts {
        text.extend(part)?;
    }
    text.push(0)?;
    Ok(text)
}

/// A value that all threads see after it is set.
pub(crate) struct Published<T: 'static>(AtomicPtr<T>);

impl<T: Sync> Published<T> {
    pub(crate) const fn nothing() -> Published<T> {
        Published(AtomicPtr::new(null_mut()))
    }

    pub(crate) fn set(&self, value: &'static T) {
        self.0.store((&raw const *value).cast_mut(), SeqCst);
    }

    pub(crate) fn get(&self) -> Option<&'static T> {
        // SAFETY: it is null, or came from `set`, whose value is static; `T` is `Sync`, so threads may share it.
        unsafe { self.0.load(SeqCst).as_ref() }
    }
}

/// A value for each thread, which is still available while the thread's destructors run.
pub(crate) struct OfThread<T: 'static> {
    key: u32,
    values: core::marker::PhantomData<AtomicPtr<T>>,
}

impl<T: Sync> OfThread<T> {
    /// `None`: the process has too many keys.
    pub(crate) fn new() -> Option<OfThread<T>> {
        let mut key = 0;
        // SAFETY: the key can be written, and a value needs no destructor.
        let failed = unsafe { pthread_key_create(&mut key, None) };
        (failed == 0).then_some(OfThread {
            key,
            values: core::marker::PhantomData,
        })
    }

    pub(crate) fn set(&self, value: &'static T) {
        // SAFETY: the key belongs to this value and is never deleted.
        unsafe { pthread_setspecific(self.key, (&raw const *value).cast()) };
    }

    pub(crate) fn get(&self) -> Option<&'static T> {
        // SAFETY: the key belongs to this value, so the pointer is null, or came from `set` and is static.
        unsafe { pthread_getspecific(self.key).cast::<T>().as_ref() }
    }
}

#[cfg(test)]
mod tests {
    use core::fmt::Write;
    use std::string::String;
    use std::vec::Vec;

    use super::{List, Published, c_text_of, joined, leak};

    #[test]
    fn a_list_grows() {
        let mut list = List::new();
        assert_eq!(*list, []);
        let mut expected = Vec::new();
        for length in 0..100_u64 {
            let values: Vec<u64> = (0..length).collect();
            list.extend(&values).unwrap();
            list.push(length * 1000).unwrap();
            expected.extend(values);
            expected.push(length * 1000);
        }
        assert_eq!(*list, *expected);
    }

    #[test]
    fn a_text_is_formatted_into_a_list() {
        let mut text = List::new();
        let mut expected = String::new();
        for number in 0..1000 {
            write!(text, "{number:5} ä").unwrap();
            write!(expected, "{number:5} ä").unwrap();
        }
        assert_eq!(*text, *expected.as_bytes());
    }

    #[test]
    fn texts_end_with_a_nul() {
        assert_eq!(*joined(&[]).unwrap(), *b"\0");
        assert_eq!(*joined(&[b"a", b"", b"bc"]).unwrap(), *b"abc\0");
        assert_eq!(c_text_of(&[b"a", b"=", b"bc"]).unwrap(), c"a=bc");
    }

    #[test]
    fn a_published_value_is_seen_by_other_threads() {
        static VALUE: Published<[u8; 3]> = Published::nothing();
        assert_eq!(VALUE.get(), None);
        VALUE.set(leak([1, 2, 3]).unwrap());
        let seen = std::thread::spawn(|| VALUE.get().copied()).join();
        assert_eq!(seen.unwrap(), Some([1, 2, 3]));
    }
}
