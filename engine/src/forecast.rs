//! What is likely to come: cash flow and balance over the next month.
//!
//! Simple exponential smoothing (Brown 1956; Hyndman & Athanasopoulos, "Forecasting: Principles and
//! Practice", 3rd ed., §8.1) over three past months of 30 days, the newest last, started at the oldest.
//! Fewer than 90 days of history give no forecast rather than a guess.
//!
//! ```
//! let level = engine::forecast::smooth(&[10.0, 20.0], 0.5, 10.0);
//! assert_eq!(level, 15.0);
//! ```

use crate::variables::{Ledger, Stream, Window, units};

/// Weight of the newest month: the three months weigh 1/2, 1/4 and 1/4.
const ALPHA: f64 = 0.5;

/// The level after the last value, which is the forecast for every later step.
///
/// `series` is oldest first; `alpha` in 0…1 is the weight of the newest value; `start` is the level
/// before the first.
pub fn smooth(series: &[f64], alpha: f64, start: f64) -> f64 {
    series
        .iter()
        .fold(start, |level, value| alpha * value + (1.0 - alpha) * level)
}

pub(crate) fn spending_in_30_days(ledger: &Ledger) -> Option<f64> {
    expected(ledger, Stream::Debit)
}

pub(crate) fn balance_in_30_days(ledger: &Ledger) -> Option<f64> {
    let flow = expected(ledger, Stream::Credit)? - expected(ledger, Stream::Debit)?;
    Some(units(ledger.balance()?) + flow)
}

fn expected(ledger: &Ledger, stream: Stream) -> Option<f64> {
    if ledger.days_known()? < i64::from(Window::D90.days()) {
        return None;
    }
    let within = |window| units(ledger.total(stream, window).cents);
    let newest = within(Window::D30);
    let middle = within(Window::D60) - newest;
    let oldest = within(Window::D90) - within(Window::D60);
    Some(smooth(&[middle, newest], ALPHA, oldest))
}
