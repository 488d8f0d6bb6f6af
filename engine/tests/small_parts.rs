//! Times, numbers in texts, and the condition machine, each against something else.
#![allow(clippy::unwrap_used, reason = "tests")]

use engine::{
    Timestamp,
    bundle::Channel,
    policy::{
        ArchivedCondition, ArchivedFormula, Condition, Format, Formula, Numbers, Op, Operands,
        Subject, Test,
    },
};
use proptest::prelude::*;

proptest! {
    /// Against the `jiff` library, over all years it and we know.
    #[test]
    fn times_agree_with_jiff(seconds in -62_000_000_000i64..253_000_000_000) {
        let ours = Timestamp::from_seconds(seconds);
        let theirs = jiff::Timestamp::from_second(seconds).unwrap();
        prop_assert_eq!(ours.to_string(), theirs.to_string());
        prop_assert_eq!(ours.to_string().parse::<Timestamp>().unwrap(), ours);
        let year = i64::from(theirs.to_zoned(jiff::tz::TimeZone::UTC).year());
        prop_assert_eq!(ours.year(), year);
    }

    #[test]
    fn offsets_agree_with_jiff(seconds in -1_000_000_000i64..4_000_000_000, minutes in -840i32..840) {
        let offset = jiff::tz::Offset::from_seconds(minutes * 60).unwrap();
        let text = jiff::Timestamp::from_second(seconds).unwrap().display_with_offset(offset).to_string();
        prop_assert_eq!(text.parse::<Timestamp>().unwrap().seconds(), seconds);
    }
}

#[test]
fn what_is_not_a_time_is_refused_with_the_remedy() {
    let bad = [
        "",
        "1994",
        "1994-13-01",
        "1994-02-29",
        "1994-03-31T24:00:00Z",
        "1994-03-31T10:00:00",
        "1994-03-31T10:00:00+24:00",
        "1994-03-31T10:00:00.Z",
        "31.3.1994",
        "1994-03-31 noon",
        "9999-12-31T23:59:59-23:59",
        "١٩٩٤-03-31",
    ];
    for text in bad {
        let error = text.parse::<Timestamp>().unwrap_err().to_string();
        assert!(error.contains("write RFC 3339"), "{text}: {error}");
    }
    let fraction: Timestamp = "1994-03-31t10:00:00.999z".parse().unwrap();
    assert_eq!(fraction.to_string(), "1994-03-31T10:00:00Z");
}

/// Expected texts follow CLDR 46 (`en`, `cs`), with the currency's code after the number.
#[test]
fn numbers_are_written_as_the_language_does() {
    let write = |locale, value, format| {
        let mut out = String::new();
        Numbers::new(locale, "CZK").write(&mut out, value, format);
        out
    };
    assert_eq!(
        write("en", 1_234_567.4, Format::Money),
        "1,234,567\u{a0}CZK"
    );
    assert_eq!(
        write("cs", 1_234_567.4, Format::Money),
        "1\u{a0}234\u{a0}567\u{a0}CZK"
    );
    assert_eq!(write("en-GB", 0.456, Format::Percent), "46%");
    assert_eq!(write("cs", 0.456, Format::Percent), "46\u{a0}%");
    assert_eq!(write("cs", 12.34, Format::Decimal), "12,3");
    assert_eq!(write("en", -999.0, Format::Count), "−999");
    assert_eq!(write("en", -0.2, Format::Count), "0");
    assert_eq!(write("en", f64::INFINITY, Format::Count), "–");
}

fn holds(tests: &[Test], numbers: &[&[Op]], operands: Operands<'_>) -> bool {
    let condition = Condition {
        tests: tests.to_vec(),
        numbers: numbers.iter().map(|ops| ops.to_vec()).collect(),
        ..Condition::default()
    };
    let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&condition).unwrap();
    rkyv::access::<ArchivedCondition, rkyv::rancor::Error>(&bytes)
        .unwrap()
        .holds(operands)
}

fn value(ops: &[Op], operands: Operands<'_>) -> f64 {
    let formula = Formula {
        ops: ops.to_vec(),
        ..Formula::default()
    };
    let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&formula).unwrap();
    rkyv::access::<ArchivedFormula, rkyv::rancor::Error>(&bytes)
        .unwrap()
        .value(operands)
}

fn test(subject: Subject, low: f64, high: f64, pass: u16, fail: u16) -> Test {
    Test {
        subject,
        low,
        high,
        pass,
        fail,
    }
}

