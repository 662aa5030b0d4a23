//! Recordings that rest on seeds: how they are made, upgraded and checked.

use mdbook_transcript::transcript::Timing;
use mdbook_transcript::transcript::format::Recording;
use mdbook_transcript::transcript::seed::Seed;
use mdbook_transcript::transcript::shape::Part;

use crate::project::Project;

/// Two guests who use one room in turn, and a clerk who is told about it.
const ROOM: &str = r#"use std::sync::Mutex;
use std::thread;
use std::time::Duration;

fn main() {
    let room = Mutex::new(());
    thread::scope(|scope| {
        for name in ["Anna", "Ben"] {
            let room = &room;
            scope.spawn(move || {
                let key = room.lock().unwrap();
                println!("{name} enters");
                thread::sleep(Duration::from_millis(10));
                println!("{name} leaves");
                drop(key);
            });
        }
    });
    println!("closed");
}
"#;

const FILE: &str = "examples/transcripts/room.transcript";

/// A question, and an answer that comes in time unless something delays it.
const ANSWER: &str = r#"use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

fn main() {
    let (send, receive) = channel();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        send.send(42).ok();
    });
    match receive.recv_timeout(Duration::from_millis(100)) {
        Ok(answer) => println!("the answer is {answer}"),
        Err(_) => println!("no answer"),
    }
}
"#;

/// A question whose answer may be late, and a program that gives up without it. It computes before it waits: natively, that
/// leaves the answer more time.
const IMPATIENT: &str = r#"use std::hint::black_box;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

fn main() {
    let (send, receive) = channel();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(30));
        send.send(42).ok();
    });
    for step in 0..3_000_000 {
        black_box(step);
    }
    let answer = receive.recv_timeout(Duration::from_millis(100));
    println!("the answer is {}", answer.expect("an answer in time"));
}
"#;

/// Two sleepers. If waits end late, the second one is awake first in about one of twenty schedules.
const SLEEPERS: &str = r#"use std::thread;
use std::time::Duration;

fn main() {
    thread::scope(|scope| {
        for (name, millis) in [("short", 10), ("long", 50)] {
            scope.spawn(move || {
                thread::sleep(Duration::from_millis(millis));
                println!("{name}");
            });
        }
    });
}
"#;

/// The same sleepers, who print in which place they are awake.
const RANKS: &str = r#"use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

fn main() {
    let awake = AtomicU32::new(0);
    thread::scope(|scope| {
        for (name, millis) in [("short", 10), ("long", 50)] {
            let awake = &awake;
            scope.spawn(move || {
                thread::sleep(Duration::from_millis(millis));
                println!("{name}: {}", awake.fetch_add(1, Ordering::Relaxed) + 1);
            });
        }
    });
}
"#;

/// A child that ends as soon as its input does.
const CHILD: &str = r#"use std::process::{Command, Stdio};

fn main() {
    let mut cat = Command::new("cat");
    let mut child = cat.stdin(Stdio::piped()).spawn().unwrap();
    drop(child.stdin.take());
    child.wait().unwrap();
    println!("done");
}
"#;

/// A book with this program, whose output is recorded.
fn book() -> Project {
    book_of(ROOM)
}

fn book_of(program: &str) -> Project {
    Project::recorded("room", "", program)
}

/// The rules of the recording that rest on seeds.
fn rules(project: &Project) -> Vec<String> {
    let recorded = project.read(FILE);
    let rules = recorded
        .lines()
        .skip_while(|line| !line.starts_with("schedules: "));
    let rules = rules.take_while(|line| *line != "--- transcript");
    rules.map(str::to_owned).collect()
}

#[test]
fn rules_are_learned_from_schedules() {
    let project = book();
    let rules = rules(&project);
    assert!(!rules.is_empty(), "{}", project.read(FILE));
    for rule in [
        "other pairs: in either order",
        "never between 1 and 2: 3 4",
        "never between 3 and 4: 1 2",
        "at most 1 at once: 1 3 to 2 4",
    ] {
        assert!(rules.iter().any(|other| other == rule), "{rule}: {rules:?}");
    }
    // The same program shows nothing new.
    assert_eq!(project.errors_of_check(&[]), [""; 0]);
}

