//! The way of a decision over a small bundle.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod support;

use engine::{
    Bundle, Context, DecideError, Engine, Profile,
    bundle::{Action, PageLimit, Placeholder, Propensity},
    decision::Reason,
    limits,
    trust::Verified,
};
use support::{ALL, archive, at, body, bundle, customer, sign, trusted};

fn with_engine<T>(run: impl FnOnce(&mut Engine<'_>) -> T) -> T {
    let bytes = bundle();
    let verified = Verified::new(&bytes, &trusted()).unwrap();
    run(&mut Engine::new(Bundle::open(verified).unwrap()))
}

fn decide(profile: &Profile, context: &Context) -> serde_json::Value {
    with_engine(|engine| {
        let json = engine.decide(profile, context, at(), 7).unwrap().to_json();
        serde_json::from_slice(&json).unwrap()
    })
}

#[test]
fn a_consenting_customer_sees_offers_with_true_reasons() {
    let decision = decide(&customer(&ALL), &Context::default());
    let hero = &decision["placements"][0];
    assert_eq!(hero["placeholder"], "rib.home.hero");
    assert_eq!(
        decision["signals"]["triggers"],
        serde_json::json!(["rich", "clicked"])
    );
    assert_eq!(decision["signals"]["persona"]["id"], "saver");
    let reasons: Vec<_> = decision["placements"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| p["action"] == "deposit")
        .flat_map(|p| p["reasons"].as_array().unwrap().clone())
        .collect();
    assert!(
        reasons
            .iter()
            .any(|r| r["id"] == "rich" && r["text"] == "You have 15,100\u{a0}CZK")
    );
}

#[test]
fn without_consent_only_service_messages_are_shown() {
    let decision = decide(&customer(&[]), &Context::default());
    let shown: Vec<_> = decision["placements"].as_array().unwrap().iter().collect();
    assert!(!shown.is_empty());
    for placement in shown {
        assert_eq!(placement["product"], "service");
        assert_eq!(
            placement["reasons"],
            serde_json::json!([{"kind": "everyone"}])
        );
        assert_eq!(placement["pitch"]["body"], "Ask us.");
    }
    assert_eq!(decision["signals"]["scores"], serde_json::json!([]));
}

#[test]
fn offers_need_their_own_purpose() {
    let decision = decide(
        &customer(&["insights", "details", "behaviour"]),
        &Context::default(),
    );
    let text = decision.to_string();
    assert!(!text.contains("\"deposit\"") && !text.contains("\"action\":\"loan\""));
}

#[test]
fn no_action_is_twice_on_a_page() {
    let decision = decide(&customer(&ALL), &Context::default());
    let mut seen: Vec<(String, String)> = decision["placements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| {
            let page = p["placeholder"]
                .as_str()
                .unwrap()
                .split('.')
                .nth(1)
                .unwrap()
                .to_owned();
            (page, p["action"].as_str().unwrap().to_owned())
        })
        .collect();
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), all);
    // The second page has room for more than there is to show.
    assert_eq!(decision["unfilled"], serde_json::json!(["rib.cards.foot"]));
}

#[test]
fn the_better_action_gets_the_more_prominent_place() {
    let decision = decide(&customer(&ALL), &Context::default());
    let scores: Vec<f64> = decision["placements"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| p["placeholder"].as_str().unwrap().starts_with("rib.home."))
        .map(|p| p["score"].as_f64().unwrap())
        .collect();
    assert!(
        scores.windows(2).all(|pair| pair[0] >= pair[1]),
        "{scores:?}"
    );
}

