//! Why a contender was not placed: who stands where it came closest, and the score that it lacked.
//!
//! Where no limit binds, the answer's prices tell: a seat of a slot costs what the page would lose without it,
//! and a contender gets it with the score that is worth as much. Where a limit would then be broken, or
//! binds already, the page is solved again with the contender in each slot that may be the cheapest. All such
//! searches of a view share one allowance of work. When it is used up, the contender takes a seat by force and
//! whoever is then too many goes: what they are worth is a score that does, though less may do.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is of a slot, row or entry that the solver made"
)]

use super::{
    assignment::{Assignment, Row, Way, displaced},
    search,
    solver::{Page, Solution, Spot, order, steps},
};
use crate::limits::OUTSCORED_STEPS;

/// What a contender that was not placed lacked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outscored {
    /// The slot where it came closest.
    pub slot: u16,
    /// Who would give way, mostly the one there whose seat costs least. Nobody when the seat is empty.
    pub by: Option<u16>,
    /// The score above which it would have been placed, all else equal.
    pub score: f64,
    /// Whether no smaller score would do. Not so when the search was cut short: less may do, but this does
    /// where the answer is [proven](Solution::optimal).
    pub exact: bool,
}

impl Solution<'_> {
    /// What a contender lacked. Nothing when it was placed, or fits no slot asked for, or the limits keep it out at any
    /// score.
    ///
    /// A contender that may repeat is taken to stand once.
    pub fn outscored(&mut self, contender: u16) -> Option<Outscored> {
        if self
            .solver
            .stands
            .get(usize::from(contender))
            .is_none_or(|stands| *stands)
        {
            return None;
        }
        self.price();
        let mut best: Option<Outscored> = None;
        let mut exact = true;
        let mut passed = false;
        // The page with the cheapest seat first: mostly no other can be cheaper.
        while let Some((least, spot)) = self.cheapest(contender) {
            if best.is_some_and(|best| best.score <= least) {
                break;
            }
            let index = self.solver.page_of(spot);
            let page = self.solver.pages[index];
            if page.priced && self.keeps(page, spot, contender) {
                let slot = self.solver.spots[spot].slot;
                let by = self.standing(page, spot);
                best = Some(Outscored {
                    slot,
                    by,
                    score: least,
                    exact,
                });
                break;
            }
            let by_force = self.squeeze(page, spot, contender);
            let better = |found: &Outscored, best: Option<Outscored>| {
                best.is_none_or(|best| found.score < best.score)
            };
            let enough = by_force.filter(|found| better(found, best)).or(best);
            let enough = enough.map_or(f64::MAX, |enough| enough.score);
            exact &= self.force(page, contender, &mut best, enough);
            if self.solver.paths.steps == 0 {
                exact = false;
                best = by_force.filter(|found| better(found, best)).or(best);
                break;
            }
            self.solver.pages[index].passed = true;
            passed = true;
        }
        if passed {
            let pages = self.solver.pages.iter_mut();
            pages.for_each(|page| page.passed = false);
        }
        best.map(|best| Outscored { exact, ..best })
    }

    /// Works out what the seats cost, once.
    fn price(&mut self) {
        let solver = &mut *self.solver;
        if !solver.prices.is_empty() {
            return;
        }
        solver.paths.steps = OUTSCORED_STEPS;
        solver.ways.clear();
        for page in &mut solver.pages {
            solver.ways.resize(page.first_row as usize, Way::NONE);
            if page.priced {
                let rows = &mut solver.rows[page.rows()];
                let mut assignment = Assignment {
                    rows,
                    entries: &solver.entries,
                    paths: &mut solver.paths,
                };
                assignment.retake();
                page.priced = assignment.losses(&mut solver.losses);
                solver.ways.extend(assignment.ways());
                assignment.release();
            }
            for spot in page.spots() {
                let worth = price(solver.losses[spot].0.max(0), page.scale);
                solver.prices.push(worth / solver.spots[spot].prominence);
            }
        }
    }

    /// The cheapest seat for a contender on the pages not passed, as the score that it costs, or a lower one, and the
    /// position of the spot.
    fn cheapest(&self, contender: u16) -> Option<(f64, usize)> {
        let solver = &*self.solver;
        let mut best: Option<(f64, usize)> = None;
        let words = self.problem.fits.of(contender).iter().zip(&solver.asked);
        for (word, (fits, asked)) in words.enumerate() {
            let mut hits = fits & asked;
            while hits != 0 {
                let spot = solver.spot_of[word * 64 + hits.trailing_zeros() as usize] as usize;
                hits &= hits - 1;
                let price = solver.prices[spot];
                if best.is_none_or(|best| (price, spot) < best)
                    && !solver.pages[solver.page_of(spot)].passed
                {
                    best = Some((price, spot));
                }
            }
        }
        best
    }

    /// Who has the cheapest seat of a slot.
    fn standing(&self, page: Page, spot: usize) -> Option<u16> {
        let row = &self.solver.rows[page.rows()][self.solver.losses[spot].1 as usize];
        let entry = self.solver.entries.get(row.taken as usize)?;
        Some(entry.contender)
    }

    /// Whether the limits are kept when the contender takes the cheapest seat of a slot and the others make room.
    fn keeps(&mut self, page: Page, spot: usize, contender: u16) -> bool {
        if self.problem.limits.is_empty() {
            return true;
        }
        let solver = &mut *self.solver;
        let seat = solver.losses[spot].1 as usize;
        let rows = &solver.rows[page.rows()];
        displaced(rows, &solver.ways[page.rows()], seat, &mut solver.order);
        let standing =
            rows.iter()
                .zip(&solver.order)
                .enumerate()
                .filter_map(|(index, (row, taken))| {
                    let entry = solver
                        .entries
                        .get(*taken as usize)
                        .map(|entry| entry.contender);
                    let who = if index == seat { contender } else { entry? };
                    Some((solver.spots[row.spot as usize].position, who))
                });
        solver.counts.keep(&self.problem, standing)
    }

    /// Puts the contender into each slot of the page in turn, as long as that may be cheaper than the best so far, and
    /// no dearer than the score that is `enough`. `false` when it is not sure that nothing is.
    fn force(
        &mut self,
        page: Page,
        contender: u16,
        best: &mut Option<Outscored>,
        enough: f64,
    ) -> bool {
        let solver = &mut *self.solver;
        if solver.paths.steps == 0 {
            return false;
        }
        let (entries, columns) = (solver.entries.len(), solver.paths.columns());
        let rows = &mut solver.rows[page.rows()];
        let kept: Vec<Row> = rows.to_vec();
        order(rows, &solver.spots, &mut solver.order);
        let value: i64 = Assignment {
            rows,
            entries: &solver.entries,
            paths: &mut solver.paths,
        }
        .value();
        let spots = &solver.spots[page.spots()];
        let mut view = search::Page {
            problem: &self.problem,
            ranking: solver.ranking.all(),
            spots,
            first_spot: page.first_spot,
            rows,
            order: &solver.order,
            scale: page.scale,
            entries: &mut solver.entries,
            paths: &mut solver.paths,
        };
        let mut exact = page.optimal & solver.search.list_without(&mut view, contender);
        let mut row = 0;
        for (price_of, spot) in solver.prices[page.spots()].iter().zip(spots) {
            if view.paths.steps == 0 {
                exact = false;
                break;
            }
            let dearest = best.map_or(enough, |best| enough.min(best.score));
            if *price_of <= dearest && self.problem.fits.has(contender, spot.slot) {
                // What is as dear is found too, so that the first of equal slots is named. A step more for rounding.
                let dearest = steps(dearest * spot.prominence * page.scale);
                let least = value.saturating_sub(dearest).saturating_sub(2).max(-1);
                let (others, sure) = solver.search.force(&mut view, row, least);
                exact &= sure;
                let score = others
                    .map(|others| price((value - others).max(0), page.scale) / spot.prominence);
                if let Some(score) =
                    score.filter(|score| best.is_none_or(|best| *score < best.score))
                {
                    let mut here = solver.placed.iter().rev();
                    let worst = here.find(|placed| placed.slot == spot.slot);
                    let by = worst.map(|placed| placed.contender);
                    *best = Some(Outscored {
                        slot: spot.slot,
                        by,
                        score,
                        exact: true,
                    });
                }
            }
            row += spot.seats as usize;
        }
        view.rows.copy_from_slice(&kept);
        solver.entries.truncate(entries);
        solver.paths.truncate(columns);
        exact
    }

    /// What it costs to put the contender into a slot, at the expense of whoever is then too many: neighbours that
    /// must be apart from it, the worst there, the worst of its groups. Nothing when its limits allow none.
    fn squeeze(&mut self, page: Page, spot: usize, contender: u16) -> Option<Outscored> {
        let solver = &mut *self.solver;
        let rows = &solver.rows[page.rows()];
        let at = solver.spots[spot];
        let standing = |row: &u32| solver.entries.get(rows[*row as usize].taken as usize);
        let member = |who: u16, group: usize| {
            let mut groups = self.problem.contenders[usize::from(who)].groups.iter();
            groups.any(|of| of == group)
        };
        let groups = self.problem.contenders[usize::from(contender)].groups;
        let stay = &mut solver.order;
        stay.clear();
        stay.extend((page.first_row..page.end_row).map(|row| row - page.first_row));
        stay.retain(|row| {
            let shares = |who: u16| groups.iter().any(|group| member(who, group));
            let here = || solver.spots[rows[*row as usize].spot as usize].slot == at.slot;
            standing(row).is_some_and(|entry| here() || shares(entry.contender))
        });
        let (mut lost, mut by) = (0, None);
        let mut keep = |most: usize, among: &dyn Fn(&Spot, u16) -> bool| loop {
            let all = stay.iter().enumerate().filter_map(|(index, row)| {
                let entry = standing(row)?;
                let spot = &solver.spots[rows[*row as usize].spot as usize];
                among(spot, entry.contender).then_some((entry.weight, index, entry.contender))
            });
            let mut count = 0;
            let Some((weight, index, who)) = all.inspect(|_| count += 1).min() else {
                break;
            };
            if count <= most {
                break;
            }
            lost += weight;
            by = by.or(Some(who));
            stay.swap_remove(index);
        };
        let limits = || {
            let limit = |group: usize| Some((group, self.problem.limits.get(group)?));
            groups.iter().filter_map(limit)
        };
        for (group, _) in limits().filter(|(_, limit)| limit.apart) {
            keep(0, &|spot, who| {
                spot.position.abs_diff(at.position) <= 1 && member(who, group)
            });
        }
        keep(at.seats as usize - 1, &|spot, _| spot.slot == at.slot);
        for (group, limit) in limits() {
            if let Some(most) = limit.most {
                keep(usize::from(most).checked_sub(1)?, &|_, who| {
                    member(who, group)
                });
            }
        }
        Some(Outscored {
            slot: at.slot,
            by,
            score: price(lost, page.scale) / at.prominence,
            exact: false,
        })
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "steps mostly fit a number; a sum of many seats is rounded"
)]
fn price(steps: i64, scale: f64) -> f64 {
    steps as f64 / scale
}
