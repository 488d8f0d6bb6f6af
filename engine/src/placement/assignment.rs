//! One page as an assignment: seats (rows) take columns (contenders), each column once, and the sum of
//! the weights is greatest.
//!
//! Rows and columns carry prices, `u` and `v`, with `u + v ≥ weight` for each pair and equality for
//! the pairs taken; free columns and empty rows cost nothing. Such prices prove that no other assignment
//! is worth more. Each step (let a row in, forbid a row what it has) keeps that true by one
//! shortest path over the differences `u + v − weight` (Dijkstra), as Jonker and Volgenant do.
//!
//! The graph has a node for each row, reached by taking the column that the row has, and one for all
//! that is idle: a row that goes idle ends there, and columns are taken from there.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is of a row, entry or column that the solver made itself"
)]

/// No row, no entry.
pub const NONE: u32 = u32::MAX;
/// Out of reach.
pub const FAR: i64 = i64::MAX;

/// A contender that fits a slot.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entry {
    /// Whom it is about.
    pub contender: u16,
    /// What it takes: the contender itself, or its share of this slot when it may repeat.
    pub column: u32,
    /// Score × prominence, in the page's steps.
    pub weight: i64,
    /// What is assigned by: the weight, less what its limits cost.
    pub net: i64,
    /// The limit groups that it counts for, as bits.
    pub groups: u64,
}

/// A seat: a slot has as many rows as room.
#[derive(Clone, Copy, Debug, Default)]
pub struct Row {
    /// Position of its slot among those asked for.
    pub spot: u32,
    /// What fits: entries from here …
    pub first: u32,
    /// … to here, the heaviest first.
    pub end: u32,
    /// The entry that it has.
    pub taken: u32,
    /// Its price.
    pub u: i64,
    /// The price of the column that it has.
    pub v: i64,
    /// Groups that its entry must belong to.
    pub must: u64,
    /// Groups that its entry may not belong to.
    pub must_not: u64,
}

impl Row {
    fn admits(&self, entry: &Entry) -> bool {
        entry.groups & self.must == self.must && entry.groups & self.must_not == 0
    }
}

/// Lists for the shortest paths, and how much work may still be done.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    /// The row that has each column, [`NONE`] where it is free.
    pub owner: Vec<u32>,
    /// Entries that may still be looked at.
    pub steps: u64,
    /// Whether entries come in any order, and not the heaviest first by their net weight.
    pub unsorted: bool,
    nodes: Vec<Node>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    distance: i64,
    done: bool,
    /// The node before it on the path, and the entry that leads here.
    from: u32,
    entry: u32,
}

/// The last step of the way from the idle to a row.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// The row before, or one past the last row for the idle.
    from: u32,
    /// The entry that the row before takes.
    entry: u32,
}

impl Way {
    /// To where nobody has looked for a way.
    pub const NONE: Self = Self {
        from: NONE,
        entry: NONE,
    };
}

/// What the rows would have if another had `row`'s seat, which keeps what it has: its entry goes where it loses
/// least.
pub fn displaced(rows: &[Row], ways: &[Way], row: usize, taken: &mut Vec<u32>) {
    taken.clear();
    taken.extend(rows.iter().map(|row| row.taken));
    let mut node = row;
    // No way is longer than there are rows.
    for _ in rows {
        let Some(Way { from, entry }) = ways.get(node) else {
            break;
        };
        if let Some(taken) = taken.get_mut(*from as usize) {
            *taken = *entry;
        }
        node = *from as usize;
    }
}

impl Paths {
    /// Forgets all columns but one for each contender.
    pub fn restart(&mut self, contenders: usize) {
        self.owner.clear();
        self.owner.resize(contenders, NONE);
    }

    /// Counts what was looked at.
    pub fn spend(&mut self, work: usize) {
        self.steps = self.steps.saturating_sub(work as u64);
    }

    /// How many columns there are.
    pub fn columns(&self) -> usize {
        self.owner.len()
    }

    /// Forgets the columns after the first `columns`.
    pub fn truncate(&mut self, columns: usize) {
        self.owner.truncate(columns);
    }

    /// The column of a contender in a slot: its own, or a new one when it may repeat.
    pub fn column(&mut self, contender: u16, repeat: bool) -> u32 {
        if repeat {
            self.owner.push(NONE);
            id(self.owner.len() - 1)
        } else {
            u32::from(contender)
        }
    }
}

