//! The view: a bundle's placeholders, actions and limits as the solver of placements takes them, and what
//! came of them.

use crate::{
    bundle::{ArchivedAction, ArchivedBody, ArchivedPlaceholder},
    candidates::Candidate,
    placement::{Contender, Fits, Groups, Limit, Outscored, Placed, Problem, Slot, Solver},
};

/// The tables are the bundle's and made once; the lists are kept between decisions.
#[derive(Debug, Default)]
pub(crate) struct View {
    /// What is shown where, by placeholder, then by score.
    pub placed: Vec<Placed>,
    /// Whether it is proven that nothing else scores more.
    pub optimal: bool,
    /// What each candidate lacked that is not shown, in their order; empty when nobody asked.
    pub lacked: Vec<Option<Outscored>>,
    prepared: bool,
    slots: Vec<Slot>,
    contenders: Vec<Contender>,
    limits: Vec<Limit>,
    /// The slots asked for, a bit each.
    asked: Vec<u64>,
    fits: Fits,
    /// Without the channels that contact policy took from candidates.
    left: Fits,
    /// Whether it took any.
    is_held: bool,
    scores: Vec<f64>,
    solver: Solver,
}

impl View {
    /// Fills the placeholders asked for (positions, ascending) with the best of the candidates. With
    /// `EXPLAIN`, works out as well what the others lacked.
    pub fn fill<const EXPLAIN: bool>(
        &mut self,
        body: &ArchivedBody,
        candidates: &[Candidate],
        asked: &[u16],
    ) {
        if !self.prepared {
            self.prepare(body);
        }
        self.scores.clear();
        self.scores.resize(self.contenders.len(), 0.0);
        for candidate in candidates {
            if let Some(score) = self.scores.get_mut(usize::from(candidate.action)) {
                *score = candidate.score;
            }
        }
        self.asked.clear();
        self.asked.resize(self.slots.len().div_ceil(64), 0);
        for slot in asked {
            if let Some(word) = self.asked.get_mut(usize::from(slot / 64)) {
                *word |= 1 << (slot % 64);
            }
        }
        self.is_held = leave(body, candidates, &self.fits, &mut self.left);
        let problem = Problem {
            slots: &self.slots,
            contenders: &self.contenders,
            limits: &self.limits,
            fits: if self.is_held { &self.left } else { &self.fits },
            asked,
            scores: &self.scores,
        };
        let mut solution = self.solver.solve(&problem);
        self.placed.clear();
        self.placed.extend_from_slice(solution.placed());
        self.optimal = solution.optimal();
        self.lacked.clear();
        if EXPLAIN {
            let lacked = candidates.iter().map(|c| solution.outscored(c.action));
            self.lacked.extend(lacked);
        }
    }

    /// Whether some placeholder asked for takes a candidate.
    pub fn has_place(&self, candidate: &Candidate) -> bool {
        let fits = if self.is_held { &self.left } else { &self.fits };
        fits.any(candidate.action, &self.asked)
    }

    fn prepare(&mut self, body: &ArchivedBody) {
        self.prepared = true;
        // Placeholders of one page stand together, in the page's order.
        let mut page = 0;
        let mut position = 0;
        let mut before: Option<&ArchivedPlaceholder> = None;
        for placeholder in body.placeholders.iter() {
            let same = before
                .is_some_and(|b| b.channel == placeholder.channel && b.page == placeholder.page);
            match before {
                Some(_) if same => position += 1,
                Some(_) => (page, position) = (page + 1, 0),
                None => {}
            }
            before = Some(placeholder);
            self.slots.push(Slot {
                page,
                position,
                capacity: placeholder.capacity,
                prominence: f64::from(placeholder.prominence.to_native()),
            });
        }
        self.limits
            .extend(body.page_limits.iter().map(|limit| Limit {
                most: (limit.at_most < u8::MAX).then_some(limit.at_most),
                apart: limit.apart,
            }));
        self.contenders
            .extend(body.actions.iter().map(|action| Contender {
                repeat: action.repeat_on_page,
                groups: groups(action),
            }));
        let (actions, placeholders) = (&body.actions, &body.placeholders);
        self.fits = Fits::new(actions.len(), placeholders.len(), |action, placeholder| {
            let pair = actions.get(action).zip(placeholders.get(placeholder));
            pair.is_some_and(|(action, placeholder)| fits(action, placeholder))
        });
    }
}

/// Works out what fits where once contact policy has taken its channels away; `false` when it took none.
fn leave(body: &ArchivedBody, candidates: &[Candidate], fits: &Fits, left: &mut Fits) -> bool {
    let held = |candidate: &&Candidate| {
        let action = body.actions.get(usize::from(candidate.action));
        action.is_some_and(|action| action.channels & !candidate.channels != 0)
    };
    if !candidates.iter().any(|candidate| held(&candidate)) {
        return false;
    }
    left.clone_from(fits);
    for candidate in candidates.iter().filter(held) {
        left.bar(
            usize::from(candidate.action),
            body.placeholders.len(),
            |slot| {
                let slot = body.placeholders.get(slot);
                slot.is_some_and(|slot| candidate.channels & (1 << slot.channel as u8) == 0)
            },
        );
    }
    true
}

/// The first limits of an action; builders refuse more than the solver takes.
fn groups(action: &ArchivedAction) -> Groups {
    let limits = action.page_limits.iter().take(Groups::MOST);
    let limits: Vec<u16> = limits.map(|limit| limit.to_native()).collect();
    Groups::new(&limits).unwrap_or_default()
}

fn fits(action: &ArchivedAction, placeholder: &ArchivedPlaceholder) -> bool {
    action.formats.to_native() & placeholder.formats.to_native() != 0
        && action.topics.to_native() & placeholder.topics.to_native() != 0
        && action.channels & (1 << placeholder.channel as u8) != 0
}
