//! What a contender lacked, against solving again with a little more and a little less.

use std::cell::Cell;

use engine::placement::{Contender, Fits, Groups, Limit, Slot, Solver};
use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};

use super::{
    brute,
    view::{View, small},
};

/// Whether some best answer has the contender, when its score is `score`.
fn wins(view: &View, contender: usize, score: f64) -> bool {
    let mut with = view.clone();
    with.scores[contender] = score;
    let mut without = view.clone();
    without.scores[contender] = 0.0;
    brute::best(&with) > brute::best(&without)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_little_more_wins_and_a_little_less_does_not(view in small()) {
        let mut view = view;
        // One that may repeat is taken to stand once.
        view.contenders.iter_mut().for_each(|contender| contender.repeat = false);
        let mut solver = Solver::default();
        let problem = view.problem();
        let mut solution = solver.solve(&problem);
        for contender in 0..view.contenders.len() {
            let placed = solution.placed().iter().any(|placed| usize::from(placed.contender) == contender);
            let Some(lacked) = solution.outscored(contender as u16) else {
                prop_assert!(placed || !wins(&view, contender, 1e6));
                continue;
            };
            prop_assert!(!placed && lacked.exact);
            prop_assert!(lacked.score >= view.scores[contender] * (1.0 - 1e-9), "{lacked:?}");
            prop_assert!(wins(&view, contender, lacked.score * (1.0 + 1e-6) + 1e-6), "{lacked:?}");
            prop_assert!(!wins(&view, contender, lacked.score * (1.0 - 1e-6) - 1e-6), "{lacked:?}");
            // Who gives way stands on the page; nobody does where there is room.
            let stands = |by: u16| solution.placed().iter().any(|placed| placed.contender == by);
            let room = usize::from(view.slots[usize::from(lacked.slot)].capacity);
            let there = solution.placed().iter().filter(|placed| placed.slot == lacked.slot);
            prop_assert!(lacked.by.map_or(there.count() < room, stands), "{lacked:?}");
        }
    }
}

/// A page of 14 slots where most of 150 contenders fit, and limits bind: more than one allowance of searches.
fn crowded() -> impl Strategy<Value = View> {
    const SLOTS: usize = 14;
    const CONTENDERS: usize = 150;
    let slots = prop::collection::vec((1..3_u8, 2..10_u32), SLOTS);
    let contender = (
        prop::collection::vec(0..8_u16, 0..4),
        0.1..1.0_f64,
        any::<u16>(),
    );
    let contenders = prop::collection::vec(contender, CONTENDERS);
    let limits = prop::collection::vec((1..4_u8, prop::bool::weighted(0.3)), 8);
    (slots, contenders, limits).prop_map(|(slots, contenders, limits)| View {
        fits: Fits::new(CONTENDERS, SLOTS, |contender, slot| {
            contenders[contender].2 >> slot & 1 == 1
        }),
        asked: (0..SLOTS as u16).collect(),
        slots: slots
            .into_iter()
            .zip(0..)
            .map(|((capacity, prominence), position)| Slot {
                page: 0,
                position,
                capacity,
                prominence: f64::from(prominence) / 8.0,
            })
            .collect(),
        scores: contenders.iter().map(|(_, score, _)| *score).collect(),
        contenders: contenders
            .iter()
            .map(|(groups, ..)| Contender {
                repeat: false,
                groups: Groups::new(groups).unwrap(),
            })
            .collect(),
        limits: limits
            .into_iter()
            .map(|(most, apart)| Limit {
                most: Some(most),
                apart,
            })
            .collect(),
    })
}

/// Whether the contender is placed with another score; nothing when that is not proven.
fn placed(view: &View, contender: u16, score: f64) -> Option<bool> {
    let mut view = view.clone();
    view.scores[usize::from(contender)] = score;
    let mut solver = Solver::default();
    let problem = view.problem();
    let solution = solver.solve(&problem);
    let stands = solution
        .placed()
        .iter()
        .any(|placed| placed.contender == contender);
    solution.optimal().then_some(stands)
}

#[test]
fn a_score_does_when_the_search_was_cut_short_too() {
    let config = ProptestConfig {
        failure_persistence: None,
        cases: 40,
        ..ProptestConfig::default()
    };
    // Always the same views: how many are cut short is counted below.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let (exact, short) = (Cell::new(0), Cell::new(0));
    runner
        .run(&crowded(), |view| {
            let mut solver = Solver::default();
            let problem = view.problem();
            let mut solution = solver.solve(&problem);
            let proven = solution.optimal();
            for contender in 0..view.contenders.len() as u16 {
                let Some(lacked) = solution.outscored(contender) else {
                    let stands = solution
                        .placed()
                        .iter()
                        .any(|placed| placed.contender == contender);
                    let fits = view
                        .asked
                        .iter()
                        .any(|slot| view.fits.has(contender, *slot));
                    prop_assert!(stands || !fits, "{contender} stands nowhere");
                    continue;
                };
                // The first ones while there is work left.
                if !proven || contender > 6 && contender % 16 != 0 {
                    continue;
                }
                let more = placed(&view, contender, lacked.score * (1.0 + 1e-6));
                prop_assert!(more != Some(false), "{contender} {lacked:?}");
                let count = if lacked.exact {
                    let less = placed(&view, contender, lacked.score * (1.0 - 1e-6));
                    prop_assert!(less != Some(true), "{contender} {lacked:?}");
                    &exact
                } else {
                    &short
                };
                count.set(count.get() + u32::from(more.is_some()));
            }
            Ok(())
        })
        .unwrap();
    // Both happen.
    assert!(
        exact.get() > 10 && short.get() > 10,
        "{exact:?} exact, {short:?} cut short"
    );
}
