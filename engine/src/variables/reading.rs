//! Variables read off a ledger and a view.
//!
//! What is called in many places stands out of line: every copy is shipped to the page.

use core::cell::{Cell, OnceCell};

use super::{
    Across, Ledger, Level, Measure, Regular, Stat, Stream, Total, Window,
    ledger::WINDOWS,
    rhythm::{self, Chain, Spans},
    row::to_cents,
    stream::Streams,
};
use crate::{
    bundle::Unit,
    consent::View,
    forecast,
    profile::{Category, FactName, HoldingKind},
};

/// A view and the ledger of its events, ready to be asked for variables.
///
/// When the ledger was made with another lens, or stands at another moment, every variable is missing.
#[derive(Debug)]
pub struct Reading<'r> {
    view: View<'r>,
    ledger: &'r Ledger,
    /// By stream, then by window; those of the balances come last.
    totals: Vec<[Total; WINDOWS]>,
    /// The stream last asked for [`Measure::Spans`], and what came of it.
    spans: Cell<Option<(Stream, Spans)>>,
    salary: OnceCell<Vec<Chain>>,
    payments: OnceCell<Vec<Chain>>,
}

/// How well a variable is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// It has a value.
    Known,
    /// There is nothing to make it from, or the lens does not show it.
    Missing,
    /// What it is made from is past its shelf life.
    Stale,
    /// Its value makes no sense, such as an age of 200; it counts as missing.
    OutOfRange,
}

impl<'r> Reading<'r> {
    /// Puts a view and the ledger of its events together.
    pub fn new(view: &View<'r>, ledger: &'r Ledger) -> Self {
        Self {
            view: *view,
            ledger,
            totals: ledger.windows(),
            spans: Cell::new(None),
            salary: OnceCell::new(),
            payments: OnceCell::new(),
        }
    }

    /// A variable's value in its unit, or NaN when it is missing or out of range.
    pub fn value(&self, measure: Measure, unit: Unit) -> f64 {
        let (low, high) = measure.range(unit);
        self.known(measure)
            .filter(|value| (low..=high).contains(value))
            .unwrap_or(f64::NAN)
    }

    /// How well a variable is known.
    pub fn quality(&self, measure: Measure, unit: Unit) -> Quality {
        let (low, high) = measure.range(unit);
        match self.known(measure) {
            Some(value) if (low..=high).contains(&value) => Quality::Known,
            Some(_) => Quality::OutOfRange,
            None if self.is_stale(measure) => Quality::Stale,
            None => Quality::Missing,
        }
    }

    fn is_stale(&self, measure: Measure) -> bool {
        match measure {
            Measure::Age => self.view.has_stale_fact(FactName::BirthYear),
            Measure::Fact(name) => self.view.has_stale_fact(name),
            Measure::HoldingAge(kind) | Measure::HoldingOldest(kind) => {
                self.view.has_stale_holding(kind)
            }
            _ => false,
        }
    }

