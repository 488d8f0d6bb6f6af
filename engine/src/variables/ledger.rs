//! The events that a lens shows, in order, with running totals: made at once, or kept up event by event.
//!
//! A ledger is rows and totals. Rows are all events of the classes that the lens shows, in an order that
//! depends on nothing but themselves. Totals stand by stream and by *belt*: belt 0 is the shortest window,
//! belt *n* the days that window *n* has more than window *n* − 1. An event is counted in one belt, and
//! moves on as the clock does; a window is its belts together. Everything is an integer (hundredths, days),
//! so an event taken in late, a ledger that went along with the clock and one made from scratch are equal
//! to the last bit.

use super::{Stream, Total, Window, row::Row, stream::Streams};
use crate::{
    Timestamp,
    consent::{Lens, View},
    models::Memory,
    profile::{Event, sort},
};

pub(super) const WINDOWS: usize = Window::ALL.len();
const SLOTS: usize = Stream::ALL.len() + 1;
const BALANCE: usize = Stream::ALL.len();
/// Days of which the balance is kept: those of the longest window.
const LEVELS: usize = 365;

/// What there is to know of a customer's events at a moment, through a lens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    lens: Lens,
    /// The clock's day: WebAssembly has no cheap division by a constant.
    today: i64,
    /// In their order.
    rows: Vec<Row>,
    /// How many of them are up to the clock.
    seen: usize,
    /// For each window the first row that is in it.
    from: [usize; WINDOWS],
    /// By stream, then by belt; the balances come last.
    totals: Vec<[Total; WINDOWS]>,
    /// The newest day of each stream.
    newest: [Option<i64>; SLOTS],
    /// The day of the oldest transaction.
    oldest: Option<i64>,
    /// The newest balance.
    balance: Option<(i64, i64)>,
    /// The balance at the end of each day, the clock's last, for up to 365 days from the first one known.
    levels: Vec<i64>,
    /// What the networks of a bundle remember of the rows.
    memory: Memory,
}

impl Ledger {
    /// Takes in all events that the view shows.
    ///
    /// An event that stands there twice with the same number is one.
    pub fn new(view: &View<'_>) -> Self {
        let mut ledger = Self {
            lens: view.lens(),
            today: view.lens().at().day(),
            rows: view.all_events().map(Row::new).collect(),
            seen: 0,
            from: [0; WINDOWS],
            totals: vec![[Total::default(); WINDOWS]; SLOTS],
            newest: [None; SLOTS],
            oldest: None,
            balance: None,
            levels: Vec::new(),
            memory: Memory::default(),
        };
        sort(&mut ledger.rows, Row::cmp);
        ledger.rows.dedup_by(|a, b| a == b && a.has_number());
        while ledger.admit().is_some() {}
        ledger.level();
        ledger
    }

    /// Takes in an event, whenever it was. One of a class that the lens does not show leaves no trace.
    /// One after the clock waits until the clock is there.
    pub fn take_in(&mut self, event: &Event) {
        if !self.lens.sees(event.class()) {
            return;
        }
        let row = Row::new(event);
        let place = self.rows.partition_point(|known| *known <= row);
        let known = place
            .checked_sub(1)
            .and_then(|before| self.rows.get(before));
        if row.has_number() && known == Some(&row) {
            return;
        }
        self.rows.insert(place, row);
        self.memory.change(place);
        if row.at > self.lens.at().seconds() {
            return;
        }
        self.seen += 1;
        self.count(place, row);
        if !row.has_balance() {
            return;
        }
        if self.seen == place + 1 {
            self.hold(row);
        } else {
            self.level();
        }
    }

    /// Moves to another moment. False, and nothing happens, when the lens opens or closes something: a
    /// ledger holds no more than its lens showed, so then it must be made anew.
    #[must_use]
    pub fn at(&mut self, lens: Lens) -> bool {
        if !self.lens.shows_the_same(lens) {
            return false;
        }
        let today = lens.at().day();
        let days = today - self.today;
        let back = lens.at() < self.lens.at();
        (self.lens, self.today) = (lens, today);
        if back {
            self.seen = 0;
            self.from = [0; WINDOWS];
            self.totals.fill([Total::default(); WINDOWS]);
            self.newest = [None; SLOTS];
            self.oldest = None;
            self.balance = None;
            while self.admit().is_some() {}
            self.level();
            return true;
        }
        if days > 0 {
            (0..WINDOWS).for_each(|belt| self.pass_on(belt));
            self.hold_on(days);
        }
        while let Some(row) = self.admit() {
            if row.has_balance() {
                self.hold(row);
            }
        }
        true
    }

