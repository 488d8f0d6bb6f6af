//! Variables: kept up, made anew or made in one go, they are the same bits; closed data leave no trace.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod support;

use std::sync::LazyLock;

use engine::{
    Bundle, Engine, Profile, Timestamp,
    bundle::{Channel, Unit},
    consent::Lens,
    profile::{Category, Direction, Event, EventKind, Operation},
    trust::Verified,
    variables::{Entry, Ledger, Measure, Quality, Reading, Stat, Stream, Window, registry},
};
use proptest::{prelude::*, sample::select};
use support::{ALL, archive, at, body, bundle, customer, sign, trusted};

const DAY: i64 = 86_400;

/// What a host does between two looks.
#[derive(Clone, Debug)]
enum Step {
    /// An event came in.
    Event(Event),
    /// An event came in twice.
    Again(Event),
    /// The clock went on, or back.
    Clock(i64),
    /// The customer changed what may be used.
    Consent(Vec<&'static str>),
}

/// Seconds around the clock: days, hours, and often the very same instants.
fn moment() -> impl Strategy<Value = Timestamp> {
    let days = prop_oneof![
        6 => -400i64..10,
        2 => -30i64..2,
        1 => select(vec![-6, -7, -29, -30, -89, -90, -364, -365]),
    ];
    (days, select(vec![0, 0, 3_600, 43_200, 79_200, 86_399]))
        .prop_map(|(days, second)| Timestamp::from_seconds((at().day() + days) * DAY + second))
}

fn money() -> impl Strategy<Value = Event> {
    let operation = select(vec![
        (Some(Operation::CashWithdrawal), Direction::Debit),
        (Some(Operation::CardWithdrawal), Direction::Debit),
        (Some(Operation::TransferOut), Direction::Debit),
        (None, Direction::Debit),
        (Some(Operation::CashDeposit), Direction::Credit),
        (Some(Operation::TransferIn), Direction::Credit),
    ]);
    let category = select(vec![
        None,
        Some(Category::Household),
        Some(Category::StatementFee),
        Some(Category::LoanPayment),
    ]);
    let mcc = select(vec![
        None,
        None,
        Some(5411),
        Some(5812),
        Some(8062),
        Some(7995),
    ]);
    // Few amounts, so that largest and smallest are often there twice.
    let amount = prop_oneof![
        select(vec![None, Some(0.0), Some(12.5), Some(5_200.1)]),
        (0u32..1_000_000).prop_map(|cents| Some(f64::from(cents) / 100.0))
    ];
    let balance = prop_oneof![
        Just(None),
        (-100_000i32..1_000_000).prop_map(|cents| Some(f64::from(cents) / 100.0))
    ];
    let party = select(vec![None, Some("AB-1"), Some("QR-2")]);
    (
        moment(),
        operation,
        category,
        mcc,
        amount,
        balance,
        party,
        any::<Option<u8>>(),
    )
        .prop_map(
            |(at, (operation, direction), category, mcc, amount, balance, party, id)| Event {
                at,
                kind: EventKind::Transaction,
                direction: Some(direction),
                operation,
                category: category.filter(|_| direction == Direction::Debit),
                amount,
                balance,
                counterparty: party.map(str::to_owned),
                mcc,
                action: None,
                channel: None,
                id: id.map(|id| id.to_string()),
            },
        )
}

fn dealing() -> impl Strategy<Value = Event> {
    let kinds = select(vec![
        EventKind::Login,
        EventKind::Visit,
        EventKind::Impression,
        EventKind::Click,
        EventKind::Dismissal,
        EventKind::Other,
    ]);
    (moment(), kinds, any::<bool>()).prop_map(|(at, kind, app)| Event {
        at,
        kind,
        direction: None,
        operation: None,
        category: None,
        amount: None,
        balance: None,
        counterparty: None,
        mcc: None,
        action: None,
        channel: Some(if app {
            Channel::App
        } else {
            Channel::CallCentre
        }),
        id: None,
    })
}

/// A salary and a rent, so that there is rhythm to find.
fn rhythm() -> impl Strategy<Value = Vec<Event>> {
    (
        prop::collection::vec(money(), 1..3),
        0i64..40,
        2i64..9,
        0i64..4,
    )
        .prop_map(|(kinds, start, months, jitter)| {
            let each = |kind: &Event| {
                let kind = kind.clone();
                (0..months).map(move |month| Event {
                    at: Timestamp::from_seconds(
                        at().seconds() - (start + month * 30 + month * jitter % 3) * DAY,
                    ),
                    id: None,
                    ..kind.clone()
                })
            };
            kinds.iter().flat_map(each).collect()
        })
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let some = prop::collection::vec(prop_oneof![3 => money(), 1 => dealing()], 0..40);
    (some, prop_oneof![Just(Vec::new()), rhythm()])
        .prop_map(|(some, rhythm)| [some, rhythm].concat())
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let event = || prop_oneof![3 => money(), 1 => dealing()];
    let jump = prop_oneof![
        0i64..200_000,
        0i64..40 * DAY,
        select(vec![DAY, 400 * DAY, -DAY, -100 * DAY])
    ];
    let consent = proptest::sample::subsequence(ALL.to_vec(), 0..=4);
    let step = prop_oneof![
        8 => event().prop_map(Step::Event),
        2 => event().prop_map(Step::Again),
        4 => jump.prop_map(Step::Clock),
        1 => consent.prop_map(Step::Consent),
    ];
    prop::collection::vec(step, 1..40)
}

/// The bundle's purposes, opened once.
static BUNDLE: LazyLock<Bundle<'static>> = LazyLock::new(|| {
    let bytes = bundle().leak();
    Bundle::open(Verified::new(bytes, &trusted()).unwrap()).unwrap()
});

