//! Against every possible answer.

use engine::placement::Solver;
use proptest::prelude::*;

use super::view::{View, small};

/// The greatest worth of all answers.
pub fn best(view: &View) -> f64 {
    let pairs: Vec<(u16, u16)> = (0..view.slots.len() as u16)
        .flat_map(|slot| (0..view.contenders.len() as u16).map(move |contender| (slot, contender)))
        .filter(|(slot, contender)| view.may(&[], *slot, *contender))
        .collect();
    let mut best = 0.0;
    walk(view, &pairs, &mut Vec::new(), 0.0, &mut best);
    best
}

fn walk(
    view: &View,
    pairs: &[(u16, u16)],
    placed: &mut Vec<(u16, u16)>,
    worth: f64,
    best: &mut f64,
) {
    *best = worth.max(*best);
    for (index, (slot, contender)) in pairs.iter().enumerate() {
        if view.may(placed, *slot, *contender) {
            placed.push((*slot, *contender));
            let more = worth + view.worth(*slot, *contender);
            walk(view, &pairs[index + 1..], placed, more, best);
            placed.pop();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, ..ProptestConfig::default() })]

    #[test]
    fn no_answer_is_worth_more(view in small()) {
        let mut solver = Solver::default();
        let problem = view.problem();
        let solution = solver.solve(&problem);
        let worth = view.check(solution.placed());
        let best = best(&view);
        prop_assert!(solution.optimal());
        prop_assert!((worth - best).abs() <= 1e-9 * best, "{worth} instead of {best}");
        prop_assert!((solution.total() - worth).abs() <= 1e-12 * best);
    }

    #[test]
    fn earlier_decisions_leave_no_trace(first in small(), second in small()) {
        let mut used = Solver::default();
        used.solve(&first.problem());
        let mut new = Solver::default();
        let again = used.solve(&second.problem());
        let once = new.solve(&second.problem());
        prop_assert_eq!(again.placed(), once.placed());
    }
}