/// Assigns a page's rows.
pub struct Assignment<'a> {
    /// The page's rows.
    pub rows: &'a mut [Row],
    /// All entries.
    pub entries: &'a [Entry],
    /// Scratch.
    pub paths: &'a mut Paths,
}

impl Assignment<'_> {
    /// Lets an idle row in. `false` when the work is used up, or it must take what it cannot get.
    ///
    /// A free column gets as much of the row's gain for its price as the row would lose with its second choice: so
    /// whoever comes later and gains less by it looks elsewhere, and no path has to be searched.
    pub fn insert(&mut self, row: usize) -> bool {
        let seat = self.rows[row];
        let idle = if seat.must == 0 { 0 } else { i64::MIN };
        let (mut best, mut second) = ((idle, NONE), idle);
        let mut looked = 1;
        let mut free = 0;
        for at in seat.first..seat.end {
            let entry = &self.entries[at as usize];
            looked += 1;
            if !seat.admits(entry) {
                continue;
            }
            let owner = self.paths.owner[entry.column as usize];
            let price = if owner == NONE {
                0
            } else {
                self.rows[owner as usize].v
            };
            let gain = entry.net - price;
            // Of equals what is free.
            let ties = gain == best.0 && best.1 != NONE;
            if gain > best.0 || ties && free == 0 && owner == NONE {
                (best, second) = ((gain, at), best.0);
            } else if gain > second {
                second = gain;
            }
            free += u32::from(owner == NONE);
            // What follows weighs no more and costs no less.
            if free == 2 && !self.paths.unsorted {
                break;
            }
        }
        self.paths.spend(looked);
        let (gain, at) = best;
        if gain == i64::MIN {
            return false;
        }
        let seat = &mut self.rows[row];
        (seat.u, seat.v, seat.taken) = (gain, 0, NONE);
        if at == NONE {
            return true;
        }
        let column = self.entries[at as usize].column as usize;
        if self.paths.owner[column] == NONE {
            self.paths.owner[column] = id(row);
            seat.taken = at;
            if second > i64::MIN {
                (seat.u, seat.v) = (second, gain - second);
            }
            return true;
        }
        self.reroute(row)
    }

    /// Makes a row take something else when it may not keep what it has. `false` when it cannot, or the work is
    /// used up; the page is then in no order.
    pub fn repair(&mut self, row: usize) -> bool {
        let seat = &self.rows[row];
        let fine = match self.entries.get(seat.taken as usize) {
            Some(entry) => seat.admits(entry),
            None => seat.must == 0,
        };
        fine || self.reroute(row)
    }

    /// What all rows have is worth.
    pub fn value(&self) -> i64 {
        let taken = self
            .rows
            .iter()
            .filter_map(|row| self.entries.get(row.taken as usize));
        taken.map(|entry| entry.weight).sum()
    }

    /// Frees the columns of all rows.
    pub fn release(&mut self) {
        for row in 0..self.rows.len() {
            self.own(self.rows[row].taken, NONE);
        }
    }

    /// Takes the columns of all rows.
    pub fn retake(&mut self) {
        for row in 0..self.rows.len() {
            self.own(self.rows[row].taken, id(row));
        }
    }

    /// What the page would lose without a seat of each of its slots, and the row of that seat. A loss is the
    /// row's price and the way there from the idle. `false`, and nothing to lose, when the work is used up.
    pub fn losses(&mut self, slots: &mut [(i64, u32)]) -> bool {
        let known = self.search(self.rows.len(), None, 0);
        for (index, (row, node)) in self.rows.iter().zip(&self.paths.nodes).enumerate() {
            let loss = if known { row.u + node.distance } else { 0 };
            let slot = &mut slots[row.spot as usize];
            if loss < slot.0 {
                *slot = (loss, id(index));
            }
        }
        known
    }

    /// For each row the last step of the way there, once [`losses`](Self::losses) has found it.
    pub fn ways(&self) -> impl Iterator<Item = Way> + '_ {
        let nodes = self.paths.nodes.iter().take(self.rows.len());
        nodes.map(|Node { from, entry, .. }| Way {
            from: *from,
            entry: *entry,
        })
    }

    /// Moves along the shortest path from a row to what it gives back (to the idle when it has nothing).
    fn reroute(&mut self, source: usize) -> bool {
        let (idle, given) = (self.rows.len(), self.rows.len() + 1);
        let old = self.rows[source];
        let target = match self.entries.get(old.taken as usize) {
            Some(entry) => {
                self.paths.owner[entry.column as usize] = id(given);
                given
            }
            None => idle,
        };
        if !self.search(source, Some(target), old.v) {
            return false;
        }
        let nodes = &self.paths.nodes;
        let end = nodes[target].distance;
        // Prices follow the distances. The idle stay at nothing, so all move by what the idle would get.
        let gain = |node: &Node| end - node.distance.min(end);
        let idle_gain = gain(&nodes[idle]);
        for (row, node) in self.rows.iter_mut().zip(nodes) {
            let gain = gain(node) - idle_gain;
            row.u -= gain;
            row.v += if row.taken == NONE { 0 } else { gain };
        }
        let mut had = (
            old.taken,
            if target == given {
                old.v - idle_gain
            } else {
                0
            },
        );
        let mut node = target;
        while node != source {
            let Node { from, entry, .. } = self.paths.nodes[node];
            node = from as usize;
            if node == idle {
                self.own(had.0, NONE);
                had = (NONE, 0);
            } else {
                let row = &mut self.rows[node];
                let next = (row.taken, row.v);
                (row.taken, row.v) = (entry, had.1);
                had = next;
                self.own(entry, from);
            }
        }
        true
    }

    fn own(&mut self, entry: u32, owner: u32) {
        if let Some(entry) = self.entries.get(entry as usize) {
            self.paths.owner[entry.column as usize] = owner;
        }
    }

    /// Distances from `source` to all nodes, or to those nearer than `target`. `given` is the price of the
    /// column that the source gives back. `false` when the target is out of reach or the work is used up.
    fn search(&mut self, source: usize, target: Option<usize>, given: i64) -> bool {
        let (idle, count) = (self.rows.len(), self.rows.len() + 2);
        let Paths {
            owner,
            steps,
            unsorted,
            nodes,
        } = &mut *self.paths;
        // For the nodes, and the prices of the rows.
        *steps = steps.saturating_sub(count as u64);
        nodes.clear();
        nodes.resize(
            count,
            Node {
                distance: FAR,
                done: false,
                from: NONE,
                entry: NONE,
            },
        );
        nodes[source].distance = 0;
        let mut node = source;
        loop {
            let so_far = nodes[node].distance;
            nodes[node].done = true;
            let mut reach = |to: usize, distance: i64, entry: u32| {
                let next = &mut nodes[to];
                if distance < next.distance && !next.done {
                    (next.distance, next.from, next.entry) = (distance, id(node), entry);
                }
            };
            let mut work = count;
            if node == idle {
                for (to, row) in self.rows.iter().enumerate() {
                    reach(to, so_far + if row.taken == NONE { 0 } else { row.v }, NONE);
                }
                if target == Some(idle + 1) {
                    reach(idle + 1, so_far + given, NONE);
                }
            } else {
                let row = &self.rows[node];
                let base = so_far + row.u;
                if row.must == 0 {
                    reach(idle, base, NONE);
                }
                for at in row.first..row.end {
                    let entry = &self.entries[at as usize];
                    work += 1;
                    if !row.admits(entry) {
                        continue;
                    }
                    let owner = owner[entry.column as usize];
                    if owner == NONE {
                        reach(idle, base - entry.net, at);
                        // What follows weighs no more and costs no less: nothing nearer than the idle.
                        if target == Some(idle) && !*unsorted {
                            break;
                        }
                    } else {
                        let v = self.rows.get(owner as usize).map_or(given, |row| row.v);
                        reach(owner as usize, base + v - entry.net, at);
                    }
                }
            }
            match steps.checked_sub(work as u64) {
                Some(left) => *steps = left,
                None => {
                    *steps = 0;
                    return false;
                }
            }
            let mut nearest = (FAR, NONE);
            for (index, node) in nodes.iter().enumerate() {
                if !node.done && node.distance < nearest.0 {
                    nearest = (node.distance, id(index));
                }
            }
            if nearest.0 == FAR {
                return target.is_none();
            }
            node = nearest.1 as usize;
            if target == Some(node) {
                return true;
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "rows of a page are few thousand"
)]
fn id(node: usize) -> u32 {
    node as u32
}