    /// The clock.
    pub fn clock(&self) -> Timestamp {
        self.lens.at()
    }

    /// The lens that it was made with, at the clock.
    pub fn lens(&self) -> Lens {
        self.lens
    }

    /// How many events it holds, those after the clock too.
    pub fn events(&self) -> usize {
        self.rows.len()
    }

    /// The rows up to the clock, oldest first, and what networks remember of them.
    pub(crate) fn history(&mut self) -> (&[Row], &mut Memory) {
        let rows = self.rows.get(..self.seen).unwrap_or_default();
        (rows, &mut self.memory)
    }

    /// Days from the oldest event of a stream to the clock.
    pub fn days_since_first(&self, stream: Stream) -> Option<i64> {
        let rows = self.rows.get(..self.seen).unwrap_or_default();
        let first = rows
            .iter()
            .find(|row| row.streams.meets(Streams::of(stream)))?;
        Some(self.today - first.day())
    }

    /// Totals by stream, then by window; those of the balances come last.
    pub(super) fn windows(&self) -> Vec<[Total; WINDOWS]> {
        let windows = |belts: &[Total; WINDOWS]| {
            let mut sum = Total::default();
            belts.map(|belt| {
                sum = sum.join(belt);
                sum
            })
        };
        self.totals.iter().map(windows).collect()
    }

    /// Totals of a stream in a window.
    pub fn total(&self, stream: Stream, window: Window) -> Total {
        self.within(usize::from(stream as u8), window)
    }

    /// Totals of the balances after the transactions in a window.
    pub fn balances(&self, window: Window) -> Total {
        self.within(BALANCE, window)
    }

    /// Days from the newest event of a stream to the clock.
    pub fn days_since(&self, stream: Stream) -> Option<i64> {
        let newest = self.newest.get(usize::from(stream as u8))?;
        newest.map(|day| self.today - day)
    }

    /// Days from the oldest transaction to the clock.
    pub fn days_known(&self) -> Option<i64> {
        self.oldest.map(|day| self.today - day)
    }

    /// The newest balance, in hundredths. Of two at one instant the higher counts: exports with dates only
    /// do not tell which came last, and the answer must not depend on the order of the list.
    pub fn balance(&self) -> Option<i64> {
        self.balance.map(|(_, cents)| cents)
    }

    /// The balance at the end of each day of a window as far as it is known, in hundredths, the clock's day
    /// last.
    pub fn levels(&self, window: Window) -> &[i64] {
        let start = self.levels.len().saturating_sub(usize::from(window.days()));
        self.levels.get(start..).unwrap_or_default()
    }

    /// The rows of a window, oldest first.
    pub(super) fn rows(&self, window: Window) -> &[Row] {
        let from = self.from.get(window.position());
        self.rows
            .get(from.copied().unwrap_or_default()..self.seen)
            .unwrap_or_default()
    }

    /// Out of line: it is called in many places, and every copy is shipped to the page.
    #[inline(never)]
    fn within(&self, slot: usize, window: Window) -> Total {
        let belts = self.totals.get(slot).into_iter().flatten();
        let belts = belts.take(window.position() + 1);
        belts.fold(Total::default(), |sum, belt| sum.join(*belt))
    }

    /// Counts the next row, if it is up to the clock.
    #[inline(never)]
    fn admit(&mut self) -> Option<Row> {
        let row = *self.rows.get(self.seen)?;
        if row.at > self.lens.at().seconds() {
            return None;
        }
        self.seen += 1;
        self.count(self.seen - 1, row);
        Some(row)
    }

    /// Moves what is too old for a belt to the next one. Whole days move, so days stay counted once.
    fn pass_on(&mut self, belt: usize) {
        let first = self.first_day(belt);
        let mut place = self.from.get(belt).copied().unwrap_or_default();
        let mut unsure = Streams::NONE;
        let mut day = None;
        let mut that_day = Streams::NONE;
        while let Some(row) = self
            .rows
            .get(place)
            .filter(|row| place < self.seen && row.day() < first)
            .copied()
        {
            if day != Some(row.day()) {
                (day, that_day) = (Some(row.day()), Streams::NONE);
            }
            for slot in row.streams.each() {
                let fresh = u32::from(!that_day.has(slot));
                let amount = row.amount(slot == BALANCE);
                let Some(belts) = self.totals.get_mut(slot) else {
                    continue;
                };
                if let Some(total) = belts.get_mut(belt) {
                    total.days -= fresh;
                    if total.remove(amount) {
                        unsure = unsure.and(Streams::at(slot));
                    }
                }
                if let Some(total) = belts.get_mut(belt + 1) {
                    total.days += fresh;
                    total.add(amount);
                }
            }
            that_day = that_day.and(row.streams);
            place += 1;
        }
        if let Some(from) = self.from.get_mut(belt) {
            *from = place;
        }
        let end = belt
            .checked_sub(1)
            .and_then(|newer| self.from.get(newer))
            .copied();
        let rows = self
            .rows
            .get(place..end.unwrap_or(self.seen))
            .unwrap_or_default();
        for slot in unsure.each() {
            let amounts = rows
                .iter()
                .filter(|row| row.streams.has(slot))
                .map(|row| row.amount(slot == BALANCE));
            if let Some(total) = self
                .totals
                .get_mut(slot)
                .and_then(|belts| belts.get_mut(belt))
            {
                total.bound(amounts);
            }
        }
    }

