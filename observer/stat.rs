//! The file `stat` of a process or thread in /proc (proc_pid_stat(5)). Both the observer and the tool compile this.

use core::str::FromStr;

/// The field of this number as in the manual; the first that can be asked for is 3.
fn field(stat: &[u8], number: usize) -> Option<&[u8]> {
    // The name before it, in parentheses, may have some of its own.
    let end = stat.iter().rposition(|&byte| byte == b')')?;
    let rest = stat.get(end + 2..)?;
    rest.split(|&byte| byte == b' ').nth(number.checked_sub(3)?)
}

/// The field of this number, which has digits.
pub fn number<T: FromStr>(stat: &[u8], field_number: usize) -> Option<T> {
    str::from_utf8(field(stat, field_number)?)
        .ok()?
        .parse()
        .ok()
}

/// The state, as a letter.
pub fn state(stat: &[u8]) -> Option<u8> {
    field(stat, 3)?.first().copied()
}

/// The id of the parent.
pub fn parent(stat: &[u8]) -> Option<u32> {
    number(stat, 4)
}

/// Whether a process has ended: its files are closed, and its parent can reap it.
///
/// The first thread of a process is a zombie as soon as it has ended. Others may go on, and while the process is being
/// killed, they may end after it.
pub fn has_ended(stat: &[u8]) -> bool {
    const THREADS: usize = 20;
    match state(stat) {
        None | Some(b'X') => true,
        Some(b'Z') => number(stat, THREADS).is_none_or(|threads: u32| threads <= 1),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{has_ended, parent, state};

    #[test]
    fn fields_follow_the_name() {
        for (stat, expected) in [
            ("7 (a b) S 1 7", (Some(b'S'), Some(1))),
            ("7 (a) Z (b) R 12 7", (Some(b'R'), Some(12))),
            ("7 (a) R", (Some(b'R'), None)),
            ("7 (a)", (None, None)),
            ("", (None, None)),
        ] {
            let stat = stat.as_bytes();
            assert_eq!((state(stat), parent(stat)), expected);
        }
    }

    #[test]
    fn a_process_ends_with_its_last_thread() {
        for (stat, expected) in [
            ("7 (a) S 1 7 7 0 -1 4 5 6 7 8 9 10 11 12 20 0 1 0", false),
            ("7 (a) Z 1 7 7 0 -1 4 5 6 7 8 9 10 11 12 20 0 2 0", false),
            ("7 (a) Z 1 7 7 0 -1 4 5 6 7 8 9 10 11 12 20 0 1 0", true),
            ("7 (a) X 1 7 7 0 -1 4 5 6 7 8 9 10 11 12 20 0 0 0", true),
            ("", true),
        ] {
            assert_eq!(has_ended(stat.as_bytes()), expected, "{stat}");
        }
    }
}