/// Without the lock, both may be inside. The finding names the schedule, which `run` executes again.
#[test]
fn a_lost_lock_is_found_and_its_schedule_is_executed_again() {
    let project = book();
    project.change(
        "examples/room.rs",
        "room.lock().unwrap()",
        "room.try_lock().ok()",
    );
    let found = |options: &[&str]| {
        let output = project.run(&[&["check"], options].concat());
        let (_, from) = output
            .stdout
            .split_once("error[ORDER]: `room`: prints `")
            .unwrap_or_else(|| panic!("{}", output.stdout));
        let command = from.split_once("`mdbook-transcript run room --seed ");
        let (_, seed) = command.unwrap_or_else(|| panic!("{}", output.stdout));
        let (seed, rest) = seed.split_once('`').unwrap();
        assert!(
            rest.starts_with(" executes this schedule again\n"),
            "{rest}"
        );
        seed.parse::<Seed>().unwrap()
    };
    assert!(found(&["--first-seed", "2000"]).number >= 2000);
    let seed = found(&[]).to_string();
    let run = project.run(&["run", "room", "--seed", &seed]);
    let lines = run.succeeds().stdout.lines();
    let enter = |line: &&str| line.ends_with(" enters");
    let places: Vec<usize> = lines
        .clone()
        .enumerate()
        .filter(|(_, line)| enter(line))
        .map(|(at, _)| at)
        .collect();
    let leaves = lines.clone().position(|line| line.ends_with(" leaves"));
    assert!(leaves > Some(places[1]), "{}", run.stdout);
}

/// One after the other, in the order of the program: no schedule turns that round any more.
#[test]
fn an_order_that_stays_away_is_missed() {
    let project = book();
    project.change(
        "examples/room.rs",
        "scope.spawn(move || {",
        "let guest = scope.spawn(move || {",
    );
    project.change(
        "examples/room.rs",
        "            });\n",
        "            });\n            guest.join().unwrap();\n",
    );
    let found = project.errors_of_check(&[]);
    let is_missed = |error: &&String| {
        error.starts_with("ORDER]: `room`: never prints `Ben enters` before `Anna enters` in ")
            && error.ends_with(", and 3 other orders are missing")
    };
    assert!(found.iter().any(|error| is_missed(&error)), "{found:?}");
    // As long as there is time, nobody gives up.
    let found = project.errors_of_check(&["--seconds", "5"]);
    let schedules = found.iter().find(is_missed).and_then(|error| {
        let words: Vec<&str> = error.split(' ').collect();
        let at = words.iter().position(|word| *word == "schedules,")?;
        words[at - 1].parse::<usize>().ok()
    });
    assert!(schedules > Some(200), "{found:?}");
    // Without seeds, nobody looks for it.
    let found = project.errors_of_check(&["--seeds", "0"]);
    assert!(!found.iter().any(|error| is_missed(&error)), "{found:?}");
}

/// A late answer may miss its time-out, natively, too. One that nothing delays must come, also where the order of lines is
/// free.
#[test]
fn an_answer_that_nothing_delays_is_required() {
    let project = book_of(ANSWER);
    project.change("examples/room.rs", "from_millis(100)", "from_millis(10)");
    for fence in ["example=room", "example=room,order=free"] {
        project.write("src/room.md", &format!("# Room\n\n```rust,{fence}\n```\n"));
        let found = project.errors_of_check(&[]);
        let expected = "COUNT]: `room`: prints `no answer` once, expected never, as in all 50 recorded schedules in \
                        which waits end on time";
        assert!(found.iter().any(|error| error == expected), "{found:?}");
        assert_eq!(project.errors_of_check(&["--repeat", "1"]), [""; 0]);
    }
}

/// As if `record` had met no schedule with the rare order of the sleepers.
fn forgets_the_rare_order(project: &Project) {
    let mut recorded = Recording::parse(&project.read(FILE)).unwrap();
    let schedules = recorded.shape.schedules.as_mut().unwrap();
    assert_eq!(schedules.timed.len(), 1, "{schedules:?}");
    schedules.always.append(&mut schedules.timed);
    schedules.seldom.clear();
    project.write(FILE, &recorded.text());
}

/// A rule that only few schedules break may have exceptions that were not recorded; one that many break is wrong.
#[test]
fn an_order_that_is_merely_rare_is_no_error() {
    let project = book_of(SLEEPERS);
    forgets_the_rare_order(&project);
    let checked = project.run(&["check"]);
    let report = &checked.succeeds().stdout;
    for part in [
        "warning[LEARN]: `room`: prints `long` before `short`\n",
        " of 200 schedules show this, and none of the 100 that were recorded: rarely enough to be an exception that was not \
         seen\n",
        "help: if the program may do this, nothing has to be done\n",
    ] {
        assert!(report.contains(part), "{report}");
    }
    project.change("examples/room.rs", "(\"long\", 50)", "(\"long\", 10)");
    assert_eq!(
        project.errors_of_check(&[]),
        ["ORDER]: `room`: prints `long` before `short`"]
    );
}

