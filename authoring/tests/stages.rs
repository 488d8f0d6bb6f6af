//! What comes next for real customers: the engine says of them what Python says that shares no line with it
//! (`training/engagement.py`, `training/journey.py`).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed test may say so bluntly"
)]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use authoring::model::{ModelProblem, journey, sequence};
use engine::{
    Bundle, Context, Engine, Profile,
    trust::{PublicKey, Verified},
};
use serde::Deserialize;

const STEPS: [&str; 5] = ["transfer-in", "transfer", "household", "insurance", "card"];

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn answers<T: for<'d> Deserialize<'d>>(name: &str) -> BTreeMap<String, T> {
    let path = project("tests/parity").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// What the retail bundle tells of a customer who allowed everything: scores, and the plan.
fn told() -> impl FnMut(&str) -> (BTreeMap<String, f64>, Vec<Planned>) {
    told_by(&project("policies/retail"))
}

fn told_by(policies: &Path) -> impl FnMut(&str) -> (BTreeMap<String, f64>, Vec<Planned>) + use<> {
    let key = authoring::keys::development();
    let body = authoring::build(policies).unwrap_or_else(|e| panic!("{e}"));
    let bytes: &'static [u8] = authoring::sign(&body, &key).unwrap().leak();
    let trusted = PublicKey::from_bytes(key.verifying_key().as_bytes()).unwrap();
    let bundle = Bundle::open(Verified::new(bytes, &[trusted]).unwrap()).unwrap();
    let mut engine = Engine::new(bundle);
    move |customer| {
        let path = project("tests/customers").join(format!("{customer}.json"));
        let mut profile = Profile::from_json(&std::fs::read(path).unwrap()).unwrap();
        for purpose in ["insights", "details", "behaviour", "offers"] {
            let at = "1993-01-01".parse().unwrap();
            profile.consent.give(purpose, "2026-1", at);
        }
        let at = "1994-03-31T12:00:00Z".parse().unwrap();
        let decision = engine.decide(&profile, &Context::default(), at, 0).unwrap();
        let scores = decision.signals.scores.iter();
        let plan = decision.signals.plan.iter().map(|planned| Planned {
            step: planned.step.to_owned(),
            week: planned.week,
            share: planned.share,
        });
        assert!(
            decision
                .signals
                .plan
                .iter()
                .all(|step| !step.title.is_empty())
        );
        let scores = scores.map(|score| (score.model.to_owned(), score.score));
        (scores.collect(), plan.collect())
    }
}

#[derive(Debug, Deserialize)]
struct Planned {
    step: String,
    week: u32,
    share: f64,
}

#[test]
fn the_next_transaction_is_what_python_says() {
    let mut told = told();
    let answers: BTreeMap<String, BTreeMap<String, f64>> = answers("next-transaction.json");
    assert!(answers.len() >= 50);
    for (customer, expected) in &answers {
        let (scores, _) = told(customer);
        for (output, expected) in expected {
            let found = scores[&format!("next-{output}")];
            assert!(
                (found - expected).abs() < 2e-5,
                "{customer} {output}: {found} {expected}"
            );
        }
    }
}

/// The retail policies with one more line in the table of a model.
fn with_line(model: &str, line: &str) -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let to = to.join(path.file_name().unwrap());
            if path.is_dir() {
                copy(&path, &to);
            } else {
                std::fs::copy(&path, &to).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    copy(&project("policies/retail"), folder.path());
    let models = folder.path().join("models.toml");
    let text = std::fs::read_to_string(&models).unwrap();
    let head = format!("[{model}]\n");
    assert!(text.contains(&head));
    std::fs::write(models, text.replace(&head, &format!("{head}{line}\n"))).unwrap();
    folder
}

#[test]
fn a_sequence_of_fewer_bits_says_nearly_the_same() {
    let answers: BTreeMap<String, BTreeMap<String, f64>> = answers("next-transaction.json");
    let mut whole = told();
    let folder = with_line("next", "weights = 16");
    let mut rounded = told_by(folder.path());
    let (mut most, mut sum, mut count) = (0.0f64, 0.0, 0.0);
    for customer in answers.keys() {
        let (before, after) = (whole(customer).0, rounded(customer).0);
        for (name, before) in before.iter().filter(|(name, _)| name.starts_with("next-")) {
            let apart = (before - after[name]).abs();
            (most, sum, count) = (most.max(apart), sum + apart, count + 1.0);
        }
    }
    println!("{most:.1e} at most, {:.1e} on average", sum / count);
    assert!(most > 0.0 && most < 0.01, "{most}");
}

#[test]
fn weights_that_are_not_rounded_are_not_promised_to_be() {
    for (model, bits, expected) in [
        ("activation", 16, "few weights"),
        ("first", 16, "few weights"),
        ("next", 8, "write 16"),
    ] {
        let folder = with_line(model, &format!("weights = {bits}"));
        let found = authoring::build(folder.path()).err().unwrap().to_string();
        let named = found.contains("`weights`") && found.contains(expected);
        assert!(named, "{found}");
    }
}

#[test]
fn the_first_steps_are_planned_as_python_plans_them() {
    #[derive(Deserialize)]
    struct Answer {
        scores: Vec<f64>,
        plan: Vec<Planned>,
    }
    let mut told = told();
    let answers: BTreeMap<String, Answer> = answers("first-steps.json");
    assert!(answers.len() >= 50);
    let mut steps = 0;
    for (customer, expected) in &answers {
        let (scores, plan) = told(customer);
        for (step, expected) in STEPS.iter().zip(&expected.scores) {
            let found = scores[&format!("first-{step}")];
            assert!(
                (found - expected).abs() < 1e-6,
                "{customer} {step}: {found} {expected}"
            );
        }
        assert_eq!(plan.len(), expected.plan.len(), "{customer} {plan:?}");
        for (found, expected) in plan.iter().zip(&expected.plan) {
            let names = (found.step.as_str(), found.week);
            assert_eq!(
                names,
                (&*format!("first-{}", expected.step), expected.week),
                "{customer}"
            );
            assert!((found.share - expected.share).abs() < 1e-6, "{customer}");
            steps += 1;
        }
    }
    assert!(steps >= 20, "{steps}");
}

fn file(name: &str) -> serde_json::Value {
    let path = project("policies/retail/models").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The good file with one thing changed, and what is said of it.
fn refusals<T: std::fmt::Debug>(
    good: &serde_json::Value,
    read: impl Fn(&[u8]) -> Result<T, ModelProblem>,
    cases: &[(&str, serde_json::Value, &str)],
) {
    read(good.to_string().as_bytes()).unwrap();
    for (pointer, value, said) in cases {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value.clone();
        let error = read(bad.to_string().as_bytes()).unwrap_err().to_string();
        assert!(error.contains(said), "{pointer}: {error}");
    }
    let good = good.to_string();
    for cut in (0..good.len()).step_by(good.len() / 50 + 1) {
        read(good.get(..cut).unwrap_or_default().as_bytes()).unwrap_err();
    }
}

#[test]
fn networks_over_transactions_that_are_none_are_refused() {
    use serde_json::json;
    refusals(
        &file("next-transaction.json"),
        sequence,
        &[
            (
                "/format",
                json!("nearfield-sequence/2"),
                "only nearfield-sequence/1 is read",
            ),
            (
                "/features/5/in",
                json!("credits"),
                "`credits` is no stream of transactions",
            ),
            (
                "/features/5/in",
                json!("login"),
                "`login` is no stream of transactions",
            ),
            (
                "/features",
                json!(["amount"]),
                "`features` has 1 numbers, 43 are needed",
            ),
            ("/features/0", json!("colour"), "unknown variant `colour`"),
            ("/outputs", json!([]), "at least one"),
            (
                "/outputs/0/id",
                json!("household"),
                "`household` names no score",
            ),
            ("/outputs/0/id", json!("A b"), "`A b` names no score"),
            (
                "/outputs/0/column",
                json!(13),
                "output 13 is not there: it has 13",
            ),
            ("/weights/bias/values/0", json!(1e39), "number"),
            ("/weights/middle/rows", json!(31), "`middle` has no shape"),
            (
                "/weights/middle/rows",
                json!(u64::MAX),
                "`middle` has no shape",
            ),
            (
                "/weights/output/rows",
                json!(13),
                "`output` and its bias differ",
            ),
            (
                "/weights/recurrent/rows",
                json!(64),
                "its layers do not fit each other",
            ),
        ],
    );
}

#[test]
fn journeys_that_are_none_are_refused() {
    use serde_json::json;
    refusals(
        &file("first-steps.json"),
        journey,
        &[
            (
                "/format",
                json!("nearfield-cosine/1"),
                "only nearfield-journey/1 is read",
            ),
            ("/sharpness", json!(21), "`sharpness` is 21"),
            ("/least", json!(-1), "`least` is -1"),
            (
                "/inputs/0/scale",
                json!(0),
                "scale of `credit_count_90d` is 0",
            ),
            (
                "/inputs/1/variable",
                json!("credit_count_90d"),
                "is there twice",
            ),
            ("/steps", json!([]), "names no score"),
            ("/steps/0/id", json!("transfer"), "`transfer"),
            (
                "/steps/0/direction",
                json!([1.0]),
                "direction of `transfer-in` has 1 numbers",
            ),
            ("/next/0/step", json!("flight"), "`flight` names no score"),
            (
                "/next/0/share",
                json!(0.9),
                "the sum of shares after one step is",
            ),
            ("/next/0/weeks/0", json!(-3), "weeks of `transfer-in` is -3"),
            (
                "/next/0/weeks/9",
                json!(0),
                "weeks of `transfer-in` is 0: they ascend",
            ),
            (
                "/next/0/weeks",
                json!([1]),
                "weeks of `transfer-in` has 1 numbers, 11 are needed",
            ),
        ],
    );
}
