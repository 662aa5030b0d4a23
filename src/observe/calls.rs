//! The reasons of waits, by the functions that the waiting threads were in.
//!
//! The kernel knows only that a thread waits at an address until another wakes it. Whether that is a lock, a channel
//! or a parked thread can be told by the functions of std and of well-known crates that called it. They are named by
//! the symbols of the executable; without them, the reason stays unknown.

use std::collections::HashMap;
use std::fs;

use object::{Object, ObjectSymbol, SymbolKind};

use super::event::{Event, EventKind};
use crate::transcript::tracks::Why;

/// The executable and the library that a process has loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Code {
    /// The path of the executable.
    executable: String,
    /// The address of std's library, relative to the executable's entry point, and its path; `None`: the executable
    /// contains std.
    std_library: Option<(u64, String)>,
}

impl Code {
    /// Takes the next event of the process. After exec(2), its code is another one.
    pub(super) fn take(&mut self, event: &Event) {
        match &event.kind {
            EventKind::Executable(path) => {
                *self = Code {
                    executable: path.clone(),
                    std_library: None,
                }
            }
            EventKind::StdLibrary(address, path) => {
                self.std_library = Some((*address, path.clone()));
            }
            _ => {}
        }
    }
}

/// The functions of an executable or a library, sorted by their addresses.
#[derive(Default)]
struct Functions {
    /// The address of the entry point.
    entry: u64,
    /// The first address, the first after it, and the mangled name.
    functions: Vec<(u64, u64, String)>,
}

/// The functions of all processes of a run.
pub(super) struct Calls<'a> {
    /// By process.
    code: &'a HashMap<u32, Code>,
    /// The functions that were needed, by the paths of their executables and libraries.
    read: HashMap<&'a str, Functions>,
}

impl<'a> Calls<'a> {
    /// `code` has the executable and the library of each process.
    pub(super) fn of(code: &'a HashMap<u32, Code>) -> Calls<'a> {
        Calls {
            code,
            read: HashMap::new(),
        }
    }

    /// The reason of a process's wait for which the observer logged `why`, by the addresses of its functions from the
    /// inside outward, relative to the executable's entry point.
    pub(super) fn reason(&mut self, process: u32, why: Why, addresses: &[u64]) -> Why {
        match (why, self.by_functions(process, addresses)) {
            (Why::Lock, Some(told)) => told,
            // A read that is no thread's own business is that of a runtime, whose thread is parked.
            (Why::Input, Some(Why::Park)) => Why::Park,
            _ => why,
        }
    }

    /// The reason of a wait; `None`: its functions don't tell it.
    fn by_functions(&mut self, process: u32, addresses: &[u64]) -> Option<Why> {
        if addresses.is_empty() {
            return None;
        }
        let code = self.code.get(&process)?;
        let names: Vec<String> = addresses
            .iter()
            .filter_map(|&address| {
                let executable = self.functions(&code.executable);
                let own = executable.name(executable.entry.wrapping_add(address));
                own.or_else(|| {
                    let (start, path) = code.std_library.as_ref()?;
                    self.functions(path).name(address.wrapping_sub(*start))
                })
            })
            .collect();
        reason(names.into_iter())
    }

    fn functions(&mut self, path: &'a str) -> &Functions {
        // Without symbols, no wait has a reason.
        let functions = self.read.entry(path);
        functions.or_insert_with(|| Functions::read(path).unwrap_or_default())
    }
}

impl Functions {
    fn read(path: &str) -> Option<Functions> {
        let bytes = fs::read(path).ok()?;
        let file = object::File::parse(&*bytes).ok()?;
        let symbols = file
            .symbols()
            .filter(|symbol| symbol.kind() == SymbolKind::Text);
        let functions = symbols.filter_map(|symbol| {
            let (from, name) = (symbol.address(), symbol.name().ok()?);
            (symbol.size() > 0).then(|| (from, from + symbol.size(), name.to_owned()))
        });
        let mut functions: Vec<_> = functions.collect();
        functions.sort_unstable();
        Some(Functions {
            entry: file.entry(),
            functions,
        })
    }

