//! Transactions as numbers, one list each: what networks read that go along with a customer.
//!
//! The numbers of a transaction come from itself and from those before it that were read. Fractions count in
//! 64 bits and end in 32, so every host makes the same bits.

use rkyv::{Archive, Portable, Serialize, bytecheck::CheckBytes};

use super::{Stream, row::Row, stream::Streams};
use crate::time::{civil_from_days, days_in_month};

/// The most days that something can be ago.
const AGO: i64 = 90;
/// Days until what is not expected.
const NOT_DUE: i64 = 40;

/// A number of a transaction.
#[derive(Archive, Serialize, Portable, CheckBytes, Clone, Copy, Debug, PartialEq, Eq)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[repr(u8)]
pub enum Feature {
    /// ln(1 + amount), in whole units of the currency; 0 without one.
    Amount,
    /// ln(1 + balance) after it, below zero −ln(1 − balance); 0 without one.
    Balance,
    /// Days since the transaction before, at most 90; 0 for the first.
    Wait,
    /// The day of the month.
    DayOfMonth,
    /// Days that are left of the month.
    DaysLeft,
    /// Whether it is in the stream: 1 or 0.
    In(Stream),
    /// Days since the stream's newest, this one included, at most 90; 90 when there is none.
    Since(Stream),
    /// Days until a month has gone by since the stream's newest, at least −15; 40 when there is none. A month
    /// after the last day of a month is the last day of the next.
    Due(Stream),
}

/// What is remembered of the transactions read so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    /// The day of the newest.
    day: Option<i64>,
    /// For each feature the day that it counts from or to.
    days: Vec<Option<i64>>,
}

impl Past {
    /// The numbers of the next transaction.
    pub fn read(&mut self, features: &[Feature], row: &Row, numbers: &mut Vec<f32>) {
        let day = row.day();
        let (year, month, of_month) = civil_from_days(day);
        let length = days_in_month(year, month);
        self.days.resize(features.len(), None);
        numbers.clear();
        for (feature, known) in features.iter().zip(&mut self.days) {
            let is_in = |stream: &Stream| row.streams.meets(Streams::of(*stream));
            let days = match feature {
                Feature::Amount => {
                    numbers.push(size(row.cents));
                    continue;
                }
                Feature::Balance => {
                    numbers.push(size(row.balance));
                    continue;
                }
                Feature::Wait => self.day.map_or(0, |before| (day - before).min(AGO)),
                Feature::DayOfMonth => of_month,
                Feature::DaysLeft => length - of_month,
                Feature::In(stream) => i64::from(is_in(stream)),
                Feature::Since(stream) => {
                    if is_in(stream) {
                        *known = Some(day);
                    }
                    known.map_or(AGO, |newest| (day - newest).min(AGO))
                }
                Feature::Due(stream) => {
                    if is_in(stream) {
                        let (year, next) = (year + month / 12, month % 12 + 1);
                        let next = days_in_month(year, next);
                        let same = if of_month == length {
                            next
                        } else {
                            of_month.min(next)
                        };
                        *known = Some(day - of_month + length + same);
                    }
                    known.map_or(NOT_DUE, |due| (due - day).max(-15))
                }
            };
            #[expect(clippy::cast_precision_loss, reason = "small whole numbers")]
            numbers.push(days as f32);
        }
        self.day = Some(day);
    }
}

/// The logarithm of an amount in hundredths, with its sign.
fn size(cents: i64) -> f32 {
    let size = libm::log1p(super::units(cents).abs());
    #[expect(clippy::cast_possible_truncation, reason = "networks count in 32 bits")]
    let size = if cents < 0 { -size } else { size } as f32;
    size
}
