//! Learns the rules that rest on seeded executions.

use std::collections::{BTreeMap, BTreeSet};

use super::classes::Classes;
use super::families::{limits, totals};
use super::on_time::{self, range_of};
use super::order::{Positions, Proofs, is_named};
use crate::transcript::execution::Execution;
use crate::transcript::seed::{TRIAL, World};
use crate::transcript::shape::{COMMON, MOST_SOFT, Nth, Schedules, Span, Starts, Template};

/// The number of executions in each world from which rules are learned at all, if there is something to choose: the order
/// of a single thread's lines is certain.
const ENOUGH: usize = 25;
/// The number of executions that must have both lines of a pair.
const SUPPORT: u32 = 50;
/// The highest number of lines of a program for which every pair must be seen in either order, and for which spans are
/// searched.
const MOST_LINES: usize = 64;

/// Learns the rules. `None`: too few executions were seeded.
pub(super) fn schedules(
    executions: &[Execution],
    classes: &Classes,
    positions: &Positions,
    proofs: &Proofs,
) -> Option<Schedules> {
    let worlds: Vec<(usize, World)> = executions
        .iter()
        .enumerate()
        .filter_map(|(number, execution)| Some((number, execution.world()?)))
        .collect();
    let of_world = |wanted| worlds.iter().filter(|(_, world)| *world == wanted).count();
    let (on_time, late) = (of_world(World::Base), of_world(World::Late));
    let mut started = executions.iter().filter_map(|execution| execution.starts);
    let has_one_thread = started.all(|starts| starts == Starts::default());
    let is_observed = executions
        .iter()
        .any(|execution| execution.starts.is_some());
    let has_no_choice = is_observed && has_one_thread && on_time + late <= TRIAL;
    let (enough, support) = match has_no_choice {
        true => (1, 1),
        false => (ENOUGH, SUPPORT),
    };
    if on_time < enough || late < enough {
        return None;
    }
    let seeded: Vec<usize> = worlds.iter().map(|(number, _)| *number).collect();
    let on_time_alone = worlds.iter().filter(|(_, world)| *world == World::Base);
    let on_time_alone: Vec<usize> = on_time_alone.map(|(number, _)| *number).collect();
    let mut schedules = Schedules {
        on_time,
        late,
        limits: limits(classes, &seeded),
        totals: totals(classes),
        closed: closed(classes, &seeded),
        rare: rare(classes, &seeded),
        counts_on_time: on_time::counts(classes, &on_time_alone),
        values_on_time: on_time::values(classes, &on_time_alone),
        ..Schedules::default()
    };
    if positions.nodes.len() <= MOST_SOFT {
        let orders = Orders::of(classes, positions, &worlds, support);
        schedules.unseen = orders.lonely(&worlds) * 1000 / worlds.len();
        orders.add_rules(proofs, &mut schedules);
    }
    Some(schedules)
}

/// Whether the order of two lines says anything: a template's first line always comes before its second.
fn is_comparable(positions: &Positions, a: usize, b: usize) -> bool {
    positions.nodes[a].template != positions.nodes[b].template
}

/// How often each line came before each other one.
struct Orders<'a> {
    classes: &'a Classes,
    positions: &'a Positions,
    /// The number of executions that must have both lines of a pair.
    support: u32,
    seeded: Vec<usize>,
    /// The number of lines.
    count: usize,
    /// For each pair of lines, the number of executions in the base world in which the first came before the second.
    on_time: Vec<u32>,
    /// The same for both worlds together.
    both: Vec<u32>,
}

