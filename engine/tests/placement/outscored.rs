//! What a contender lacked, against solving again with a little more and a little less.

use engine::placement::Solver;
use proptest::prelude::*;

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
