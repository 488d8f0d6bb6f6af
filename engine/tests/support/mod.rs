//! A small bundle and small customers for the engine's own tests.
#![allow(dead_code, reason = "each test binary uses a part")]

use ed25519_dalek::{Signer, SigningKey};
use engine::{
    Profile, Timestamp,
    bundle::*,
    models::{
        Cell, Cosine, Journey, Link, Matrix, Milestone, Model, Node, Output, Recurrent, Sequence,
        Step, Tree, Trees, column,
    },
    policy::{Condition, Conditions, Format, Part, Subject, Template, Test},
    profile::*,
    trust::{FORMAT_VERSION, HEADER_BYTES, MAGIC, PublicKey, signed_message},
    variables::{Feature, Stream, registry},
};

pub fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

pub fn trusted() -> Vec<PublicKey> {
    vec![PublicKey::from_bytes(key().verifying_key().as_bytes()).unwrap()]
}

/// A bundle's bytes around any body.
pub fn sign(body: &[u8]) -> Vec<u8> {
    let mut head = [0u8; 64];
    head[..8].copy_from_slice(&MAGIC);
    head[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    head[12..16].copy_from_slice(&u32::try_from(body.len()).unwrap().to_le_bytes());
    head[16..32].copy_from_slice(&trusted()[0].id());
    head[32..64].copy_from_slice(blake3::hash(body).as_bytes());
    let signature = key().sign(&signed_message(head));
    let mut bundle = Vec::with_capacity(HEADER_BYTES + body.len());
    bundle.extend_from_slice(&head);
    bundle.extend_from_slice(&signature.to_bytes());
    bundle.extend_from_slice(body);
    bundle
}

pub fn archive(body: &Body) -> Vec<u8> {
    rkyv::to_bytes::<rkyv::rancor::Error>(body)
        .unwrap()
        .to_vec()
}

pub fn bundle() -> Vec<u8> {
    sign(&archive(&body()))
}

const NAMES: [&str; 6] = [
    "balance",
    "credit_sum_90d",
    "debit_count_30d",
    "age",
    "click_count_30d",
    "loan_held",
];

/// Two purposes, six variables, a model of each kind, a network over transactions, a journey, two personas, two triggers, five actions, six
/// placeholders on two pages.
pub fn body() -> Body {
    let both = |text: &str| vec![text.to_owned(), format!("{text} (cs)")];
    let purpose = |id: &str, classes: &[DataClass]| Purpose {
        id: id.to_owned(),
        notice_version: "1".to_owned(),
        classes: classes
            .iter()
            .fold(0, |bits, class| bits | 1 << *class as u8),
        title: both(id),
        description: both(id),
    };
    let purposes = vec![
        purpose("insights", &[DataClass::Transaction]),
        purpose("details", &[DataClass::Demographic]),
        purpose("behaviour", &[DataClass::Behavioural, DataClass::Device]),
        purpose("offers", &[]),
    ];
    let registry = registry();
    let variables = NAMES.iter().map(|name| {
        let entry = registry.iter().find(|entry| entry.name == *name).unwrap();
        let purpose = purposes.iter().position(|p| p.id == entry.purpose).unwrap();
        Variable {
            name: entry.name.clone(),
            measure: entry.measure,
            purpose: purpose.try_into().unwrap(),
            unit: entry.unit,
            label: both(name),
            cause: None,
        }
    });
    let valued = |variable, format| Template {
        parts: vec![
            Part::Literal("You have ".into()),
            Part::Value { variable, format },
        ],
    };
    let trigger = |id: &str, urgency| Trigger {
        id: id.to_owned(),
        when: "as compiled".into(),
        urgency,
        because: vec![valued(0, Format::Money), valued(0, Format::Money)],
        ..Trigger::default()
    };
    let action = |id: &str, product: &str, model, base, triggers, purpose| Action {
        id: id.to_owned(),
        life_stage: LifeStage::CrossSell,
        product: product.to_owned(),
        purpose,
        triggers,
        propensity: Propensity { model, base },
        value: 1_000.0,
        urgency: 0.1,
        persona_affinity: vec![1.5, 0.5],
        formats: 0b11,
        topics: 1,
        channels: 0b1111,
        repeat_on_page: false,
        pitches: (0..2)
            .map(|_| Pitch {
                title: id.into(),
                body: valued(0, Format::Money),
                plain: "Ask us.".into(),
                call_to_action: "Go".into(),
            })
            .collect(),
        ..Action::default()
    };
    let slot = |page: &str, slot: &str, capacity, prominence| Placeholder {
        id: format!("rib.{page}.{slot}"),
        channel: Channel::Web,
        page: page.to_owned(),
        capacity,
        formats: 0b01,
        topics: 1,
        prominence,
    };
    Body {
        name: "test".into(),
        locales: vec!["en".into(), "cs".into()],
        currency: "CZK".into(),
        variables: variables.collect(),
        purposes,
        models: vec![
            Model {
                id: "trees".into(),
                inputs: vec![0, 1, 3],
                missing_allowed: 0.5,
                steps: vec![
                    Step::Trees(Trees {
                        base: vec![-1.0],
                        trees: vec![Tree {
                            root: 0,
                            depth: 1,
                            output: 0,
                        }],
                        // Below 5,000 or missing: −0.5.
                        nodes: vec![
                            Node {
                                threshold: (-5_000.0f32).next_up(),
                                column: column(0, true),
                                child: 1,
                            },
                            Node::leaf(-0.5),
                            Node::leaf(0.75),
                        ],
                        covers: vec![100.0, 52.0, 48.0],
                        ..Trees::default()
                    }),
                    Step::Link(Link::Logistic(1.0)),
                ],
                output: 0,
            },
            Model {
                id: "likeness".into(),
                inputs: vec![1, 2],
                missing_allowed: 0.9,
                steps: vec![Step::Cosine(Cosine {
                    means: vec![10_000.0, 5.0],
                    scales: vec![4_000.0, 2.0],
                    direction: vec![1.0, 0.5],
                })],
                output: 0,
            },
        ],
        sequences: vec![Sequence {
            id: "next".into(),
            features: vec![Feature::Amount, Feature::Due(Stream::Pension)],
            purpose: 0,
            cells: Recurrent {
                cell: Cell::Lstm,
                hidden: 1,
                of_input: Matrix::new(2, &[[0.1, 0.02].as_slice(); 4], &[0.0; 4]),
                of_state: Matrix::new(1, &[[0.5].as_slice(); 4], &[0.0; 4]),
                ..Recurrent::default()
            },
            steps: vec![Step::Link(Link::Logistic(1.0))],
            outputs: vec![Output {
                id: "next-transfer".into(),
                title: both("a transfer"),
            }],
        }],
        journeys: vec![Journey {
            id: "first".into(),
            inputs: vec![0, 1],
            missing_allowed: 0.5,
            sharpness: 1.0,
            least: 0.1,
            began: 2,
            steps: vec![Milestone {
                score: Output {
                    id: "first-loan".into(),
                    title: both("a loan"),
                },
                since: 4,
                alike: Cosine {
                    means: vec![10_000.0, 10_000.0],
                    scales: vec![5_000.0, 5_000.0],
                    direction: vec![1.0, 0.5],
                },
            }],
            shares: vec![0.5, 0.0],
            waits: vec![[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 200.0]; 2],
        }],
        personas: Personas {
            inputs: vec![0, 1],
            means: vec![10_000.0, 10_000.0],
            scales: vec![5_000.0, 5_000.0],
            personas: ["saver", "spender"]
                .into_iter()
                .map(|id| Persona {
                    id: id.into(),
                    title: both(id),
                })
                .collect(),
            centroids: vec![1.0, 1.0, -1.0, -1.0],
        },
        triggers: vec![trigger("rich", 0.8), trigger("clicked", 0.4)],
        trigger_conditions: Conditions::new(&[more_than(0, 8_000.0), more_than(4, 0.0)]).unwrap(),
        actions: vec![
            action("deposit", "savings", None, 0.2, vec![0], Some(3)),
            action("loan", "loan", Some(2), 0.1, vec![], Some(3)),
            action("app", "app", Some(3), 0.1, vec![1], None),
            action("safety", "service", None, 0.05, vec![], None),
            action("hours", "service", None, 0.04, vec![], None),
        ],
        placeholders: vec![
            slot("home", "hero", 1, 2.0),
            slot("home", "side", 2, 1.0),
            slot("home", "foot", 1, 0.5),
            slot("cards", "hero", 1, 2.0),
            slot("cards", "side", 1, 1.0),
            slot("cards", "foot", 4, 0.5),
        ],
        triangulation: Triangulation {
            value_scale: 1_000.0,
            life_stages: [1.0, 1.0, 1.2, 2.0],
            products: vec![ProductFocus {
                product: "loan".into(),
                focus: 1.3,
            }],
            ..Triangulation::default()
        },
        questions: vec![Question {
            id: "balance".into(),
            examples: vec!["what is my balance".into()],
            answer: vec![valued(0, Format::Money), valued(0, Format::Money)],
        }],
        ..Body::default()
    }
}

/// Holds where a variable is above a number.
pub fn more_than(variable: u16, number: f64) -> Condition {
    Condition {
        tests: vec![Test {
            subject: Subject::Variable(variable),
            low: number.next_up(),
            high: f64::INFINITY,
            pass: 1,
            fail: 0,
        }],
        ..Condition::default()
    }
}

pub fn at() -> Timestamp {
    "1994-03-31T12:00:00Z".parse().unwrap()
}

/// A customer with a little of everything, and consent to the named purposes.
pub fn customer(purposes: &[&str]) -> Profile {
    let json = br#"{"schema_version": 1, "ids": [{"kind": "customer", "value": "c-1"}],
      "facts": [
        {"name": "birth-year", "value": 1950, "class": "demographic", "source": "core", "observed_at": "1993-01-01"},
        {"name": "female", "value": true, "class": "special", "source": "core", "observed_at": "1993-01-01"}],
      "holdings": [
        {"kind": "loan", "product": "loan", "opened_at": "1993-06-01", "amount": 80952.0, "monthly_payment": 3373.0,
         "class": "transaction", "source": "core", "observed_at": "1993-06-01"}],
      "events": [
        {"at": "1994-01-10", "kind": "transaction", "direction": "credit", "operation": "transfer-in", "category": "pension", "amount": 5200.1, "balance": 9000.0},
        {"at": "1994-02-10", "kind": "transaction", "direction": "credit", "operation": "cash-deposit", "amount": 7000.2, "balance": 16000.2},
        {"at": "1994-03-20", "kind": "transaction", "direction": "debit", "operation": "card-withdrawal", "amount": 900.0, "balance": 15100.2},
        {"at": "1994-03-21", "kind": "click", "action": "app"},
        {"at": "1994-03-25", "kind": "login"}]}"#;
    let mut profile = Profile::from_json(json).unwrap();
    for purpose in purposes {
        profile
            .consent
            .give(purpose, "1", "1993-01-01".parse().unwrap());
    }
    profile
}

pub const ALL: [&str; 4] = ["insights", "details", "behaviour", "offers"];
