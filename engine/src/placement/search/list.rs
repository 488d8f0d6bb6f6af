//! Who may stand on a page whose limits bind: the limits as cuts, a first answer, and the lists.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is of a row, entry, cut or class that was made here"
)]

use super::{Class, Cut, FORCED, GROUPS, Near, Page, Search, id};
use crate::placement::{
    assignment::{Entry, NONE, Paths, Row},
    problem::Problem,
    ranking::Ranked,
    solver::{Spot, weight},
};

/// The groups of a contender whose limits have no bit: no row admits it.
const UNKNOWN: u64 = u64::MAX;

impl Search {
    /// Finds who fits the page and which limits can bind there. `false` when these are too many: contenders of the
    /// others are then left out.
    pub(super) fn cut(&mut self, page: &mut Page<'_>, forced: Option<u16>) -> bool {
        let Page { problem, spots, .. } = page;
        let seats = id(page.rows.len());
        self.bits.clear();
        self.bits.resize(problem.limits.len(), (0, 0));
        self.near.clear();
        self.slots.clear();
        self.slots.resize(problem.slots.len().div_ceil(64), 0);
        for spot in *spots {
            self.slots[usize::from(spot.slot / 64)] |= 1 << (spot.slot % 64);
        }
        for ranked in page
            .ranking
            .iter()
            .filter(|ranked| Some(ranked.contender) != forced)
        {
            if problem.fits.any(ranked.contender, &self.slots) {
                self.near(problem, *ranked, seats);
            }
        }
        if let Some(contender) = forced {
            self.near(problem, Ranked::new(contender, 0.0), seats);
        }
        self.cuts.clear();
        let mut count = 0;
        for ((bit, members), limit) in self.bits.iter_mut().zip(problem.limits) {
            let most = limit
                .most
                .map(u32::from)
                .filter(|most| *most < seats.min(*members));
            if *members == 0 || most.is_none() && !limit.apart {
                continue;
            }
            count += 1;
            if count > GROUPS {
                *bit = UNKNOWN;
                continue;
            }
            let group = 1 << (count - 1);
            *bit = group;
            if let Some(most) = most {
                self.cuts.push(Cut {
                    group,
                    first: 0,
                    end: seats,
                    most,
                    price: 0,
                    over: 0,
                });
            }
            if limit.apart {
                // Every longest stretch of slots that are all each other's neighbours.
                let (mut first, mut longest) = (0, 0);
                for (index, spot) in spots.iter().enumerate() {
                    let reach = spot.position.saturating_add(1);
                    let near = spots[index..]
                        .iter()
                        .take_while(|next| next.position <= reach);
                    let end = first + near.map(|next| next.seats).sum::<u32>();
                    if end > longest {
                        self.cuts.push(Cut {
                            group,
                            first,
                            end,
                            most: 1,
                            price: 0,
                            over: 0,
                        });
                        longest = end;
                    }
                    first += spot.seats;
                }
            }
        }
        page.paths.spend(page.ranking.len());
        self.classes.clear();
        let mask = (2 * self.near.len()).next_power_of_two() - 1;
        self.class_at.clear();
        self.class_at.resize(mask + 1, NONE);
        for near in &mut self.near {
            let of = problem.contenders[usize::from(near.ranked.contender)].groups;
            near.groups = of.iter().fold(0, |all, group| {
                all | self.bits.get(group).map_or(0, |bit| bit.0)
            });
            // Fibonacci hashing.
            let hash = near.groups.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
            let mut at = usize::try_from(hash).unwrap_or(0) & mask;
            let class = loop {
                let class = self.class_at[at];
                let groups = self.classes.get(class as usize).map(|class| class.groups);
                if groups.is_none_or(|groups| groups == near.groups) {
                    break class;
                }
                at = (at + 1) & mask;
            };
            near.class = class;
            if class == NONE {
                let whole =
                    |cut: &&Cut| near.groups & cut.group != 0 && cut.first == 0 && cut.end == seats;
                let most = self
                    .cuts
                    .iter()
                    .filter(whole)
                    .map(|cut| cut.most)
                    .min()
                    .unwrap_or(seats);
                let most = if near.groups == UNKNOWN { 0 } else { most };
                self.classes.push(Class {
                    groups: near.groups,
                    most,
                    listed: 0,
                });
                near.class = id(self.classes.len() - 1);
                self.class_at[at] = near.class;
            }
        }
        count <= GROUPS
    }

