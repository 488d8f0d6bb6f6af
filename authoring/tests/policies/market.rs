//! Intents fade, teams ask for them, and the strongest wish wins.

use serde_json::json;

use crate::bank::{bank, customer, explain, placement, stopped};

/// The bank writes 0.8 and 0.1; a bundle holds them with seven digits.
const PAID: f64 = 0.8f32 as f64;
const RICH: f64 = 0.1f32 as f64;

#[test]
fn an_intent_fades_by_half_lives_and_is_gone_after_its_shelf_life() {
    let strength = |paid: &str| {
        let profile = json!({"events": [
            {"at": paid, "kind": "transaction", "direction": "credit", "amount": 1.0, "balance": 50.0},
        ]});
        // Only the newest money counts: the customer of `bank` was paid ten days ago.
        let answer = explain(&bank(&[]), &customer(&profile), &json!({}), 0);
        answer["decision"]["signals"]["intents"].clone()
    };
    let of = |value: f64| json!([{"id": "save", "strength": value, "trigger": "paid"}]);
    assert_eq!(strength("1994-03-21"), of(PAID / 2.0)); // ten days: one half-life of 0.8
    assert_eq!(strength("1994-03-31"), of(PAID)); // today
    // Paid 20 days ago and no other money: two half-lives.
    let profile = json!({"events": []});
    let mut old = customer(&profile);
    old.events[0].at = "1994-03-11".parse().unwrap();
    let answer = explain(&bank(&[]), &old, &json!({}), 0);
    assert_eq!(
        answer["decision"]["signals"]["intents"][0]["strength"],
        PAID / 4.0
    );
    // 41 days: the trigger still fires, the intent is the weaker one of the present balance.
    old.events[0].at = "1994-02-18".parse().unwrap();
    let answer = explain(&bank(&[]), &old, &json!({}), 0);
    let intents = &answer["decision"]["signals"]["intents"];
    assert_eq!(
        intents,
        &json!([{"id": "save", "strength": RICH, "trigger": "rich"}])
    );
}

#[test]
fn the_team_whose_wish_is_strongest_wins_and_is_named() {
    // 0.4 is enough for deposits (0.3), not for funds (0.6).
    let answer = explain(&bank(&[]), &customer(&json!({})), &json!({}), 0);
    let reasons = placement(&answer, "deposit")["reasons"]
        .as_array()
        .unwrap()
        .clone();
    let intent = reasons.iter().find(|r| r["kind"] == "intent").unwrap();
    assert_eq!(
        (&intent["team"], &intent["id"]),
        (&json!("deposits"), &json!("save"))
    );
    assert_eq!(
        (&intent["strength"], &intent["trigger"]),
        (&json!(PAID / 2.0), &json!("paid"))
    );
    assert_eq!(
        placement(&answer, "deposit")["breakdown"]["intent"],
        1.0 + PAID / 2.0 * 0.5
    );
    assert_eq!(
        stopped(&answer, "fund")["stopped"],
        json!({"kind": "unprompted", "triggers": [], "intents": ["save"]})
    );
    // Paid today: 0.8 is enough for both, and the funds team presses more.
    let today = json!({"events": [
        {"at": "1994-03-31", "kind": "transaction", "direction": "credit", "amount": 1.0, "balance": 9000.0},
    ]});
    let answer = explain(&bank(&[]), &customer(&today), &json!({}), 0);
    let reasons = placement(&answer, "deposit")["reasons"]
        .as_array()
        .unwrap()
        .clone();
    let intent = reasons.iter().find(|r| r["kind"] == "intent").unwrap();
    assert_eq!(
        (&intent["team"], &intent["bid"]),
        (&json!("funds"), &json!(2.0))
    );
    assert_eq!(
        placement(&answer, "deposit")["breakdown"]["intent"],
        1.0 + PAID * 2.0
    );
    assert_eq!(placement(&answer, "fund")["reasons"][0]["kind"], "intent");
}

#[test]
fn a_rule_of_the_wish_must_hold() {
    let poor = json!({"events": [
        {"at": "1994-03-31", "kind": "transaction", "direction": "debit", "amount": 8950.0, "balance": 50.0},
    ]});
    let answer = explain(&bank(&[]), &customer(&poor), &json!({}), 0);
    assert_eq!(
        stopped(&answer, "deposit")["stopped"],
        json!({"kind": "unprompted", "triggers": ["rich"], "intents": ["save"]})
    );
}

#[test]
fn need_and_bank_are_both_seen_and_make_the_score() {
    let answer = explain(&bank(&[]), &customer(&json!({})), &json!({}), 0);
    for placement in answer["decision"]["placements"].as_array().unwrap() {
        let of = |name: &str| placement["breakdown"][name].as_f64().unwrap();
        assert_eq!(
            of("need"),
            of("propensity") * of("intent") * of("urgency") * of("persona")
        );
        assert_eq!(of("bank"), of("value") * of("life_stage") * of("focus"));
        assert_eq!(
            placement["score"].as_f64().unwrap(),
            of("need") * of("bank")
        );
    }
}

#[test]
fn a_formula_takes_the_place_of_the_product() {
    let formula = "value_scale = 100\nformula = 'need + 3.0 * bank - (urgency > 1.4 ? 0.5 : 0.0)'";
    let answer = explain(
        &bank(&[("triangulation.toml", formula)]),
        &customer(&json!({})),
        &json!({}),
        0,
    );
    let mut seen = 0;
    for placement in answer["decision"]["placements"].as_array().unwrap() {
        let of = |name: &str| placement["breakdown"][name].as_f64().unwrap();
        let extra = if of("urgency") > 1.4 { 0.5 } else { 0.0 };
        assert_eq!(
            placement["score"].as_f64().unwrap(),
            of("need") + 3.0 * of("bank") - extra
        );
        seen += 1;
    }
    assert!(seen >= 3);
    // What a formula makes of nothing, or below zero, is never shown.
    for formula in [
        "formula = '0.0 - need'",
        "formula = 'need / (value - value)'",
    ] {
        let text = format!("value_scale = 100\n{formula}");
        let bank = bank(&[("triangulation.toml", &text)]);
        let answer = explain(&bank, &customer(&json!({})), &json!({}), 0);
        assert_eq!(
            stopped(&answer, "hello")["stopped"]["kind"],
            "worthless",
            "{formula}"
        );
    }
}
