//! Views to fill, and whether an answer keeps their limits.

use engine::placement::{Contender, Fits, Groups, Limit, Placed, Problem, Slot};
use proptest::prelude::*;

/// What a [`Problem`] borrows.
#[derive(Clone, Debug)]
pub struct View {
    pub slots: Vec<Slot>,
    pub contenders: Vec<Contender>,
    pub limits: Vec<Limit>,
    pub fits: Fits,
    pub asked: Vec<u16>,
    pub scores: Vec<f64>,
}

impl View {
    pub fn problem(&self) -> Problem<'_> {
        Problem {
            slots: &self.slots,
            contenders: &self.contenders,
            limits: &self.limits,
            fits: &self.fits,
            asked: &self.asked,
            scores: &self.scores,
        }
    }

    pub fn worth(&self, slot: u16, contender: u16) -> f64 {
        (self.scores[usize::from(contender)] * self.slots[usize::from(slot)].prominence)
            .min(f64::MAX)
    }

    fn shares(&self, a: u16, b: u16, apart: bool) -> bool {
        let groups = |contender: u16| self.contenders[usize::from(contender)].groups;
        groups(a).iter().any(|group| {
            groups(b).iter().any(|other| group == other)
                && self
                    .limits
                    .get(group)
                    .is_some_and(|limit| limit.apart || !apart)
        })
    }

    /// Whether `contender` may stand in `slot` beside what is placed: word by word what the limits say.
    pub fn may(&self, placed: &[(u16, u16)], slot: u16, contender: u16) -> bool {
        let place = self.slots[usize::from(slot)];
        let what = self.contenders[usize::from(contender)];
        let here: Vec<(u16, u16)> = placed
            .iter()
            .copied()
            .filter(|(other, _)| self.slots[usize::from(*other)].page == place.page)
            .collect();
        let in_slot = here.iter().filter(|(other, _)| *other == slot).count();
        let twice = here
            .iter()
            .any(|(other, same)| *same == contender && (*other == slot || !what.repeat));
        let crowded = what.groups.iter().any(|group| {
            let Some(limit) = self.limits.get(group) else {
                return false;
            };
            let count = here.iter().filter(|(_, other)| {
                self.contenders[usize::from(*other)]
                    .groups
                    .iter()
                    .any(|of| of == group)
            });
            limit
                .most
                .is_some_and(|most| count.count() >= usize::from(most))
        });
        let touching = here.iter().any(|(other, who)| {
            self.slots[usize::from(*other)]
                .position
                .abs_diff(place.position)
                <= 1
                && self.shares(*who, contender, true)
        });
        self.asked.contains(&slot)
            && self.fits.has(contender, slot)
            && in_slot < usize::from(place.capacity.min(16))
            && !twice
            && !crowded
            && !touching
            && [place.prominence, self.scores[usize::from(contender)]]
                .iter()
                .all(|number| *number > 0.0 && number.is_finite())
    }

    /// Checks that an answer is one, and gives its worth.
    pub fn check(&self, placed: &[Placed]) -> f64 {
        let mut before = Vec::new();
        for one in placed {
            assert!(
                self.may(&before, one.slot, one.contender),
                "{one:?} after {before:?} in {self:?}"
            );
            assert_eq!(one.worth, self.worth(one.slot, one.contender));
            before.push((one.slot, one.contender));
        }
        placed.iter().map(|one| one.worth).sum()
    }
}

/// Views of a few slots and contenders in which everything may bind, with many ties.
pub fn small() -> impl Strategy<Value = View> {
    let number = prop_oneof![(0..5_u8).prop_map(f64::from), 0.01..3.0];
    let slot = (0..2_u16, 0..5_u16, 1..3_u8, number.clone());
    let contender = (
        prop::bool::weighted(0.2),
        prop::collection::vec(0..4_u16, 0..4),
        number,
        any::<u8>(),
    );
    let limit = (prop::option::of(0..3_u8), any::<bool>());
    let few = (
        prop::collection::vec(slot, 1..4),
        prop::collection::vec(contender, 1..7),
        prop::collection::vec(limit, 0..4),
    );
    few.prop_map(|(slots, contenders, limits)| {
        let bits: Vec<u8> = contenders
            .iter()
            .map(|(.., bits)| bits | bits >> 4)
            .collect();
        View {
            fits: Fits::new(contenders.len(), slots.len(), |contender, slot| {
                bits[contender] >> slot & 1 == 1
            }),
            asked: (0..slots.len() as u16).collect(),
            slots: slots
                .into_iter()
                .map(|(page, position, capacity, prominence)| Slot {
                    page,
                    position,
                    capacity,
                    prominence,
                })
                .collect(),
            scores: contenders.iter().map(|(_, _, score, _)| *score).collect(),
            contenders: contenders
                .into_iter()
                .map(|(repeat, groups, ..)| Contender {
                    repeat,
                    groups: Groups::new(&groups).unwrap(),
                })
                .collect(),
            limits: limits
                .into_iter()
                .map(|(most, apart)| Limit { most, apart })
                .collect(),
        }
    })
}