fn lens(profile: &Profile, at: Timestamp) -> Lens {
    Lens::new(profile, &BUNDLE.body().purposes, at)
}

fn grant(profile: &mut Profile, purposes: &[&str]) {
    profile.consent.events.clear();
    for purpose in purposes {
        profile
            .consent
            .give(purpose, "1", "1980-01-01".parse().unwrap());
    }
}

/// Every variable of the registry, as bits.
fn bits(profile: &Profile, lens: Lens, ledger: &Ledger, registry: &[Entry]) -> Vec<u64> {
    let view = lens.view(profile);
    let reading = Reading::new(&view, ledger);
    let value = |entry: &Entry| reading.value(entry.measure, entry.unit).to_bits();
    registry.iter().map(value).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_ledger_kept_up_is_the_one_made_anew(start in events(), steps in steps()) {
        let registry = registry();
        let mut profile = customer(&ALL);
        profile.events = start;
        let mut clock = at();
        let mut ledger = Ledger::new(&lens(&profile, clock).view(&profile));
        for step in steps {
            let mut take = |event: Event| {
                ledger.take_in(&event);
                profile.events.push(event);
            };
            match step {
                Step::Event(event) => take(event),
                Step::Again(event) => {
                    take(event.clone());
                    take(event);
                }
                Step::Clock(seconds) => clock = Timestamp::from_seconds(clock.seconds() + seconds),
                Step::Consent(purposes) => grant(&mut profile, &purposes),
            }
            let lens = lens(&profile, clock);
            if !ledger.at(lens) {
                ledger = Ledger::new(&lens.view(&profile));
            }
            // A batch run reads a checked profile, with its lists in order.
            let sorted = profile.clone().checked().unwrap();
            let anew = Ledger::new(&lens.view(&profile));
            prop_assert_eq!(&ledger, &anew);
            prop_assert_eq!(&anew, &Ledger::new(&lens.view(&sorted)));
            prop_assert_eq!(bits(&profile, lens, &ledger, &registry), bits(&sorted, lens, &anew, &registry));
        }
    }

    #[test]
    fn events_of_a_closed_class_leave_no_trace(
        start in events(),
        more in events(),
        granted in proptest::sample::subsequence(ALL.to_vec(), 0..=4),
    ) {
        let registry = registry();
        let mut profile = customer(&granted);
        profile.events = start;
        let lens = lens(&profile, at());
        let mut ledger = Ledger::new(&lens.view(&profile));
        let before = (ledger.clone(), bits(&profile, lens, &ledger, &registry));
        let closed = |event: &Event| match event.kind {
            EventKind::Transaction => !granted.contains(&"insights"),
            EventKind::Other => true,
            _ => !granted.contains(&"behaviour"),
        };
        for event in more.into_iter().filter(closed) {
            ledger.take_in(&event);
            profile.events.push(event);
        }
        prop_assert_eq!(&ledger, &before.0);
        prop_assert_eq!(&Ledger::new(&lens.view(&profile)), &before.0);
        prop_assert_eq!(bits(&profile, lens, &ledger, &registry), before.1);
    }

    #[test]
    fn what_is_computed_is_in_range(events in events()) {
        let mut profile = customer(&ALL);
        profile.events = events;
        let lens = lens(&profile, at());
        let view = lens.view(&profile);
        let ledger = Ledger::new(&view);
        let reading = Reading::new(&view, &ledger);
        for entry in registry() {
            let quality = reading.quality(entry.measure, entry.unit);
            prop_assert_ne!(quality, Quality::OutOfRange, "{}", entry.name);
            let value = reading.value(entry.measure, entry.unit);
            prop_assert_eq!(value.is_nan(), quality != Quality::Known, "{}", entry.name);
            prop_assert!(quality == Quality::Known || !entry.measure.is_always_known(), "{}", entry.name);
        }
    }
}