#[test]
fn tests_lead_where_they_say() {
    let operands = Operands {
        variables: &[f64::NAN, 5.0],
        ..Operands::default()
    };
    let missing = |pass, fail| test(Subject::Variable(0), 1.0, f64::INFINITY, pass, fail);
    let yes = |pass, fail| test(Subject::Variable(1), 1.0, 5.0, pass, fail);
    let no = |pass, fail| test(Subject::Variable(1), 0.0, 5.0_f64.next_down(), pass, fail);
    let holds = |tests: &[Test]| holds(tests, &[], operands);
    assert!(holds(&[yes(1, 0)]) && !holds(&[no(1, 0)]) && !holds(&[missing(1, 0)]));
    // `&&`: who fails leaps to the end; `||`: who passes leaps behind it.
    assert!(holds(&[yes(0, 1), yes(1, 0)]) && !holds(&[yes(0, 1), no(1, 0)]));
    assert!(!holds(&[missing(0, 1), yes(1, 0)]));
    assert!(holds(&[yes(2, 0), no(1, 0)]) && holds(&[missing(2, 0), yes(1, 0)]));
    assert!(!holds(&[missing(2, 0), no(1, 0)]));
}

#[test]
fn missing_is_absorbed_as_cel_absorbs_errors() {
    let operands = Operands {
        variables: &[f64::NAN, 5.0],
        ..Operands::default()
    };
    let read = |i| Op::Read(Subject::Variable(i));
    let missing = [Op::Constant(1.0), read(0), Op::Less];
    let yes = [Op::Constant(1.0), read(1), Op::Less];
    let no = [read(1), Op::Within(0.0, 1.0)];
    let join = |a: &[Op], b: &[Op], op| value(&[a, b, &[op]].concat(), operands);
    assert!(value(&missing, operands).is_nan());
    assert!(value(&[&missing[..], &[Op::Not]].concat(), operands).is_nan());
    assert_eq!(join(&missing, &yes, Op::Or), 1.0);
    assert_eq!(join(&yes, &missing, Op::Or), 1.0);
    assert_eq!(join(&missing, &no, Op::And), 0.0);
    assert_eq!(join(&no, &missing, Op::And), 0.0);
    assert!(join(&missing, &no, Op::Or).is_nan() && join(&missing, &yes, Op::And).is_nan());
    assert!(value(&[read(0), Op::Within(0.0, 1.0)], operands).is_nan());
    assert_eq!(value(&[read(0), Op::Has], operands), 0.0);
    let quotient = [Op::Constant(1.0), Op::Constant(0.0), Op::Divide];
    assert!(value(&quotient, operands).is_nan());
    let chosen = [no[0], no[1], read(0), read(1), Op::Select];
    assert_eq!(
        value(&chosen, operands),
        5.0,
        "what is not chosen may be missing"
    );
}

#[test]
fn every_operand_has_its_subject() {
    let operands = Operands {
        variables: &[1.0],
        scores: &[2.0],
        intents: &[3.0],
        factors: &[4.0],
        persona: Some(1),
        channel: Some(Channel::CallCentre),
        causes: &[5.0],
    };
    let of = |subject, operands| value(&[Op::Read(subject)], operands);
    let subjects = [
        (Subject::Variable(0), 1.0),
        (Subject::Score(0), 2.0),
        (Subject::Intent(0), 3.0),
        (Subject::Factor(0), 4.0),
        (Subject::Persona, 1.0),
        (Subject::Channel, Channel::CallCentre.number()),
        (Subject::Cause(0), 5.0),
    ];
    for (subject, number) in subjects {
        assert_eq!(of(subject, operands), number, "{subject:?}");
        assert!(of(subject, Operands::default()).is_nan(), "{subject:?}");
        let is = test(subject, number, number, 1, 0);
        assert!(holds(&[is], &[], operands), "{subject:?}");
        assert!(!holds(&[is], &[], Operands::default()), "{subject:?}");
    }
    let sum = [
        Op::Read(Subject::Variable(0)),
        Op::Read(Subject::Score(0)),
        Op::Add,
    ];
    let is = test(Subject::Number(0), 3.0, 3.0, 1, 0);
    assert!(holds(&[is], &[&sum], operands));
    assert!(
        of(Subject::Number(0), operands).is_nan(),
        "programs do not nest"
    );
}

#[test]
fn programs_that_are_none_do_not_hold() {
    let none = Operands::default();
    for ops in [
        &[][..],
        &[Op::And],
        &[Op::Constant(1.0), Op::Constant(1.0)],
        &vec![Op::Constant(1.0); 2_000],
        &[Op::Read(Subject::Variable(9))],
    ] {
        assert!(value(ops, none).is_nan(), "{} instructions", ops.len());
    }
    assert!(!holds(&[], &[], none));
    let yes = |leap| test(Subject::Number(0), 1.0, 1.0, leap, 0);
    let one: &[Op] = &[Op::Constant(1.0)];
    assert!(holds(&[yes(1)], &[one], none));
    for leap in [0, 2, u16::MAX] {
        assert!(!holds(&[yes(leap)], &[one], none), "leap {leap}");
    }
    assert!(!holds(&[yes(1)], &[], none), "no such number");
    // Each test may compute, but only so much together.
    let long = [&[Op::Constant(1.0)][..], &[Op::Negate; 900]].concat();
    assert!(holds(&[yes(1)], &[&long], none));
    assert!(!holds(&[yes(0), yes(1)], &[&long], none));
}