    /// Counts the row in that place, which is up to the clock.
    fn count(&mut self, place: usize, row: Row) {
        let day = row.day();
        let age = self.today - day;
        let belt = Window::ALL
            .iter()
            .position(|window| age < i64::from(window.days()))
            .unwrap_or(WINDOWS);
        self.from.iter_mut().take(belt).for_each(|from| *from += 1);
        let fresh = row.streams.without(self.others_on(place, day, row.streams));
        for slot in row.streams.each() {
            if let Some(newest) = self.newest.get_mut(slot) {
                *newest = (*newest).max(Some(day));
            }
            if let Some(total) = self
                .totals
                .get_mut(slot)
                .and_then(|belts| belts.get_mut(belt))
            {
                total.days += u32::from(fresh.has(slot));
                total.add(row.amount(slot == BALANCE));
            }
        }
        if row.streams.meets(Streams::of(Stream::Transaction)) {
            self.oldest = Some(self.oldest.map_or(day, |oldest| oldest.min(day)));
        }
        if row.has_balance() {
            self.balance = self.balance.max(Some((row.at, row.balance)));
        }
    }

    /// Those of `streams` that other rows of the day are in. It looks no further than it must, so that a
    /// day of many events costs no more than streams times events.
    fn others_on(&self, place: usize, day: i64, streams: Streams) -> Streams {
        let before = self.rows.get(..place).unwrap_or_default().iter().rev();
        let after = self
            .rows
            .get(place + 1..self.seen)
            .unwrap_or_default()
            .iter();
        let mut others = Streams::NONE;
        let mut look = |rows: &mut dyn Iterator<Item = &Row>| {
            for row in rows {
                if row.day() != day || streams.without(others).is_empty() {
                    break;
                }
                others = others.and(row.streams);
            }
        };
        look(&mut before.into_iter());
        look(&mut after.into_iter());
        others
    }

    /// Days go by without a change.
    fn hold_on(&mut self, days: i64) {
        if let Some(level) = self.levels.last().copied() {
            let days = usize::try_from(days).map_or(LEVELS, |days| days.min(LEVELS));
            self.levels.resize(self.levels.len() + days, level);
            self.levels
                .drain(..self.levels.len().saturating_sub(LEVELS));
        }
    }

    /// The newest row says how things stand from its day on.
    fn hold(&mut self, row: Row) {
        let days = self.today - row.day() + 1;
        let days = usize::try_from(days).map_or(LEVELS, |days| days.min(LEVELS));
        self.levels.truncate(self.levels.len().saturating_sub(days));
        self.levels.resize(self.levels.len() + days, row.balance);
    }

    /// Works out the balance of each day anew.
    fn level(&mut self) {
        let today = self.today;
        let mut day = self.first_day(WINDOWS - 1);
        let split = self.from.last().copied().unwrap_or_default();
        let before = self.rows.get(..split).unwrap_or_default();
        let mut level = before
            .iter()
            .rev()
            .find(|row| row.has_balance())
            .map(|row| row.balance);
        self.levels.clear();
        let rows = self.rows.get(split..self.seen).unwrap_or_default();
        for row in rows.iter().filter(|row| row.has_balance()) {
            let days = usize::try_from(row.day() - day).unwrap_or_default();
            if let Some(level) = level {
                self.levels.resize(self.levels.len() + days, level);
            }
            level = Some(row.balance);
            day = row.day();
        }
        if let Some(level) = level {
            let days = usize::try_from(today - day + 1).unwrap_or_default();
            self.levels.resize(self.levels.len() + days, level);
        }
    }

    /// The oldest day of a window.
    fn first_day(&self, window: usize) -> i64 {
        let days = Window::ALL.get(window).map_or(0, |window| window.days());
        self.today - i64::from(days) + 1
    }
}
