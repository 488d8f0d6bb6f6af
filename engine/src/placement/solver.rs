//! Solves a view, page by page, and keeps its lists between decisions.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is of a slot, contender or list entry that was checked when it was listed"
)]

use std::ops::Range;

use super::{
    assignment::{Assignment, Entry, FAR, NONE, Paths, Row, Way},
    counts::Counts,
    problem::{Problem, Slot},
    ranking::Ranking,
    search::{self, Search},
};
use crate::limits::{PLACEHOLDERS, PLACEMENT_STEPS};

/// The most that one placeholder shows.
const CAPACITY: u8 = 16;

/// A contender in a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// Position of the slot.
    pub slot: u16,
    /// Position of the contender.
    pub contender: u16,
    /// What it is worth there: score × prominence.
    pub worth: f64,
}

/// A slot that is to be filled.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    /// Position of the slot.
    pub slot: u16,
    page: u16,
    /// Its place in the page's order.
    pub position: u16,
    /// How many it shows.
    pub seats: u32,
    /// How much an action gains by standing here.
    pub prominence: f64,
    /// Where its list of contenders starts, how long it is and how long it may get.
    first: u32,
    listed: u32,
    wanted: u32,
    /// Position of its page among those to fill.
    sheet: u32,
}

/// Places contenders. Keep it between decisions: its lists are reused.
#[derive(Clone, Debug, Default)]
pub struct Solver {
    pub(super) spots: Vec<Spot>,
    pub(super) spot_of: Vec<u32>,
    open: Vec<u64>,
    pub(super) ranking: Ranking,
    pub(super) entries: Vec<Entry>,
    pub(super) rows: Vec<Row>,
    pub(super) pages: Vec<Page>,
    pub(super) order: Vec<u32>,
    pub(super) paths: Paths,
    pub(super) counts: Counts,
    pub(super) search: Search,
    /// For each spot, what its page would lose without a seat of it, and which row that is; a lower bound where limits
    /// bind, and [`FAR`] where nobody asked yet.
    pub(super) losses: Vec<(i64, u32)>,
    /// For each row, how its seat gets free; made with the prices.
    pub(super) ways: Vec<Way>,
    /// For each spot, the score that its cheapest seat costs. Empty until somebody asks.
    pub(super) prices: Vec<f64>,
    /// Whether each contender was placed.
    pub(super) stands: Vec<bool>,
    /// The slots asked for, as bits.
    pub(super) asked: Vec<u64>,
    pub(super) placed: Vec<Placed>,
}

/// A page, as ranges of spots and rows.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    pub first_spot: u32,
    pub end_spot: u32,
    pub first_row: u32,
    pub end_row: u32,
    /// Steps of weight per worth.
    pub scale: f64,
    /// Whether no limit binds, and the prices of its rows prove its answer.
    pub priced: bool,
    /// Whether its answer is proven.
    pub optimal: bool,
    /// Whether the one who asks was here already.
    pub passed: bool,
}

impl Page {
    pub fn spots(&self) -> Range<usize> {
        self.first_spot as usize..self.end_spot as usize
    }

    pub fn rows(&self) -> Range<usize> {
        self.first_row as usize..self.end_row as usize
    }
}

/// An answer.
#[derive(Debug)]
pub struct Solution<'a> {
    pub(super) solver: &'a mut Solver,
    pub(super) problem: Problem<'a>,
}

impl Solution<'_> {
    /// What stands where, by slot, the best of a slot first.
    pub fn placed(&self) -> &[Placed] {
        &self.solver.placed
    }

    /// The sum of what all are worth.
    pub fn total(&self) -> f64 {
        self.solver.placed.iter().map(|placed| placed.worth).sum()
    }

    /// Whether it is proven that no other answer is worth more. Without that, it is the best that was found in
    /// [`PLACEMENT_STEPS`] steps.
    pub fn optimal(&self) -> bool {
        self.solver.pages.iter().all(|page| page.optimal)
    }
}

impl Solver {
    /// Finds the answer that is worth most.
    pub fn solve<'a>(&'a mut self, problem: &Problem<'a>) -> Solution<'a> {
        self.ask(problem);
        let known = problem.contenders.len().min(problem.scores.len());
        self.ranking.fill(&problem.scores[..known]);
        self.list(problem);
        self.paths.steps = PLACEMENT_STEPS;
        self.prices.clear();
        self.stands.clear();
        self.stands.resize(problem.contenders.len(), false);
        self.losses.clear();
        self.losses.resize(self.spots.len(), (FAR, 0));
        self.placed.clear();
        for page in 0..self.pages.len() {
            self.solve_page(problem, page);
        }
        // Pages mostly come in the order of their slots already.
        insertion_sort(&mut self.placed, |a, b| {
            (a.slot, !a.worth.to_bits(), a.contender) < (b.slot, !b.worth.to_bits(), b.contender)
        });
        Solution {
            solver: self,
            problem: *problem,
        }
    }

