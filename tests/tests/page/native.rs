//! The same decision by the native engine, which is the reference.

use engine::{Profile, Timestamp};
use harness::{KeyBytes, native::Engine};
use serde_json::{Value, json};

use crate::{
    front::built,
    stage::{Card, Slot},
};

/// The demonstration's clock.
const TODAY: &str = "1994-03-31T12:00:00Z";

/// The purposes of the retail policies, and the version of their notice.
pub const PURPOSES: [&str; 4] = ["behaviour", "details", "insights", "offers"];
const NOTICE: &str = "2026-1";

/// The bundle that the page opens, and the key that it trusts.
pub fn bundle() -> (Vec<u8>, KeyBytes) {
    let digits = String::from_utf8(built("data/public-key.hex")).unwrap();
    let bytes: Vec<u8> = digits
        .trim()
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    (built("data/retail.nearfield"), bytes.try_into().unwrap())
}

/// A customer's file, as the page gets it.
pub fn customer(id: &str) -> Value {
    serde_json::from_slice(&built(&format!("data/customers/{id}.json"))).unwrap()
}

/// Decides for the slots of a channel.
pub fn decide(
    customer: &Value,
    purposes: &[&str],
    channel: &str,
    locale: &str,
    at: &str,
    slots: &[Slot],
) -> Value {
    let context = json!({ "channel": channel, "locale": locale });
    answer(customer, purposes, context, at, slots)
}

/// Decides for the slots of a channel, for a customer whose clock is so many minutes ahead of UTC.
pub fn decide_at_offset(
    customer: &Value,
    purposes: &[&str],
    channel: &str,
    minutes: i16,
    at: &str,
    slots: &[Slot],
) -> Value {
    let context = json!({ "channel": channel, "locale": "en", "utc_offset_minutes": minutes });
    answer(customer, purposes, context, at, slots)
}

fn answer(
    customer: &Value,
    purposes: &[&str],
    mut context: Value,
    at: &str,
    slots: &[Slot],
) -> Value {
    let mut profile: Profile = serde_json::from_value(customer.clone()).unwrap();
    let today: Timestamp = TODAY.parse().unwrap();
    for purpose in purposes {
        profile.consent.give(purpose, NOTICE, today);
    }
    let names: Vec<&str> = slots.iter().map(|slot| slot.name.as_str()).collect();
    context["placeholders"] = json!(names);
    let (bundle, key) = bundle();
    let mut engine = Engine::open(&bundle, &[key]).unwrap();
    let decision = engine.decide(
        &serde_json::to_vec(&profile).unwrap(),
        context.to_string().as_bytes(),
        at,
        0,
    );
    serde_json::from_slice(&decision.unwrap()).unwrap()
}

/// The placements of a decision for one placeholder.
pub fn placements<'d>(decision: &'d Value, placeholder: &str) -> Vec<&'d Value> {
    let all = decision["placements"].as_array().unwrap().iter();
    all.filter(|placement| placement["placeholder"] == placeholder)
        .collect()
}

/// How the page has to show a placement.
pub fn card(placement: &Value) -> Card {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let pitch = &placement["pitch"];
    let mut reasons: Vec<String> = Vec::new();
    for reason in placement["reasons"].as_array().unwrap() {
        let kind = text(&reason["kind"]);
        if !reasons.contains(&kind) {
            reasons.push(kind);
        }
    }
    let why = match pitch["locale"].as_str() {
        Some("cs") => "Proč to vidím?",
        _ => "Why am I seeing this?",
    };
    Card {
        action: text(&placement["action"]),
        reasons: reasons.join(" "),
        locale: text(&pitch["locale"]),
        title: text(&pitch["title"]),
        body: text(&pitch["body"]),
        act: Some(text(&pitch["call_to_action"])).filter(|act| !act.is_empty()),
        why: why.to_owned(),
    }
}
