//! What the analysis says against what the engine answers for every value that could make a difference.

use engine::{
    bundle::{Texts, Unit},
    policy::{ArchivedCondition, Operands},
    variables::Measure,
};
use proptest::prelude::*;

use super::*;
use crate::condition::{Scope, compile};

const NAMES: [&str; 3] = ["balance", "count", "share"];

fn body() -> Body {
    let units = [Unit::Money, Unit::Count, Unit::Share];
    let variable = |(name, unit): (&str, Unit)| Variable {
        name: name.to_owned(),
        measure: Measure::Balance,
        purpose: 0,
        unit,
        label: Texts::new(),
        cause: None,
    };
    Body {
        variables: NAMES.into_iter().zip(units).map(variable).collect(),
        ..Body::default()
    }
}

/// Values on, below, between and above the constants in use, as far as the units allow; and missing.
fn values(name: &str) -> Vec<f64> {
    let all = [f64::NAN, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5];
    let fits = |value: &f64| match name {
        "count" => value.is_nan() || *value >= 0.0,
        "share" => !(*value < 0.0 || *value > 1.0),
        _ => true,
    };
    all.into_iter().filter(fits).collect()
}

fn condition() -> impl Strategy<Value = String> {
    let name = prop::sample::select(&NAMES[..]);
    let op = prop::sample::select(&["<", "<=", ">", ">=", "==", "!="][..]);
    let leaf = prop_oneof![
        8 => (name.clone(), op, 0..3).prop_map(|(name, op, value)| format!("{name} {op} {value}")),
        1 => name.clone().prop_map(|name| format!("has({name})")),
        1 => (name, 0..2).prop_map(|(name, value)| format!("{name} in [{value}, 2]")),
    ];
    leaf.prop_recursive(4, 16, 2, |inner| {
        prop_oneof![
            3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) || ({b})")),
            1 => inner.prop_map(|a| format!("!({a})")),
        ]
    })
}

/// For all combinations of values: whether they are all known, and whether the condition holds.
fn answers(condition: &Condition) -> Vec<(bool, bool)> {
    let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(condition).unwrap();
    let archived = rkyv::access::<ArchivedCondition, rkyv::rancor::Error>(&bytes).unwrap();
    let mut answers = Vec::new();
    for balance in values("balance") {
        for count in values("count") {
            for share in values("share") {
                let variables = &[balance, count, share];
                let holds = archived.holds(Operands {
                    variables,
                    ..Operands::default()
                });
                answers.push((!variables.iter().any(|value| value.is_nan()), holds));
            }
        }
    }
    answers
}

proptest! {
    #[test]
    fn a_condition_can_hold_just_when_the_engine_finds_a_way(source in condition()) {
        let scope = Scope { variables: &NAMES, ..Scope::default() };
        let condition = compile(&source, &scope).unwrap();
        let outcome = outcome(&[&condition], &body()).unwrap();
        let answers = answers(&condition);
        prop_assert_eq!(outcome.holds, answers.iter().any(|(_, holds)| *holds), "{}", source);
        if !outcome.fails {
            prop_assert!(answers.iter().all(|(known, holds)| !known || *holds), "{}", source);
        }
    }

    #[test]
    fn conditions_together_hold_as_their_conjunction(left in condition(), right in condition()) {
        let scope = Scope { variables: &NAMES, ..Scope::default() };
        let compiled = |source: &str| compile(source, &scope).unwrap();
        let (left, right, both) = (compiled(&left), compiled(&right), compiled(&format!("({left}) && ({right})")));
        let body = body();
        let holds = |conditions: &[&Condition]| outcome(conditions, &body).map(|it| it.holds);
        prop_assert_eq!(holds(&[&left, &right]), holds(&[&both]));
    }
}