    /// The position of a spot's page.
    pub(super) fn page_of(&self, spot: usize) -> usize {
        self.spots[spot].sheet as usize
    }

    /// Orders the slots asked for by page and position.
    fn ask(&mut self, problem: &Problem<'_>) {
        self.spots.clear();
        for slot in problem.asked.iter().take(PLACEHOLDERS) {
            if let Some(&Slot {
                page,
                position,
                capacity,
                prominence,
            }) = problem.slots.get(usize::from(*slot))
                && capacity > 0
                && prominence > 0.0
                && prominence.is_finite()
            {
                self.spots.push(Spot {
                    slot: *slot,
                    page,
                    position,
                    seats: u32::from(capacity.min(CAPACITY)),
                    prominence,
                    first: 0,
                    listed: 0,
                    wanted: 0,
                    sheet: 0,
                });
            }
        }
        insertion_sort(&mut self.spots, |a, b| {
            (a.page, a.position, a.slot) < (b.page, b.position, b.slot)
        });
        self.spots.dedup_by_key(|spot| spot.slot);
    }

    /// Lists the best contenders that fit each slot, as many as its page has seats and one more.
    ///
    /// No others are needed where no limit binds: when an answer has another in the slot, one of these stands
    /// nowhere on the page; in its place it is worth no less. And as one of them is always free, the prices
    /// that prove the answer hold for those not listed too.
    fn list(&mut self, problem: &Problem<'_>) {
        self.pages.clear();
        self.rows.clear();
        self.spot_of.clear();
        self.spot_of.resize(problem.slots.len(), 0);
        self.open.clear();
        self.open.resize(problem.slots.len().div_ceil(64), 0);
        let mut room = 0;
        let mut left = self.spots.len();
        let contenders = id(self.ranking.all().len());
        let mut page_start = 0;
        let mut index = 0;
        for spots in self.spots.chunk_by_mut(|a, b| a.page == b.page) {
            let seats: u32 = spots.iter().map(|spot| spot.seats).sum();
            let first_row = id(self.rows.len());
            for spot in spots.iter_mut() {
                spot.first = room;
                spot.sheet = id(self.pages.len());
                spot.wanted = (seats + 1).min(contenders);
                room += spot.wanted;
                self.spot_of[usize::from(spot.slot)] = index;
                self.open[usize::from(spot.slot / 64)] |= 1 << (spot.slot % 64);
                let row = Row {
                    spot: index,
                    taken: NONE,
                    ..Row::default()
                };
                self.rows.resize(self.rows.len() + spot.seats as usize, row);
                index += 1;
            }
            self.pages.push(Page {
                first_spot: page_start,
                end_spot: index,
                first_row,
                end_row: first_row + seats,
                scale: 0.0,
                priced: true,
                optimal: true,
                passed: false,
            });
            page_start = index;
        }
        self.asked.clone_from(&self.open);
        self.paths.restart(problem.contenders.len());
        // What stood there before is written over.
        self.entries.resize(room as usize, Entry::default());
        for ranked in self.ranking.all() {
            if left == 0 {
                break;
            }
            let repeat = problem.contenders[usize::from(ranked.contender)].repeat;
            let words = problem.fits.of(ranked.contender).iter().zip(&mut self.open);
            for (word, (fits, open)) in words.enumerate() {
                let mut hits = fits & *open;
                while hits != 0 {
                    let bit = hits.trailing_zeros();
                    hits &= hits - 1;
                    let spot = &mut self.spots[self.spot_of[word * 64 + bit as usize] as usize];
                    self.entries[(spot.first + spot.listed) as usize] = Entry {
                        contender: ranked.contender,
                        column: self.paths.column(ranked.contender, repeat),
                        weight: 0,
                        net: 0,
                        groups: 0,
                    };
                    spot.listed += 1;
                    if spot.listed == spot.wanted {
                        *open &= !(1 << bit);
                        left -= 1;
                    }
                }
            }
        }
    }

