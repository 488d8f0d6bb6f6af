//! How long it takes to fill a view, beside going slot by slot: `cargo bench --profile dev -p engine --bench placement`.
//!
//! Views are invented: 200 actions into 44 placeholders, on about 12 pages as a bank has them, and all on one page
//! where everything fits everywhere. The last are pages for which the work is used up: what the limits of work are
//! worth in time.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a bench fails by panicking"
)]

use std::{hint::black_box, time::Instant};

use engine::placement::{Contender, Fits, Groups, Limit, Problem, Slot, Solver};

const SLOTS: usize = 44;
const CONTENDERS: usize = 200;
const PRODUCTS: u64 = 20;
/// Different scores for the same bank: no two customers are alike.
const CUSTOMERS: usize = 50;

fn main() {
    println!(
        "{:<44}{:>10}{:>10}{:>10}{:>10}",
        "microseconds", "p10", "p50", "p90", "proven"
    );
    for (pages, runs) in [(12, 200), (1, 4)] {
        for limited in [false, true] {
            let what = format!(
                "{pages} page{}, limits {}",
                if pages == 1 { "" } else { "s" },
                if limited { "bind" } else { "none" }
            );
            let bank = Bank::new(pages, limited);
            let mut solver = Solver::default();
            report(&what, runs, |customer| {
                solver.solve(&bank.problem(customer)).optimal()
            });
            report(
                "  and what each of the others lacked",
                runs / 4,
                |customer| {
                    let problem = bank.problem(customer);
                    let mut solution = solver.solve(&problem);
                    let short = (0..CONTENDERS as u16).filter(|contender| {
                        let lacked = solution.outscored(*contender);
                        lacked.is_some_and(|lacked| !lacked.exact)
                    });
                    short.count() == 0
                },
            );
        }
    }
    for (what, bank) in Bank::worst() {
        let mut solver = Solver::default();
        report(what, 1, |customer| {
            solver.solve(&bank.problem(customer)).optimal()
        });
        report("  and what each of the others lacked", 1, |customer| {
            let problem = bank.problem(customer);
            let mut solution = solver.solve(&problem);
            let all = 0..bank.contenders.len() as u16;
            // Each, also after one that is not exact.
            let short = all.filter(|contender| {
                let lacked = solution.outscored(*contender);
                lacked.is_some_and(|lacked| !lacked.exact)
            });
            short.count() == 0
        });
    }
}

