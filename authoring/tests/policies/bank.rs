//! A small bank, written as an analyst would write it.

use std::{fs, path::Path};

use engine::{
    Bundle, Context, Engine, Profile, Timestamp,
    explain::Explanation,
    trust::{PublicKey, Verified},
};
use serde_json::{Value, json};

const FILES: [(&str, &str); 13] = [
    (
        "policy.toml",
        "name = 'small'\nlocales = ['en']\ncurrency = 'CZK'\nformats = ['card']",
    ),
    (
        "purposes.toml",
        "
        insights = { notice_version = '1', classes = ['transaction'], title.en = 'Insights', description.en = 'x' }
        behaviour = { notice_version = '1', classes = ['behavioural'], title.en = 'Behaviour', description.en = 'x' }
        offers = { notice_version = '1', title.en = 'Offers', description.en = 'x' }
        details = { notice_version = '1', classes = ['demographic'], title.en = 'Details', description.en = 'x' }",
    ),
    (
        "placeholders.toml",
        "
        [rib]
        channel = 'web'
        [rib.pages.home]
        first = { formats = ['card'], prominence = 2 }
        second = { formats = ['card'] }
        [cc]
        channel = 'call-centre'
        [cc.pages.desk]
        next = { formats = ['card'] }",
    ),
    (
        "intents.toml",
        "
        [save]
        half_life_days = 10
        shelf_life_days = 40
        title.en = 'Saving'
        [travel]
        half_life_days = 7
        shelf_life_days = 30
        title.en = 'Travel'",
    ),
    (
        "triggers/all.toml",
        "
        [paid]
        description = 'Money came'
        life_stage = 'cross-sell'
        intent = 'save'
        strength = 0.8
        since = 'credit_days_since'
        urgency = 0.5
        when = 'credit_count_90d >= 1'
        because.en = 'Money came.'
        [rich]
        description = 'Much money'
        life_stage = 'cross-sell'
        intent = 'save'
        strength = 0.1
        urgency = 0.25
        when = 'balance > 5000'
        because.en = 'You have {balance|count}.'",
    ),
    (
        "market/deposits.toml",
        "
        title.en = 'Deposits'
        [wants.savers]
        intent = 'save'
        at_least = 0.3
        when = 'balance > 100'
        actions = ['deposit']
        bid = 0.5",
    ),
    (
        "market/funds.toml",
        "
        title.en = 'Funds'
        [wants.savers]
        intent = 'save'
        at_least = 0.6
        actions = ['deposit', 'fund']
        bid = 2",
    ),
    (
        "groups.toml",
        "
        [selling]
        title.en = 'Offers'
        purposes = ['offers']
        [credit]
        title.en = 'Credit'
        products = ['loans']
        eligible = '!has(age) || age >= 18'
        suitable = '!has(in_arrears) || in_arrears == 0'",
    ),
    (
        "actions/cross-sell.toml",
        "
        [deposit]
        product = 'savings'
        purpose = 'offers'
        triggers = ['rich']
        propensity = 0.5
        value = 100
        formats = ['card']
        channels = ['web', 'call-centre']
        en = { title = 'Deposit', body = 'b', call_to_action = 'c' }
        [fund]
        product = 'investments'
        purpose = 'offers'
        applicable = 'balance > 100'
        propensity = 0.25
        value = 100
        formats = ['card']
        channels = ['web']
        en = { title = 'Fund', body = 'b', call_to_action = 'c' }
        [loan]
        product = 'loans'
        purpose = 'offers'
        triggers = ['paid']
        suitable = 'debit_count_30d >= 0'
        propensity = 0.4
        value = 100
        formats = ['card']
        channels = ['web', 'call-centre']
        en = { title = 'Loan', body = 'b', call_to_action = 'c' }",
    ),
    (
        "actions/engagement.toml",
        "
        [hello]
        product = 'service'
        propensity = 0.01
        value = 100
        formats = ['card']
        channels = ['web', 'call-centre']
        en = { title = 'Hello', body = 'b', call_to_action = 'c' }",
    ),
    ("triangulation.toml", "value_scale = 100"),
    (
        "variables.toml",
        "
        balance.en = 'Balance'
        credit_count_90d.en = 'Money came'
        credit_days_since.en = 'Days since money came'
        debit_count_30d.en = 'Money went'
        age.en = 'Age'
        in_arrears.en = 'In arrears'",
    ),
    (
        "explanations.toml",
        "
        consent.en = 'needs {}'
        opted-out.en = 'not wanted'
        do-not-disturb.en = 'in peace'
        unprompted.en = 'no reason'
        ineligible.en = 'may not: {}'
        inapplicable.en = 'no sense: {}'
        unsuitable.en = 'not good: {}'
        cap.en = 'capped: {}'
        quiet-hours.en = 'quiet: {}'
        control.en = 'control'
        worthless.en = 'worthless'
        no-placeholder.en = 'no place'
        outscored.en = 'beaten by {}'",
    ),
];