#[test]
fn a_ledger_of_another_moment_says_nothing() {
    let profile = customer(&ALL);
    let later = Timestamp::from_seconds(at().seconds() + 1);
    let view = lens(&profile, at()).view(&profile);
    let ledger = Ledger::new(&lens(&profile, later).view(&profile));
    let reading = Reading::new(&view, &ledger);
    let income = Measure::Stream(Stream::Credit, Stat::Sum, Window::D365);
    assert_eq!(reading.quality(income, Unit::Money), Quality::Missing);
    assert!(reading.value(income, Unit::Money).is_nan());
}

#[test]
fn an_engine_decides_from_a_ledger_kept_up_as_from_the_profile() {
    let mut engine = Engine::new(*BUNDLE);
    let mut profile = customer(&ALL);
    let mut ledger = engine.ledger(&profile, at());
    let event = |days: i64| Event {
        at: Timestamp::from_seconds(at().seconds() + days * DAY),
        ..profile.events[0].clone()
    };
    let (heard, unheard) = (event(2), event(3));
    ledger.take_in(&heard);
    profile.events.push(heard);
    let mut same = |profile: &Profile, ledger: &mut Ledger, days: i64| {
        let at = Timestamp::from_seconds(at().seconds() + days * DAY);
        let kept = engine.snapshot_kept_up(profile, ledger, at);
        let anew = engine.snapshot(profile, at);
        let bits = |values: &[f64]| {
            values
                .iter()
                .map(|value| value.to_bits())
                .collect::<Vec<_>>()
        };
        assert_eq!(bits(kept.variables()), bits(anew.variables()), "{days}");
        let context = engine::Context::default();
        let decide = |engine: &mut Engine<'_>, snapshot| {
            engine.decide_for(snapshot, &context, 0).unwrap().to_json()
        };
        assert_eq!(
            decide(&mut engine, &kept),
            decide(&mut engine, &anew),
            "{days}"
        );
    };
    for days in [0, 1, 3, 40, 2] {
        same(&profile, &mut ledger, days);
    }
    // The host forgot to say so.
    profile.events.push(unheard);
    same(&profile, &mut ledger, 4);
    profile.consent.withdraw(
        "insights",
        Timestamp::from_seconds(at().seconds() + 5 * DAY),
    );
    same(&profile, &mut ledger, 5);
    same(&profile, &mut ledger, 4);
}

#[test]
fn salaries_and_regular_payments_are_found() {
    let event = |at: &str, direction: &str, amount: f64, to: &str| {
        format!(
            r#"{{"at": "{at}", "kind": "transaction", "direction": "{direction}", "amount": {amount}, "counterparty": "{to}"}}"#
        )
    };
    let events = [
        event("1993-12-12", "credit", 19_000.0, "works"),
        event("1994-01-12", "credit", 20_000.0, "works"),
        event("1994-02-11", "credit", 20_500.0, "works"),
        event("1994-03-11", "credit", 21_000.0, "works"),
        event("1994-03-01", "credit", 90_000.0, "lottery"),
        event("1994-01-05", "debit", 7_000.0, "landlord"),
        event("1994-02-05", "debit", 7_000.0, "landlord"),
        event("1994-03-05", "debit", 7_200.0, "landlord"),
        event("1994-01-20", "debit", 300.0, "gym"),
        event("1994-02-20", "debit", 300.0, "gym"),
        event("1994-03-20", "debit", 300.0, "gym"),
        event("1994-01-07", "debit", 300.0, "shop"),
        event("1994-02-15", "debit", 300.0, "shop"),
    ];
    let json = format!(
        r#"{{"schema_version": 1, "events": [{}]}}"#,
        events.join(",")
    );
    let profile = Profile::from_json(json.as_bytes()).unwrap();
    let view = Lens::for_training(at()).view(&profile);
    let ledger = Ledger::new(&view);
    let reading = Reading::new(&view, &ledger);
    let registry = registry();
    let value = |name: &str| {
        let entry = registry.iter().find(|entry| entry.name == name).unwrap();
        reading.value(entry.measure, entry.unit)
    };
    assert_eq!(value("salary_amount"), 21_000.0);
    assert_eq!(value("salary_day_of_month"), 11.0);
    assert_eq!(value("salary_months_seen"), 4.0);
    assert_eq!(value("salary_days_since"), 20.0);
    // 89 days in three gaps: 30 days after the 11th.
    assert_eq!(value("salary_days_until"), 10.0);
    assert_eq!(value("regular_payment_count"), 2.0);
    assert_eq!(value("regular_payment_sum"), 7_500.0);
    assert_eq!(value("regular_payment_largest"), 7_200.0);
    assert_eq!(value("regular_payment_day_of_month"), 5.0);
    assert_eq!(value("regular_payment_due"), 7_500.0);
    assert_eq!(value("regular_payment_days_until"), 4.0);
}

