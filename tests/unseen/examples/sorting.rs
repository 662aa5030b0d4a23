//! A merge sort whose halves are sorted in parallel by Rayon, with rules that are made up on first use.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

static RANKS: LazyLock<HashMap<char, usize>> = LazyLock::new(|| {
    println!("ranks are loaded");
    "♣♦♥♠".chars().enumerate().map(|(rank, suit)| (suit, rank)).collect()
});

fn in_order(left: &str, right: &str) -> bool {
    let rank = |card: &str| RANKS[&card.chars().next().unwrap()];
    (rank(left), left) <= (rank(right), right)
}

fn sort<'c>(cards: &[&'c str]) -> Vec<&'c str> {
    if cards.len() < 2 {
        return cards.to_vec();
    }
    println!("splits {}", cards.join(" "));
    let (left, right) = cards.split_at(cards.len() / 2);
    let (left, right) = rayon::join(|| sort(left), || sort(right));
    thread::sleep(Duration::from_millis(15));

    let mut merged = Vec::with_capacity(cards.len());
    let (mut l, mut r) = (0, 0);
    while l < left.len() && r < right.len() {
        if in_order(left[l], right[r]) {
            merged.push(left[l]);
            l += 1;
        } else {
            merged.push(right[r]);
            r += 1;
        }
    }
    merged.extend_from_slice(&left[l..]);
    merged.extend_from_slice(&right[r..]);
    println!("merges {}", merged.join(" "));
    merged
}

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(5).build().unwrap();
    let hands = [["♥5", "♣9", "♠2", "♣3", "♦7"], ["♠8", "♦4", "♥6", "♦1", "♣0"]];
    let mut sorted = [const { Vec::new() }; 2];
    pool.scope(|scope| {
        for (hand, place) in hands.iter().zip(&mut sorted) {
            scope.spawn(move |_| *place = sort(hand));
        }
        println!("both hands are dealt");
    });
    for (number, hand) in sorted.iter().enumerate() {
        println!("hand {number}: {}", hand.join(" "));
    }
}