#[test]
fn a_placement_says_whether_it_is_proven() {
    // A page that no bank has: more ways to keep the limits than there is time to look into.
    let mut crowded = body();
    let template = crowded.placeholders.swap_remove(0);
    crowded.placeholders = (0..44)
        .map(|slot| Placeholder {
            id: format!("rib.home.{slot:02}"),
            page: template.page.clone(),
            prominence: 1.0,
            ..template
        })
        .collect();
    crowded.page_limits = (0..60)
        .map(|limit| PageLimit {
            id: limit.to_string(),
            at_most: 3,
            apart: true,
        })
        .collect();
    crowded.actions = (0..200_u16)
        .map(|i| Action {
            id: format!("action-{i}"),
            product: "service".into(),
            propensity: Propensity {
                model: None,
                base: 0.5 + f32::from(i * 37 % 199) / 1e4,
            },
            value: 1_000.0,
            formats: 0b01,
            topics: 1,
            channels: 1,
            page_limits: vec![i % 13, 13 + i % 17, 30 + i % 11, 41 + i % 19],
            ..Action::default()
        })
        .collect();
    for (body, proven) in [(body(), true), (crowded, false)] {
        let bytes = sign(&archive(&body));
        let verified = Verified::new(&bytes, &trusted()).unwrap();
        let mut engine = Engine::new(Bundle::open(verified).unwrap());
        let snapshot = engine.snapshot(&customer(&ALL), at());
        let context = Context::default();
        let tally = engine.tally(&snapshot, &context, 0).unwrap();
        assert!(!tally.places.is_empty());
        assert_eq!(tally.optimal, proven);
        let decision = engine.decide_for(&snapshot, &context, 0).unwrap();
        assert_eq!(decision.optimal, proven);
    }
}

#[test]
fn the_breakdown_multiplies_out_to_the_score() {
    with_engine(|engine| {
        let decision = engine
            .decide(&customer(&ALL), &Context::default(), at(), 0)
            .unwrap();
        for placement in &decision.placements {
            assert_eq!(
                placement.breakdown.product().to_bits(),
                placement.score.to_bits()
            );
        }
    });
}

#[test]
fn a_model_reason_is_the_input_that_raised_the_score() {
    with_engine(|engine| {
        let decision = engine
            .decide(&customer(&ALL), &Context::default(), at(), 0)
            .unwrap();
        let loan = decision
            .placements
            .iter()
            .find(|p| p.action == "loan")
            .unwrap();
        let Some(Reason::Model {
            variable,
            value,
            contribution,
            ..
        }) = loan
            .reasons
            .iter()
            .find(|reason| matches!(reason, Reason::Model { .. }))
        else {
            panic!("{:?}", loan.reasons)
        };
        assert_eq!((*variable, *value), ("balance", Some(15_100.2)));
        assert!(
            (contribution - 0.65).abs() < 1e-6,
            "leaf 0.75 less the root's mean 0.1"
        );
    });
}

#[test]
fn the_context_narrows_the_request() {
    let context = Context::from_json(br#"{"page": "cards", "locale": "cs-CZ"}"#).unwrap();
    let decision = decide(&customer(&ALL), &context);
    for placement in decision["placements"].as_array().unwrap() {
        assert!(
            placement["placeholder"]
                .as_str()
                .unwrap()
                .starts_with("rib.cards.")
        );
        assert_eq!(placement["pitch"]["locale"], "cs");
    }
    let context = Context::from_json(br#"{"placeholders": ["rib.home.foot", "no.such.slot"]}"#);
    let decision = decide(&customer(&ALL), &context.unwrap());
    assert_eq!(decision["placements"].as_array().unwrap().len(), 1);
    let app = Context::from_json(br#"{"channel": "app"}"#).unwrap();
    assert_eq!(
        decide(&customer(&ALL), &app)["placements"],
        serde_json::json!([])
    );
}

#[test]
fn a_seed_that_javascript_cannot_hold_is_refused() {
    with_engine(|engine| {
        let decide = |engine: &mut Engine<'_>, seed| {
            engine
                .decide(&customer(&[]), &Context::default(), at(), seed)
                .map(|_| ())
        };
        assert!(decide(engine, limits::SEED).is_ok());
        let found = limits::SEED + 1;
        assert_eq!(decide(engine, found), Err(DecideError::Seed { found }));
    });
}

#[test]
fn the_assistant_answers_what_it_understands_and_may_see() {
    with_engine(|engine| {
        let context = Context::default();
        let mut ask = |profile: &Profile, text: &str| engine.answer(profile, &context, at(), text);
        let balance = Some("You have 15,100\u{a0}CZK".to_owned());
        assert_eq!(ask(&customer(&ALL), "What is my balance?"), balance);
        assert_eq!(ask(&customer(&ALL), "shall I buy bitcoin"), None);
        assert_eq!(ask(&customer(&["details"]), "What is my balance?"), None);
    });
}
