//! A session against the engine called directly, and its refusals.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use authoring::keys;
use engine::{
    Bundle, Context, Engine, Profile,
    bundle::{Action, Body, Pitch, Placeholder, Propensity, Purpose},
    policy::{Part, Template},
    profile::DataClass,
    trust::{PublicKey, Verified},
};
use web_sdk::Session;

const AT: &str = "1994-03-31T12:00:00Z";
const CUSTOMER: &str = include_str!("../../tests/customers/berka-114.json");

fn body() -> Body {
    let words = |text: &str| Template {
        parts: vec![Part::Literal(text.to_owned())],
    };
    let pitch = |title: &str| Pitch {
        title: title.to_owned(),
        body: words("Body."),
        plain: String::new(),
        call_to_action: "Go".to_owned(),
    };
    Body {
        name: "small".to_owned(),
        locales: vec!["en".to_owned(), "cs".to_owned()],
        currency: "CZK".to_owned(),
        purposes: vec![
            Purpose {
                id: "offers".to_owned(),
                notice_version: "2026-1".to_owned(),
                classes: 0,
                title: vec!["Offers".to_owned(), "Nabídky".to_owned()],
                description: vec!["May we?".to_owned(), "Smíme?".to_owned()],
            },
            Purpose {
                id: "habits".to_owned(),
                notice_version: "2026-2".to_owned(),
                classes: 1 << DataClass::Behavioural as u8 | 1 << DataClass::Device as u8,
                title: vec!["Habits".to_owned(), "Zvyky".to_owned()],
                description: vec!["And this?".to_owned(), "A toto?".to_owned()],
            },
        ],
        actions: vec![Action {
            id: "offer".to_owned(),
            life_stage: engine::bundle::LifeStage::CrossSell,
            product: "card".to_owned(),
            purpose: Some(0),
            triggers: vec![],
            propensity: Propensity {
                model: None,
                base: 0.5,
            },
            value: 100.0,
            urgency: 0.0,
            persona_affinity: vec![],
            formats: 1,
            topics: 1,
            channels: u8::MAX,
            repeat_on_page: false,
            pitches: vec![pitch("Take it"), pitch("Vezměte si")],
            ..Action::default()
        }],
        placeholders: vec![Placeholder {
            id: "rib.dashboard.hero".to_owned(),
            page: "dashboard".to_owned(),
            capacity: 1,
            formats: 1,
            topics: 1,
            prominence: 1.0,
            ..Placeholder::default()
        }],
        triangulation: engine::bundle::Triangulation {
            value_scale: 100.0,
            life_stages: [1.0; 4],
            ..Default::default()
        },
        ..Body::default()
    }
}

fn bundle() -> Vec<u8> {
    authoring::sign(&body(), &keys::development()).unwrap()
}

fn trusted() -> Vec<u8> {
    keys::development().verifying_key().as_bytes().to_vec()
}

fn session() -> Session {
    Session::open(bundle(), &[trusted()]).unwrap()
}

fn consenting() -> String {
    CUSTOMER.replace(
        r#""consent":{"events":[]}"#,
        r#""consent":{"events":[{"event_time":"1994-03-01","purpose":"offers","event_state":"given","notice_version":"2026-1"}]}"#,
    )
}