    fn near(&mut self, problem: &Problem<'_>, ranked: Ranked, seats: u32) {
        let contender = problem.contenders[usize::from(ranked.contender)];
        for group in contender.groups.iter() {
            if let Some((_, members)) = self.bits.get_mut(group) {
                *members += if contender.repeat { seats } else { 1 };
            }
        }
        self.near.push(Near {
            ranked,
            repeat: contender.repeat,
            groups: 0,
            class: 0,
        });
    }

    /// A first answer: row by row, the best that is free and breaks no cut.
    pub(super) fn greedy(&mut self, page: &mut Page<'_>) {
        self.best.clear();
        self.best.resize(page.rows.len(), NONE);
        self.best_value = 0;
        self.cuts.iter_mut().for_each(|cut| cut.over = 0);
        // Who is no use for a seat is none for the slot's next.
        let (mut slot, mut nears) = (NONE, [].iter());
        let mut full = 0;
        for index in page.order {
            let row = page.rows[*index as usize];
            let spot = &page.spots[(row.spot - page.first_spot) as usize];
            if row.spot != slot {
                (slot, nears) = (row.spot, self.near.iter());
                page.paths.spend(self.near.len() + self.cuts.len());
                full = self.cuts.iter().fold(0, |full, cut| {
                    let here = cut.first <= *index && *index < cut.end;
                    let shut = here && cut.over >= i64::from(cut.most);
                    full | if shut { cut.group } else { 0 }
                });
            }
            let free = nears.find(|near| {
                let contender = near.ranked.contender;
                near.groups & full == 0
                    && near.groups != UNKNOWN
                    && page.problem.fits.has(contender, spot.slot)
                    && (near.repeat || page.paths.owner[usize::from(contender)] == NONE)
            });
            let Some(near) = free else {
                continue;
            };
            let entry = near.entry(spot, page.scale, page.paths);
            self.best[*index as usize] = id(page.entries.len());
            self.best_value += entry.weight;
            page.paths.owner[entry.column as usize] = *index;
            page.entries.push(entry);
            if near.groups != 0 {
                page.paths.spend(self.cuts.len());
                for cut in &mut self.cuts {
                    if near.groups & cut.group != 0 && cut.first <= *index && *index < cut.end {
                        cut.over += 1;
                        if cut.over >= i64::from(cut.most) {
                            full |= cut.group;
                        }
                    }
                }
            }
        }
        for at in &self.best {
            if let Some(entry) = page.entries.get(*at as usize) {
                page.paths.owner[entry.column as usize] = NONE;
            }
        }
    }

    /// Lists what fits each slot and may be in an answer that is better than the first by less than `gap`.
    ///
    /// Of a class (same groups) the best `most` that fit a slot are enough, where `most` is how many of the
    /// class a page can hold: when an answer has another of the class there, one of the best stands nowhere
    /// on the page, since at most `most - 1` others of the class do; in its place it is worth no less and counts
    /// for the same groups. And what loses more against the prices without limits than the first answer does
    /// cannot be in a better one. (The prices hold for all: every list had one that was free.)
    pub(super) fn list(&mut self, page: &mut Page<'_>, gap: Option<i64>) {
        self.tuned = false;
        let mut row = 0;
        for (index, spot) in (page.first_spot..).zip(page.spots) {
            page.paths.spend(self.near.len());
            self.classes.iter_mut().for_each(|class| class.listed = 0);
            let rows = &mut page.rows[row..row + spot.seats as usize];
            let first = id(page.entries.len());
            let least = match (gap, rows.first()) {
                (Some(gap), Some(row)) => row.u - gap,
                _ => i64::MIN,
            };
            for near in &self.near {
                let class = &mut self.classes[near.class as usize];
                let forced = near.ranked.forced();
                if (class.listed < class.most || forced)
                    && page.problem.fits.has(near.ranked.contender, spot.slot)
                {
                    class.listed += 1;
                    let mut entry = near.entry(spot, page.scale, page.paths);
                    if forced {
                        (entry.weight, entry.net, entry.groups) = (0, 0, entry.groups | FORCED);
                    } else if entry.weight <= least {
                        break;
                    }
                    page.entries.push(entry);
                }
            }
            let end = id(page.entries.len());
            rows.fill(Row {
                spot: index,
                first,
                end,
                taken: NONE,
                ..Row::default()
            });
            row += spot.seats as usize;
        }
    }
}

impl Near {
    fn entry(&self, spot: &Spot, scale: f64, paths: &mut Paths) -> Entry {
        let weight = weight(self.ranked.score() * spot.prominence, scale);
        Entry {
            contender: self.ranked.contender,
            column: paths.column(self.ranked.contender, self.repeat),
            weight,
            net: weight,
            groups: self.groups,
        }
    }
}
