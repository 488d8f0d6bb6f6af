//! One page whose limits bind: branch and bound over assignments.
//!
//! A limit is one or more *cuts*: of a group, at most so many stand in a stretch of the page's seats. The
//! assignment without cuts bounds what is possible from above. Where it breaks a cut, one seat of the
//! stretch either belongs to the group (and when the cut is full, the other seats do not), or it does not;
//! both are looked into, unless their bound is no better than the best answer so far.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is of a row, entry, cut or class that was made here"
)]

mod list;
mod tune;

use super::{
    assignment::{Assignment, Entry, NONE, Paths, Row},
    problem::Problem,
    ranking::Ranked,
    solver::Spot,
};

/// How many limit groups may bind on one page: a bit each.
const GROUPS: u32 = 63;
/// The bit of the contender that is made to stand somewhere.
const FORCED: u64 = 1 << GROUPS;

/// Ways that are looked into before it is worth while to price the cuts.
const QUICK: u32 = 24;

/// Of the group, at most so many in a stretch of rows.
#[derive(Clone, Copy, Debug)]
struct Cut {
    group: u64,
    first: u32,
    end: u32,
    most: u32,
    /// What one of the group costs in this stretch.
    price: i64,
    /// How many more of the group stand there than may; scratch.
    over: i64,
}

impl Cut {
    /// How many rows it is about.
    fn len(&self) -> usize {
        (self.end - self.first) as usize
    }

    /// How many of the group the stretch has room for, as far as is decided.
    fn room(&self, rows: &[Row]) -> u32 {
        let open = rows[self.first as usize..self.end as usize].iter();
        self.most.min(id(open
            .filter(|row| row.must_not & self.group == 0)
            .count()))
    }

    fn count(&self, taken: &[u32], entries: &[Entry]) -> u32 {
        let stretch = taken[self.first as usize..self.end as usize].iter();
        let held = stretch.filter_map(|at| entries.get(*at as usize));
        id(held.filter(|entry| entry.groups & self.group != 0).count())
    }
}

/// A contender that fits somewhere on the page.
#[derive(Clone, Copy, Debug)]
struct Near {
    ranked: Ranked,
    repeat: bool,
    groups: u64,
    class: u32,
}

/// Contenders that may be exchanged for each other as far as limits go.
#[derive(Clone, Copy, Debug)]
struct Class {
    groups: u64,
    /// How many of them one page can hold.
    most: u32,
    listed: u32,
}

/// Another way that is still to be looked into: `row` without the group.
#[derive(Clone, Copy, Debug)]
struct Fork {
    row: u32,
    group: u64,
}

/// Lists for the search, kept between decisions.
#[derive(Clone, Debug, Default)]
pub struct Search {
    bits: Vec<(u64, u32)>,
    cuts: Vec<Cut>,
    near: Vec<Near>,
    slots: Vec<u64>,
    classes: Vec<Class>,
    /// Where each class is, by its groups: a hash table, half full at most.
    class_at: Vec<u32>,
    start: Vec<Row>,
    taken: Vec<u32>,
    saved: Vec<Row>,
    forks: Vec<Fork>,
    best: Vec<u32>,
    best_value: i64,
    /// How many entries and columns there were before the lists, and whether these are no longer as they were made.
    before: (usize, usize),
    tuned: bool,
}

/// A page to solve.
pub struct Page<'a> {
    /// The view.
    pub problem: &'a Problem<'a>,
    /// The contenders that may be placed, the best first.
    pub ranking: &'a [Ranked],
    /// The page's slots.
    pub spots: &'a [Spot],
    /// Position of the first of them.
    pub first_spot: u32,
    /// The page's rows.
    pub rows: &'a mut [Row],
    /// Rows in the order in which they are let in.
    pub order: &'a [u32],
    /// Steps of weight per worth.
    pub scale: f64,
    /// All entries; the page's are appended.
    pub entries: &'a mut Vec<Entry>,
    /// Scratch.
    pub paths: &'a mut Paths,
}

impl Search {
    /// Gives the rows the best that they can have within the limits, or the best found before the work is used
    /// up (`false`). `bound` is what the page is worth without limits, where the rows' prices prove it.
    pub fn solve(&mut self, page: &mut Page<'_>, bound: Option<i64>) -> bool {
        let all = self.cut(page, None);
        self.greedy(page);
        let gap = bound.map(|bound| bound - self.best_value);
        self.list(page, gap);
        self.restrict(page.rows);
        let proven = self.branch(page);
        for (row, taken) in page.rows.iter_mut().zip(&self.best) {
            row.taken = *taken;
        }
        all && proven
    }

