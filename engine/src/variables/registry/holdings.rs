//! What is known of the person and of the products held.

use super::List;
use crate::{
    bundle::Unit,
    profile::{Category, DataClass, FactName, HoldingKind},
    variables::{Measure, Window},
};

pub(super) fn add(list: &mut List) {
    person(list);
    list.class = DataClass::Transaction;
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
        for (end, measure, unit, words) in [
            (
                "held",
                Measure::HoldingCount(kind),
                Unit::Count,
                "Number of",
            ),
            (
                "held_amount",
                Measure::HoldingAmount(kind),
                Unit::Money,
                "Sum of the amounts of",
            ),
            (
                "held_payment",
                Measure::HoldingPayment(kind),
                Unit::Money,
                "Monthly payments of",
            ),
            (
                "held_days",
                Measure::HoldingAge(kind),
                Unit::Days,
                "Days since the newest of",
            ),
            (
                "held_oldest_days",
                Measure::HoldingOldest(kind),
                Unit::Days,
                "Days since the oldest of",
            ),
        ] {
            list.add(
                format!("{name}_{end}"),
                measure,
                None,
                unit,
                format!("{words} {what}"),
            );
        }
    }
    list.add(
        "product_kinds_held",
        Measure::HoldingKinds,
        None,
        Unit::Count,
        "Number of the kinds of products held",
    );
    let categories = [
        (Category::Household, "household", "the household"),
        (Category::Insurance, "insurance", "insurance premiums"),
        (Category::LoanPayment, "loan", "loan payments"),
        (Category::Leasing, "leasing", "leasing payments"),
    ];
    for (category, name, what) in categories {
        let words = format!("Sum of the standing orders for {what}");
        list.add(
            format!("{name}_order_amount"),
            Measure::OrderAmount(category),
            None,
            Unit::Money,
            words,
        );
    }
    list.add(
        "days_known",
        Measure::DaysKnown,
        None,
        Unit::Days,
        "Days since the oldest transaction",
    );
    let words = "Monthly loan payments over mean monthly income";
    list.add(
        "debt_service",
        Measure::DebtService,
        Some(Window::D90),
        Unit::Share,
        words,
    );
}

fn person(list: &mut List) {
    list.class = DataClass::Demographic;
    list.add(
        "age",
        Measure::Age,
        None,
        Unit::Years,
        "Years since the year of birth",
    );
    let facts = [
        (
            "female",
            FactName::Female,
            Unit::Flag,
            "1 for women, 0 for men",
        ),
        (
            "district_inhabitants",
            FactName::DistrictInhabitants,
            Unit::Count,
            "Inhabitants of the home district",
        ),
        (
            "district_salary",
            FactName::DistrictSalary,
            Unit::Money,
            "Average monthly salary in the home district",
        ),
        (
            "district_unemployment",
            FactName::DistrictUnemployment,
            Unit::Share,
            "Share of unemployed in the home district",
        ),
        (
            "district_entrepreneurs",
            FactName::DistrictEntrepreneurs,
            Unit::Number,
            "Entrepreneurs per 1,000 inhabitants of the home district",
        ),
        (
            "district_urban",
            FactName::DistrictUrban,
            Unit::Share,
            "Share of the home district's inhabitants who live in towns",
        ),
    ];
    for (name, fact, unit, words) in facts {
        list.add(name, Measure::Fact(fact), None, unit, words);
    }
    list.class = DataClass::Transaction;
    let facts = [
        (
            "account_users",
            FactName::AccountUsers,
            Unit::Count,
            "Persons who may use the account",
        ),
        (
            "in_arrears",
            FactName::InArrears,
            Unit::Flag,
            "1 when a loan is in arrears",
        ),
    ];
    for (name, fact, unit, words) in facts {
        list.add(name, Measure::Fact(fact), None, unit, words);
    }
}
