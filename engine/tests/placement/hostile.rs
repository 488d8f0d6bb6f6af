//! Numbers and sizes that no bank has.

use engine::placement::{Contender, Fits, Groups, Limit, Slot, Solver};
use proptest::{prelude::*, sample::select};

use super::view::View;

const NUMBERS: [f64; 12] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::MAX,
    f64::MIN_POSITIVE,
    5e-324,
    1e300,
    1e-300,
    -1.0,
    0.0,
    1.0,
    2.5,
];

fn any_view() -> impl Strategy<Value = View> {
    let slot = (
        0..2_u16,
        any::<u16>(),
        any::<u8>(),
        select(NUMBERS.to_vec()),
    );
    let contender = (
        any::<bool>(),
        prop::collection::vec(0..70_u16, 0..8),
        select(NUMBERS.to_vec()),
    );
    let limit = (prop::option::of(any::<u8>()), any::<bool>());
    let some = (
        prop::collection::vec(slot, 0..5),
        prop::collection::vec(contender, 0..20),
        prop::collection::vec(limit, 0..70),
        prop::collection::vec(0..8_u16, 0..9),
    );
    some.prop_map(|(slots, contenders, limits, asked)| View {
        fits: Fits::new(contenders.len(), slots.len(), |contender, slot| {
            (contender + slot) % 5 != 0
        }),
        asked,
        slots: slots
            .into_iter()
            .map(|(page, position, capacity, prominence)| Slot {
                page,
                position,
                capacity,
                prominence,
            })
            .collect(),
        scores: contenders.iter().map(|(.., score)| *score).collect(),
        contenders: contenders
            .into_iter()
            .map(|(repeat, groups, _)| Contender {
                repeat,
                groups: Groups::new(&groups).unwrap(),
            })
            .collect(),
        limits: limits
            .into_iter()
            .map(|(most, apart)| Limit { most, apart })
            .collect(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_numbers_give_an_answer(view in any_view()) {
        let mut solver = Solver::default();
        let problem = view.problem();
        let mut solution = solver.solve(&problem);
        view.check(solution.placed());
        for contender in 0..view.contenders.len() as u16 + 2 {
            solution.outscored(contender);
        }
    }
}

/// 256 slots of 255 seats on one page, where everything fits, is worth the same and may stand only apart.
#[test]
fn a_huge_page_ends() {
    let view = View {
        slots: (0..300)
            .map(|position| Slot {
                page: 0,
                position,
                capacity: 255,
                prominence: 1.0,
            })
            .collect(),
        contenders: vec![
            Contender {
                repeat: true,
                groups: Groups::new(&[0]).unwrap()
            };
            300
        ],
        limits: vec![Limit {
            most: None,
            apart: true,
        }],
        fits: Fits::new(300, 300, |_, _| true),
        asked: (0..300).collect(),
        scores: vec![1.0; 300],
    };
    let mut solver = Solver::default();
    let problem = view.problem();
    let mut solution = solver.solve(&problem);
    assert!(view.check(solution.placed()) > 0.0);
    solution.outscored(299);
}
