//! Variables: numbers computed from a profile, as far as consent shows it.
//!
//! A [`Measure`] says how one is computed; the [`registry`] names them all. A bundle lists the ones it
//! uses. Counts and sums come from one pass over the events into a small [`Ledger`] of integers (cents,
//! days), so that the order of the events never changes a bit of the result.
//!
//! Missing is NaN: a sum over no events is 0, a mean or a balance over no events is missing, and without
//! consent every variable of the purpose is missing.
//!
//! ```
//! use engine::{Profile, variables::{Ledger, Stream, Window}};
//! let profile = Profile::from_json(br#"{"schema_version": 1, "events": [
//!   {"at": "1994-03-30", "kind": "transaction", "direction": "credit", "amount": 700.1}]}"#).unwrap();
//! let ledger = Ledger::new(profile.events.iter(), "1994-03-31".parse().unwrap());
//! assert_eq!(ledger.total(Stream::Credit, Window::D30).cents, 70_010);
//! ```

mod ledger;
mod measure;
mod registry;

pub use ledger::{Balances, Ledger, Stream, Total, Window};
pub(crate) use measure::units;
pub use measure::{Measure, Stat};
pub use registry::{Entry, registry};
