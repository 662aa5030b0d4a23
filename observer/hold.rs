//! Delays and holds, when a thread starts and before each print.

use core::ffi::c_int;
use core::sync::atomic::Ordering::{Relaxed, SeqCst};

use crate::actor::Actor;
use crate::layout::{ControlFile, delayed, gap, held, kind};
use crate::log::{log, stream};
use crate::process::{actor, process};
use crate::scheduled::{reach_point, scheduled};
use crate::system::{KeptErrno, now, sleep};

/// The largest sum of a thread's delays, in microseconds.
const LONGEST_DELAY: u64 = 300_000;
/// The longest text of a print that is logged, in bytes.
const LONGEST_TEXT: usize = 4096;

/// A moment at which a thread may be held.
#[derive(Clone, Copy)]
pub(crate) enum Moment<'a> {
    /// It starts.
    Start,
    /// It is about to print this text.
    Print(&'a [u8]),
}

/// Whether a text without the end of its line fits a pattern. See [`gap`].
fn fits(text: &[u8], pattern: &[u8]) -> bool {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let mut at = 0;
    for &byte in pattern {
        let rest = &text[at..];
        let run = |from: usize, is: fn(u8) -> bool| {
            rest[from..].iter().take_while(|&&byte| is(byte)).count()
        };
        let length = match byte {
            gap::NUMBER => {
                let spaces = run(0, |byte| byte == b' ');
                let sign = usize::from(rest.get(spaces) == Some(&b'-'));
                match run(spaces + sign, |byte| byte.is_ascii_digit() || byte == b'.') {
                    0 => return false,
                    digits => spaces + sign + digits,
                }
            }
            gap::WORD => match run(0, |byte| !b" \t\"'`,)>:".contains(&byte)) {
                0 => return false,
                length => length,
            },
            byte if rest.first() == Some(&byte) => 1,
            _ => return false,
        };
        at += length;
    }
    at == text.len()
}

/// The delay of a thread, in microseconds, chosen by `random` within the tool's limits.
fn delay_of(control: &ControlFile, actor: &Actor, random: u64) -> u64 {
    let most = u64::from(control.delay);
    let long = most / 2 + random % (most / 2 + 1);
    let is_first = actor.path.is_first_thread();
    match control.delayed {
        delayed::SOME if random.is_multiple_of(3) => random / 7 % most,
        delayed::ALL_BUT_MAIN if !is_first || actor.path.is_in_child() => long,
        delayed::MAIN if is_first => long,
        _ => 0,
    }
}

pub(crate) fn delay(control: &ControlFile, actor: &Actor) {
    let so_far = actor.delayed.load(Relaxed);
    if control.delay == 0 || so_far >= LONGEST_DELAY {
        return;
    }
    let micros = delay_of(control, actor, actor.random());
    if micros > 0 {
        actor.delayed.store(so_far + micros, Relaxed);
        sleep(micros);
    }
}

/// Whether the tool asks for a hold at this moment.
fn is_to_be_held(control: &ControlFile, actor: &Actor, moment: Moment<'_>) -> bool {
    let is_named = || actor.path.as_bytes() == control.name();
    match (control.held, moment) {
        (held::PRINTS, Moment::Print(text)) => fits(text, control.name()),
        (held::PRINT, Moment::Print(_)) => is_named() && actor.prints.get() == control.held_from,
        (held::START, Moment::Start) => is_named(),
        _ => false,
    }
}

/// Waits until the hold ends, if the thread is to be held at this moment.
pub(crate) fn hold(control: &ControlFile, actor: &Actor, moment: Moment<'_>) {
    if !is_to_be_held(control, actor, moment) {
        return;
    }
    let arrived = control.arrived.fetch_add(1, SeqCst) + 1;
    if control.held == held::PRINTS && arrived < control.held_from {
        return;
    }
    if let Some(scheduled) = scheduled() {
        log(actor, kind::HELD, 0, &[]);
        scheduled.hold(control.held_for.saturating_mul(1000));
        log(actor, kind::RELEASED, 0, &[]);
        return;
    }
    let end = now().saturating_add(control.held_for.saturating_mul(1000));
    let begun = control.until.compare_exchange(0, end, SeqCst, SeqCst);
    let end = begun.err().unwrap_or(end);
    log(actor, kind::HELD, 0, &[]);
    while control.released.load(SeqCst) == 0 {
        let now = now();
        if now >= end {
            break;
        }
        sleep(((end - now) / 1000).clamp(1, 2000));
    }
    log(actor, kind::RELEASED, 0, &[]);
}

