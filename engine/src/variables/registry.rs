//! The registry: every variable that policies and models may name.

use super::{Measure, Stat, Stream, Window};
use crate::{
    bundle::Unit,
    profile::{DataClass, FactName, HoldingKind},
};

/// A variable that a policy may name.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name in conditions, texts and models.
    pub name: String,
    /// How it is computed.
    pub measure: Measure,
    /// How sensitive the data is that it reads.
    pub class: DataClass,
    /// The purpose that the customer must have consented to.
    pub purpose: &'static str,
    /// How far back it looks, where it looks back.
    pub window: Option<Window>,
    /// What it counts.
    pub unit: Unit,
    /// What it means.
    pub description: String,
}

/// All variables, in a fixed order, each name once.
///
/// ```
/// let registry = engine::variables::registry();
/// assert!(registry.len() >= 60);
/// assert!(registry.iter().any(|entry| entry.name == "balance"));
/// ```
pub fn registry() -> Vec<Entry> {
    let mut all = Vec::new();
    streams(&mut all);
    flows(&mut all);
    balances(&mut all);
    person(&mut all);
    holdings(&mut all);
    all
}

/// The purpose that opens a class of data to variables.
fn purpose(class: DataClass) -> &'static str {
    match class {
        DataClass::Transaction => "insights",
        DataClass::Behavioural | DataClass::Device => "behaviour",
        DataClass::Public | DataClass::Demographic | DataClass::Special => "details",
    }
}

fn add(
    all: &mut Vec<Entry>,
    name: impl Into<String>,
    measure: Measure,
    class: DataClass,
    window: Option<Window>,
    unit: Unit,
    description: impl Into<String>,
) {
    all.push(Entry {
        name: name.into(),
        measure,
        class,
        purpose: purpose(class),
        window,
        unit,
        description: description.into(),
    });
}

fn streams(all: &mut Vec<Entry>) {
    let money = [
        (Stat::Count, "count", Unit::Count, "Number"),
        (Stat::Sum, "sum", Unit::Money, "Sum"),
        (Stat::Mean, "mean", Unit::Money, "Mean amount"),
        (Stat::Largest, "largest", Unit::Money, "Largest amount"),
    ];
    for stream in Stream::ALL {
        let is_money = stream.class() == DataClass::Transaction;
        for window in [Window::D30, Window::D90, Window::D365] {
            let stats = if is_money { 4 } else { 1 };
            for (stat, name, unit, words) in money.iter().take(stats) {
                add(
                    all,
                    format!("{}_{name}_{}d", stream.name(), window.days()),
                    Measure::Stream(*stream, *stat, window),
                    stream.class(),
                    Some(window),
                    *unit,
                    format!("{words} of {}", stream.what()),
                );
            }
        }
        add(
            all,
            format!("{}_days_since", stream.name()),
            Measure::DaysSince(*stream),
            stream.class(),
            None,
            Unit::Days,
            format!("Days since the newest of {}", stream.what()),
        );
    }
}

fn flows(all: &mut Vec<Entry>) {
    let class = DataClass::Transaction;
    for window in [Window::D30, Window::D90, Window::D365] {
        let days = window.days();
        let name = format!("net_flow_{days}d");
        let measure = Measure::NetFlow(window);
        add(
            all,
            name,
            measure,
            class,
            Some(window),
            Unit::Money,
            "Money received less money paid",
        );
        for part in [
            Stream::CashWithdrawal,
            Stream::Household,
            Stream::TransferOut,
            Stream::LoanPayment,
        ] {
            add(
                all,
                format!("{}_share_{days}d", part.name()),
                Measure::Share(part, Stream::Debit, window),
                class,
                Some(window),
                Unit::Share,
                format!("Share of {} in money paid", part.what()),
            );
        }
    }
    for stream in [
        Stream::Credit,
        Stream::Debit,
        Stream::CashWithdrawal,
        Stream::TransferIn,
    ] {
        for window in [Window::D90, Window::D180] {
            add(
                all,
                format!("{}_trend_{}d", stream.name(), window.days()),
                Measure::Trend(stream, window),
                class,
                Some(window),
                Unit::Number,
                format!("Sum of {} over the sum in the window before", stream.what()),
            );
        }
    }
    let forecasts = [
        (
            "spending_forecast_30d",
            Measure::SpendingForecast,
            "Money expected to be paid in the next 30 days",
        ),
        (
            "balance_forecast_30d",
            Measure::BalanceForecast,
            "Balance expected in 30 days",
        ),
    ];
    for (name, measure, description) in forecasts {
        add(all, name, measure, class, None, Unit::Money, description);
    }
}

