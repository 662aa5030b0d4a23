//! Workers with queues of their own: whoever has nothing left to do steals from the others.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam::deque::{Injector, Steal, Stealer, Worker};

/// A log of so many metres, which is sawn until the pieces are short enough.
type Log = u32;

struct Yard {
    delivered: Injector<Log>,
    stealers: Vec<Stealer<Log>>,
    pending: AtomicUsize,
    metres: AtomicUsize,
}

impl Yard {
    fn find(&self, own: &Worker<Log>) -> Option<Log> {
        own.pop().or_else(|| loop {
            let stolen = self
                .delivered
                .steal()
                .or_else(|| self.stealers.iter().map(Stealer::steal).collect());
            match stolen {
                Steal::Success(log) => return Some(log),
                Steal::Empty => return None,
                Steal::Retry => continue,
            }
        })
    }

    fn work(&self, name: &str, own: Worker<Log>) {
        while self.pending.load(Ordering::SeqCst) > 0 {
            let Some(log) = self.find(&own) else {
                thread::sleep(Duration::from_millis(1));
                continue;
            };
            thread::sleep(Duration::from_millis(20));
            if log > 2 {
                let half = log / 2;
                println!("{log} m sawn into {half} m and {} m", log - half);
                self.pending.fetch_add(2, Ordering::SeqCst);
                own.push(half);
                own.push(log - half);
            } else {
                println!("{log} m stacked");
                self.metres.fetch_add(log as usize, Ordering::SeqCst);
            }
            self.pending.fetch_sub(1, Ordering::SeqCst);
        }
        println!("{name} goes home");
    }
}

fn main() {
    let queues: Vec<_> = (0..3).map(|_| Worker::new_lifo()).collect();
    let yard = Yard {
        delivered: Injector::new(),
        stealers: queues.iter().map(Worker::stealer).collect(),
        pending: AtomicUsize::new(2),
        metres: AtomicUsize::new(0),
    };
    yard.delivered.push(10);
    yard.delivered.push(7);
    thread::scope(|scope| {
        for (name, own) in ["Ada", "Bob", "Cy"].into_iter().zip(queues) {
            let yard = &yard;
            scope.spawn(move || yard.work(name, own));
        }
    });
    println!("{} m on the stack", yard.metres.into_inner());
}