    /// The worth of the answer, in steps.
    pub fn value(&self) -> i64 {
        self.best_value
    }

    /// Lists the page anew, to [force](Self::force) a contender that stands nowhere on it. `false` as for `solve`.
    pub fn list_without(&mut self, page: &mut Page<'_>, contender: u16) -> bool {
        let all = self.cut(page, Some(contender));
        self.before = (page.entries.len(), page.paths.columns());
        self.list(page, None);
        all
    }

    /// Makes the contender stand in `row`, and gives the worth of all others if it is more than `least`; and whether
    /// the work was enough to be sure.
    pub fn force(&mut self, page: &mut Page<'_>, row: usize, least: i64) -> (Option<i64>, bool) {
        if self.tuned {
            // The last search dropped what could not be in its answer.
            page.entries.truncate(self.before.0);
            page.paths.truncate(self.before.1);
            self.list(page, None);
        }
        for row in page.rows.iter_mut() {
            *row = Row {
                spot: row.spot,
                first: row.first,
                end: row.end,
                taken: NONE,
                must_not: FORCED,
                ..Row::default()
            };
        }
        self.restrict(page.rows);
        (page.rows[row].must, page.rows[row].must_not) =
            (FORCED, page.rows[row].must_not & !FORCED);
        self.best.clear();
        self.best_value = least;
        let proven = self.branch(page);
        ((self.best_value > least).then_some(self.best_value), proven)
    }

    /// Keeps out what may not be there at all.
    fn restrict(&self, rows: &mut [Row]) {
        for cut in self.cuts.iter().filter(|cut| cut.most == 0) {
            rows.iter_mut().for_each(|row| row.must_not |= cut.group);
        }
    }

    /// Looks into every way that may be better than the best so far. `false` when the work is used up before.
    fn branch(&mut self, page: &mut Page<'_>) -> bool {
        self.start.clear();
        self.start.extend_from_slice(page.rows);
        let mut ways = QUICK;
        let mut proven = self.dive(page, ways);
        // A better answer makes for better prices, and the other way round.
        while !proven && page.paths.steps > 0 {
            self.tune(page);
            ways *= 4;
            proven = self.dive(page, ways);
        }
        self.cuts.iter_mut().for_each(|cut| cut.price = 0);
        proven
    }

    /// The same, as far as `ways` ways.
    fn dive(&mut self, page: &mut Page<'_>, mut ways: u32) -> bool {
        self.saved.clear();
        self.forks.clear();
        let order = page.order;
        page.rows.copy_from_slice(&self.start);
        let mut page = Assignment {
            rows: page.rows,
            entries: page.entries,
            paths: page.paths,
        };
        let mut alive = order.iter().all(|row| page.insert(*row as usize));
        loop {
            // To add up, save, release and restore all rows.
            page.paths.spend(4 * page.rows.len());
            if alive && page.paths.steps > 0 && self.bound(&mut page) > self.best_value {
                let (broken, slack) = self.look(&mut page);
                if broken.is_none() && page.value() > self.best_value {
                    self.best.clear();
                    self.best.extend(page.rows.iter().map(|row| row.taken));
                    self.best_value = page.value();
                }
                if let Some(fork) =
                    broken.or(slack.filter(|_| self.bound(&mut page) > self.best_value))
                {
                    self.saved.extend_from_slice(page.rows);
                    self.forks.push(fork);
                    alive = self.decide(&mut page, fork, true);
                    continue;
                }
            }
            page.release();
            let spent = page.paths.steps == 0 || ways == 0;
            let Some(fork) = self.forks.pop().filter(|_| !spent) else {
                return !spent;
            };
            ways -= 1;
            let start = self.saved.len() - page.rows.len();
            page.rows.copy_from_slice(&self.saved[start..]);
            self.saved.truncate(start);
            page.retake();
            alive = self.decide(&mut page, fork, false);
        }
    }

