//! Why an action is not shown: the first thing that stopped it, in data and in words, and the smallest change
//! that lets it on.

use engine::{explain::Stopped, profile::Profile};
use serde_json::json;

use crate::bank::{bank, customer, explain, placement, places, stopped, with};

fn arrears() -> Profile {
    customer(&json!({"facts": [
        {"name": "in-arrears", "value": true, "class": "transaction", "source": "core", "observed_at": "1994-01-01"},
    ]}))
}

#[test]
fn a_customer_in_arrears_is_not_offered_credit() {
    let answer = explain(&bank(&[]), &customer(&json!({})), &json!({}), 0);
    assert!(!places(&answer, "loan").is_empty());
    let answer = explain(&bank(&[]), &arrears(), &json!({}), 0);
    let condition = "!has(in_arrears) || in_arrears == 0";
    assert_eq!(
        stopped(&answer, "loan")["stopped"],
        json!({
            "kind": "unsuitable", "group": "credit", "condition": condition,
            "changes": [{"of": "in_arrears", "is": 1.0, "needs": {"equal": 0.0}}],
        })
    );
    assert_eq!(stopped(&answer, "loan")["text"], "not good: Credit");
}

#[test]
fn a_child_may_not_have_credit_whatever_is_good_for_it() {
    let child = customer(&json!({"facts": [
        {"name": "birth-year", "value": 1980, "class": "demographic", "source": "core", "observed_at": "1993-01-01"},
        {"name": "in-arrears", "value": true, "class": "transaction", "source": "core", "observed_at": "1994-01-01"},
    ]}));
    let answer = explain(&bank(&[]), &child, &json!({}), 0);
    assert_eq!(stopped(&answer, "loan")["stopped"]["kind"], "ineligible");
}

#[test]
fn consent_is_the_first_thing_asked_for() {
    let mut profile = arrears();
    profile
        .consent
        .withdraw("offers", "1993-06-01".parse().unwrap());
    let answer = explain(&bank(&[]), &profile, &json!({}), 0);
    assert_eq!(
        stopped(&answer, "loan")["stopped"],
        json!({"kind": "consent", "purpose": "offers", "outdated": false})
    );
    assert_eq!(stopped(&answer, "loan")["text"], "needs Offers");
    assert!(!places(&answer, "hello").is_empty());
}

#[test]
fn consent_under_another_notice_has_to_be_asked_for_again() {
    let mut profile = arrears();
    let at = "1993-06-01".parse().unwrap();
    profile.consent.give("offers", "0", at);
    let answer = explain(&bank(&[]), &profile, &json!({}), 0);
    let outdated = json!({"kind": "consent", "purpose": "offers", "outdated": true});
    assert_eq!(stopped(&answer, "loan")["stopped"], outdated);
}

#[test]
fn what_fits_nowhere_asked_for_says_so() {
    let answer = explain(
        &bank(&[]),
        &customer(&json!({})),
        &json!({"page": "nowhere"}),
        0,
    );
    assert_eq!(
        stopped(&answer, "hello")["stopped"]["kind"],
        "no-placeholder"
    );
}

/// The score named as needed is the least: with a propensity just above it the action is shown, just below it
/// is not.
#[test]
fn the_score_that_was_lacking_would_have_been_enough() {
    let web = json!({"channel": "web"});
    let beaten = with(&bank(&[]), &customer(&json!({})), &web, 0, |explanation| {
        let hello = explanation
            .not_shown
            .iter()
            .find(|n| n.action == "hello")
            .unwrap();
        let Stopped::Outscored {
            by,
            score,
            needed,
            exact,
            placeholder,
        } = hello.stopped.clone()
        else {
            panic!("{hello:?}")
        };
        assert!(exact && needed > score);
        assert_eq!((placeholder, by), ("rib.home.second", Some("loan")));
        assert_eq!(hello.text.to_string(), "beaten by Loan");
        needed / score
    });
    let with_propensity = |factor: f64| {
        let text = format!(
            "[hello]\nproduct = 'service'\npropensity = {}\nvalue = 100\nformats = ['card']\n\
             channels = ['web', 'call-centre']\nen = {{ title = 'Hello', body = 'b', call_to_action = 'c' }}",
            0.01 * factor
        );
        let bank = bank(&[("actions/engagement.toml", &text)]);
        let answer = explain(&bank, &customer(&json!({})), &web, 0);
        !places(&answer, "hello").is_empty()
    };
    assert!(with_propensity(beaten * 1.001));
    assert!(!with_propensity(beaten * 0.999));
}

/// Without what a placement gives as its reason it is not the same placement.
#[test]
fn without_a_cited_reason_the_decision_or_its_score_is_another() {
    let answer = explain(&bank(&[]), &customer(&json!({})), &json!({}), 0);
    let before = placement(&answer, "deposit")["score"].clone();
    let reasons = placement(&answer, "deposit")["reasons"]
        .as_array()
        .unwrap()
        .clone();
    let cited: Vec<&str> = reasons
        .iter()
        .map(|r| r["kind"].as_str().unwrap())
        .collect();
    assert_eq!(cited, ["trigger", "intent"]);
    // The trigger: the balance falls below its bound.
    let poor = customer(&json!({"events": [
        {"at": "1994-03-31", "kind": "transaction", "direction": "debit", "amount": 5000.0, "balance": 4000.0},
    ]}));
    let answer = explain(&bank(&[]), &poor, &json!({}), 0);
    assert_ne!(placement(&answer, "deposit")["score"], before);
    // The intent: the money came earlier than its shelf life.
    let mut old = customer(&json!({}));
    old.events[0].at = "1994-01-20".parse().unwrap();
    let answer = explain(&bank(&[]), &old, &json!({}), 0);
    assert_ne!(placement(&answer, "deposit")["score"], before);
}

/// Explaining changes nothing: the decision in an explanation is the decision.
#[test]
fn an_explanation_holds_the_very_decision() {
    let bundle = bank(&[]);
    let key = authoring::keys::development();
    let trusted = [engine::trust::PublicKey::from_bytes(key.verifying_key().as_bytes()).unwrap()];
    let verified = engine::trust::Verified::new(&bundle, &trusted).unwrap();
    let mut engine = engine::Engine::new(engine::Bundle::open(verified).unwrap());
    let context = engine::Context::default();
    let profile = customer(&json!({}));
    let before = engine
        .decide(&profile, &context, crate::bank::at(), 3)
        .unwrap();
    let snapshot = engine.snapshot(&profile, crate::bank::at());
    let explained = engine.explain(&snapshot, &context, 3).unwrap();
    assert_eq!(explained.decision.to_json(), before.to_json());
    let after = engine.decide_for(&snapshot, &context, 3).unwrap();
    assert_eq!(after.to_json(), before.to_json());
    // Every action is shown or says why not.
    let shown: std::collections::BTreeSet<_> = before.placements.iter().map(|p| p.action).collect();
    let stopped: std::collections::BTreeSet<_> =
        explained.not_shown.iter().map(|n| n.action).collect();
    assert!(shown.is_disjoint(&stopped));
    assert_eq!(shown.len() + stopped.len(), 4);
}