fn balances(all: &mut Vec<Entry>) {
    let class = DataClass::Transaction;
    add(
        all,
        "balance",
        Measure::Balance,
        class,
        None,
        Unit::Money,
        "Newest balance",
    );
    add(
        all,
        "months_covered",
        Measure::MonthsCovered,
        class,
        Some(Window::D90),
        Unit::Number,
        "Newest balance over mean monthly spending",
    );
    for window in [Window::D30, Window::D90, Window::D365] {
        let stats = [
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
        for (name, measure, unit, description) in stats {
            let name = format!("balance_{name}_{}d", window.days());
            add(all, name, measure, class, Some(window), unit, description);
        }
    }
}

fn person(all: &mut Vec<Entry>) {
    let class = DataClass::Demographic;
    add(
        all,
        "age",
        Measure::Age,
        class,
        None,
        Unit::Years,
        "Years since the year of birth",
    );
    let facts = [
        (
            "female",
            FactName::Female,
            class,
            Unit::Flag,
            "1 for women, 0 for men",
        ),
        (
            "account_users",
            FactName::AccountUsers,
            DataClass::Transaction,
            Unit::Count,
            "Persons who may use the account",
        ),
        (
            "in_arrears",
            FactName::InArrears,
            DataClass::Transaction,
            Unit::Flag,
            "1 when a loan is in arrears",
        ),
        (
            "district_inhabitants",
            FactName::DistrictInhabitants,
            class,
            Unit::Count,
            "Inhabitants of the home district",
        ),
        (
            "district_salary",
            FactName::DistrictSalary,
            class,
            Unit::Money,
            "Average monthly salary in the home district",
        ),
        (
            "district_unemployment",
            FactName::DistrictUnemployment,
            class,
            Unit::Share,
            "Share of unemployed in the home district",
        ),
        (
            "district_entrepreneurs",
            FactName::DistrictEntrepreneurs,
            class,
            Unit::Number,
            "Entrepreneurs per 1,000 inhabitants of the home district",
        ),
        (
            "district_urban",
            FactName::DistrictUrban,
            class,
            Unit::Share,
            "Share of the home district's inhabitants who live in towns",
        ),
    ];
    for (name, fact, class, unit, description) in facts {
        add(
            all,
            name,
            Measure::Fact(fact),
            class,
            None,
            unit,
            description,
        );
    }
}

fn holdings(all: &mut Vec<Entry>) {
    let class = DataClass::Transaction;
    let kinds = [
        (HoldingKind::Account, "account", "current accounts"),
        (HoldingKind::Loan, "loan", "loans"),
        (HoldingKind::Card, "card", "cards"),
        (
            HoldingKind::StandingOrder,
            "standing_order",
            "standing orders",
        ),
        (HoldingKind::Savings, "savings", "savings and deposits"),
        (HoldingKind::Insurance, "insurance", "insurances"),
    ];
    for (kind, name, what) in kinds {
        let add = |all: &mut Vec<Entry>, suffix: &str, measure, unit, words: &str| {
            add(
                all,
                format!("{name}_{suffix}"),
                measure,
                class,
                None,
                unit,
                format!("{words} {what}"),
            );
        };
        add(
            all,
            "held",
            Measure::HoldingCount(kind),
            Unit::Count,
            "Number of",
        );
        add(
            all,
            "held_amount",
            Measure::HoldingAmount(kind),
            Unit::Money,
            "Sum of the amounts of",
        );
        add(
            all,
            "held_payment",
            Measure::HoldingPayment(kind),
            Unit::Money,
            "Monthly payments of",
        );
        add(
            all,
            "held_days",
            Measure::HoldingAge(kind),
            Unit::Days,
            "Days since the newest of",
        );
    }
    add(
        all,
        "days_known",
        Measure::DaysKnown,
        class,
        None,
        Unit::Days,
        "Days since the oldest transaction",
    );
    add(
        all,
        "debt_service",
        Measure::DebtService,
        class,
        Some(Window::D90),
        Unit::Share,
        "Monthly loan payments over mean monthly income",
    );
}
