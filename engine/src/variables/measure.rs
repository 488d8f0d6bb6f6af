//! What a variable is made of: recipes, small enough to travel in a bundle.

use rkyv::{Archive, Portable, Serialize, bytecheck::CheckBytes};

use super::{Stream, Window};
use crate::{
    bundle::Unit,
    profile::{Category, FactName, HoldingKind},
};

/// A recipe for one variable. [`Reading::value`](super::Reading::value) follows it.
#[derive(Archive, Serialize, Portable, CheckBytes, Clone, Copy, Debug, PartialEq, Eq)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[repr(u8)]
pub enum Measure {
    /// A statistic of a stream over a window.
    Stream(Stream, Stat, Window),
    /// A stream's sum over another's in the same window; missing when that is zero.
    Share(Stream, Stream, Window),
    /// A stream's number of events over another's in the same window; missing when that is zero.
    CountShare(Stream, Stream, Window),
    /// Sum over the window divided by the sum over the window of the same length before it; missing when
    /// that is zero. Of streams without money the number of events. Only 30, 90 and 180 days have such a
    /// window (that before 180 days is 185 days long).
    Trend(Stream, Window),
    /// Money received less money paid over the window.
    NetFlow(Window),
    /// What of money received was not paid, over the window; missing without income.
    SavingsRate(Window),
    /// A statistic over the spans of 30 days of the last 360 that are known in whole.
    Spans(Stream, Across),
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
    /// A statistic of the balances at the end of each known day of the window.
    Level(Level, Window),
    /// The newest balance over the mean monthly spending of 90 days; missing without spending.
    MonthsCovered,
    /// The balance expected in 30 days.
    BalanceForecast,
    /// Money expected to be paid in the next 30 days.
    SpendingForecast,
    /// Of the salary, the largest regular credit.
    Salary(Regular),
    /// Of the regular payments.
    Payments(Regular),
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
    /// Days since the oldest holding of a kind was opened.
    HoldingOldest(HoldingKind),
    /// Of how many kinds there are holdings.
    HoldingKinds,
    /// The sum of the amounts of the standing orders for a category.
    OrderAmount(Category),
    /// Monthly loan payments over mean monthly income of 90 days; missing without income.
    DebtService,
    /// Days from a stream's oldest event to the clock.
    DaysSinceFirst(Stream),
}

/// A statistic of amounts or of the days that they come on.
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
    /// Standard deviation of the amounts over their mean; missing when that is not above zero.
    Volatility,
    /// On how many days there are events.
    Days,
    /// Mean of the days between days with events; missing with fewer than two such days.
    GapMean,
    /// Standard deviation of those days over their mean.
    GapVolatility,
}

/// A statistic across spans of 30 days.
#[derive(Archive, Serialize, Portable, CheckBytes, Clone, Copy, Debug, PartialEq, Eq)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[repr(u8)]
pub enum Across {
    /// In how many there is money.
    Active,
    /// The least sum.
    Least,
    /// The largest sum.
    Most,
    /// Standard deviation over mean.
    Volatility,
    /// By how much the sum grows from one span to the next (least squares).
    Slope,
}

/// A statistic of daily balances.
#[derive(Archive, Serialize, Portable, CheckBytes, Clone, Copy, Debug, PartialEq, Eq)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[repr(u8)]
pub enum Level {
    /// The mean.
    Mean,
    /// By how much the balance grows in 30 days (least squares).
    Slope,
    /// The newest less that of the window's first day; missing when that is not known.
    Change,
    /// The highest less the lowest.
    Range,
    /// Days with less than nothing.
    DaysOverdrawn,
    /// The share of such days.
    ShareOverdrawn,
    /// Days with less than is paid in a week, by the mean of 90 days.
    DaysLow,
    /// Days since the newest day with the lowest.
    SinceLeast,
    /// Days since the newest day with the highest.
    SinceMost,
}

/// What to know of payments in a monthly rhythm.
#[derive(Archive, Serialize, Portable, CheckBytes, Clone, Copy, Debug, PartialEq, Eq)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[repr(u8)]
pub enum Regular {
    /// How many there are.
    Count,
    /// The sum of the newest amounts.
    Sum,
    /// The largest newest amount.
    Largest,
    /// The day of the month of the largest.
    DayOfMonth,
    /// How many times the largest was seen.
    Seen,
    /// Days since the newest of any.
    DaysSince,
    /// Days until the next of any is expected; negative when it is late.
    DaysUntil,
    /// The sum of those expected in the next 30 days, or late.
    Due,
    /// The sum of the newest amounts over the mean monthly sum of 90 days: of money received for salaries,
    /// else of money paid.
    Share,
}

impl Measure {
    /// The values that make sense, both ends included. What is outside counts as missing.
    pub fn range(self, unit: Unit) -> (f64, f64) {
        let (any, some) = ((f64::NEG_INFINITY, f64::INFINITY), (0.0, f64::INFINITY));
        match (unit, self) {
            // More can go to loans than comes in; a payment can be late.
            (
                _,
                Self::DebtService | Self::Payments(Regular::Share) | Self::Salary(Regular::Share),
            ) => some,
            (_, Self::Payments(Regular::DaysUntil) | Self::Salary(Regular::DaysUntil)) => {
                (-45.0, 60.0)
            }
            (_, Self::Payments(Regular::DayOfMonth) | Self::Salary(Regular::DayOfMonth)) => {
                (1.0, 31.0)
            }
            (Unit::Years, _) => (0.0, 130.0),
            (Unit::Share | Unit::Flag, _) => (0.0, 1.0),
            (Unit::Count | Unit::Days, _) => some,
            (_, Self::Fact(_) | Self::Stream(..) | Self::Level(Level::Range, _)) => some,
            (_, Self::Share(..) | Self::CountShare(..) | Self::Trend(..)) => some,
            (Unit::Money | Unit::Number, _) => any,
        }
    }

    /// Whether it is never missing where its data may be seen.
    pub fn is_always_known(self) -> bool {
        matches!(
            self,
            Self::Stream(_, Stat::Count | Stat::Sum | Stat::Days, _)
                | Self::NetFlow(_)
                | Self::HoldingCount(_)
                | Self::HoldingAmount(_)
                | Self::HoldingPayment(_)
                | Self::HoldingKinds
                | Self::OrderAmount(_)
                | Self::Payments(Regular::Count | Regular::Sum | Regular::Due)
        )
    }
}
