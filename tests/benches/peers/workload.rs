//! Who is asked about, and by which policies.

use std::collections::{BTreeMap, BTreeSet};

use authoring::bundle::Compiled;
use engine::{
    Bundle, Context, Engine, Profile, Timestamp,
    bundle::Body,
    policy::{Condition, Conditions},
    trust::{PublicKey, Verified},
};
use rkyv::rancor::Error;
use tests::{cases, project, r1};

use crate::translation::{Names, Translation};

/// How many customers take turns: 60 real ones, and four of them again three months earlier.
pub const CUSTOMERS: usize = 64;
const EARLIER: &str = "1993-12-31T12:00:00Z";

/// A customer: the profile's JSON with consent to everything, and the clock.
pub struct Customer {
    pub json: String,
    pub at: Timestamp,
}

pub fn customers() -> Vec<Customer> {
    let mut cases = cases::all();
    cases.retain(|case| case.name.starts_with("real-customer-berka-"));
    let now = cases.iter().map(|case| (case, &*case.at));
    let all = now.chain(cases.iter().map(|case| (case, EARLIER)));
    all.take(CUSTOMERS)
        .map(|(case, at)| Customer {
            json: case.profile.clone(),
            at: at.parse().unwrap(),
        })
        .collect()
}

pub fn retail() -> Compiled {
    let policy = authoring::policy::read(&project("policies/retail")).unwrap();
    authoring::bundle::compile(&policy).unwrap()
}

/// The triggers' conditions, and the customers' numbers.
pub struct Question {
    pub archived: Vec<u8>,
    pub sources: Vec<String>,
    pub translations: Vec<Translation>,
    /// How many conditions a peer has no words for.
    pub skipped: usize,
    /// How many variables come before the scores in a row.
    pub variables: usize,
    pub names: Vec<String>,
    pub rows: Vec<Vec<f64>>,
    /// Share of the numbers that conditions read which are missing.
    pub missing: f64,
}

impl Question {
    /// With `filled`, every missing number is 0.
    pub fn new(compiled: &Compiled, customers: &[Customer], filled: bool) -> Self {
        let body = &compiled.body;
        let (names, mut rows) = numbers(body, customers);
        if filled {
            let missing = rows.iter_mut().flatten().filter(|value| value.is_nan());
            missing.for_each(|value| *value = 0.0);
        }
        let lacks = |place: usize| rows.iter().any(|row| row[place].is_nan());
        let known = Names {
            places: names.iter().cloned().zip(0..).collect::<BTreeMap<_, _>>(),
            lacking: (0..names.len())
                .filter(|place| lacks(*place))
                .map(|place| names[place].clone())
                .collect::<BTreeSet<_>>(),
        };
        let (mut kept, mut translations) = (Vec::<&Condition>::new(), Vec::new());
        for condition in &compiled.conditions {
            if let Some(translation) = known.translate(&condition.source) {
                kept.push(condition);
                translations.push(translation);
            }
        }
        let together = Conditions::new(kept.iter().copied()).unwrap();
        let read: BTreeSet<usize> = kept
            .iter()
            .flat_map(|condition| condition.variables.iter().copied().map(usize::from))
            .collect();
        let holes = rows
            .iter()
            .flat_map(|row| read.iter().map(|place| row[*place]));
        let holes = holes.filter(|value| value.is_nan()).count();
        Self {
            archived: rkyv::to_bytes::<Error>(&together).unwrap().to_vec(),
            skipped: compiled.conditions.len() - kept.len(),
            sources: kept
                .iter()
                .map(|condition| condition.source.clone())
                .collect(),
            translations,
            variables: body.variables.len(),
            missing: holes as f64 / (rows.len() * read.len()) as f64,
            names,
            rows,
        }
    }
}

/// The variables of each customer, then the scores; what each is called in conditions, with a `_` for the point.
fn numbers(body: &Body, customers: &[Customer]) -> (Vec<String>, Vec<Vec<f64>>) {
    let signed = r1::signed(body);
    let (key, file) = signed.split_first_chunk::<32>().unwrap();
    let verified = Verified::new(file, &[PublicKey::from_bytes(key).unwrap()]).unwrap();
    let bundle = Bundle::open(verified).unwrap();
    let scores: Vec<&str> = bundle.body().score_ids().collect();
    let variables = body.variables.iter().map(|v| v.name.clone());
    let named = scores
        .iter()
        .map(|id| format!("score_{}", id.replace('-', "_")));
    let names = variables.chain(named).collect();
    let mut engine = Engine::new(bundle);
    let row = customers.iter().map(|customer| {
        let profile = Profile::from_json(customer.json.as_bytes()).unwrap();
        let snapshot = engine.snapshot(&profile, customer.at);
        let context = Context::default();
        let decision = engine.decide_for(&snapshot, &context, 0).unwrap();
        let known = |id: &&str| {
            let mut known = decision.signals.scores.iter();
            let score = known.find(|score| score.model == *id);
            score.map_or(f64::NAN, |score| score.score)
        };
        let variables = snapshot.variables().iter().copied();
        variables.chain(scores.iter().map(known)).collect()
    });
    (names, row.collect())
}