    fn known(&self, measure: Measure) -> Option<f64> {
        if self.view.lens() != self.ledger.lens() {
            return None;
        }
        let sum = |s: Stream, w: Window| units(self.total(s, w).cents);
        let count = |s: Stream, w: Window| f64::from(self.total(s, w).count);
        let ledger = self.ledger;
        match measure {
            Measure::Stream(s, stat, w) => self.stat(s, stat, w),
            Measure::Share(part, all, w) => ratio(sum(part, w), sum(all, w)),
            Measure::CountShare(part, all, w) => ratio(count(part, w), count(all, w)),
            Measure::Trend(s, w) => {
                let longer = match w {
                    Window::D30 => Window::D60,
                    Window::D90 => Window::D180,
                    Window::D180 => Window::D365,
                    _ => return None,
                };
                let is_money = self.total(s, longer).cents > 0;
                let of = |w| if is_money { sum(s, w) } else { count(s, w) };
                let now = of(w);
                ratio(now, of(longer) - now)
            }
            Measure::NetFlow(w) => Some(sum(Stream::Credit, w) - sum(Stream::Debit, w)),
            Measure::SavingsRate(w) => {
                let income = sum(Stream::Credit, w);
                ratio(income - sum(Stream::Debit, w), income)
            }
            Measure::Spans(s, across) => self.across(s, across),
            Measure::DaysSince(s) => ledger.days_since(s).map(whole),
            Measure::DaysSinceFirst(s) => ledger.days_since_first(s).map(whole),
            Measure::DaysKnown => ledger.days_known().map(whole),
            Measure::Balance => ledger.balance().map(units),
            Measure::BalanceLeast(w) => some(self.balances(w)).map(|b| units(b.least)),
            Measure::BalanceMost(w) => some(self.balances(w)).map(|b| units(b.largest)),
            Measure::BalanceMean(w) => some(self.balances(w)).map(mean),
            Measure::BalanceVolatility(w) => volatility(self.balances(w)),
            Measure::Level(level, w) => self.level(level, w),
            Measure::MonthsCovered => ratio(
                units(ledger.balance()?),
                sum(Stream::Debit, Window::D90) / 3.0,
            ),
            Measure::BalanceForecast => forecast::balance_in_30_days(ledger),
            Measure::SpendingForecast => forecast::spending_in_30_days(ledger),
            Measure::Salary(what) => self.regular(self.salary(), what, Stream::Credit),
            Measure::Payments(what) => self.regular(self.payments(), what, Stream::Debit),
            Measure::Age => {
                let year = self.view.fact(FactName::BirthYear)?;
                Some(whole(self.view.at().year()) - year)
            }
            Measure::Fact(name) => self.view.fact(name),
            Measure::DebtService => ratio(
                units(self.holdings(HoldingKind::Loan, None).payments),
                sum(Stream::Credit, Window::D90) / 3.0,
            ),
            measure => self.held(measure),
        }
    }

    fn total(&self, stream: Stream, window: Window) -> Total {
        self.within(usize::from(stream as u8), window)
    }

    fn balances(&self, window: Window) -> Total {
        self.within(Stream::ALL.len(), window)
    }

    fn within(&self, slot: usize, window: Window) -> Total {
        let windows = self.totals.get(slot);
        let total = windows.and_then(|windows| windows.get(window.position()));
        total.copied().unwrap_or_default()
    }

    #[inline(never)]
    fn stat(&self, stream: Stream, stat: Stat, window: Window) -> Option<f64> {
        let total = self.total(stream, window);
        match stat {
            Stat::Count => Some(f64::from(total.count)),
            Stat::Sum => Some(units(total.cents)),
            Stat::Days => Some(f64::from(total.days)),
            Stat::Mean => some(total).map(|total| units(total.cents) / f64::from(total.count)),
            Stat::Largest => some(total).map(|total| units(total.largest)),
            Stat::Volatility => volatility(total),
            Stat::GapMean | Stat::GapVolatility => {
                let (count, sum, squares) = rhythm::gaps(self.ledger.rows(window), stream);
                let gaps = Total {
                    count,
                    cents: sum,
                    squares,
                    ..Total::default()
                };
                if stat == Stat::GapMean {
                    ratio(whole(sum), f64::from(count))
                } else {
                    volatility(gaps)
                }
            }
        }
    }

    #[inline(never)]
    fn across(&self, stream: Stream, across: Across) -> Option<f64> {
        let (today, known) = (self.ledger.clock().day(), self.ledger.days_known()?);
        // All that is asked of a stream is asked in a row.
        let spans = match self.spans.get() {
            Some((known, spans)) if known == stream => spans,
            _ => rhythm::spans(self.ledger.rows(Window::D365), stream, today, known),
        };
        self.spans.set(Some((stream, spans)));
        let sums = spans.0.get(..spans.1).unwrap_or_default();
        if sums.len() < 2 {
            return None;
        }
        let mut total = Total::default();
        sums.iter().for_each(|sum| total.add(*sum));
        match across {
            Across::Active => Some(whole(length(sums.iter().filter(|sum| **sum > 0)))),
            Across::Least => Some(units(total.least)),
            Across::Most => Some(units(total.largest)),
            Across::Volatility => volatility(total),
            Across::Slope => slope(&mut sums.iter().rev(), sums.len()),
        }
    }