/// Logs a print, delays and holds it, outside of all locks.
fn before_print(control: &ControlFile, actor: &Actor, text: &[u8]) {
    let _errno = KeptErrno::new();
    log(actor, kind::PRINT, 0, &text[..text.len().min(LONGEST_TEXT)]);
    delay(control, actor);
    hold(control, actor, Moment::Print(text));
    reach_point();
    actor.prints.increase();
    actor.has_waited.store(false, Relaxed);
}

/// Calls a function that prints to a descriptor, after a delay or a hold. Nested calls of such functions cause neither,
/// and neither do prints to other files than the program's output, such as a pipe to its parent.
pub(crate) fn printing<T>(file: c_int, text: &[u8], print: impl FnOnce() -> T) -> T {
    let (Some(process), Some(before)) = (process(), actor()) else {
        return print();
    };
    if before.depth.get() == 0 && stream(file).is_some() {
        before_print(process.control, before, text);
    }
    before.depth.increase();
    let printed = print();
    // The actor is another one if the formatting of the text forks.
    if let Some(after) = actor() {
        after.depth.decrease();
    }
    printed
}

#[cfg(test)]
mod tests {
    use super::{Moment, delay_of, fits, is_to_be_held};
    use crate::actor::{Actor, Path};
    use crate::layout::{ControlFile, delayed, held};

    fn actor(path: &str) -> Actor {
        Actor::new(Path::of(&[path.as_bytes()]), 0)
    }

    #[test]
    fn texts_fit_patterns() {
        for (text, pattern, expected) in [
            ("", "", true),
            ("\n", "", true),
            ("a", "", false),
            ("a b\n", "a b", true),
            ("a b\n\n", "a b", false),
            ("a b", "a", false),
            ("a", "a b", false),
            ("took 12.5 s", "took \u{1} s", true),
            ("took   -3 s", "took\u{1} s", true),
            ("took - s", "took \u{1} s", false),
            ("took s", "took \u{1}s", false),
            ("thread \"x\" is here", "thread \"\u{2}\" is \u{2}", true),
            ("thread \"\" is here", "thread \"\u{2}\" is here", false),
            ("a b", "\u{2}", false),
            ("1\u{2}", "\u{1}\u{2}", true),
        ] {
            let found = fits(text.as_bytes(), pattern.as_bytes());
            assert_eq!(found, expected, "{text:?} {pattern:?}");
        }
    }

    #[test]
    fn delays_meet_the_threads_that_are_asked_for() {
        let mut control = ControlFile::idle();
        control.delay = 1000;
        for (delayed, path, expected) in [
            (delayed::NONE, "0", false),
            (delayed::ALL_BUT_MAIN, "0", false),
            (delayed::ALL_BUT_MAIN, "0.0", true),
            (delayed::ALL_BUT_MAIN, "0/0", true),
            (delayed::MAIN, "0", true),
            (delayed::MAIN, "0.0", false),
            (delayed::MAIN, "0.0/1", true),
        ] {
            control.delayed = delayed;
            for random in 0..3000 {
                let delay = delay_of(&control, &actor(path), random);
                assert_eq!((500..=1000).contains(&delay), expected, "{delayed} {path}");
            }
        }
        control.delayed = delayed::SOME;
        let delays = (0..3000).map(|random| delay_of(&control, &actor("0"), random));
        assert!(delays.clone().all(|delay| delay < 1000));
        assert!((990..=1000).contains(&delays.filter(|&delay| delay > 0).count()));
    }

    #[test]
    fn holds_meet_the_moments_that_are_asked_for() {
        let mut control = ControlFile::idle();
        control.name[..3].copy_from_slice(b"0.1");
        control.name_length = 3;
        control.held_from = 1;
        let print = Moment::Print(b"0.1\n");
        let (other, it) = (actor("0"), actor("0.1"));
        let found = |control: &ControlFile| {
            [
                (&other, Moment::Start),
                (&it, Moment::Start),
                (&other, print),
                (&it, print),
            ]
            .map(|(actor, moment)| is_to_be_held(control, actor, moment))
        };
        assert_eq!(found(&control), [false; 4]);
        control.held = held::START;
        assert_eq!(found(&control), [false, true, false, false]);
        control.held = held::PRINTS;
        assert_eq!(found(&control), [false, false, true, true]);
        control.held = held::PRINT;
        assert_eq!(found(&control), [false; 4]);
        it.prints.increase();
        assert_eq!(found(&control), [false, false, false, true]);
    }
}
