//! Variables: numbers computed from a profile, as far as consent shows it.
//!
//! A [`Measure`] says how one is computed; the [`registry`] names them all. A bundle lists the ones it
//! uses, and only those are computed. They are read off a [`Ledger`] of the events: made from a view, or
//! kept up as events come and the clock goes on. It holds integers only (hundredths, days) in an order that
//! depends on nothing but the events, so each way gives the same bits. A ledger is made from a
//! [`View`](crate::consent::View), and takes in nothing that its lens does not show.
//!
//! Missing is NaN: a sum over no events is 0, a mean or a balance over no events is missing, and without
//! consent every variable of the purpose is missing. [`Quality`] says why.
//!
//! ```
//! use engine::{Profile, bundle::Unit, consent::Lens, variables::{Ledger, Measure, Reading, Stat, Stream, Window}};
//! let event = |day: u8| format!(r#"{{"at": "1994-03-{day}", "kind": "transaction", "direction": "credit", "amount": 700.1}}"#);
//! let read = |events: &str| Profile::from_json(format!(r#"{{"schema_version": 1, "events": [{events}]}}"#).as_bytes()).unwrap();
//! let (before, after) = (read(&event(29)), read(&format!("{}, {}", event(29), event(30))));
//!
//! let lens = |at: &str| Lens::for_training(at.parse().unwrap());
//! let mut ledger = Ledger::new(&lens("1994-03-29").view(&before));
//! assert!(ledger.at(lens("1994-03-31")));
//! ledger.take_in(&after.events[1]);
//!
//! let view = lens("1994-03-31").view(&after);
//! assert_eq!(ledger, Ledger::new(&view));
//! let income = Measure::Stream(Stream::Credit, Stat::Sum, Window::D30);
//! assert_eq!(Reading::new(&view, &ledger).value(income, Unit::Money), 1_400.2);
//! ```

mod history;
mod ledger;
mod measure;
mod merchant;
mod reading;
mod registry;
mod rhythm;
mod row;
mod stream;
mod total;
mod window;

pub use history::Feature;
pub(crate) use history::Past;
pub use ledger::Ledger;
pub use measure::{Across, Level, Measure, Regular, Stat};
pub use merchant::merchant_groups;
pub(crate) use reading::units;
pub use reading::{Quality, Reading};
pub use registry::{Entry, registry};
pub(crate) use row::Row;
pub use stream::Stream;
pub use total::Total;
pub use window::Window;