/// A rare schedule may differ in several ways: one warning tells of it.
#[test]
fn a_schedule_that_is_merely_rare_causes_one_warning() {
    let project = book_of(RANKS);
    let mut recorded = Recording::parse(&project.read(FILE)).unwrap();
    // As if `record` had met no schedule with the rare order.
    for (template, rank) in recorded.shape.templates.iter_mut().zip([1, 2]) {
        for part in &mut template.parts {
            if let Part::Hole(hole) = part {
                hole.seen = Some((rank, rank));
            }
        }
    }
    project.write(FILE, &recorded.text());
    let checked = project.run(&["check"]);
    let report = &checked.succeeds().stdout;
    let schedules = report.matches(" executes this schedule again\n");
    assert_eq!(schedules.count(), 1, "{report}");
    assert!(
        report.contains(" of 200 schedules show this, and none"),
        "{report}"
    );
}

/// A program may give up in a few schedules whose waits end late. That is known of it, and no reason to check less.
#[test]
fn another_exit_status_is_an_error_if_more_schedules_show_it_than_were_recorded() {
    let project = book_of(IMPATIENT);
    let known = |line: &String| line.starts_with("late with another exit status: ");
    assert!(rules(&project).iter().any(known), "{:?}", rules(&project));
    for first_seed in ["5000", "6000", "7000"] {
        let checked = project.run(&["check", "--first-seed", first_seed]);
        let checked = checked.succeeds();
        assert!(
            !checked.stdout.contains("exit status"),
            "{}",
            checked.stdout
        );
    }
    let error = "EXIT]: `room`: expected exit status 0, found exit status 101";
    project.change("examples/room.rs", "from_millis(30)", "from_millis(95)");
    assert_eq!(project.errors_of_check(&["--repeat", "3"]), [error]);
}

/// `record` meets schedules that the author has not thought of, and says how to see them.
#[test]
fn a_schedule_with_another_exit_status_is_told_when_it_is_recorded() {
    let project = Project::of_program("room", "", IMPATIENT);
    let recorded = project.run(&["record"]);
    let recorded = &recorded.succeeds().stdout;
    let told =
        "\n  with some seeds, it ends with exit status 101, as `mdbook-transcript run room --seed ";
    let (_, rest) = recorded.split_once(told).expect(recorded);
    let (seed, rest) = rest.split_once('`').unwrap();
    assert!(rest.starts_with(" shows\n"), "{recorded}");
    let run = project.run(&["run", "room", "--seed", seed]);
    assert!(
        run.stdout.contains("\nexit status 101 after "),
        "{}",
        run.stdout
    );
    // Most programs end in one way.
    let project = Project::of_program("room", "", ROOM);
    let recorded = project.run(&["record"]);
    assert!(!recorded.succeeds().stdout.contains("with some seeds"));
}

/// Nothing that it prints tells whether a program waits for its child; the observer sees it.
#[test]
fn a_child_for_which_nobody_waits_is_reported() {
    let project = book_of(CHILD);
    let recorded = project.read(FILE);
    assert!(
        recorded.contains(", 1 processes, waits for 1\n"),
        "{recorded}"
    );
    for changed in ["", "child.try_wait().unwrap();"] {
        project.change("examples/room.rs", "child.wait().unwrap();", changed);
        for options in [&[][..], &["--seeds", "0"]] {
            let found = project.errors_of_check(options);
            let expected = "COUNT]: `room`: waits for 0 processes, expected at least 1";
            assert!(found.iter().any(|error| error == expected), "{found:?}");
        }
        project.write("examples/room.rs", CHILD);
    }
    assert_eq!(project.errors_of_check(&[]), [""; 0]);
}

/// A recording of an earlier version gains rules, and readers go on seeing what they saw.
#[test]
fn a_recording_of_an_earlier_version_is_upgraded() {
    let project = book();
    let recorded = Recording::parse(&project.read(FILE)).unwrap();
    let mut old = recorded.clone();
    old.shape.schedules = None;
    // A transcript from a busy machine would be replaced.
    old.transcript.timing = Timing::Clean;
    let text = old
        .text()
        .replacen("mdbook-transcript 3", "mdbook-transcript 2", 1);
    project.write(FILE, &text);
    assert_eq!(project.errors_of_check(&[]), [""; 0]);
    project.run(&["record"]).succeeds();
    assert_eq!(project.read(FILE), text, "it still holds");
    project.run(&["record", "--all"]).succeeds();
    let upgraded = Recording::parse(&project.read(FILE)).unwrap();
    assert_eq!(upgraded.shape.schedules, recorded.shape.schedules);
    assert_eq!(upgraded.transcript.lines, recorded.transcript.lines);
    assert!(project.read(FILE).starts_with("mdbook-transcript 3\n"));
}
