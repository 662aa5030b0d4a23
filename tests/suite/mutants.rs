//! Mistakes in the programs of the corpus, one at a time, which a check should detect.

/// A program with one mistake.
#[derive(Debug)]
pub struct Mutant {
    /// The program.
    pub program: &'static str,
    /// The mistake.
    pub what: &'static str,
    /// A text that the program contains once.
    from: &'static str,
    /// Its replacement.
    to: &'static str,
    /// The reason why a check may miss it.
    pub why_missed: &'static str,
}

impl Mutant {
    /// The program with the mistake.
    #[track_caller]
    pub fn of(&self, program: &str) -> String {
        let count = program.matches(self.from).count();
        assert_eq!(
            count, 1,
            "{} has {:?} {count} times",
            self.program, self.from
        );
        program.replace(self.from, self.to)
    }
}

const fn mutant(
    program: &'static str,
    what: &'static str,
    from: &'static str,
    to: &'static str,
) -> Mutant {
    let why_missed = "";
    Mutant {
        program,
        what,
        from,
        to,
        why_missed,
    }
}

const fn hard_to_see(mutant: Mutant, why_missed: &'static str) -> Mutant {
    Mutant {
        why_missed,
        ..mutant
    }
}

/// The mutants of the corpus.
pub const MUTANTS: &[Mutant] = &[
    mutant(
        "threads",
        "missing join",
        "fast.join().expect(\"fast\");",
        "drop(fast);",
    ),
    mutant(
        "threads",
        "missing join",
        "slow.join().expect(\"slow\");",
        "drop(slow);",
    ),
    mutant(
        "threads",
        "sequential",
        "let fast = thread",
        "slow.join().expect(\"slow\");\n    let slow = thread::spawn(|| {});\n    let fast = thread",
    ),
    mutant(
        "threads",
        "missing line",
        "println!(\"main: slow is through\");",
        "",
    ),
    mutant(
        "threads",
        "wrong exit",
        "    println!(\"main: all are through\");",
        "    println!(\"main: all are through\");\n    std::process::exit(1);",
    ),
    mutant(
        "scoped",
        "swapped message",
        "println!(\"part {part}: {sum}\");",
        "println!(\"sum {part}: {sum}\");",
    ),
    mutant(
        "scoped",
        "lost update",
        "handle.join().expect(\"part\")).sum()",
        "handle.join().expect(\"part\")).max().unwrap_or(0)",
    ),
    mutant("scoped", "sequential", ".collect::<Vec<_>>();", ";"),
    mutant(
        "scoped",
        "doubled line",
        "println!(\"part {part}: {sum}\");",
        "println!(\"part {part}: {sum}\");\n                    if part == 1 { println!(\"part {part}: {sum}\"); }",
    ),
    mutant(
        "channel",
        "missing line",
        "println!(\"{name} has sent all\");",
        "if name == \"B\" { println!(\"{name} has sent all\"); }",
    ),
    mutant(
        "channel",
        "lost item",
        "for item in 1..=3 {",
        "for item in 1..=if name == \"A\" { 2 } else { 3 } {",
    ),
    mutant(
        "channel",
        "sequential",
        "println!(\"{name} has sent all\");\n        });",
        "println!(\"{name} has sent all\");\n        })\n        .join()\n        .expect(\"producer\");",
    ),
    mutant(
        "mutex",
        "lost update",
        "let mut count = counter.lock().expect(\"lock\");\n            let before = *count;\n            thread::sleep(Duration::from_millis(10));\n            *count = before + 1;\n            println!(\"{name}: {before} to {count}\");",
        "let before = *counter.lock().expect(\"lock\");\n            thread::sleep(Duration::from_millis(10));\n            let count = before + 1;\n            *counter.lock().expect(\"lock\") = count;\n            println!(\"{name}: {before} to {count}\");",
    ),
    mutant(
        "mutex",
        "missing join",
        "handle.join().expect(\"worker\");",
        "drop(handle);",
    ),
    mutant(
        "mutex",
        "doubled update",
        "*count = before + 1;",
        "*count = before + 2;",
    ),
    mutant(
        "mutex",
        "missing worker",
        "[\"Anna\", \"Ben\", \"Cleo\"]",
        "[\"Anna\", \"Ben\"]",
    ),
    mutant(
        "rwlock",
        "missing join",
        "writer.join().expect(\"writer\");",
        "drop(writer);",
    ),
    mutant(
        "rwlock",
        "swapped message",
        "(\"dark\", 2)",
        "(\"bright\", 2)",
    ),
    mutant(
        "rwlock",
        "missing join",
        "reader.join().expect(\"reader\");",
        "drop(reader);",
    ),
    mutant(
        "condvar",
        "does not wait",
        "while !*ready {",
        "while !*ready && std::env::args().count() > 1 {",
    ),
    mutant(
        "condvar",
        "missing join",
        "worker.join().expect(\"worker\");",
        "drop(worker);",
    ),
    mutant(
        "condvar",
        "notifies too early",
        "println!(\"worker: is ready\");\n            *pair.0.lock().expect(\"lock\") = true;",
        "*pair.0.lock().expect(\"lock\") = true;\n            pair.1.notify_one();\n            thread::sleep(Duration::from_millis(5));\n            println!(\"worker: is ready\");",
    ),
    mutant(
        "barrier",
        "does not wait",
        "barrier.wait();",
        "let _ = &barrier;",
    ),
    mutant(
        "barrier",
        "smaller barrier",
        "Barrier::new(3)",
        "Barrier::new(1)",
    ),
    mutant(
        "barrier",
        "missing join",
        "walker.join().expect(\"walker\");",
        "drop(walker);",
    ),
    mutant(
        "barrier",
        "swapped lines",
        "println!(\"{name} arrives\");\n                barrier.wait();",
        "barrier.wait();\n                println!(\"{name} arrives\");",
    ),
    mutant(
        "atomics",
        "lost update",
        "count.fetch_add(1, Ordering::Relaxed);",
        "count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);",
    ),
    mutant(
        "atomics",
        "missing join",
        "handle.join().expect(\"worker\");",
        "drop(handle);",
    ),
    mutant("atomics", "missing worker", "(0..4)", "(0..3)"),
    mutant("rayon", "sequential", ".par_iter()", ".iter()"),
    mutant(
        "rayon",
        "missing item",
        "[\"apple\", \"pear\", \"plum\", \"fig\", \"kiwi\", \"lime\"]",
        "[\"apple\", \"pear\", \"plum\", \"fig\", \"kiwi\"]",
    ),
    mutant(
        "rayon",
        "wrong sum",
        "lengths.iter().sum::<usize>()",
        "lengths.iter().skip(1).sum::<usize>()",
    ),
    mutant(
        "processes",
        "unwaited child",
        "println!(\"bad: {}\", bad.wait()?);",
        "println!(\"bad: exit status: 3\");\n    drop(bad);",
    ),
    mutant(
        "processes",
        "wrong exit",
        "if name == \"bad\" { 3 } else { 0 }",
        "if name == \"bad\" { 4 } else { 0 }",
    ),
    mutant(
        "processes",
        "sequential",
        ".arg(\"good\").spawn()?;",
        ".arg(\"good\").spawn()?;\n    good.wait()?;",
    ),
    mutant(
        "processes",
        "one process for both",
        "println!(\"{name} ends in process {}\", id());",
        "println!(\"{name} ends in process {}\", id() + 1);",
    ),
    mutant("pool", "task left out", "1..=6", "2..=6"),
    mutant(
        "pool",
        "task done twice",
        "println!(\"{}\", from.next().expect(\"an answer\").expect(\"text\"));",
        "let answer = from.next().expect(\"an answer\").expect(\"text\");\n                    println!(\"{answer}\");\n                    if task == 3 { println!(\"{answer}\"); }",
    ),
    mutant("pool", "one worker", "for _ in 0..2 {", "for _ in 0..1 {"),
    hard_to_see(
        mutant(
            "pool",
            "unwaited worker",
            "drop(to);\n                worker.wait().expect(\"it ends\");",
            "std::mem::forget(to);",
        ),
        "the workers end by themselves a moment later, and print nothing by then",
    ),
    hard_to_see(
        mutant(
            "tokio_join",
            "sequential",
            "tokio::join!(task(\"long\", 60), task(\"short\", 20));",
            "task(\"long\", 60).await;\n    task(\"short\", 20).await;",
        ),
        "one thread prints all lines and waits between them: no hold affects the cause of their order",
    ),
    mutant(
        "tokio_join",
        "missing await",
        "tokio::join!(task(\"long\", 60), task(\"short\", 20));",
        "let _ = task(\"long\", 60);\n    task(\"short\", 20).await;",
    ),
    mutant(
        "tokio_join",
        "swapped message",
        "println!(\"{name} is done\");",
        "println!(\"{name} is over\");",
    ),
    mutant(
        "tokio_tasks",
        "sends twice",
        "sender.send(number * number).await.expect(\"main listens\");",
        "sender.send(number * number).await.expect(\"main listens\");\n            sender.send(number * number).await.expect(\"main listens\");",
    ),
    mutant("tokio_tasks", "task left out", "1..=4u32", "1..=3u32"),
    mutant(
        "tokio_tasks",
        "wrong value",
        "number * number",
        "number * number + u32::from(number == 2)",
    ),
    mutant(
        "pipeline",
        "hands on before it prints",
        "println!(\"double {item}\");\n            doubled.send(item * 2).expect(\"next stage\");",
        "doubled.send(item * 2).expect(\"next stage\");\n            println!(\"double {item}\");",
    ),
    mutant("pipeline", "wrong value", "item * 2", "item + 2"),
    mutant(
        "pipeline",
        "lost item",
        "for item in 1..=4 {",
        "for item in 1..=3 {",
    ),
    mutant(
        "pipeline",
        "other stream",
        "eprintln!(\"the pipeline is empty\");",
        "println!(\"the pipeline is empty\");",
    ),
    mutant(
        "once",
        "made each time",
        "SETTINGS.get_or_init(|| {\n        println!(\"made once\");\n        \"blue\".to_owned()\n    })",
        "println!(\"made once\");\n    SETTINGS.get_or_init(|| \"blue\".to_owned())",
    ),
    mutant(
        "once",
        "announced too late",
        "println!(\"reader {reader}: {}\", settings())",
        "{ println!(\"reader {reader}: blue\"); settings(); }",
    ),
    mutant("park", "does not wait", "thread::park();", ""),
    mutant(
        "park",
        "missing join",
        "sleeper.join().expect(\"sleeper\");",
        "drop(sleeper);",
    ),
];
