// Who is delayed, and what is held back. Goes on from `begin.rs`.

/// Whether a text without its line's end fits a pattern.
fn fits(text: &[u8], pattern: &[u8]) -> bool {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let mut at = 0;
    for &byte in pattern {
        let rest = &text[at..];
        let run = |from: usize, is: fn(u8) -> bool| {
            rest[from..].iter().take_while(|&&byte| is(byte)).count()
        };
        let length = match byte {
            1 => {
                let spaces = run(0, |byte| byte == b' ');
                let sign = (rest.get(spaces) == Some(&b'-')) as usize;
                match run(spaces + sign, |byte| byte.is_ascii_digit() || byte == b'.') {
                    0 => return false,
                    digits => spaces + sign + digits,
                }
            }
            2 => match run(0, |byte| !b" \t\"'`,)>:".contains(&byte)) {
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

fn now() -> u64 {
    let mut time = Time {
        seconds: 0,
        nanos: 0,
    };
    unsafe { clock_gettime(1, &mut time) };
    time.seconds as u64 * 1_000_000_000 + time.nanos as u64
}

fn sleep(micros: u64) {
    let mut time = Time {
        seconds: (micros / 1_000_000) as i64,
        nanos: (micros % 1_000_000 * 1000) as i64,
    };
    unsafe {
        let left = &raw mut time;
        let nanosleep: unsafe extern "C" fn(*const Time, *mut Time) -> c_int = real(c"nanosleep");
        while nanosleep(left, left) != 0 {}
    }
}

fn random(actor: &mut Actor) -> u64 {
    let mut x = actor.random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    actor.random = x;
    x >> 11
}

fn delay(control: &Control, actor: &mut Actor) {
    if control.delay == 0 || actor.delayed >= MOST_DELAY {
        return;
    }
    let random = random(actor);
    let path = &actor.path[..actor.length];
    let process = path
        .iter()
        .rposition(|&byte| byte == b'/')
        .map_or(0, |at| at + 1);
    let is_first = !path[process..].contains(&b'.');
    let most = control.delay as u64;
    let micros = match control.delayed {
        1 if random % 3 == 0 => random / 7 % most,
        2 if !is_first || process > 0 => most / 2 + random % (most / 2 + 1),
        3 if is_first => most / 2 + random % (most / 2 + 1),
        _ => 0,
    };
    if micros > 0 {
        actor.delayed += micros;
        sleep(micros);
    }
}

/// `text`: of a print; `None`: the actor starts.
fn hold(control: &Control, actor: &mut Actor, text: Option<&[u8]>) {
    let name = &control.name[..(control.name_length as usize).min(control.name.len())];
    let is_its = &actor.path[..actor.length] == name;
    let is_it = match (control.held, text) {
        (1, Some(text)) => fits(text, name),
        (2, Some(_)) => is_its && actor.prints == control.held_from,
        (3, None) => is_its,
        _ => false,
    };
    if !is_it {
        return;
    }
    let arrived = control.arrived.fetch_add(1, SeqCst) + 1;
    if control.held == 1 && arrived < control.held_from {
        return;
    }
    let end = now() + control.held_for * 1000;
    let end = control
        .until
        .compare_exchange(0, end, SeqCst, SeqCst)
        .err()
        .unwrap_or(end);
    log(b'H', 0, actor, &[]);
    while control.released.load(SeqCst) == 0 {
        let now = now();
        if now >= end {
            break;
        }
        sleep(((end - now) / 1000).clamp(1, 2000));
    }
    log(b'R', 0, actor, &[]);
}

/// What is done before each print, outside of all locks.
fn before_print(text: &[u8]) {
    let (Some(control), Some(actor)) = (control(), actor()) else {
        return;
    };
    let errno = unsafe { *__errno_location() };
    log(b'P', 0, actor, &text[..text.len().min(4096)]);
    delay(control, actor);
    hold(control, actor, Some(text));
    actor.prints += 1;
    actor.fed = false;
    unsafe { *__errno_location() = errno };
}

/// Calls what prints to a file, after what is to be done before: not again when one such function calls
/// another, and not where the file is none of the program's output, but a pipe to its parent.
fn printing<T>(file: c_int, text: &[u8], print: impl FnOnce() -> T) -> T {
    let Some(actor) = actor() else { return print() };
    if actor.depth == 0 && stream(file).is_some() {
        before_print(text);
    }
    actor.depth += 1;
    let printed = print();
    actor.depth -= 1;
    printed
}
