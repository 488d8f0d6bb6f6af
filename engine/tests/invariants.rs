//! What must always hold, on random customers.
#![allow(
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod support;

use std::collections::HashMap;

use engine::{
    Bundle, Context, Engine, Profile, Timestamp,
    consent::Lens,
    profile::{
        Category, DataClass, Direction, Event, EventKind, Fact, FactName, IdKind, LinkedId,
        Operation, Value,
    },
    trust::Verified,
    variables::{Ledger, Stream, Window},
};
use proptest::{prelude::*, sample::select};
use support::{ALL, at, bundle, customer, trusted};

fn decide(profile: &Profile) -> Vec<u8> {
    let bytes = bundle();
    let verified = Verified::new(&bytes, &trusted()).unwrap();
    let mut engine = Engine::new(Bundle::open(verified).unwrap());
    let profile = profile.clone().checked().unwrap();
    engine
        .decide(&profile, &Context::default(), at(), 0)
        .unwrap()
        .to_json()
}

fn transaction() -> impl Strategy<Value = Event> {
    let operations = select(vec![
        Operation::CashDeposit,
        Operation::CardWithdrawal,
        Operation::TransferIn,
        Operation::TransferOut,
    ]);
    let categories = select(vec![
        Category::Household,
        Category::Pension,
        Category::Other,
    ]);
    (
        0i64..500,
        any::<bool>(),
        operations,
        categories,
        0u32..10_000_000,
        -1_000_000i32..10_000_000,
    )
        .prop_map(
            |(days, credit, operation, category, amount, balance)| Event {
                at: Timestamp::from_seconds(at().seconds() - days * 86_400),
                kind: EventKind::Transaction,
                direction: Some(if credit {
                    Direction::Credit
                } else {
                    Direction::Debit
                }),
                operation: Some(operation),
                category: Some(category),
                amount: Some(f64::from(amount) / 100.0),
                balance: Some(f64::from(balance) / 100.0),
                counterparty: None,
                mcc: None,
                action: None,
                channel: None,
                id: None,
            },
        )
}

fn behaviour() -> impl Strategy<Value = Event> {
    let kinds = select(vec![EventKind::Visit, EventKind::Click, EventKind::Login]);
    (0i64..60, kinds).prop_map(|(days, kind)| Event {
        at: Timestamp::from_seconds(at().seconds() - days * 86_400),
        kind,
        direction: None,
        operation: None,
        category: None,
        amount: None,
        balance: None,
        counterparty: None,
        mcc: None,
        action: Some("app".to_owned()),
        channel: None,
        id: None,
    })
}

fn purposes() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(ALL.to_vec(), 0..=4)
}

/// Puts random data of the class that `purpose` opens into a profile.
fn disturb(profile: &mut Profile, purpose: &str, events: &[Event], behaviour: &[Event], year: i32) {
    match purpose {
        "insights" => {
            profile.events.extend_from_slice(events);
            profile.holdings.clear();
        }
        "behaviour" => profile.events.extend_from_slice(behaviour),
        _ => profile.facts.push(Fact {
            name: FactName::BirthYear,
            value: Value::Number(f64::from(year)),
            class: DataClass::Demographic,
            source: "other".into(),
            observed_at: "1994-01-01".parse().unwrap(),
            shelf_life_days: None,
        }),
    }
}

