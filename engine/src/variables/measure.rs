//! How one variable is computed from the ledger, the facts and the holdings.

use rkyv::{Archive, Portable, Serialize, bytecheck::CheckBytes};

use super::{Ledger, Stream, Window, ledger::to_cents};
use crate::{
    consent::View,
    forecast,
    profile::{FactName, HoldingKind},
};

/// A recipe for one variable.
#[derive(Archive, Serialize, Portable, CheckBytes, Clone, Copy, Debug, PartialEq, Eq)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[repr(u8)]
pub enum Measure {
    /// A statistic of a stream over a window.
    Stream(Stream, Stat, Window),
    /// A stream's sum over another's in the same window; missing when that is zero.
    Share(Stream, Stream, Window),
    /// Sum over the window divided by the sum over the window of the same length before it; missing
    /// when that is zero. Only 90 and 180 days have such a window.
    Trend(Stream, Window),
    /// Money received less money paid over the window.
    NetFlow(Window),
    /// Days from a stream's newest event to the clock.
    DaysSince(Stream),
    /// Days from the oldest transaction to the clock.
    DaysKnown,
    /// The newest balance.
    Balance,
    /// The lowest balance in the window.
    BalanceLeast(Window),
    /// The highest balance in the window.
    BalanceMost(Window),
    /// The mean of the balances in the window.
    BalanceMean(Window),
    /// The standard deviation of the balances in the window over their mean; missing when that is not
    /// above zero.
    BalanceVolatility(Window),
    /// The newest balance over the mean monthly spending of 90 days; missing without spending.
    MonthsCovered,
    /// The balance expected in 30 days.
    BalanceForecast,
    /// Money expected to be paid in the next 30 days.
    SpendingForecast,
    /// Years since the year of birth.
    Age,
    /// A fact as a number.
    Fact(FactName),
    /// How many holdings of a kind.
    HoldingCount(HoldingKind),
    /// The sum of the amounts of the holdings of a kind.
    HoldingAmount(HoldingKind),
    /// The sum of the monthly payments of the holdings of a kind.
    HoldingPayment(HoldingKind),
    /// Days since the newest holding of a kind was opened.
    HoldingAge(HoldingKind),
    /// Monthly loan payments over mean monthly income of 90 days; missing without income.
    DebtService,
}

/// A statistic of amounts.
#[derive(Archive, Serialize, Portable, CheckBytes, Clone, Copy, Debug, PartialEq, Eq)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[repr(u8)]
pub enum Stat {
    /// How many events.
    Count,
    /// Sum of their amounts.
    Sum,
    /// Mean amount; missing when there is none.
    Mean,
    /// Largest amount; missing when there is none.
    Largest,
}

impl Measure {
    /// The variable's value in its unit, or NaN when missing.
    pub fn value(&self, view: &View<'_>, ledger: &Ledger) -> f64 {
        self.known(view, ledger).unwrap_or(f64::NAN)
    }

