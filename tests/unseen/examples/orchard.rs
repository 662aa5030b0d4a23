//! An orchard is harvested with rayon: trees side by side, two chores that
//! are joined, and crates that are packed while others are still filled.

use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const TREES: [(&str, usize); 5] = [
    ("Gala", 4),
    ("Boskop", 7),
    ("Elstar", 5),
    ("Jonagold", 6),
    ("Topaz", 2),
];

fn pick(tree: &str, apples: usize) -> usize {
    println!("{tree}: {apples} apples picked");
    apples
}

fn press(apples: usize) -> usize {
    println!("press: {apples} apples go in");
    let glasses = apples / 4;
    println!("press: {glasses} glasses");
    glasses
}

fn rinse(bottles: usize) -> usize {
    for bottle in 1..=bottles {
        println!("rinse: bottle {bottle}");
    }
    bottles
}

fn main() {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(3)
        .build()
        .unwrap();
    pool.install(|| {
        let apples: usize = TREES
            .par_iter()
            .map(|(tree, apples)| pick(tree, *apples))
            .sum();
        println!("harvest: {apples} apples");

        let (glasses, bottles) = rayon::join(|| press(apples), || rinse(3));
        println!("bottling: {glasses} glasses into {bottles} bottles");

        let sealed = AtomicUsize::new(0);
        let cart = Mutex::new(Vec::new());
        rayon::scope(|scope| {
            let (sealed, cart) = (&sealed, &cart);
            for crate_no in 1..=3 {
                scope.spawn(move |scope| {
                    println!("crate {crate_no} is filled");
                    scope.spawn(move |_| {
                        let seals = sealed.fetch_add(1, Ordering::Relaxed) + 1;
                        println!("crate {crate_no} gets seal {seals}");
                        cart.lock().unwrap().push(crate_no);
                    });
                });
            }
        });
        let mut load = cart.into_inner().unwrap();
        load.sort_unstable();
        println!(
            "the cart leaves with crates {load:?}, {} seals",
            sealed.into_inner()
        );
    });
}