fn report(what: &str, runs: usize, mut run: impl FnMut(usize) -> bool) {
    let mut times = Vec::new();
    let mut proven = 0;
    for customer in 0..CUSTOMERS {
        proven += usize::from(run(customer));
        let mut best = f64::MAX;
        for _ in 0..runs {
            let start = Instant::now();
            black_box(run(customer));
            best = best.min(start.elapsed().as_secs_f64() * 1e6);
        }
        times.push(best);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times[times.len() * share / 100];
    println!(
        "{what:<44}{:>10.1}{:>10.1}{:>10.1}{:>7}/{CUSTOMERS}",
        at(10),
        at(50),
        at(90),
        proven
    );
}

struct Bank {
    slots: Vec<Slot>,
    contenders: Vec<Contender>,
    limits: Vec<Limit>,
    fits: Fits,
    asked: Vec<u16>,
    scores: Vec<Vec<f64>>,
}

impl Bank {
    fn new(pages: usize, limited: bool) -> Self {
        let mut chance = Chance(7);
        let slots: Vec<Slot> = (0..SLOTS)
            .map(|slot| Slot {
                page: (slot * pages / SLOTS) as u16,
                position: slot as u16,
                capacity: if chance.below(8) == 0 { 2 } else { 1 },
                prominence: 0.2 + 0.1 * chance.below(9) as f64,
            })
            .collect();
        // Formats, topics and channels, as bits.
        let mut bits = |count: u64| 1 << chance.below(count) | 1_u64 << chance.below(count);
        let kinds: Vec<[u64; 2]> = (0..SLOTS).map(|_| [bits(4), bits(6)]).collect();
        let offers: Vec<[u64; 2]> = (0..CONTENDERS).map(|_| [bits(4), bits(6)]).collect();
        let fits = Fits::new(CONTENDERS, SLOTS, |contender, slot| {
            let [format, topic] = kinds[slot];
            let offer = offers[contender];
            pages == 1 || format & offer[0] != 0 && topic & offer[1] != 0
        });
        // At most two of a product; one of credit; those that sell stand apart.
        let mut limits = vec![
            Limit {
                most: Some(2),
                apart: false
            };
            PRODUCTS as usize
        ];
        limits.push(Limit {
            most: Some(1),
            apart: false,
        });
        limits.push(Limit {
            most: None,
            apart: true,
        });
        let contenders = (0..CONTENDERS).map(|_| {
            let mut groups = vec![chance.below(PRODUCTS) as u16];
            if groups[0] < 4 {
                groups.push(PRODUCTS as u16);
            }
            if chance.below(2) == 0 {
                groups.push(PRODUCTS as u16 + 1);
            }
            Contender {
                repeat: chance.below(20) == 0,
                groups: Groups::new(&groups).unwrap(),
            }
        });
        let contenders = contenders.collect();
        let mut score = || {
            (0..CONTENDERS)
                .map(|_| 0.05 + chance.below(1_000_000) as f64 / 5e5)
                .collect()
        };
        Self {
            slots,
            contenders,
            limits: if limited { limits } else { Vec::new() },
            fits,
            asked: (0..SLOTS as u16).collect(),
            scores: (0..CUSTOMERS).map(|_| score()).collect(),
        }
    }

    /// Pages that no bank has, for which the work is used up.
    fn worst() -> Vec<(&'static str, Self)> {
        let limit = |most, apart| Limit {
            most: Some(most),
            apart,
        };
        vec![
            (
                "worst: 1 that repeats, 4 of it, apart",
                Self::page(44, 1, 1, true, vec![limit(4, true)]),
            ),
            (
                "worst: 200 that repeat, 4 of them, apart",
                Self::page(44, 1, 200, true, vec![limit(4, true)]),
            ),
            (
                "worst: 200 in 4 of 8 groups, 2 of each",
                Self::page(44, 1, 200, false, vec![limit(2, false); 8]),
            ),
            (
                "worst: 200 in 4 of 60 groups, 3 of each, apart",
                Self::page(44, 1, 200, false, vec![limit(3, true); 60]),
            ),
            (
                "worst: 4,000 in 4 of 8 groups, 2 of each",
                Self::page(64, 1, 4_000, false, vec![limit(2, false); 8]),
            ),
            (
                "worst: 4,000 in 1,024 seats, 1 of all",
                Self::page(64, 16, 4_000, false, vec![limit(1, false)]),
            ),
            (
                "worst: 4,000 in 1,024 seats, 9 of 60, apart",
                Self::page(64, 16, 4_000, false, vec![limit(9, true); 60]),
            ),
        ]
    }

    fn page(
        slots: usize,
        capacity: u8,
        contenders: usize,
        repeat: bool,
        limits: Vec<Limit>,
    ) -> Self {
        let mut chance = Chance(7);
        let mut groups = || {
            let mut groups: Vec<_> = (0..4)
                .map(|_| chance.below(limits.len() as u64) as u16)
                .collect();
            groups.dedup();
            Groups::new(&groups).unwrap()
        };
        let contenders = (0..contenders).map(|_| Contender {
            repeat,
            groups: groups(),
        });
        let contenders: Vec<_> = contenders.collect();
        let slot = |position| Slot {
            page: 0,
            position,
            capacity,
            prominence: 1.0,
        };
        let mut score = |_| {
            let scores = contenders.iter();
            scores
                .map(|_| 0.5 + chance.below(1_000) as f64 / 1e6)
                .collect()
        };
        Self {
            slots: (0..slots as u16).map(slot).collect(),
            scores: (0..CUSTOMERS).map(&mut score).collect(),
            fits: Fits::new(contenders.len(), slots, |_, _| true),
            asked: (0..slots as u16).collect(),
            contenders,
            limits,
        }
    }

    fn problem(&self, customer: usize) -> Problem<'_> {
        Problem {
            slots: &self.slots,
            contenders: &self.contenders,
            limits: &self.limits,
            fits: &self.fits,
            asked: &self.asked,
            scores: &self.scores[customer],
        }
    }
}

/// Numbers that look random, and are the same in each run (an xorshift generator, Marsaglia 2003).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }
}