proptest! {
    #[test]
    fn data_of_a_purpose_that_is_off_never_changes_a_byte(
        granted in purposes(),
        events in prop::collection::vec(transaction(), 1..20),
        behaviour in prop::collection::vec(behaviour(), 1..20),
        year in 1900..1990,
    ) {
        let before = customer(&granted);
        for off in ["insights", "behaviour", "details"].into_iter().filter(|p| !granted.contains(p)) {
            let mut after = before.clone();
            disturb(&mut after, off, &events, &behaviour, year);
            prop_assert_eq!(decide(&before), decide(&after), "{}", off);
        }
    }

    #[test]
    fn data_of_a_purpose_that_is_on_is_in_the_receipt(
        events in prop::collection::vec(transaction(), 1..20),
        behaviour in prop::collection::vec(behaviour(), 1..20),
        year in 1900..1990,
    ) {
        let before = customer(&ALL);
        for on in ["insights", "behaviour", "details"] {
            let mut after = before.clone();
            disturb(&mut after, on, &events, &behaviour, year);
            prop_assert_ne!(decide(&before), decide(&after), "{}", on);
        }
    }

    #[test]
    fn special_data_and_ids_never_change_a_byte(year in 1900..1990, id in "[a-z]{1,9}") {
        let before = customer(&ALL);
        let mut after = before.clone();
        disturb(&mut after, "details", &[], &[], year);
        after.facts.last_mut().unwrap().class = DataClass::Special;
        after.ids.push(LinkedId { kind: IdKind::Device, value: id });
        prop_assert_eq!(decide(&before), decide(&after));
    }

    #[test]
    fn what_comes_after_the_clock_never_changes_a_byte(mut event in transaction(), days in 1i64..900) {
        let before = customer(&ALL);
        let mut after = before.clone();
        event.at = Timestamp::from_seconds(at().seconds() + days * 86_400);
        after.events.push(event);
        prop_assert_eq!(decide(&before), decide(&after));
    }

    #[test]
    fn the_order_of_a_profile_never_changes_a_byte(
        events in Just(()).prop_flat_map(|()| prop::collection::vec(transaction(), 0..30))
            .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
    ) {
        let (ordered, shuffled) = events;
        let with = |events| { let mut p = customer(&ALL); p.events = events; p };
        prop_assert_eq!(decide(&with(ordered)), decide(&with(shuffled)));
    }

    /// The ledger against sums made the plain way, per window, in floating point.
    #[test]
    fn the_ledger_agrees_with_plain_sums(events in prop::collection::vec(transaction(), 0..60)) {
        let mut profile = customer(&[]);
        profile.events = events.clone();
        let ledger = Ledger::new(&Lens::for_training(at()).view(&profile));
        for window in Window::ALL {
            let inside: Vec<&Event> = events
                .iter()
                .filter(|e| at().day() - e.at.day() < i64::from(window.days()))
                .collect();
            let credit: Vec<f64> = inside
                .iter()
                .filter(|e| e.direction == Some(Direction::Credit))
                .filter_map(|e| e.amount)
                .collect();
            let total = ledger.total(Stream::Credit, *window);
            prop_assert_eq!(total.count as usize, credit.len());
            let sum = total.cents as f64 / 100.0;
            prop_assert!((sum - credit.iter().sum::<f64>()).abs() < 1e-3);
            prop_assert_eq!(total.largest as f64 / 100.0, credit.iter().copied().fold(0.0, f64::max));
            let least = inside.iter().filter_map(|e| e.balance).fold(f64::INFINITY, f64::min);
            let balances = ledger.balances(*window);
            prop_assert_eq!(balances.count as usize, inside.len());
            if balances.count > 0 {
                prop_assert_eq!(balances.least as f64 / 100.0, least);
            }
        }
    }

    #[test]
    fn merging_is_commutative_associative_and_idempotent(
        a in prop::collection::vec(transaction(), 0..8),
        b in prop::collection::vec(transaction(), 0..8),
        c in prop::collection::vec(behaviour(), 0..8),
        years in prop::collection::vec(1900..1990, 3),
    ) {
        let part = |events: &[Event], year: i32, device: &str| {
            let mut part = customer(&["insights"]);
            part.events = events.to_vec();
            part.facts[0].value = Value::Number(f64::from(year));
            part.ids.push(LinkedId { kind: IdKind::Device, value: device.to_owned() });
            part.checked().unwrap()
        };
        let (a, b, c) = (part(&a, years[0], "a"), part(&b, years[1], "b"), part(&c, years[2], "c"));
        let merge = |x: &Profile, y: &Profile| x.clone().merge(y.clone()).unwrap();
        prop_assert_eq!(merge(&a, &b), merge(&b, &a));
        prop_assert_eq!(merge(&merge(&a, &b), &c), merge(&a, &merge(&b, &c)));
        let ab = merge(&a, &b);
        prop_assert_eq!(merge(&ab, &ab), ab.clone());
        prop_assert_eq!(merge(&ab, &a), ab);
    }
}

