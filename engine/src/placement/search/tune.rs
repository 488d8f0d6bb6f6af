//! What a place in a cut costs: prices with which the bound is low.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is of a row, entry, cut or class that was made here"
)]

use super::{FORCED, GROUPS, Page, Search, each, id};
use crate::placement::{
    assignment::{Assignment, NONE, Row},
    solver::{insertion_sort, steps},
};

/// Steps towards the best prices of the cuts.
const ROUNDS: u32 = 80;

impl Search {
    /// Finds prices of the cuts with which the bound is low (the Lagrangian dual, by Polyak's subgradient steps), then
    /// drops what cannot be in a better answer.
    pub(super) fn tune(&mut self, page: &mut Page<'_>) {
        // The answer's entries stay, whatever happens to the lists.
        for at in &mut self.best {
            if let Some(entry) = page.entries.get(*at as usize).copied() {
                *at = id(page.entries.len());
                page.entries.push(entry);
            }
        }
        page.paths.unsorted = true;
        self.tuned = true;
        let mut best = i64::MAX;
        let mut prices: Vec<i64> = Vec::new();
        let (mut stride, mut stale) = (1.0, 0);
        for _ in 0..ROUNDS {
            page.rows.copy_from_slice(&self.start);
            self.charge(page);
            let mut assignment = Assignment {
                rows: page.rows,
                entries: page.entries,
                paths: page.paths,
            };
            let done = page
                .order
                .iter()
                .all(|row| assignment.insert(*row as usize));
            assignment.release();
            if !done || assignment.paths.steps == 0 {
                break;
            }
            let bound = self.bound(&mut assignment);
            stale += 1;
            if bound < best {
                (best, stale) = (bound, 0);
                prices.clear();
                prices.extend(self.cuts.iter().map(|cut| cut.price));
            }
            if best <= self.best_value {
                break;
            }
            if stale == 4 {
                (stride, stale) = (stride / 2.0, 0);
            }
            self.taken.clear();
            self.taken.extend(page.rows.iter().map(|row| row.taken));
            let mut squares = 0;
            for cut in &mut self.cuts {
                page.paths.spend(cut.len());
                cut.over = i64::from(cut.count(&self.taken, page.entries)) - i64::from(cut.most);
                if cut.over > 0 || cut.price > 0 {
                    squares += cut.over.pow(2);
                }
            }
            if squares == 0 {
                break;
            }
            let step = steps(stride * number(bound - self.best_value) / number(squares)).max(1);
            for cut in &mut self.cuts {
                cut.price = (cut.price + step * cut.over).max(0);
            }
        }
        for (cut, price) in self.cuts.iter_mut().zip(&prices) {
            cut.price = *price;
        }
        self.charge(page);
        self.drop(page);
        page.paths.unsorted = false;
    }

    /// Takes what the cuts cost off the weights.
    fn charge(&self, page: &mut Page<'_>) {
        let mut row = 0;
        for spot in page.spots {
            page.paths.spend(self.cuts.len());
            let mut costs = [0; GROUPS as usize + 1];
            for cut in &self.cuts {
                if cut.first <= row && row < cut.end {
                    costs[cut.group.trailing_zeros() as usize] += cut.price;
                }
            }
            let Row { first, end, .. } = page.rows[row as usize];
            page.paths.spend((end - first) as usize);
            for entry in &mut page.entries[first as usize..end as usize] {
                entry.net = entry.weight;
                each(entry.groups, |bit| entry.net -= costs[bit]);
            }
            row += spot.seats;
        }
    }

    /// Drops the entries with which no answer is better than the best so far, and sorts the others.
    fn drop(&mut self, page: &mut Page<'_>) {
        page.rows.copy_from_slice(&self.start);
        let mut assignment = Assignment {
            rows: page.rows,
            entries: page.entries,
            paths: page.paths,
        };
        let priced = page
            .order
            .iter()
            .all(|row| assignment.insert(*row as usize));
        let gap = if priced {
            self.bound(&mut assignment) - self.best_value
        } else {
            i64::MAX
        };
        let mut row = 0;
        for spot in page.spots {
            let Row { first, end, u, .. } = page.rows[row];
            let list = &mut page.entries[first as usize..end as usize];
            let mut kept = 0;
            for at in 0..list.len() {
                let entry = list[at];
                let owner = page.paths.owner[entry.column as usize];
                let v = page.rows.get(owner as usize).map_or(0, |row| row.v);
                if entry.net > (u + v).saturating_sub(gap) || entry.groups & FORCED != 0 {
                    list[kept] = entry;
                    kept += 1;
                }
            }
            let left = page.paths.steps;
            let mut looked = u64::from(end - first);
            // When the work is used up, nobody looks at the lists any more.
            insertion_sort(&mut list[..kept], |a, b| {
                looked += 1;
                looked < left && a.net > b.net
            });
            page.paths.steps = left.saturating_sub(looked);
            for seat in row..row + spot.seats as usize {
                self.start[seat].end = first + id(kept);
            }
            row += spot.seats as usize;
        }
        // By what the rows had: their entries may be elsewhere now.
        page.paths.owner.fill(NONE);
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a step's length need not be exact, only the same everywhere"
)]
fn number(steps: i64) -> f64 {
    steps as f64
}
