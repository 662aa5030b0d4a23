//! Programs that wait in all known ways: their recordings have the right reasons and times.

use mdbook_transcript::transcript::format::Recording;
use mdbook_transcript::transcript::tracks::{Pause, labels};
use mdbook_transcript::transcript::{Timing, Transcript};

use crate::project::Project;

/// The pauses of a recorded run that last longer than 10 ms: `main: sleep, lock by thread 1`.
fn pauses(transcript: &Transcript) -> Vec<String> {
    let labels = labels(&transcript.tracks);
    let pause = |pause: &Pause| match pause.ended_by {
        Some(by) => format!("{} by {}", pause.why.word(), labels[by]),
        None => pause.why.word().to_owned(),
    };
    let tracks = transcript.tracks.iter().zip(&labels);
    let track = tracks.map(|(track, label)| {
        let long = track.pauses.iter().filter(|pause| length(pause) > 10.0);
        let pauses: Vec<String> = long.map(pause).collect();
        format!("{label}: {}", pauses.join(", "))
    });
    track.collect()
}

fn transcript(project: &Project, name: &str) -> Transcript {
    let file = project.read(&format!("examples/transcripts/{name}.transcript"));
    Recording::parse(&file).unwrap().transcript
}

/// The length of a pause in milliseconds.
fn length(pause: &Pause) -> f64 {
    (pause.to - pause.from).as_secs_f64() * 1000.0
}

/// Asserts that each line `REASON MILLISECONDS` agrees with a pause of the track that prints it.
fn assert_printed_pauses(name: &str, transcript: &Transcript) {
    for line in &transcript.lines {
        let (reason, milliseconds) = line.text.split_once(' ').unwrap();
        let Ok(milliseconds) = milliseconds.parse::<f64>() else {
            continue;
        };
        let track = &transcript.tracks[line.track.unwrap() as usize];
        let agrees = |pause: &&Pause| {
            pause.why.word() == reason && (length(pause) - milliseconds).abs() <= 10.0
        };
        let pause = track.pauses.iter().find(agrees);
        let pause = pause.unwrap_or_else(|| panic!("{name}: {} of {track:?}", line.text));
        assert!(
            pause.to <= line.at,
            "{name}: {} at {:?}",
            line.text,
            line.at
        );
    }
}

/// The expected pauses of each program.
const EXPECTED: [(&str, &[&str]); 9] = [
    ("sleeps", &["main: thread by thread 1", "thread 1: sleep"]),
    (
        "locks",
        &[
            "main: sleep, sleep, thread by first, thread by second",
            "first: lock by main, sleep",
            "second: lock by first, sleep",
        ],
    ),
    ("channel", &["main: lock by thread 1", "thread 1: sleep"]),
    ("timeout", &["main: sleep", "thread 1: sleep"]),
    ("condvar", &["main: sleep", "thread 1: lock by main"]),
    (
        "children",
        &[
            "main: sleep, child by process 1, child by sleep",
            "process 1: sleep",
            "sleep: sleep",
        ],
    ),
    (
        "input",
        &[
            "main: sleep, input by process 1",
            "process 1: input by main, sleep",
        ],
    ),
    ("cut", &["main: sleep", "thread 1: sleep"]),
    ("scopes", &["main: lock by thread 1", "thread 1: sleep"]),
];

#[test]
fn the_reason_for_each_wait_is_recorded() {
    let project = Project::from("tracks");
    // Other programs on the machine make times noisy; noisy runs are recorded again.
    let mut times = 0;
    let is_clean = |name: &str| transcript(&project, name).timing == Timing::Clean;
    while times == 0 || !EXPECTED.iter().all(|(name, _)| is_clean(name)) {
        assert!(times < 10, "this machine is too busy");
        project.run(&["record", "--all"]).succeeds();
        times += 1;
    }
    for (name, expected) in EXPECTED {
        let transcript = transcript(&project, name);
        assert_eq!(pauses(&transcript), expected, "{transcript:?}");
        assert_printed_pauses(name, &transcript);
        for track in &transcript.tracks[1..] {
            let parent = &transcript.tracks[track.parent.unwrap()];
            assert!(parent.start <= track.start, "{transcript:?}");
            assert!(track.end <= transcript.wall, "{transcript:?}");
        }
    }
    // Another execution changes no recording.
    let output = project.run(&["record", "--all"]);
    assert_eq!(output.succeeds().stdout, "0 recorded, 9 unchanged\n");
}

#[test]
fn a_run_that_had_to_wait_for_a_processor_has_tracks_too() {
    let project = Project::from("tracks");
    // On two processors, the third CPU-bound run is stopped, and executed again when a processor is free.
    let fences =
        ["1", "2", "3"].map(|number| format!("```rust,example=computes,args={number}\n```\n"));
    project.write("src/p.md", &fences.concat());
    project.run(&["record"]).succeeds();
    for number in ["1", "2", "3"] {
        let transcript = transcript(&project, &format!("computes-{number}"));
        assert_eq!(transcript.tracks.len(), 1, "{number}");
        assert_eq!(transcript.lines[0].track, Some(0), "{number}");
    }
}

/// `panic = "abort"` conflicts with the options that holds need, so the unchanged program is observed.
#[test]
fn a_program_with_panic_abort_has_tracks_too() {
    let project = Project::from("tracks");
    let manifest = project.read("Cargo.toml");
    let profile = "[profile.release]\nlto = \"fat\"\npanic = \"abort\"\n";
    project.write("Cargo.toml", &(manifest + profile));
    let fence = "```rust,example=channel,profile=release\n```\n";
    project.write("src/p.md", fence);
    let output = project.run(&["record"]);
    let warning = "WARN `channel-38568e` cannot be built for the observer, so the order of its lines is not tested: error: \
         the linked panic runtime `panic_unwind` is not compiled with this crate's panic strategy `abort`\n";
    let stderr = &output.succeeds().stderr;
    assert!(stderr.contains(warning), "{stderr}");
    let transcript = transcript(&project, "channel-38568e");
    let expected = ["main: lock by thread 1", "thread 1: sleep"];
    assert_eq!(pauses(&transcript), expected, "{transcript:?}");
}
