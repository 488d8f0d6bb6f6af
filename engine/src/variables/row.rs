//! One event as a ledger keeps it: numbers only.

use super::{Stream, stream::Streams};
use crate::profile::Event;

/// An event. The order of the fields is the order of rows: of two balances at one instant the higher is
/// the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    /// Seconds since the Unix epoch.
    pub at: i64,
    /// Its day since the Unix epoch: WebAssembly has no cheap division by a constant.
    day: i64,
    /// Hundredths; 0 when none is known.
    pub balance: i64,
    pub(super) streams: Streams,
    /// Hundredths.
    pub cents: i64,
    /// Who was on the other side, as a hash; 0 when not known.
    pub party: u64,
    /// The source's number, as a hash; 0 when it has none.
    number: u64,
}

impl Row {
    pub fn new(event: &Event) -> Self {
        let streams = Streams::of_event(event);
        Self {
            at: event.at.seconds(),
            day: event.at.day(),
            balance: event.balance.map_or(0, to_cents),
            streams: match event.balance {
                Some(_) => streams.and(Streams::BALANCE),
                None => streams,
            },
            cents: event.amount.map_or(0, to_cents),
            party: hash(event.counterparty.as_deref()),
            number: hash(event.id.as_deref()),
        }
    }

    pub fn day(&self) -> i64 {
        self.day
    }

    pub fn has_balance(&self) -> bool {
        self.streams.meets(Streams::BALANCE)
    }

    pub fn has_number(&self) -> bool {
        self.number != 0
    }

    pub fn is_transaction(&self) -> bool {
        self.streams.meets(Streams::of(Stream::Transaction))
    }

    pub fn amount(&self, of_balance: bool) -> i64 {
        if of_balance { self.balance } else { self.cents }
    }
}

/// FNV-1a (Fowler, Noll, Vo), 64 bits: a name for a text, never a proof of it.
fn hash(text: Option<&str>) -> u64 {
    let bytes = text.unwrap_or_default().bytes();
    if text.is_none() {
        return 0;
    }
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Amounts are within ±1e11 units, so their hundredths fit with room for any sum of a profile's events.
pub(super) fn to_cents(amount: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "bounded by limits::AMOUNT")]
    let cents = libm::round(amount * 100.0) as i64;
    cents
}
