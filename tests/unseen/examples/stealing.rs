//! Workers take jobs in batches, and steal from each other when they have none.
use std::iter;
use std::thread;
use std::time::Duration;

use crossbeam::deque::{Injector, Steal, Stealer, Worker};

fn find(own: &Worker<u64>, jobs: &Injector<u64>, others: &[Stealer<u64>]) -> Option<u64> {
    own.pop().or_else(|| {
        let look = || {
            let batch = jobs.steal_batch_and_pop(own);
            batch.or_else(|| others.iter().map(Stealer::steal).collect())
        };
        iter::repeat_with(look).find(|job| !job.is_retry()).and_then(Steal::success)
    })
}

fn main() {
    let jobs = Injector::new();
    (1..=8).for_each(|job| jobs.push(job));
    let workers: [Worker<u64>; 3] = [(); 3].map(|()| Worker::new_fifo());
    let stealers: Vec<_> = workers.iter().map(Worker::stealer).collect();
    let done: u64 = thread::scope(|scope| {
        let handles = workers.map(|own| {
            let (jobs, stealers) = (&jobs, &stealers);
            scope.spawn(move || {
                let mut done = 0;
                while let Some(job) = find(&own, jobs, stealers) {
                    thread::sleep(Duration::from_millis(job % 3 * 5));
                    println!("job {job} done");
                    done += 1;
                }
                println!("a worker finds nothing more");
                done
            })
        });
        handles.into_iter().map(|handle| handle.join().expect("worker")).sum()
    });
    println!("{done} jobs done, none left: {}", jobs.is_empty());
}