    #[inline(never)]
    fn level(&self, level: Level, window: Window) -> Option<f64> {
        let levels = self.ledger.levels(window);
        let newest = *levels.last()?;
        let days = length(levels.iter());
        let bounds = || {
            let mut bounds = Total::default();
            bounds.bound(levels.iter().copied());
            bounds
        };
        let count =
            |test: &dyn Fn(i64) -> bool| whole(length(levels.iter().filter(|level| test(**level))));
        let since = |sought: i64| {
            let back = levels.iter().rev().position(|level| *level == sought);
            back.and_then(|days| i64::try_from(days).ok()).map(whole)
        };
        match level {
            Level::Mean => Some(units(levels.iter().sum()) / whole(days)),
            Level::Slope => slope(&mut levels.iter(), levels.len()).map(|slope| slope * 30.0),
            Level::Change => {
                let first = levels
                    .first()
                    .filter(|_| days == i64::from(window.days()))?;
                Some(units(newest - first))
            }
            Level::Range => {
                let bounds = bounds();
                Some(units(bounds.largest - bounds.least))
            }
            Level::DaysOverdrawn => Some(count(&|level| level < 0)),
            Level::ShareOverdrawn => Some(count(&|level| level < 0) / whole(days)),
            Level::DaysLow => {
                let paid = self.total(Stream::Debit, Window::D90).cents;
                Some(count(&|level| level * 90 < paid * 7))
            }
            Level::SinceLeast => since(bounds().least),
            Level::SinceMost => since(bounds().largest),
        }
    }

    fn salary(&self) -> &[Chain] {
        self.salary.get_or_init(|| {
            let unwanted = Streams::of(Stream::Interest).and(Streams::of(Stream::Refund));
            let mut found = self.chains(Stream::Credit, unwanted, 4);
            let largest = found
                .iter()
                .copied()
                .max_by_key(|chain| (chain.cents, chain.day, chain.links));
            found.clear();
            found.extend(largest);
            found
        })
    }

    fn payments(&self) -> &[Chain] {
        self.payments.get_or_init(|| {
            let unwanted = Streams::of(Stream::Cash).and(Streams::of(Stream::Fee));
            self.chains(Stream::Debit, unwanted, 10)
        })
    }

    fn chains(&self, stream: Stream, unwanted: Streams, tolerance: i64) -> Vec<Chain> {
        let today = self.ledger.clock().day();
        rhythm::chains(
            self.ledger.rows(Window::D365),
            stream,
            unwanted,
            tolerance,
            today,
        )
    }

    #[inline(never)]
    fn regular(&self, chains: &[Chain], what: Regular, stream: Stream) -> Option<f64> {
        let today = self.ledger.clock().day();
        let largest = chains
            .iter()
            .max_by_key(|chain| (chain.cents, chain.day, chain.links));
        let sum = || units(chains.iter().map(|chain| chain.cents).sum());
        match what {
            Regular::Count => Some(whole(length(chains.iter()))),
            Regular::Sum => Some(sum()),
            Regular::Largest => largest.map(|chain| units(chain.cents)),
            Regular::DayOfMonth => largest.map(|chain| whole(chain.day_of_month())),
            Regular::Seen => largest.map(|chain| f64::from(chain.links)),
            Regular::DaysSince => chains
                .iter()
                .map(|chain| today - chain.day)
                .min()
                .map(whole),
            Regular::DaysUntil => chains
                .iter()
                .map(|chain| chain.next() - today)
                .min()
                .map(whole),
            Regular::Due => {
                let due = chains.iter().filter(|chain| chain.next() - today <= 30);
                Some(units(due.map(|chain| chain.cents).sum()))
            }
            Regular::Share => ratio(sum(), units(self.total(stream, Window::D90).cents) / 3.0),
        }
    }

