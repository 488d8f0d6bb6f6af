//! Programs that no compiler of ours made: they end without a panic, and say the same alone and together.

#![allow(clippy::unwrap_used, reason = "tests")]

use engine::{
    bundle::Channel,
    policy::{
        ArchivedCondition, ArchivedConditions, ArchivedFormula, Condition, Conditions, Formula, Op,
        Operands, Subject, Test,
    },
};
use proptest::{collection::vec, prelude::*};
use rkyv::rancor::Failure;

fn subject() -> impl Strategy<Value = Subject> {
    (0..8, 0u16..4).prop_map(|(kind, i)| match kind {
        0 => Subject::Variable(i),
        1 => Subject::Score(i),
        2 => Subject::Intent(i),
        3 => Subject::Factor(i),
        4 => Subject::Persona,
        5 => Subject::Channel,
        6 => Subject::Cause(i),
        _ => Subject::Number(i),
    })
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-2i8..3).prop_map(f64::from),
        proptest::sample::select(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1e11][..]),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    const PLAIN: [Op; 15] = [
        Op::Has,
        Op::Not,
        Op::Negate,
        Op::And,
        Op::Or,
        Op::Equal,
        Op::Less,
        Op::LessEqual,
        Op::Add,
        Op::Subtract,
        Op::Multiply,
        Op::Divide,
        Op::Least,
        Op::Greatest,
        Op::Select,
    ];
    prop_oneof![
        2 => number().prop_map(Op::Constant),
        4 => subject().prop_map(Op::Read),
        1 => (number(), number()).prop_map(|(low, high)| Op::Within(low, high)),
        3 => proptest::sample::select(&PLAIN[..]),
    ]
}

/// `a * x - b * y`, which has a way of its own, among programs of all kinds.
fn program() -> impl Strategy<Value = Vec<Op>> {
    let term = || {
        (number(), 0u16..4).prop_map(|(by, i)| {
            [
                Op::Constant(by),
                Op::Read(Subject::Variable(i)),
                Op::Multiply,
            ]
        })
    };
    let difference = (term(), term())
        .prop_map(|(left, right)| [&left[..], &right[..], &[Op::Subtract]].concat());
    prop_oneof![vec(op(), 0..6), difference]
}

fn condition() -> impl Strategy<Value = Condition> {
    let leap = || prop_oneof![4 => 0u16..5, 1 => Just(u16::MAX)];
    let test = (subject(), number(), number(), leap(), leap()).prop_map(
        |(subject, low, high, pass, fail)| Test {
            subject,
            low,
            high,
            pass,
            fail,
        },
    );
    (vec(test, 0..8), vec(program(), 0..4)).prop_map(|(tests, numbers)| Condition {
        tests,
        numbers,
        ..Condition::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

    #[test]
    fn any_program_ends_and_says_one_thing(
        conditions in vec(condition(), 0..6),
        values in vec(number(), 0..4),
        persona in proptest::option::of(0u16..3),
    ) {
        let operands = Operands {
            variables: &values,
            scores: &values,
            intents: &values,
            factors: &values,
            persona,
            channel: Some(Channel::App),
            causes: &values,
        };
        let bytes = rkyv::to_bytes::<Failure>(&Conditions::new(&conditions).unwrap()).unwrap();
        let together = rkyv::access::<ArchivedConditions, Failure>(&bytes).unwrap();
        let (mut row, mut holds) = (vec![1.0], vec![true]);
        together.each(operands, &mut row, &mut holds);
        prop_assert_eq!(holds.len(), conditions.len());
        for (condition, holds) in conditions.iter().zip(holds) {
            let bytes = rkyv::to_bytes::<Failure>(condition).unwrap();
            let alone = rkyv::access::<ArchivedCondition, Failure>(&bytes).unwrap();
            prop_assert_eq!(alone.holds(operands), holds);
            prop_assert!(!holds || !condition.tests.is_empty());
            let formula = Formula { ops: condition.numbers.concat(), ..Formula::default() };
            let bytes = rkyv::to_bytes::<Failure>(&formula).unwrap();
            let formula = rkyv::access::<ArchivedFormula, Failure>(&bytes).unwrap();
            let _any = formula.value(operands);
        }
    }
}
