//! Against solvers that others wrote, at full size: 200 contenders into 44 slots, 1,000 views. One solver
//! knows assignments only; the other takes any limits, and is asked page by page.

use engine::placement::{Contender, Fits, Groups, Limit, Slot, Solver};
use lapjv::{Matrix, lapjv};
use microlp::{ComparisonOp, OptimizationDirection, Problem as Program, SolveOutcome};

use super::view::View;

const SLOTS: usize = 44;
const CONTENDERS: usize = 200;

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

/// A view of `pages` pages. Scores and prominences are such that worths are whole numbers.
fn view(chance: &mut Chance, pages: usize, limited: bool) -> View {
    let slots: Vec<Slot> = (0..SLOTS)
        .map(|slot| Slot {
            page: (slot * pages / SLOTS) as u16,
            position: slot as u16,
            capacity: if limited && chance.below(8) == 0 {
                2
            } else {
                1
            },
            prominence: (1 + chance.below(10)) as f64,
        })
        .collect();
    let density = 1 + chance.below(8);
    let bits: Vec<bool> = (0..SLOTS * CONTENDERS)
        .map(|_| chance.below(8) < density)
        .collect();
    let products = 4 + chance.below(30) as u16;
    let limit = |most, apart| Limit { most, apart };
    let mut limits = vec![limit(Some(2), false); usize::from(products)];
    limits.extend([limit(Some(1), false), limit(None, true)]);
    let contenders = (0..CONTENDERS).map(|_| {
        let mut groups = vec![chance.below(u64::from(products)) as u16];
        for group in [products, products + 1] {
            if chance.below(3) == 0 {
                groups.push(group);
            }
        }
        let groups = Groups::new(&groups).unwrap();
        Contender {
            repeat: limited && chance.below(20) == 0,
            groups,
        }
    });
    View {
        contenders: contenders.collect(),
        scores: (0..CONTENDERS)
            .map(|_| chance.below(1_000) as f64)
            .collect(),
        limits: if limited { limits } else { Vec::new() },
        fits: Fits::new(CONTENDERS, SLOTS, |contender, slot| {
            bits[contender * SLOTS + slot]
        }),
        asked: (0..SLOTS as u16).collect(),
        slots,
    }
}

#[test]
fn one_page_without_limits_is_a_best_assignment() {
    let mut chance = Chance(11);
    let mut solver = Solver::default();
    for _ in 0..500 {
        let view = view(&mut chance, 1, false);
        // Square, with seats that nobody values.
        let worth = |slot: usize, contender: usize| {
            let (slot, contender) = (slot as u16, contender as u16);
            if usize::from(slot) < SLOTS && view.fits.has(contender, slot) {
                view.worth(slot, contender)
            } else {
                0.0
            }
        };
        let costs = Matrix::from_shape_fn((CONTENDERS, CONTENDERS), |(slot, contender)| {
            -worth(slot, contender)
        });
        let (taken, _) = lapjv(&costs).unwrap();
        let best: f64 = (0..SLOTS).map(|slot| worth(slot, taken[slot])).sum();
        let problem = view.problem();
        let solution = solver.solve(&problem);
        assert!(solution.optimal());
        let worth = view.check(solution.placed());
        assert!((worth - best).abs() < 1e-6, "{worth} instead of {best}");
    }
}

#[test]
fn pages_with_limits_are_best_integer_programs() {
    let mut chance = Chance(13);
    let mut solver = Solver::default();
    for _ in 0..500 {
        let view = view(&mut chance, 12, true);
        let best: f64 = (0..12).map(|page| program(&view, page)).sum();
        let problem = view.problem();
        let solution = solver.solve(&problem);
        assert!(solution.optimal());
        let worth = view.check(solution.placed());
        assert!((worth - best).abs() < 1e-3, "{worth} instead of {best}");
    }
}

/// The best that a page can be worth, as an integer program: a variable for each contender and slot.
fn program(view: &View, page: u16) -> f64 {
    let mut program = Program::new(OptimizationDirection::Maximize);
    let mut pairs = Vec::new();
    for slot in 0..SLOTS as u16 {
        for contender in 0..CONTENDERS as u16 {
            if view.slots[usize::from(slot)].page == page && view.may(&[], slot, contender) {
                pairs.push((
                    slot,
                    contender,
                    program.add_binary_var(view.worth(slot, contender)),
                ));
            }
        }
    }
    let mut at_most = |most: u8, of: &dyn Fn(u16, u16) -> bool| {
        let chosen = pairs
            .iter()
            .filter(|(slot, contender, _)| of(*slot, *contender));
        let terms: Vec<_> = chosen.map(|(.., variable)| (*variable, 1.0)).collect();
        if terms.len() > usize::from(most) {
            program.add_constraint(terms, ComparisonOp::Le, f64::from(most));
        }
    };
    let position = |slot: u16| view.slots[usize::from(slot)].position;
    let belongs = |contender: u16, group: usize| {
        view.contenders[usize::from(contender)]
            .groups
            .iter()
            .any(|of| of == group)
    };
    for (at, slot) in view.slots.iter().enumerate() {
        at_most(slot.capacity, &|slot, _| usize::from(slot) == at);
    }
    for (who, contender) in view.contenders.iter().enumerate() {
        if !contender.repeat {
            at_most(1, &|_, contender| usize::from(contender) == who);
        }
    }
    for (group, limit) in view.limits.iter().enumerate() {
        if let Some(most) = limit.most {
            at_most(most, &|_, contender| belongs(contender, group));
        }
        for slot in 0..if limit.apart { SLOTS as u16 } else { 0 } {
            let near =
                |other| position(other) == position(slot) || position(other) == position(slot) + 1;
            at_most(1, &|other, contender| {
                near(other) && belongs(contender, group)
            });
        }
    }
    match program.solve().unwrap() {
        SolveOutcome::Solution(solution) => solution.objective(),
        SolveOutcome::Interrupted(_) => panic!("no time limit was set"),
    }
}