    fn held(&self, measure: Measure) -> Option<f64> {
        if !self.view.sees_holdings() {
            return None;
        }
        let held = |kind| self.holdings(kind, None);
        match measure {
            Measure::HoldingCount(kind) => Some(whole(held(kind).count)),
            Measure::HoldingAmount(kind) => Some(units(held(kind).cents)),
            Measure::HoldingPayment(kind) => Some(units(held(kind).payments)),
            Measure::HoldingAge(kind) => held(kind).youngest.map(whole),
            Measure::HoldingOldest(kind) => held(kind).oldest.map(whole),
            Measure::HoldingKinds => {
                let kinds = KINDS.iter().filter(|kind| held(**kind).count > 0);
                Some(whole(length(kinds)))
            }
            Measure::OrderAmount(category) => {
                let orders = self.holdings(HoldingKind::StandingOrder, Some(category));
                Some(units(orders.cents))
            }
            _ => None,
        }
    }

    /// The holdings of a kind, those for a category if one is given, in one pass.
    #[inline(never)]
    fn holdings(&self, kind: HoldingKind, category: Option<Category>) -> Held {
        let mut held = Held::default();
        for holding in self.view.holdings(kind) {
            if category.is_some() && holding.category != category {
                continue;
            }
            let age = self.view.at().days_since(holding.opened_at);
            held.count += 1;
            held.cents += holding.amount.map_or(0, to_cents);
            held.payments += holding.monthly_payment.map_or(0, to_cents);
            held.youngest = Some(held.youngest.map_or(age, |known| known.min(age)));
            held.oldest = held.oldest.max(Some(age));
        }
        held
    }
}

/// Holdings of a kind: how many, their amounts and payments in hundredths, their ages in days.
#[derive(Default)]
struct Held {
    count: i64,
    cents: i64,
    payments: i64,
    youngest: Option<i64>,
    oldest: Option<i64>,
}

const KINDS: [HoldingKind; 6] = [
    HoldingKind::Account,
    HoldingKind::Loan,
    HoldingKind::Card,
    HoldingKind::StandingOrder,
    HoldingKind::Savings,
    HoldingKind::Insurance,
];

fn some(total: Total) -> Option<Total> {
    (total.count > 0).then_some(total)
}

fn mean(total: Total) -> f64 {
    units(total.cents) / f64::from(total.count)
}

/// Standard deviation over mean; missing when that is not above zero.
#[inline(never)]
fn volatility(total: Total) -> Option<f64> {
    let mean = some(total).map(mean).filter(|mean| *mean > 0.0)?;
    // count² × variance, exact in integers, so that nothing cancels.
    let sum = i128::from(total.cents);
    let scaled = i128::from(total.count) * total.squares - sum * sum;
    Some(rounded(scaled).sqrt() / 100.0 / f64::from(total.count) / mean)
}

/// The slope of the least-squares line through values at 0, 1, 2 …, in units; missing for fewer than two.
#[inline(never)]
fn slope(values: &mut dyn Iterator<Item = &i64>, count: usize) -> Option<f64> {
    let count = i128::from(i64::try_from(count).ok().filter(|count| *count > 1)?);
    let (mut sum, mut weighted) = (0, 0);
    for (at, value) in (0_i64..).zip(values) {
        sum += value;
        weighted += at * value;
    }
    // Both sides of the fraction times 12 over the count, exact in integers.
    let above = 12 * i128::from(weighted) - 6 * (count - 1) * i128::from(sum);
    let below = count * (count * count - 1);
    Some(rounded(above) / 100.0 / rounded(below))
}

fn ratio(part: f64, all: f64) -> Option<f64> {
    (all > 0.0).then(|| part / all)
}

/// Hundredths to whole units: exact below 2⁵³ hundredths, one rounding above.
pub(crate) fn units(cents: i64) -> f64 {
    whole(cents) / 100.0
}

fn whole(number: i64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "the one rounding of an exact number"
    )]
    let number = number as f64;
    number
}

fn rounded(number: i128) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "the one rounding of an exact number"
    )]
    let number = number as f64;
    number
}

fn length(items: impl Iterator) -> i64 {
    items.fold(0, |count, _| count + 1)
}
