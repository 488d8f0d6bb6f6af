//! What the changes say, and that they are the fewest and enough.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed test may say so bluntly"
)]

use proptest::prelude::*;
use rkyv::rancor;

use super::*;
use crate::{
    bundle::{Body, Variable},
    policy::{Condition, Op, Subject, Test},
    variables::Measure,
};

fn archived<T>(value: &T) -> rkyv::util::AlignedVec
where
    T: for<'a> rkyv::Serialize<
            rkyv::api::high::HighSerializer<
                rkyv::util::AlignedVec,
                rkyv::ser::allocator::ArenaHandle<'a>,
                rancor::Error,
            >,
        >,
{
    rkyv::to_bytes::<rancor::Error>(value).unwrap()
}

fn read<R>(
    condition: &Condition,
    variables: &[f64],
    then: impl FnOnce(&ArchivedCondition, Operands<'_>, &ArchivedBody) -> R,
) -> R {
    let variable = |i: usize| Variable {
        name: format!("v{i}"),
        measure: Measure::DaysKnown,
        purpose: 0,
        unit: crate::bundle::Unit::Number,
        label: Vec::new(),
        cause: None,
    };
    let body = Body {
        variables: (0..variables.len()).map(variable).collect(),
        ..Body::default()
    };
    let (condition, body) = (archived(condition), archived(&body));
    let condition = rkyv::access::<ArchivedCondition, rancor::Error>(&condition).unwrap();
    let body = rkyv::access::<ArchivedBody, rancor::Error>(&body).unwrap();
    let operands = Operands {
        variables,
        ..Operands::default()
    };
    then(condition, operands, body)
}

fn said(condition: &Condition, variables: &[f64]) -> String {
    read(condition, variables, |condition, operands, body| {
        serde_json::to_string(&changes(condition, operands, body)).unwrap()
    })
}

fn test(variable: u16, low: f64, high: f64, pass: u16, fail: u16) -> Test {
    let subject = Subject::Variable(variable);
    Test {
        subject,
        low,
        high,
        pass,
        fail,
    }
}

const END: f64 = f64::INFINITY;

#[test]
fn the_shorter_way_is_named() {
    // v0 > 5 && v1 <= 3 || v2 in 10..20
    let condition = Condition {
        tests: vec![
            test(0, 5.0_f64.next_up(), END, 0, 1),
            test(1, -END, 3.0, 2, 0),
            test(2, 10.0, 20.0, 1, 0),
        ],
        ..Condition::default()
    };
    assert_eq!(
        said(&condition, &[4.0, 7.0, 25.0]),
        r#"[{"of":"v2","is":25.0,"needs":{"between":[10.0,20.0]}}]"#
    );
    // Of two ways as short, the one that keeps the earlier answers.
    assert_eq!(
        said(&condition, &[f64::NAN, 2.0, 9.0]),
        r#"[{"of":"v2","is":9.0,"needs":{"between":[10.0,20.0]}}]"#
    );
    assert_eq!(said(&condition, &[6.0, 2.0, f64::NAN]), "[]");
    let first = Condition {
        tests: vec![test(0, 5.0_f64.next_up(), END, 1, 0)],
        ..Condition::default()
    };
    assert_eq!(
        said(&first, &[f64::NAN]),
        r#"[{"of":"v0","needs":{"above":5.0}}]"#
    );
}

#[test]
fn all_that_is_asked_of_one_number_counts() {
    // v0 > 10 && v0 < 20 && !has(v1)
    let condition = Condition {
        tests: vec![
            test(0, 10.0_f64.next_up(), END, 0, 2),
            test(0, -END, 20.0_f64.next_down(), 0, 1),
            test(1, -END, END, 0, 1),
        ],
        ..Condition::default()
    };
    assert_eq!(
        said(&condition, &[4.0, 1.0]),
        r#"[{"of":"v0","is":4.0,"needs":{"between":[10.000000000000002,19.999999999999996]}},{"of":"v1","is":1.0,"needs":"missing"}]"#
    );
}

#[test]
fn expressions_are_written_as_conditions_write_them() {
    let ops = vec![
        Op::Read(Subject::Variable(0)),
        Op::Constant(2.0),
        Op::Read(Subject::Variable(1)),
        Op::Multiply,
        Op::Subtract,
    ];
    let subject = Subject::Number(0);
    let condition = Condition {
        tests: vec![Test {
            subject,
            low: 0.0,
            high: END,
            pass: 1,
            fail: 0,
        }],
        numbers: vec![ops],
        ..Condition::default()
    };
    assert_eq!(
        said(&condition, &[1.0, 3.0]),
        r#"[{"of":"(v0 - (2 * v1))","is":-5.0,"needs":{"at-least":0.0}}]"#
    );
}

/// The fewest tests that must answer otherwise, by trying every way.
fn fewest(condition: &Condition, variables: &[f64], at: usize) -> Option<usize> {
    let Some(test) = condition.tests.get(at) else {
        return (at == condition.tests.len() + 1).then_some(0);
    };
    let Subject::Variable(i) = test.subject else {
        panic!("these have variables only");
    };
    let passes = (test.low..=test.high).contains(&variables[usize::from(i)]);
    let on = |leap: u16| fewest(condition, variables, at + 1 + usize::from(leap));
    let pass = on(test.pass).map(|n| n + usize::from(!passes));
    let fail = on(test.fail).map(|n| n + usize::from(passes));
    pass.into_iter().chain(fail).min()
}

fn tests() -> impl Strategy<Value = Vec<Test>> {
    let one = (0..6u16, -9..9i8, -9..9i8, 0..4u16, 0..4u16);
    proptest::collection::vec(one, 1..9).prop_map(|all| {
        let count = all.len();
        let test = |(at, (i, low, span, pass, fail)): (usize, (u16, i8, i8, u16, u16))| {
            // Nobody leaps past the place where a condition holds.
            let most = u16::try_from(count - at).unwrap();
            let low = if low < -6 { -END } else { f64::from(low) };
            let high = if span < 0 {
                END
            } else {
                low.max(-6.0) + f64::from(span)
            };
            test(i, low, high, pass.min(most), fail.min(most))
        };
        all.into_iter().enumerate().map(test).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn with_the_changes_it_holds(
        tests in tests(),
        values in proptest::collection::vec(prop_oneof![1 => Just(f64::NAN), 6 => -9.0..9.0f64], 6),
    ) {
        let condition = Condition { tests, ..Condition::default() };
        let least = fewest(&condition, &values, 0);
        let (holds, changed) = read(&condition, &values, |condition, operands, body| {
            let mut changed = values.clone();
            let all = changes(condition, operands, body);
            for change in &all {
                let i: usize = change.of.trim_start_matches('v').parse().unwrap();
                changed[i] = match change.needs {
                    Needs::Equal(Level::Number(v)) | Needs::AtLeast(v) | Needs::AtMost(v) => v,
                    Needs::Above(v) => v.next_up(),
                    Needs::Below(v) => v.next_down(),
                    Needs::Between(low, high) => low / 2.0 + high / 2.0,
                    Needs::Present => 0.0,
                    Needs::Missing => f64::NAN,
                    _ => panic!("{change:?}"),
                };
            }
            let now = Operands { variables: &changed, ..operands };
            prop_assert!(all.is_empty() || condition.holds(now), "{all:?}");
            // One number may answer several tests, or contradict itself.
            prop_assert!(all.len() <= least.unwrap_or(0));
            let subjects = condition.tests.iter().map(|test| test.subject);
            let is_asked_once = |subject| subjects.clone().filter(|other| *other == subject).count() == 1;
            if subjects.clone().all(is_asked_once) {
                prop_assert_eq!(all.len(), least.unwrap_or(0));
            }
            Ok((condition.holds(operands), all.len()))
        })?;
        prop_assert_eq!(holds, least == Some(0));
        prop_assert!(!holds || changed == 0);
    }
}