impl<'a> Orders<'a> {
    fn of(
        classes: &'a Classes,
        positions: &'a Positions,
        worlds: &[(usize, World)],
        support: u32,
    ) -> Orders<'a> {
        let count = positions.nodes.len();
        let mut orders = Orders {
            classes,
            positions,
            support,
            seeded: worlds.iter().map(|(number, _)| *number).collect(),
            count,
            on_time: vec![0; count * count],
            both: vec![0; count * count],
        };
        for &(number, world) in worlds {
            let lines = positions.lines(number);
            for (at, &a) in lines.iter().enumerate() {
                for &b in &lines[at + 1..] {
                    orders.both[a * count + b] += 1;
                    orders.on_time[a * count + b] += u32::from(world == World::Base);
                }
            }
        }
        orders
    }

    /// The number of executions that alone showed some order.
    fn lonely(&self, worlds: &[(usize, World)]) -> usize {
        let is_lonely = |&&(number, _): &&(usize, World)| {
            let lines = self.positions.lines(number);
            lines.iter().enumerate().any(|(at, &a)| {
                let mut after = lines[at + 1..].iter();
                after.any(|&b| {
                    is_comparable(self.positions, a, b) && self.both[a * self.count + b] == 1
                })
            })
        };
        worlds.iter().filter(is_lonely).count()
    }

    fn template(&self, node: usize) -> &Template {
        &self.classes.templates[self.positions.nodes[node].template]
    }

    /// Whether a line is in every execution.
    fn is_constant(&self, node: usize) -> bool {
        self.template(node).is_fixed()
    }

    fn came(&self, a: usize, b: usize) -> u32 {
        self.both[a * self.count + b]
    }

    /// Whether both orders of two lines are common.
    fn is_free(&self, a: usize, b: usize) -> bool {
        let least = self.came(a, b).min(self.came(b, a)) as usize;
        least > 0 && least * COMMON >= self.seeded.len()
    }

    fn add_rules(&self, proofs: &Proofs, schedules: &mut Schedules) {
        let nodes: Vec<usize> = (0..self.count)
            .filter(|&node| is_named(self.positions.nodes[node], self.classes))
            .collect();
        let mut always = vec![false; self.count * self.count];
        let mut timed = always.clone();
        for &a in &nodes {
            for &b in &nodes {
                if !is_comparable(self.positions, a, b) {
                    continue;
                }
                let (at, back) = (a * self.count + b, b * self.count + a);
                always[at] = self.both[back] == 0 && self.both[at] >= self.support;
                timed[at] = self.on_time[back] == 0
                    && self.both[back] > 0
                    && self.on_time[at] >= self.support.div_ceil(2);
            }
        }
        let is_proved = |a: usize, b: usize| proofs.get(&a).is_some_and(|after| after.contains(&b));
        let rest = |relation: &[bool], connecting: &dyn Fn(usize, usize) -> bool| {
            let mut pairs = Vec::new();
            for &a in &nodes {
                for &b in &nodes {
                    let follows = || {
                        let mut between = nodes.iter().filter(|&&c| self.is_constant(c));
                        between.any(|&c| connecting(a, c) && connecting(c, b))
                    };
                    if relation[a * self.count + b] && !is_proved(a, b) && !follows() {
                        pairs.push((self.positions.nodes[a], self.positions.nodes[b]));
                    }
                }
            }
            pairs.sort_by_key(|&(a, b)| (b, a));
            pairs
        };
        let is_always = |a: usize, b: usize| always[a * self.count + b] || is_proved(a, b);
        let is_timed = |a: usize, b: usize| timed[a * self.count + b] || is_always(a, b);
        schedules.always = rest(&always, &is_always);
        schedules.timed = rest(&timed, &is_timed);
        schedules.support = self.support_of(schedules);
        let constant = nodes.iter().copied().filter(|&node| self.is_constant(node));
        let constant: Vec<usize> = constant.collect();
        if constant.len() <= MOST_LINES {
            schedules.either = true;
            schedules.seldom = self.seldom(&constant);
            schedules.spans = self.spans(&constant, &is_always);
            schedules.overlaps = self.overlaps(&constant, &is_always);
        }
    }

    /// The number of executions on which the rules of order rest, where it isn't all.
    fn support_of(&self, schedules: &Schedules) -> Vec<(usize, Vec<(Nth, Nth)>)> {
        let Schedules {
            always,
            timed,
            on_time,
            late,
            ..
        } = schedules;
        let number = |wanted: Nth| {
            let mut nodes = self.positions.nodes.iter();
            nodes.position(|&node| node == wanted)
        };
        let of = |pairs: &[(Nth, Nth)], came: &[u32], all: usize| {
            let support = pairs.iter().filter_map(|&(a, b)| {
                let came = came[number(a)? * self.count + number(b)?] as usize;
                (came < all).then_some((came, (a, b)))
            });
            support.collect::<Vec<_>>()
        };
        let mut support: BTreeMap<usize, Vec<(Nth, Nth)>> = BTreeMap::new();
        let of_both = of(always, &self.both, on_time + late);
        for (came, pair) in of_both
            .into_iter()
            .chain(of(timed, &self.on_time, *on_time))
        {
            support.entry(came).or_default().push(pair);
        }
        support.into_iter().collect()
    }

    /// The pairs of lines that follow each other, between which lines that depend on neither commonly come.
    fn overlaps(
        &self,
        nodes: &[usize],
        is_always: &dyn Fn(usize, usize) -> bool,
    ) -> Vec<(Nth, Nth)> {
        let comes = |a: usize, b: usize| {
            let (first, second) = (self.positions.nodes[a], self.positions.nodes[b]);
            is_always(a, b) || (first.template == second.template && first.nth < second.nth)
        };
        let mut overlaps = Vec::new();
        for &a in nodes {
            for &b in nodes {
                let mut between = nodes.iter().filter(|&&c| comes(a, c) && comes(c, b));
                if !is_always(a, b) || between.next().is_some() {
                    continue;
                }
                let is_open = |&&number: &&usize| {
                    let place = |node| self.positions.place(number, node);
                    let lines = self.positions.lines(number);
                    let between = place(a).zip(place(b)).map(|(a, b)| &lines[a + 1..b]);
                    let mut between = between.into_iter().flatten();
                    between.any(|&c| self.is_constant(c) && !comes(a, c) && !comes(c, b))
                };
                let open = self.seeded.iter().filter(is_open).count();
                if open * COMMON >= self.seeded.len() {
                    overlaps.push((self.positions.nodes[a], self.positions.nodes[b]));
                }
            }
        }
        overlaps
    }

    /// The pairs that came in both orders, and in this one too seldom to be asked for.
    fn seldom(&self, nodes: &[usize]) -> Vec<(Nth, Nth)> {
        let mut pairs = Vec::new();
        for &a in nodes {
            for &b in nodes {
                let (came, other) = (self.came(a, b), self.came(b, a));
                let is_less = (came, a) < (other, b);
                if is_comparable(self.positions, a, b) && came > 0 && is_less && !self.is_free(a, b)
                {
                    pairs.push((self.positions.nodes[a], self.positions.nodes[b]));
                }
            }
        }
        pairs.sort_unstable();
        pairs
    }

    /// The widest spans of one thread's lines between which lines of others never come, though they come before and
    /// after.
    fn spans(&self, nodes: &[usize], is_always: &dyn Fn(usize, usize) -> bool) -> Vec<Span> {
        let never = |a: usize, b: usize, c: usize| {
            self.seeded.iter().all(|&number| {
                let place = |node| self.positions.place(number, node);
                !(place(a) < place(c) && place(c) < place(b))
            })
        };
        let mut spans: Vec<(usize, usize, BTreeSet<usize>)> = Vec::new();
        for &a in nodes {
            for &b in nodes {
                if !is_always(a, b) {
                    continue;
                }
                let others = nodes.iter().copied().filter(|&c| {
                    is_comparable(self.positions, a, c)
                        && is_comparable(self.positions, b, c)
                        && self.is_free(a, c)
                        && self.is_free(b, c)
                        && never(a, b, c)
                });
                let others: BTreeSet<usize> = others.collect();
                if !others.is_empty() {
                    spans.push((a, b, others));
                }
            }
        }
        let within = |a: usize, b: usize| a == b || is_always(a, b);
        let is_implied = |a: usize, b: usize, c: usize| {
            spans.iter().any(|(from, to, others)| {
                (*from, *to) != (a, b) && within(*from, a) && within(b, *to) && others.contains(&c)
            })
        };
        let mut widest = Vec::new();
        for (a, b, others) in &spans {
            let others = others.iter().filter(|&&c| !is_implied(*a, *b, c));
            let others: Vec<Nth> = others.map(|&c| self.positions.nodes[c]).collect();
            if !others.is_empty() {
                widest.push(Span {
                    from: self.positions.nodes[*a],
                    to: self.positions.nodes[*b],
                    others,
                });
            }
        }
        widest
    }
}

/// The holes whose lowest and highest values came so often that no others are to be expected.
fn closed(classes: &Classes, seeded: &[usize]) -> Vec<(usize, usize)> {
    let templates = classes.templates.iter().enumerate();
    let holes = templates.flat_map(|(number, template)| {
        let holes = template.holes().enumerate();
        holes.map(move |(at, hole)| ((number, at), hole.range()))
    });
    let closed =
        holes.filter(|&(at, seen)| seen.is_some() && range_of(classes, seeded, at) == seen);
    closed.map(|(at, _)| at).collect()
}

/// The templates that are not in every execution, and in too few to be asked for.
fn rare(classes: &Classes, seeded: &[usize]) -> Vec<usize> {
    let is_rare = |&template: &usize| {
        let has = |&&execution: &&usize| classes.of_lines[execution].contains(&template);
        let having = seeded.iter().filter(has).count();
        *classes.templates[template].count.start() == 0 && having * COMMON < seeded.len()
    };
    (0..classes.templates.len()).filter(is_rare).collect()
}
