//! Balances, as they stood after transactions and at the end of each day.

use super::List;
use crate::{
    bundle::Unit,
    profile::DataClass,
    variables::{Level, Measure, Window},
};

pub(super) fn add(list: &mut List) {
    list.class = DataClass::Transaction;
    list.add(
        "balance",
        Measure::Balance,
        None,
        Unit::Money,
        "Newest balance",
    );
    list.add(
        "months_covered",
        Measure::MonthsCovered,
        Some(Window::D90),
        Unit::Number,
        "Newest balance over mean monthly spending",
    );
    for window in [Window::D30, Window::D90, Window::D180, Window::D365] {
        let after = [
            (
                "least",
                Measure::BalanceLeast(window),
                Unit::Money,
                "Lowest balance",
            ),
            (
                "most",
                Measure::BalanceMost(window),
                Unit::Money,
                "Highest balance",
            ),
            (
                "mean",
                Measure::BalanceMean(window),
                Unit::Money,
                "Mean balance",
            ),
            (
                "volatility",
                Measure::BalanceVolatility(window),
                Unit::Number,
                "Standard deviation of the balance over its mean",
            ),
        ];
        let days = [
            (
                "day_mean",
                Level::Mean,
                Unit::Money,
                "Mean of the balances at the end of each day",
            ),
            (
                "slope",
                Level::Slope,
                Unit::Money,
                "Growth of the daily balance in 30 days, by least squares",
            ),
            (
                "change",
                Level::Change,
                Unit::Money,
                "Newest balance less that of the window's first day",
            ),
            (
                "range",
                Level::Range,
                Unit::Money,
                "Highest less lowest balance at the end of a day",
            ),
            (
                "days_overdrawn",
                Level::DaysOverdrawn,
                Unit::Count,
                "Days that ended overdrawn",
            ),
            (
                "overdrawn_share",
                Level::ShareOverdrawn,
                Unit::Share,
                "Share of the known days that ended overdrawn",
            ),
            (
                "days_low",
                Level::DaysLow,
                Unit::Count,
                "Days that ended with less than a week's spending, by the mean of 90 days",
            ),
            (
                "least_days_since",
                Level::SinceLeast,
                Unit::Days,
                "Days since a day last ended with the lowest balance",
            ),
            (
                "most_days_since",
                Level::SinceMost,
                Unit::Days,
                "Days since a day last ended with the highest balance",
            ),
        ];
        for (name, measure, unit, words) in after {
            list.over(window, &format!("balance_{name}"), measure, unit, words);
        }
        for (name, level, unit, words) in days {
            list.over(
                window,
                &format!("balance_{name}"),
                Measure::Level(level, window),
                unit,
                words,
            );
        }
    }
    let words = "Newest balance less that of the window's first day";
    list.over(
        Window::D7,
        "balance_change",
        Measure::Level(Level::Change, Window::D7),
        Unit::Money,
        words,
    );
}