    fn known(&self, view: &View<'_>, ledger: &Ledger) -> Option<f64> {
        let sum = |s: Stream, w: Window| units(ledger.total(s, w).cents);
        match self {
            Self::Stream(s, stat, w) => {
                let total = ledger.total(*s, *w);
                let some = total.count > 0;
                match stat {
                    Stat::Count => Some(f64::from(total.count)),
                    Stat::Sum => Some(units(total.cents)),
                    Stat::Mean => some.then(|| units(total.cents) / f64::from(total.count)),
                    Stat::Largest => some.then(|| units(total.largest)),
                }
            }
            Self::Share(part, whole, w) => {
                let w = *w;
                ratio(sum(*part, w), sum(*whole, w))
            }
            Self::Trend(s, w) => {
                let longer = match *w {
                    Window::D90 => Window::D180,
                    Window::D180 => Window::D365,
                    _ => return None,
                };
                let now = sum(*s, *w);
                ratio(now, sum(*s, longer) - now)
            }
            Self::NetFlow(w) => Some(sum(Stream::Credit, *w) - sum(Stream::Debit, *w)),
            Self::DaysSince(s) => ledger.days_since(*s).map(days),
            Self::DaysKnown => ledger.days_known().map(days),
            Self::Balance => ledger.balance().map(units),
            Self::BalanceLeast(w) => {
                let b = ledger.balances(*w);
                (b.count > 0).then(|| units(b.least))
            }
            Self::BalanceMost(w) => {
                let b = ledger.balances(*w);
                (b.count > 0).then(|| units(b.most))
            }
            Self::BalanceMean(w) => mean_balance(ledger, *w),
            Self::BalanceVolatility(w) => volatility(ledger, *w),
            Self::MonthsCovered => ratio(
                units(ledger.balance()?),
                sum(Stream::Debit, Window::D90) / 3.0,
            ),
            Self::BalanceForecast => forecast::balance_in_30_days(ledger),
            Self::SpendingForecast => forecast::spending_in_30_days(ledger),
            Self::Age => {
                let year = view.fact(FactName::BirthYear)?;
                let now = days(view.at().year());
                (now >= year).then_some(now - year)
            }
            Self::Fact(name) => view.fact(*name),
            Self::HoldingCount(kind) => view
                .sees_holdings()
                .then(|| whole(view.holdings(*kind).count())),
            Self::HoldingAmount(kind) => view
                .sees_holdings()
                .then(|| in_units(view.holdings(*kind).filter_map(|holding| holding.amount))),
            Self::HoldingPayment(kind) => {
                view.sees_holdings().then(|| monthly_payments(view, *kind))
            }
            Self::HoldingAge(kind) => view
                .holdings(*kind)
                .map(|holding| view.at().days_since(holding.opened_at))
                .min()
                .map(days),
            Self::DebtService => ratio(
                monthly_payments(view, HoldingKind::Loan),
                sum(Stream::Credit, Window::D90) / 3.0,
            ),
        }
    }
}

fn monthly_payments(view: &View<'_>, kind: HoldingKind) -> f64 {
    in_units(
        view.holdings(kind)
            .filter_map(|holding| holding.monthly_payment),
    )
}

/// Adds up hundredths, so that the order of the amounts does not matter.
fn in_units(amounts: impl Iterator<Item = f64>) -> f64 {
    units(amounts.map(to_cents).sum())
}

fn mean_balance(ledger: &Ledger, window: Window) -> Option<f64> {
    let balances = ledger.balances(window);
    (balances.count > 0).then(|| {
        #[expect(
            clippy::cast_precision_loss,
            reason = "the one rounding of an exact sum"
        )]
        let cents = balances.cents as f64;
        cents / 100.0 / f64::from(balances.count)
    })
}

fn volatility(ledger: &Ledger, window: Window) -> Option<f64> {
    let balances = ledger.balances(window);
    let mean = mean_balance(ledger, window).filter(|mean| *mean > 0.0)?;
    let count = i128::from(balances.count);
    // count² × variance, exact in integers, so that nothing cancels.
    let scaled = count * balances.squares - balances.cents * balances.cents;
    #[expect(
        clippy::cast_precision_loss,
        reason = "the one rounding of an exact sum"
    )]
    let deviation = (scaled as f64).sqrt() / 100.0 / f64::from(balances.count);
    Some(deviation / mean)
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// Hundredths to whole units: exact below 2⁵³ hundredths, one rounding above.
pub(crate) fn units(cents: i64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "the one rounding of an exact sum"
    )]
    let cents = cents as f64;
    cents / 100.0
}

fn days(days: i64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a calendar has fewer than 2⁵³ days"
    )]
    let days = days as f64;
    days
}

fn whole(count: usize) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count within limits::HOLDINGS"
    )]
    let count = count as f64;
    count
}
