//! The conformance tests of the CEL specification: what compiles gives the value that they say, as a
//! condition or as a formula; all else is refused.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::BTreeMap;

use authoring::condition::{ConditionError, Scope, compile, compile_number};
use engine::policy::{ArchivedCondition, ArchivedFormula, Operands};
use rkyv::rancor::Error;
use serde_json::Value;

/// What became of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// It compiled, and the result is the one expected.
    Passed,
    /// It is refused: it is not in the subset.
    Refused,
    /// It divides by zero, which is missing here and infinite or NaN in CEL, as the module says.
    ByZero,
}

/// What a text is when it stands for a condition, and what when for a formula.
struct Results {
    condition: Result<bool, ConditionError>,
    /// The condition turned round.
    not: Result<bool, ConditionError>,
    formula: Result<f64, ConditionError>,
}

fn run(expr: &str, variables: &BTreeMap<&str, f64>) -> Results {
    let names: Vec<&str> = variables.keys().copied().collect();
    let values: Vec<f64> = variables.values().copied().collect();
    let scope = Scope {
        variables: &names,
        ..Scope::default()
    };
    let operands = Operands {
        variables: &values,
        ..Operands::default()
    };
    let holds = |source: &str| {
        compile(source, &scope).map(|condition| {
            let bytes = rkyv::to_bytes::<Error>(&condition).unwrap();
            let condition = rkyv::access::<ArchivedCondition, Error>(&bytes).unwrap();
            condition.holds(operands)
        })
    };
    Results {
        condition: holds(expr),
        not: holds(&format!("!({expr}\n)")),
        formula: compile_number(expr, &scope).map(|formula| {
            let bytes = rkyv::to_bytes::<Error>(&formula).unwrap();
            let formula = rkyv::access::<ArchivedFormula, Error>(&bytes).unwrap();
            formula.value(operands)
        }),
    }
}

/// A number of the test data; 64-bit whole numbers are written as text.
fn number(value: &Value) -> Option<f64> {
    match value.get("doubleValue").or(value.get("int64Value"))? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.as_str() {
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            "NaN" => Some(f64::NAN),
            text => text.parse().ok(),
        },
        _ => None,
    }
}

fn check(test: &Value) -> Outcome {
    let name = test["name"].as_str().unwrap();
    let expr = test["expr"].as_str().unwrap();
    // Doubles become variables; names of other types are not declared, as no bank can declare them.
    let bindings = test["bindings"].as_object().into_iter().flatten();
    let variables: BTreeMap<&str, f64> = bindings
        .filter_map(|(name, bound)| {
            let value = bound["value"].get("doubleValue")?;
            Some((name.as_str(), value.as_f64()?))
        })
        .collect();
    let results = run(expr, &variables);
    let refused = results.condition.is_err() && results.formula.is_err();
    if refused {
        return Outcome::Refused;
    }
    if test["error"] == true {
        assert!(
            results.condition != Ok(true) && results.not != Ok(true),
            "{name}: {expr}"
        );
        assert!(
            results.formula.is_err() || results.formula.is_ok_and(f64::is_nan),
            "{name}: {expr}"
        );
        return Outcome::Passed;
    }
    let expected = &test["value"];
    let by_zero = expr.split('/').skip(1).any(|divisor| {
        let zero = divisor.trim_start().strip_prefix("0.0");
        zero.is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_digit()))
    });
    if let Some(truth) = expected["boolValue"].as_bool() {
        if by_zero {
            assert_eq!(
                (results.condition, results.not),
                (Ok(false), Ok(false)),
                "{name}: {expr}"
            );
            return Outcome::ByZero;
        }
        assert_eq!(
            (results.condition, results.not),
            (Ok(truth), Ok(!truth)),
            "{name}: {expr}"
        );
        return Outcome::Passed;
    }
    let number = number(expected).unwrap_or_else(|| panic!("{name}: `{expr}` should be refused"));
    let formula = results
        .formula
        .unwrap_or_else(|error| panic!("{name}: `{expr}`: {error}"));
    if by_zero {
        assert!(!number.is_finite() && formula.is_nan(), "{name}: {expr}");
        return Outcome::ByZero;
    }
    assert_eq!(
        formula.to_bits(),
        number.to_bits(),
        "{name}: {expr} is {formula}"
    );
    Outcome::Passed
}

#[test]
fn the_specifications_tests_pass_or_are_refused() {
    let data = include_str!("../../tests/conformance/cel/tests.jsonl");
    let mut counts: BTreeMap<(String, Outcome), usize> = BTreeMap::new();
    for line in data.lines() {
        let test: Value = serde_json::from_str(line).unwrap();
        let section = test["name"].as_str().unwrap().split('/').next().unwrap();
        *counts
            .entry((section.to_owned(), check(&test)))
            .or_default() += 1;
    }
    let count = |section: &str, outcome| {
        counts
            .get(&(section.to_owned(), outcome))
            .copied()
            .unwrap_or(0)
    };
    // Section, passed, refused, dividing by zero.
    let expected = [
        ("basic", 10, 33, 0),
        ("comparisons", 34, 369, 3),
        ("fp_math", 28, 1, 1),
        ("integer_math", 30, 34, 0),
        ("lists", 2, 37, 0),
        ("logic", 11, 19, 0),
        ("macros", 0, 44, 0),
        ("math_ext", 42, 157, 0),
        ("parse", 7, 212, 0),
        ("plumbing", 1, 4, 0),
    ];
    for (section, passed, refused, by_zero) in expected {
        let found = [Outcome::Passed, Outcome::Refused, Outcome::ByZero].map(|o| count(section, o));
        assert_eq!(found, [passed, refused, by_zero], "{section}");
    }
    assert_eq!(
        counts.values().sum::<usize>(),
        1_079,
        "every line is counted"
    );
}