    /// What no answer within the rows' decisions is worth more than: what the assignment is worth net of the cuts'
    /// prices, and the prices of all that the cuts have room for.
    fn bound(&self, page: &mut Assignment<'_>) -> i64 {
        let rows = &*page.rows;
        let mut looked = rows.len() + self.cuts.len();
        let net: i64 = rows.iter().map(|row| row.u + row.v).sum();
        let mut shut = [0; GROUPS as usize + 1];
        for row in rows {
            each(row.must_not & !FORCED, |bit| shut[bit] += 1);
        }
        let priced = self.cuts.iter().filter(|cut| cut.price > 0);
        let mut room = |cut: &Cut| {
            // More room than that for any that are shut.
            let least =
                (cut.end - cut.first).saturating_sub(shut[cut.group.trailing_zeros() as usize]);
            if least >= cut.most {
                cut.most
            } else {
                looked += cut.len();
                cut.room(rows)
            }
        };
        let rooms: i64 = priced.map(|cut| cut.price * i64::from(room(cut))).sum();
        page.paths.spend(looked);
        net + rooms
    }

    /// Where to decide next: the heaviest row not decided of the cut that is broken most, and a row not
    /// decided of a cut that has a price and room.
    fn look(&self, page: &mut Assignment<'_>) -> (Option<Fork>, Option<Fork>) {
        let mut looked = page.rows.len() + self.cuts.len();
        let mut worst = (0, None);
        let mut slack = (0, None);
        let mut counts = [0; GROUPS as usize + 1];
        for row in page.rows.iter() {
            let entry = page.entries.get(row.taken as usize);
            each(entry.map_or(0, |entry| entry.groups), |bit| {
                counts[bit] += 1
            });
        }
        for cut in &self.cuts {
            let group = cut.group;
            // Most cuts are kept, and those of whole pages are long.
            let on_page = counts[group.trailing_zeros() as usize];
            if on_page <= cut.most
                && (cut.price == 0
                    || cut.most == on_page && cut.end - cut.first == id(page.rows.len()))
            {
                continue;
            }
            looked += cut.len();
            let mut held = 0;
            let mut heaviest = (-1, 0);
            let mut open = None;
            for row in cut.first..cut.end {
                let seat = &page.rows[row as usize];
                let entry = page.entries.get(seat.taken as usize);
                if let Some(entry) = entry.filter(|entry| entry.groups & group != 0) {
                    held += 1;
                    if seat.must & group == 0 && entry.weight > heaviest.0 {
                        heaviest = (entry.weight, row);
                    }
                } else if seat.must_not & group == 0 {
                    open = open.or(Some(Fork { row, group }));
                }
            }
            if held > cut.most && held - cut.most > worst.0 {
                worst = (
                    held - cut.most,
                    Some(Fork {
                        row: heaviest.1,
                        group,
                    }),
                );
            }
            let idle = cut.price * i64::from(cut.most.saturating_sub(held));
            if idle > slack.0 && open.is_some() {
                slack = (idle, open);
            }
        }
        page.paths.spend(looked);
        (worst.1, slack.1)
    }

    /// Decides whether a row belongs to a group, and what follows. `false` when that cannot be.
    fn decide(&self, page: &mut Assignment<'_>, fork: Fork, inside: bool) -> bool {
        let Fork { row, group } = fork;
        if !inside {
            page.rows[row as usize].must_not |= group;
            return page.repair(row as usize);
        }
        page.rows[row as usize].must |= group;
        if !page.repair(row as usize) {
            return false;
        }
        page.paths.spend(self.cuts.len());
        for cut in &self.cuts {
            if cut.group != group || row < cut.first || row >= cut.end {
                continue;
            }
            page.paths.spend(cut.len());
            let stretch = cut.first as usize..cut.end as usize;
            let decided = page.rows[stretch.clone()]
                .iter()
                .filter(|row| row.must & group != 0)
                .count();
            if id(decided) > cut.most {
                return false;
            }
            if id(decided) == cut.most {
                for other in stretch {
                    if page.rows[other].must & group == 0 {
                        page.rows[other].must_not |= group;
                        if !page.repair(other) {
                            return false;
                        }
                    }
                }
            }
        }
        true
    }
}

/// Calls `of` with the position of each bit.
fn each(mut bits: u64, mut of: impl FnMut(usize)) {
    while bits != 0 {
        of(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "rows and entries of a page are fewer than 2³²"
)]
fn id(count: usize) -> u32 {
    count as u32
}