#[test]
fn strangers_and_two_customers_are_not_merged() {
    let one = customer(&[]);
    let mut other = customer(&[]);
    other.ids[0].value = "c-2".into();
    assert!(
        one.clone()
            .merge(other.clone())
            .unwrap_err()
            .to_string()
            .contains("share no id")
    );
    let device = LinkedId {
        kind: IdKind::Device,
        value: "shared tablet".into(),
    };
    let mut one = one;
    one.ids.push(device.clone());
    other.ids.push(device);
    assert!(
        one.merge(other)
            .unwrap_err()
            .to_string()
            .contains("`c-1` and `c-2`")
    );
}

fn read(json: &str) -> Profile {
    Profile::from_json(json.as_bytes()).unwrap()
}

#[test]
fn numbers_and_texts_never_share_a_hash() {
    let with = |value: &str, source: &str| {
        let mut profile = customer(&ALL);
        profile.facts = read(&format!(
            r#"{{"schema_version": 1, "facts": [{{"name": "in-arrears", "value": {value}, "class":
            "transaction", "source": "{source}", "observed_at": "1993-01-01"}}]}}"#
        ))
        .facts;
        decide(&profile)
    };
    // The bits of the number are the length of the text, and its source is the text.
    let zeros = |count| "\\u0000".repeat(count);
    assert_ne!(
        with("4e-323", &zeros(8)),
        with(&format!("\"\\u0008{}\"", zeros(7)), "")
    );
}