    fn solve_page(&mut self, problem: &Problem<'_>, index: usize) {
        let page = &mut self.pages[index];
        let spots = &self.spots[page.spots()];
        let rows = &mut self.rows[page.rows()];
        let mut greatest = 0.0_f64;
        for spot in spots.iter().filter(|spot| spot.listed > 0) {
            let best = self.entries[spot.first as usize].contender;
            let worth = problem.scores[usize::from(best)] * spot.prominence;
            if worth > greatest {
                greatest = worth;
            }
        }
        page.scale = scale(greatest, rows.len());
        let mut row = 0;
        for spot in spots {
            let end = spot.first + spot.listed;
            for entry in &mut self.entries[spot.first as usize..end as usize] {
                entry.weight = weight(
                    problem.scores[usize::from(entry.contender)] * spot.prominence,
                    page.scale,
                );
                entry.net = entry.weight;
            }
            for seat in &mut rows[row..row + spot.seats as usize] {
                (seat.first, seat.end) = (spot.first, end);
            }
            row += spot.seats as usize;
        }
        order(rows, &self.spots, &mut self.order);
        let mut assignment = Assignment {
            rows,
            entries: &self.entries,
            paths: &mut self.paths,
        };
        let priced = self
            .order
            .iter()
            .all(|row| assignment.insert(*row as usize));
        let bound = priced.then(|| assignment.rows.iter().map(|row| row.u + row.v).sum::<i64>());
        let standing = assignment.rows.iter().filter_map(|row| {
            let entry = self.entries.get(row.taken as usize)?;
            Some((self.spots[row.spot as usize].position, entry.contender))
        });
        page.priced = priced && (problem.limits.is_empty() || self.counts.keep(problem, standing));
        page.optimal = page.priced;
        if priced && !page.priced {
            assignment.losses(&mut self.losses);
        }
        assignment.release();
        if !page.priced {
            let mut view = search::Page {
                problem,
                ranking: self.ranking.all(),
                spots,
                first_spot: page.first_spot,
                rows,
                order: &self.order,
                scale: page.scale,
                entries: &mut self.entries,
                paths: &mut self.paths,
            };
            page.optimal = self.search.solve(&mut view, bound);
            // Limits leave less to lose.
            let gap = bound.map_or(i64::MAX, |bound| bound - self.search.value());
            for (loss, _) in &mut self.losses[page.spots()] {
                *loss = loss.saturating_sub(gap);
            }
        }
        for row in &self.rows[page.rows()] {
            if let Some(entry) = self.entries.get(row.taken as usize) {
                let spot = &self.spots[row.spot as usize];
                self.stands[usize::from(entry.contender)] = true;
                let worth = problem.scores[usize::from(entry.contender)] * spot.prominence;
                self.placed.push(Placed {
                    slot: spot.slot,
                    contender: entry.contender,
                    worth: if worth < f64::MAX { worth } else { f64::MAX },
                });
            }
        }
    }
}

/// The rows of a page, the most prominent first: what they take they mostly keep.
pub fn order(rows: &[Row], spots: &[Spot], order: &mut Vec<u32>) {
    let spot = |row: u32| &spots[rows[row as usize].spot as usize];
    order.clear();
    let mut row = 0;
    while row < id(rows.len()) {
        order.push(row);
        row += spot(row).seats;
    }
    insertion_sort(order, |a, b| spot(*a).prominence > spot(*b).prominence);
    // From one row of each slot to all, from behind.
    let (mut first, mut end) = (order.len(), rows.len());
    order.resize(end, 0);
    while first > 0 {
        first -= 1;
        let row = order[first];
        for seat in (row..row + spot(row).seats).rev() {
            end -= 1;
            order[end] = seat;
        }
    }
}

/// Steps per worth: a power of two with which the greatest worth is below 2⁵², and the sum of all
/// seats of a page below 2⁶¹.
fn scale(greatest: f64, seats: usize) -> f64 {
    let bits = u64::from(seats.leading_zeros() + 61 - usize::BITS).min(52);
    let greatest = if greatest < f64::MAX {
        greatest
    } else {
        f64::MAX
    };
    let exponent = greatest.to_bits() >> 52;
    f64::from_bits((1023 + 1022 + bits).saturating_sub(exponent).clamp(1, 2046) << 52)
}

/// Worth in whole steps, not more than 2⁵² of them; what is worth something keeps at least one.
pub fn weight(worth: f64, scale: f64) -> i64 {
    /// From here on a number has no digits after the point: adding it rounds, in less time than a conversion takes.
    const WHOLE: f64 = 4_503_599_627_370_496.0;
    let worth = if worth < f64::MAX { worth } else { f64::MAX };
    let steps = (worth * scale + WHOLE).to_bits() - WHOLE.to_bits();
    steps.max(1).cast_signed()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "rounds down, and what is too large to the largest"
)]
pub fn steps(number: f64) -> i64 {
    number as i64
}

/// Sorts a list that is short or nearly in order, in little code.
pub fn insertion_sort<T: Copy>(list: &mut [T], mut less: impl FnMut(&T, &T) -> bool) {
    for end in 1..list.len() {
        let item = list[end];
        let mut at = end;
        while at > 0 && less(&item, &list[at - 1]) {
            list[at] = list[at - 1];
            at -= 1;
        }
        list[at] = item;
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "at most 256 slots of 16 seats and 65,535 contenders"
)]
fn id(count: usize) -> u32 {
    count as u32
}
