//! Times, numbers in texts, and the condition machine, each against something else.
#![allow(clippy::unwrap_used, reason = "tests")]

use engine::{
    Timestamp,
    bundle::Channel,
    policy::{ArchivedCondition, Condition, Format, Numbers, Op, Operands},
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

fn holds(ops: &[Op], operands: Operands<'_>) -> bool {
    let condition = Condition {
        ops: ops.to_vec(),
        ..Condition::default()
    };
    let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&condition).unwrap();
    rkyv::access::<ArchivedCondition, rkyv::rancor::Error>(&bytes)
        .unwrap()
        .holds(operands)
}

#[test]
fn missing_is_absorbed_as_cel_absorbs_errors() {
    let operands = Operands {
        variables: &[f64::NAN, 5.0],
        ..Operands::default()
    };
    let missing = [Op::Variable(0), Op::Constant(1.0), Op::Greater];
    let yes = [Op::Variable(1), Op::Constant(1.0), Op::Greater];
    let no = [Op::Variable(1), Op::Constant(1.0), Op::Less];
    let join = |a: &[Op], b: &[Op], op| holds(&[a, b, &[op]].concat(), operands);
    assert!(!holds(&missing, operands));
    assert!(
        !holds(&[&missing[..], &[Op::Not]].concat(), operands),
        "not missing is missing"
    );
    assert!(join(&missing, &yes, Op::Or) && join(&yes, &missing, Op::Or));
    assert!(!join(&missing, &no, Op::Or) && !join(&missing, &yes, Op::And));
    let absorbed = [&missing[..], &no, &[Op::And, Op::Not]].concat();
    assert!(holds(&absorbed, operands), "missing && false is false");
    assert!(holds(&[Op::Variable(0), Op::Has, Op::Not], operands));
    let quotient = [Op::Constant(1.0), Op::Constant(0.0), Op::Divide, Op::Has];
    assert!(!holds(&quotient, operands), "a quotient by zero is missing");
}

#[test]
fn personas_and_channels_are_compared_by_position() {
    let operands = Operands {
        persona: Some(1),
        channel: Some(Channel::App),
        ..Operands::default()
    };
    assert!(holds(
        &[Op::Persona(1), Op::Channel(Channel::App), Op::And],
        operands
    ));
    assert!(!holds(&[Op::Persona(0)], operands));
    assert!(
        !holds(&[Op::Persona(0), Op::Not], Operands::default()),
        "no persona is missing"
    );
}

#[test]
fn programs_that_are_none_do_not_hold() {
    let none = Operands::default();
    assert!(!holds(&[], none));
    assert!(!holds(&[Op::And], none));
    assert!(
        !holds(&[Op::Constant(1.0), Op::Constant(1.0)], none),
        "two results"
    );
    assert!(!holds(&vec![Op::Constant(1.0); 2_000], none), "too deep");
    assert!(!holds(&[Op::Variable(9)], none), "no such variable");
}