/// The bank, with some files added or replaced, signed.
pub fn bank(changed: &[(&str, &str)]) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        fs::write(path, text).unwrap();
    };
    FILES
        .iter()
        .chain(changed)
        .for_each(|(name, text)| write(name, text));
    let body = authoring::build(dir.path()).unwrap_or_else(|errors| panic!("{errors}"));
    authoring::sign(&body, &authoring::keys::development()).unwrap()
}

/// What a bundle decides, and why not otherwise, as JSON.
pub fn explain(bundle: &[u8], profile: &Profile, context: &Value, seed: u64) -> Value {
    with(bundle, profile, context, seed, |explanation| {
        serde_json::from_slice(&explanation.to_json()).unwrap()
    })
}

pub fn with<T>(
    bundle: &[u8],
    profile: &Profile,
    context: &Value,
    seed: u64,
    run: impl FnOnce(Explanation<'_>) -> T,
) -> T {
    let key = authoring::keys::development();
    let trusted = [PublicKey::from_bytes(key.verifying_key().as_bytes()).unwrap()];
    let verified = Verified::new(bundle, &trusted).unwrap();
    let mut engine = Engine::new(Bundle::open(verified).unwrap());
    let context = Context::from_json(context.to_string().as_bytes()).unwrap();
    let snapshot = engine.snapshot(profile, at());
    run(engine.explain(&snapshot, &context, seed).unwrap())
}

pub fn at() -> Timestamp {
    "1994-03-31T12:00:00Z".parse().unwrap()
}

/// A customer who allowed everything, was paid ten days ago and has 9,000; with some fields more.
pub fn customer(more: &Value) -> Profile {
    let consent: Vec<Value> = ["insights", "behaviour", "offers", "details"]
        .iter()
        .map(|purpose| {
            json!({"event_time": "1993-01-01", "purpose": purpose, "event_state": "given", "notice_version": "1"})
        })
        .collect();
    let mut profile = json!({
        "schema_version": 1,
        "consent": {"events": consent},
        "facts": [],
        "events": [{"at": "1994-03-21", "kind": "transaction", "direction": "credit", "amount": 9000.0, "balance": 9000.0}],
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        match (profile.get_mut(key).and_then(Value::as_array_mut), value) {
            (Some(list), Value::Array(more)) => list.extend(more.iter().cloned()),
            _ => profile[key] = value.clone(),
        }
    }
    Profile::from_json(profile.to_string().as_bytes()).unwrap()
}

/// Where an action stands.
pub fn places(answer: &Value, action: &str) -> Vec<String> {
    let placements = answer["decision"]["placements"].as_array().unwrap();
    let of = placements.iter().filter(|p| p["action"] == action);
    of.map(|p| p["placeholder"].as_str().unwrap().to_owned())
        .collect()
}

/// The placement of an action that stands somewhere.
pub fn placement<'a>(answer: &'a Value, action: &str) -> &'a Value {
    let placements = answer["decision"]["placements"].as_array().unwrap();
    placements
        .iter()
        .find(|p| p["action"] == action)
        .unwrap_or_else(|| panic!("{action} is nowhere: {answer}"))
}

/// Why an action stands nowhere.
pub fn stopped<'a>(answer: &'a Value, action: &str) -> &'a Value {
    let all = answer["not_shown"].as_array().unwrap();
    all.iter()
        .find(|n| n["action"] == action)
        .unwrap_or_else(|| panic!("{action} is shown: {answer}"))
}