#[test]
fn data_quality_is_told() {
    let fact = |name: &str, value: &str, days: u32| {
        format!(
            r#"{{"name": "{name}", "value": {value}, "class": "demographic", "source": "s",
            "observed_at": "1993-01-01", "shelf_life_days": {days}}}"#
        )
    };
    let facts = [
        fact("birth-year", "1750", 9_000),
        fact("female", "true", 9_000),
        fact("district-salary", "9000", 30),
        // Per cent where a share is due.
        fact("district-unemployment", "3.5", 9_000),
    ];
    let loan = r#"{"kind": "loan", "product": "loan", "opened_at": "1993-06-01", "class": "transaction",
        "source": "core", "observed_at": "1993-06-01", "shelf_life_days": 10}"#;
    let json = format!(
        r#"{{"schema_version": 1, "facts": [{}], "holdings": [{loan}]}}"#,
        facts.join(",")
    );
    let mut profile = Profile::from_json(json.as_bytes()).unwrap();
    grant(&mut profile, &ALL);
    let quality = |profile: &Profile, name: &str| {
        let view = lens(profile, at()).view(profile);
        let registry = registry();
        let entry = registry.iter().find(|entry| entry.name == name).unwrap();
        Reading::new(&view, &Ledger::new(&view)).quality(entry.measure, entry.unit)
    };
    assert_eq!(quality(&profile, "age"), Quality::OutOfRange);
    assert_eq!(quality(&profile, "female"), Quality::Known);
    assert_eq!(quality(&profile, "district_salary"), Quality::Stale);
    assert_eq!(
        quality(&profile, "district_unemployment"),
        Quality::OutOfRange
    );
    assert_eq!(quality(&profile, "district_urban"), Quality::Missing);
    assert_eq!(quality(&profile, "loan_held_days"), Quality::Stale);
    assert_eq!(quality(&profile, "card_held_days"), Quality::Missing);
    assert_eq!(quality(&profile, "loan_held"), Quality::Known);
    // What the lens hides is missing, and nothing tells that it is there.
    grant(&mut profile, &[]);
    for name in [
        "age",
        "female",
        "district_salary",
        "loan_held_days",
        "loan_held",
    ] {
        assert_eq!(quality(&profile, name), Quality::Missing, "{name}");
    }
}

#[test]
fn a_model_refuses_when_too_much_is_missing_stale_or_out_of_range() {
    let score = |year: i32, shelf_life: u32, allowed: f32| {
        let mut body = body();
        // The model reads the balance, an income and the age.
        body.models[0].missing_allowed = allowed;
        let bytes = sign(&archive(&body));
        let mut engine =
            Engine::new(Bundle::open(Verified::new(&bytes, &trusted()).unwrap()).unwrap());
        let mut profile = customer(&ALL);
        profile.facts[0].value = engine::profile::Value::Number(f64::from(year));
        profile.facts[0].shelf_life_days = Some(shelf_life);
        let decision = engine
            .decide(&profile, &engine::Context::default(), at(), 0)
            .unwrap();
        decision
            .signals
            .scores
            .iter()
            .any(|score| score.model == "trees")
    };
    assert!(score(1950, 9_000, 0.0));
    assert!(!score(1950, 30, 0.0), "stale");
    assert!(!score(1750, 9_000, 0.0), "out of range");
    assert!(score(1950, 30, 0.5) && score(1750, 9_000, 0.5));
}