#[test]
fn the_answer_is_the_engines_byte_for_byte() {
    let bytes = bundle();
    let key = PublicKey::from_bytes(&trusted()).unwrap();
    let verified = Verified::new(&bytes, &[key]).unwrap();
    let mut engine = Engine::new(Bundle::open(verified).unwrap());
    let mut session = session();
    for profile in [CUSTOMER, &consenting(), r#"{"schema_version":1}"#] {
        for context in ["{}", r#"{"channel":"web","locale":"cs"}"#] {
            let direct = engine
                .decide(
                    &Profile::from_json(profile.as_bytes()).unwrap(),
                    &Context::from_json(context.as_bytes()).unwrap(),
                    AT.parse().unwrap(),
                    7,
                )
                .unwrap();
            let answer = session.decide(profile, context, AT, 7).unwrap();
            assert_eq!(answer.as_bytes(), direct.to_json());
        }
    }
    let answer = session.decide(&consenting(), r#"{"locale":"cs"}"#, AT, 7);
    assert!(answer.unwrap().contains("Vezměte si"), "consent counts");
    let without = session.decide(CUSTOMER, "{}", AT, 7).unwrap();
    assert!(without.contains(r#""placements":[]"#), "{without}");
}

/// What a session keeps of a customer is what it would make of them anew, whatever the clock does.
#[test]
fn asking_again_is_asking_anew() {
    let policies = concat!(env!("CARGO_MANIFEST_DIR"), "/../policies/retail");
    let policies = authoring::policy::read(policies.as_ref()).unwrap();
    let body = authoring::bundle::compile(&policies).unwrap().body;
    let bytes = authoring::sign(&body, &keys::development()).unwrap();
    let mut session = Session::open(bytes.clone(), &[trusted()]).unwrap();
    let given = body.purposes.iter().map(|purpose| {
        let (id, notice) = (&purpose.id, &purpose.notice_version);
        format!(
            r#"{{"event_time":"1993-01-01","purpose":"{id}","event_state":"given","notice_version":"{notice}"}}"#
        )
    });
    let consent = format!(
        r#""consent":{{"events":[{}]}}"#,
        given.collect::<Vec<_>>().join(",")
    );
    let customer = CUSTOMER.replace(r#""consent":{"events":[]}"#, &consent);
    for at in [
        AT,
        AT,
        "1994-05-30T08:00:00Z",
        "1993-11-02",
        "1994-03-31T12:00:01Z",
    ] {
        let anew = Session::open(bytes.clone(), &[trusted()])
            .unwrap()
            .decide(&customer, "{}", at, 7)
            .unwrap();
        assert!(
            anew.contains(r#""kind":"trigger""#),
            "{at}: nothing to compare"
        );
        assert_eq!(
            session.decide(&customer, "{}", at, 7).unwrap(),
            anew,
            "{at}"
        );
    }
}

#[test]
fn purposes_follow_the_record_and_the_language() {
    let session = session();
    let given = r#"{"events":[{"event_time":"1994-03-01","purpose":"offers","event_state":"given","notice_version":"2026-1"}]}"#;
    let before = json(&session.purposes(given, "1994-02-28", "cs").unwrap());
    assert_eq!(
        before,
        r#"[{"id":"offers","notice_version":"2026-1","title":"Nabídky","description":"Smíme?","granted":false},{"id":"habits","notice_version":"2026-2","title":"Zvyky","description":"A toto?","granted":false}]"#
    );
    let after = json(&session.purposes(given, AT, "de").unwrap());
    assert!(after.contains(r#""title":"Offers""#) && after.contains(r#""granted":true"#));
}

#[test]
fn about_names_what_is_in_the_bundle() {
    let about = json(&session().about());
    assert!(about.contains(r#""locales":["en","cs"]"#), "{about}");
    assert!(about.contains(r#""history":["habits"]"#), "{about}");
    assert!(
        about.contains(
            r#"{"id":"rib.dashboard.hero","channel":"web","page":"dashboard","capacity":1}"#
        ),
        "{about}"
    );
}

#[test]
fn what_cannot_be_trusted_is_refused() {
    let mut altered = bundle();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    // The public key of RFC 8032, section 7.1, test 1.
    let stranger = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let pairs = stranger.as_bytes().chunks(2);
    let stranger = pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap());
    let stranger = stranger.collect();
    for (bytes, keys) in [
        (altered, vec![trusted()]),
        (bundle(), vec![stranger]),
        (bundle(), vec![]),
        (bundle(), vec![vec![1, 2, 3]]),
        (vec![], vec![trusted()]),
    ] {
        assert_eq!(
            Session::open(bytes, &keys).unwrap_err().code,
            "bundle-untrusted"
        );
    }
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    let mut session = session();
    let profile = r#"{"schema_version":1}"#;
    let cases = [
        (
            r#"{"schema_version":1,"unknown":1}"#,
            "{}",
            AT,
            0,
            "profile",
        ),
        (r#"{"schema_version":2}"#, "{}", AT, 0, "profile"),
        ("", "{}", AT, 0, "profile"),
        (profile, r#"{"chanel":"web"}"#, AT, 0, "context"),
        (profile, "{}", "yesterday", 0, "clock"),
        (profile, "{}", AT, u64::MAX, "decide"),
    ];
    for (profile, context, at, seed, code) in cases {
        let refused = session.decide(profile, context, at, seed).unwrap_err();
        assert_eq!(refused.code, code, "{refused}");
    }
    for consent in ["1", "[[]]", r#"{"events":[]},"facts":[]"#, r#"{"state":1}"#] {
        let refused = session.purposes(consent, AT, "en").unwrap_err();
        assert_eq!(refused.code, "profile", "{refused}");
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}