#[test]
fn every_visible_field_has_its_share_in_the_hash() {
    let event = |fields: &str| {
        format!(r#""events": [{{"at": "1993-05-05", "kind": "transaction", {fields}}}]"#)
    };
    let visit = |fields: &str| {
        format!(r#""events": [{{"at": "1993-05-05", "kind": "impression", {fields}}}]"#)
    };
    let fact = |fields: &str| {
        format!(
            r#""facts": [{{"class": "demographic", "source": "s", "observed_at": "1993-01-01", {fields}}}]"#
        )
    };
    let loan = |fields: &str| {
        format!(
            r#""holdings": [{{"kind": "loan", "class": "transaction", "source": "s", "observed_at":
            "1993-01-01", "product": "p", {fields}}}]"#
        )
    };
    let profiles = [
        r#""events": []"#.to_owned(),
        event(r#""amount": 1"#),
        event(r#""amount": 2"#),
        event(r#""balance": 1"#),
        event(r#""amount": 1, "direction": "credit""#),
        event(r#""amount": 1, "direction": "debit""#),
        event(r#""amount": 1, "operation": "cash-deposit""#),
        event(r#""amount": 1, "category": "pension""#),
        event(r#""amount": 1, "mcc": 5411"#),
        event(r#""amount": 1, "mcc": 5412"#),
        event(r#""amount": 1, "counterparty": "ab", "id": "c""#),
        event(r#""amount": 1, "counterparty": "a", "id": "bc""#),
        event(r#""amount": 1, "counterparty": "abc""#),
        event(r#""amount": 1, "counterparty": "abc", "id": """#),
        event(r#""amount": 1, "id": "abc""#),
        visit(r#""action": "abc""#),
        visit(r#""action": "abc", "channel": "app""#),
        fact(r#""name": "female", "value": true"#),
        fact(r#""name": "female", "value": 1"#),
        fact(r#""name": "birth-year", "value": 1"#),
        fact(r#""name": "district", "value": "t""#),
        fact(r#""name": "district", "value": "t", "shelf_life_days": 40000"#),
        loan(r#""opened_at": "1992-01-01""#),
        loan(r#""opened_at": "1992-01-02""#),
        loan(r#""opened_at": "1992-01-01", "closed_at": "2030-01-01""#),
        loan(r#""opened_at": "1992-01-01", "amount": 5"#),
        loan(r#""opened_at": "1992-01-01", "monthly_payment": 5"#),
        loan(r#""opened_at": "1992-01-01", "category": "household""#),
        loan(r#""opened_at": "1992-01-01", "shelf_life_days": 40000"#),
    ];
    let mut hashes = HashMap::new();
    for fields in &profiles {
        let mut profile = customer(&ALL);
        let read = read(&format!(r#"{{"schema_version": 1, {fields}}}"#));
        (profile.events, profile.facts, profile.holdings) =
            (read.events, read.facts, read.holdings);
        let decision: serde_json::Value = serde_json::from_slice(&decide(&profile)).unwrap();
        let hash = decision["receipt"]["profile"].as_str().unwrap().to_owned();
        if let Some(other) = hashes.insert(hash, fields) {
            panic!("{fields} has the hash of {other}");
        }
    }
}

#[test]
fn merging_never_hides_what_the_lens_shows() {
    let fact = |value: bool, class: &str, at: &str| {
        let mut profile = customer(&ALL);
        profile.facts = read(&format!(
            r#"{{"schema_version": 1, "facts": [{{"name": "in-arrears", "value": {value}, "class":
            "{class}", "source": "s", "observed_at": "{at}"}}]}}"#
        ))
        .facts;
        profile.checked().unwrap()
    };
    let alone = decide(&fact(true, "transaction", "1993-01-01"));
    for hidden in [
        fact(false, "special", "1993-02-01"),
        fact(false, "transaction", "2090-01-01"),
    ] {
        let merged = fact(true, "transaction", "1993-01-01")
            .merge(hidden)
            .unwrap();
        assert_eq!(decide(&merged), alone);
    }
}

#[test]
fn the_newest_observation_of_a_holding_counts() {
    let loan = |observed: &str, closed: &str| {
        let mut profile = customer(&ALL);
        profile.holdings[0].observed_at = observed.parse().unwrap();
        profile.holdings[0].closed_at = (!closed.is_empty()).then(|| closed.parse().unwrap());
        profile
    };
    let open = loan("1993-06-01", "");
    let closed = loan("1994-01-01", "1993-12-01");
    let merged = open.clone().merge(closed.clone()).unwrap();
    assert_eq!(merged.holdings.len(), 2);
    assert_eq!(decide(&merged), decide(&closed));
    assert_ne!(decide(&merged), decide(&open));
}

#[test]
fn a_sender_cannot_choose_a_class() {
    let refuse = |list: &str, body: &str| {
        let json = format!(r#"{{"schema_version": 1, "{list}": [{body}]}}"#);
        Profile::from_json(json.as_bytes()).unwrap_err().to_string()
    };
    let fact = r#"{"name": "birth-year", "value": 1950, "class": "public", "source": "s", "observed_at": "1993-01-01"}"#;
    assert!(refuse("facts", fact).contains("facts[0] has the wrong class: it is `demographic`"));
    let loan = r#"{"kind": "loan", "product": "l", "opened_at": "1993-01-01", "class": "public", "source": "s", "observed_at": "1993-01-01"}"#;
    assert!(refuse("holdings", loan).contains("holdings[0] has the wrong class"));
    let login = r#"{"at": "1993-01-01", "kind": "login", "amount": 5.0}"#;
    assert!(refuse("events", login).contains("events[0] is no transaction"));
    let two = r#"{"kind": "customer", "value": "1"}, {"kind": "customer", "value": "2"}"#;
    assert!(refuse("ids", two).contains("ids: `2` is a second customer number"));
}

#[test]
fn a_withdrawal_by_date_covers_its_day() {
    let mut profile = customer(&[]);
    profile
        .consent
        .give("insights", "1", "1994-03-30T10:00:00Z".parse().unwrap());
    profile
        .consent
        .withdraw("insights", "1994-03-30".parse().unwrap());
    assert_eq!(decide(&profile), decide(&customer(&[])));
}
