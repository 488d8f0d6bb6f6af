//! What comes back: salaries and other payments in a monthly rhythm, and how even a stream is.
//!
//! A *chain* is three or more payments of one direction, each 25 to 38 days after the one before, of about
//! the same amount and with the same other side, the newest at most 45 days ago. A payment belongs to one
//! chain; it goes on from the longest that fits, of several from the nearest in amount, of several from the
//! newest. The salary is the chain with the largest newest amount. All of it follows from the rows alone,
//! in their order.

use super::{Stream, row::Row, stream::Streams};
use crate::time::civil_from_days;

/// Days from one payment to the next.
const RHYTHM: core::ops::RangeInclusive<i64> = 25..=38;
/// Days after which a chain has ended.
const ENDED: i64 = 45;
/// Payments that make a chain.
const LINKS: u16 = 3;
/// Only the newest payments are looked at, so that hostile profiles take bounded time.
const MOST: usize = 512;
/// Spans of 30 days that [`spans`] looks at.
pub(super) const SPANS: usize = 12;

/// Payments in a monthly rhythm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    /// The newest amount, in hundredths.
    pub cents: i64,
    /// The day of the newest.
    pub day: i64,
    /// The day of the first.
    first: i64,
    /// How many.
    pub links: u16,
}

impl Chain {
    /// The day of the month of the newest, 1 to 31.
    pub fn day_of_month(&self) -> i64 {
        civil_from_days(self.day).2
    }

    /// The day on which the next is expected: the mean gap after the newest.
    pub fn next(&self) -> i64 {
        let gaps = i64::from(self.links).max(2) - 1;
        self.day + (self.day - self.first + gaps / 2) / gaps
    }
}

/// Chains of the rows in `wanted` streams and in none of `unwanted`, whose amounts differ from one to the
/// next by at most one part in `tolerance`.
#[inline(never)]
pub(super) fn chains(
    rows: &[Row],
    wanted: Stream,
    unwanted: Streams,
    tolerance: i64,
    today: i64,
) -> Vec<Chain> {
    let fits = |row: &&Row| {
        row.streams.meets(Streams::of(wanted)) && !row.streams.meets(unwanted) && row.cents > 0
    };
    // Newest first, so that the limit keeps the newest; then back to their order.
    let mut payments: Vec<Row> = rows.iter().rev().filter(fits).take(MOST).copied().collect();
    payments.reverse();
    // Most are not compared any further than by these.
    let sides: Vec<(u64, i64)> = payments.iter().map(|row| (row.party, row.cents)).collect();
    let mut chains: Vec<Chain> = Vec::with_capacity(payments.len());
    let mut goes_on = vec![false; payments.len()];
    let (mut oldest, mut newest) = (0, 0);
    for row in &payments {
        let day = row.day();
        // Those from the oldest up to the newest are as many days ago as a rhythm allows.
        let pass = |from: usize, is_before: &dyn Fn(i64) -> bool| {
            let rest = payments.get(from..).unwrap_or_default().iter();
            from + rest
                .take_while(|other| is_before(day - other.day()))
                .count()
        };
        oldest = pass(oldest, &|days| days > *RHYTHM.end());
        newest = pass(newest, &|days| days >= *RHYTHM.start());
        let mut best: Option<((u16, i64, usize), usize)> = None;
        let others = sides.get(oldest..newest).unwrap_or_default();
        for (other, (party, cents)) in (oldest..).zip(others) {
            let apart = (cents - row.cents).abs();
            if *party != row.party || apart * tolerance > row.cents.max(*cents) {
                continue;
            }
            let (Some(chain), Some(false)) = (chains.get(other), goes_on.get(other)) else {
                continue;
            };
            let rank = (chain.links, -apart, other);
            if best.is_none_or(|(known, _)| rank > known) {
                best = Some((rank, other));
            }
        }
        let before = best.and_then(|(_, other)| chains.get(other).copied());
        if let Some(taken) = best.and_then(|(_, other)| goes_on.get_mut(other)) {
            *taken = true;
        }
        chains.push(Chain {
            cents: row.cents,
            day,
            first: before.map_or(day, |chain| chain.first),
            links: before.map_or(1, |chain| chain.links.saturating_add(1)),
        });
    }
    let mut goes_on = goes_on.iter();
    chains.retain(|chain| {
        goes_on.next() == Some(&false) && chain.links >= LINKS && today - chain.day <= ENDED
    });
    chains
}

/// Days between the days of a stream with events: how many gaps, their sum and the sum of their squares.
#[inline(never)]
pub(super) fn gaps(rows: &[Row], stream: Stream) -> (u32, i64, i128) {
    let mut days = rows
        .iter()
        .filter(|row| row.streams.meets(Streams::of(stream)))
        .map(Row::day);
    let Some(mut last) = days.next() else {
        return (0, 0, 0);
    };
    let mut gaps = (0, 0, 0);
    for day in days {
        let gap = day - last;
        if gap > 0 {
            gaps = (gaps.0 + 1, gaps.1 + gap, gaps.2 + i128::from(gap * gap));
            last = day;
        }
    }
    gaps
}

/// What each span brought, in hundredths, the newest first; how many of them are known.
pub(super) type Spans = ([i64; SPANS], usize);

/// What each of the last spans of 30 days brought of a stream, in hundredths, the newest first, as far back
/// as transactions are known for the whole span.
#[inline(never)]
pub(super) fn spans(rows: &[Row], stream: Stream, today: i64, known: i64) -> Spans {
    let mut sums = [0; SPANS];
    for row in rows
        .iter()
        .filter(|row| row.streams.meets(Streams::of(stream)))
    {
        // Of 32 bits, as WebAssembly has no cheap division of 64 by a constant.
        let days = u32::try_from(today - row.day()).unwrap_or(u32::MAX);
        let span = usize::try_from(days / 30).unwrap_or(SPANS);
        if let Some(sum) = sums.get_mut(span) {
            *sum += row.cents;
        }
    }
    let whole = usize::try_from((known + 1) / 30).unwrap_or_default();
    (sums, whole.min(SPANS))
}