    /// The demangled name of the function at an address; `None`: there is none.
    fn name(&self, address: u64) -> Option<String> {
        let next = self
            .functions
            .partition_point(|(from, ..)| *from <= address);
        let (_, to, name) = self.functions.get(next.checked_sub(1)?)?;
        (address < *to).then(|| format!("{:#}", rustc_demangle::demangle(name)))
    }
}

/// The reason of a wait, by the names of functions from the inside outward. Functions of std count up to the first one
/// of another crate: further out, the program is doing what it likes.
fn reason(names: impl Iterator<Item = String>) -> Option<Why> {
    let mut reason = None;
    for name in names {
        let path = name.trim_start_matches(['<', '&']);
        match path.split("::").next().unwrap_or_default() {
            "std" | "core" | "alloc" => match of_std(path) {
                Some(Why::Mutex) => return Some(Why::Mutex),
                found => reason = found.or(reason),
            },
            "parking_lot" | "parking_lot_core" | "lock_api" => match path {
                _ if path.contains("Condvar") => reason = Some(Why::Condvar),
                _ if path.contains("lock_") => reason = reason.or(Some(Why::Mutex)),
                _ => {}
            },
            // Between a runtime and the system.
            "mio" | "polling" => {}
            "crossbeam_channel" | "flume" | "kanal" => return Some(Why::Channel),
            // Their threads wait for work in many ways.
            "tokio" | "rayon_core" if reason != Some(Why::Mutex) => return Some(Why::Park),
            // The function of C in which a thread begins, and whatever has no path.
            _ if !path.contains("::") => {}
            _ => return reason,
        }
    }
    reason
}

/// The reason of a wait in a function of std; `None`: it waits for nothing by itself.
fn of_std(path: &str) -> Option<Why> {
    let is = |part| path.contains(part);
    match path {
        _ if is("lock_contended") || is("read_contended") || is("write_contended") => {
            Some(Why::Mutex)
        }
        _ if is("sync::mpsc") || is("sync::mpmc") => Some(Why::Channel),
        _ if is("Barrier") => Some(Why::Barrier),
        _ if is("Condvar") => Some(Why::Condvar),
        _ if is("thread::scoped::scope") => Some(Why::Thread),
        _ if is("Parker::park") || (path.starts_with("std::thread") && is("::park")) => {
            Some(Why::Park)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::reason;
    use crate::transcript::tracks::Why;

    #[test]
    fn functions_tell_the_reason_of_a_wait() {
        let wait = "std::sys::pal::unix::futex::futex_wait";
        let condvar = "std::sys::sync::condvar::futex::Condvar::wait_optional_timeout";
        let table: [(&[&str], Option<Why>); 14] = [
            (&[], None),
            (&[wait, "a::main"], None),
            (
                &[wait, "std::sys::sync::mutex::futex::Mutex::lock_contended"],
                Some(Why::Mutex),
            ),
            (
                &[
                    wait,
                    "std::sys::sync::rwlock::futex::RwLock::read_contended",
                    "a::main",
                ],
                Some(Why::Mutex),
            ),
            (
                &[
                    wait,
                    "std::thread::park",
                    "std::sync::mpmc::context::Context::with",
                    "a::main",
                ],
                Some(Why::Channel),
            ),
            (
                &[
                    wait,
                    "std::thread::park",
                    "<std::sync::mpsc::Receiver<T>>::recv",
                    "a::main",
                ],
                Some(Why::Channel),
            ),
            (
                &[wait, "std::thread::functions::park", "a::main"],
                Some(Why::Park),
            ),
            // A function of std that calls the program again.
            (
                &[
                    wait,
                    "std::thread::park",
                    "a::main",
                    "std::thread::scoped::scope",
                ],
                Some(Why::Park),
            ),
            (
                &[
                    wait,
                    "std::thread::park",
                    "std::thread::scoped::scope",
                    "a::main",
                ],
                Some(Why::Thread),
            ),
            (&[wait, condvar, "a::main"], Some(Why::Condvar)),
            (
                &[
                    wait,
                    condvar,
                    "<std::sync::barrier::Barrier>::wait",
                    "a::main",
                ],
                Some(Why::Barrier),
            ),
            (
                &[condvar, "rayon_core::sleep::Sleep::sleep"],
                Some(Why::Park),
            ),
            (
                &[
                    "mio::poll::Poll::poll",
                    "tokio::runtime::io::driver::Driver::turn",
                ],
                Some(Why::Park),
            ),
            (
                &[
                    "<parking_lot::raw_mutex::RawMutex>::lock_slow",
                    "tokio::runtime::blocking",
                ],
                Some(Why::Mutex),
            ),
        ];
        for (names, expected) in table {
            let all = names.iter().map(|name| (*name).to_owned());
            assert_eq!(reason(all), expected, "{names:?}");
        }
    }
}
