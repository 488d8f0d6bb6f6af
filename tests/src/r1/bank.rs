//! The bank of R1: the retail policies, filled up and cut to size.

use std::collections::BTreeSet;

use authoring::{
    bundle::Compiled,
    condition::{Scope, compile},
};
use engine::{
    bundle::{Action, Body, Channel, Engagement, Trigger, Variable},
    consent::Lens,
    models::Model,
    policy::Conditions,
    variables::{Entry, Ledger, Reading, registry},
};

use super::{
    ACTIONS, CUSTOMERS, Customer, FORESTS, Forest, INPUTS, Network, Numbers, PLACEHOLDERS, SEED,
    TRIGGERS, VARIABLES, customers, triggers,
};
use crate::project;

/// The share of inputs that a model may lack: nobody has all.
const MISSING_ALLOWED: f32 = 0.95;

/// Everything of R1.
pub struct Bank {
    /// The tables. The models are the forests, in their order, and then the network.
    pub body: Body,
    /// The triggers in CEL.
    pub conditions: Vec<String>,
    /// The tree models.
    pub forests: Vec<Forest>,
    /// The LSTM.
    pub network: Network,
    /// Who is decided for.
    pub customers: Vec<Customer>,
    /// The variables of each, NaN when missing.
    pub values: Vec<Vec<f64>>,
}

impl Bank {
    /// Makes it, the same each time.
    pub fn new() -> Self {
        let numbers = &mut Numbers::new(SEED);
        let mut body = retail().body;
        // R1 has one network and 24 ensembles, and no other model; nothing asks for a cause before the decision.
        body.sequences.clear();
        body.journeys.clear();
        body.explained.clear();
        variables(&mut body, numbers);
        let purposes: Vec<&str> = body.purposes.iter().map(|p| p.id.as_str()).collect();
        let customers = customers(numbers, CUSTOMERS, &purposes);
        let values: Vec<Vec<f64>> = customers.iter().map(|c| values(&body, c)).collect();
        let forests: Vec<Forest> = (0..FORESTS)
            .map(|_| Forest::new(numbers, &values))
            .collect();
        let network = Network::new(numbers);
        body.models = models(&body, &forests, &network);
        let conditions = triggers(&mut body, numbers, &values);
        actions(&mut body, numbers);
        placeholders(&mut body);
        Self {
            body,
            conditions,
            forests,
            network,
            customers,
            values,
        }
    }
}

impl Default for Bank {
    fn default() -> Self {
        Self::new()
    }
}

/// A bundle of those tables behind the key that signed it.
pub fn signed(body: &Body) -> Vec<u8> {
    let key = authoring::keys::development();
    let file = authoring::sign(body, &key).expect("the development key signs");
    [&key.verifying_key().to_bytes()[..], &file].concat()
}

/// A body that is signed as 1 MiB.
pub fn megabyte() -> Body {
    Body {
        name: "x".repeat(1 << 20),
        locales: vec!["en".to_owned()],
        ..Body::default()
    }
}

/// The retail policies with as many actions and placeholders as R1, where each action may be shown to
/// everybody: the actions are the bank's, again and again, each time worth a little less.
pub fn open_to_all() -> Body {
    let mut body = retail().body;
    actions(&mut body, &mut Numbers::new(SEED));
    for action in &mut body.actions {
        action.purpose = None;
        action.triggers.clear();
        action.groups.clear();
        action.engagement = Engagement::default();
    }
    placeholders(&mut body);
    body.triggers.clear();
    body.trigger_conditions = Conditions::default();
    body.market.wants.clear();
    body
}

fn retail() -> Compiled {
    let policy = authoring::policy::read(&project("policies/retail"));
    let policy = policy.unwrap_or_else(|errors| panic!("policies/retail cannot be read\n{errors}"));
    authoring::bundle::compile(&policy)
        .unwrap_or_else(|errors| panic!("policies/retail does not build\n{errors}"))
}

/// Fills the bank's variables up from the registry, in a fixed shuffle.
fn variables(body: &mut Body, numbers: &mut Numbers) {
    let known: BTreeSet<String> = body.variables.iter().map(|v| v.name.clone()).collect();
    let mut others: Vec<Entry> = registry();
    others.retain(|entry| !known.contains(&entry.name));
    while body.variables.len() < VARIABLES {
        let entry = others.swap_remove(numbers.below(others.len()));
        let purpose = body.purposes.iter().position(|p| p.id == entry.purpose);
        let Some(purpose) = purpose else { continue };
        body.variables.push(Variable {
            cause: None,
            label: vec![entry.name.clone(); body.locales.len()],
            measure: entry.measure,
            purpose: purpose as u8,
            unit: entry.unit,
            name: entry.name,
        });
    }
    body.variables.truncate(VARIABLES);
}

fn values(body: &Body, customer: &Customer) -> Vec<f64> {
    let view = Lens::for_training(customer.at).view(&customer.profile);
    let ledger = Ledger::new(&view);
    let reading = Reading::new(&view, &ledger);
    let variables = body.variables.iter();
    variables
        .map(|v| reading.value(v.measure, v.unit))
        .collect()
}

fn models(body: &Body, forests: &[Forest], network: &Network) -> Vec<Model> {
    let names: Vec<&str> = body.variables.iter().map(|v| v.name.as_str()).collect();
    let tree = |(i, forest): (usize, &Forest)| {
        let file = forest.xgboost(&names);
        let imported = authoring::model::xgboost(&file).expect("it is a model of XGBoost");
        assert_eq!(imported.inputs, names);
        Model {
            missing_allowed: MISSING_ALLOWED,
            ..imported.alone(&format!("r1-{i}"))
        }
    };
    let network = Model {
        id: "r1-lstm".to_owned(),
        inputs: (0..INPUTS as u16).collect(),
        missing_allowed: MISSING_ALLOWED,
        steps: network.steps(),
        output: 0,
    };
    forests
        .iter()
        .enumerate()
        .map(|f| tree((f.0, f.1)))
        .chain([network])
        .collect()
}

/// Puts triggers in the place of the bank's, each for one of the bank's intents; gives their conditions.
fn triggers(body: &mut Body, numbers: &mut Numbers, values: &[Vec<f64>]) -> Vec<String> {
    let names: Vec<&str> = body.variables.iter().map(|v| v.name.as_str()).collect();
    let models: Vec<&str> = body.models.iter().map(|model| model.id.as_str()).collect();
    let scope = Scope {
        variables: &names,
        models: &models,
        ..Scope::default()
    };
    let sources: Vec<String> = (0..TRIGGERS)
        .map(|_| triggers::condition(numbers, &names, values))
        .collect();
    let compiled: Vec<_> = sources
        .iter()
        .map(|source| compile(source, &scope).unwrap_or_else(|error| panic!("{source}: {error}")))
        .collect();
    let intents = body.intents.len();
    let trigger = |(i, source): (usize, &String)| Trigger {
        id: format!("r1-{i}"),
        when: source.clone(),
        intent: (i < intents * 4).then_some((i % intents) as u16),
        strength: 0.5,
        since: None,
        urgency: 0.3,
        because: Vec::new(),
    };
    let made = sources.iter().enumerate().map(trigger).collect();
    let woven = Conditions::new(&compiled).expect("they read few enough numbers");
    body.triggers = made;
    body.trigger_conditions = woven;
    sources
}

/// The bank's actions again and again, each time worth a little less, with one to three triggers and one of
/// the models each.
fn actions(body: &mut Body, numbers: &mut Numbers) {
    let once = std::mem::take(&mut body.actions);
    let again = std::iter::repeat_with(|| retail().body.actions).flatten();
    let models = body.models.len().min(FORESTS);
    let action = |(action, i): (Action, u16)| {
        let mut action = Action {
            id: format!("{}-{i}", action.id),
            wants: Vec::new(),
            triggers: (0..=numbers.below(3))
                .map(|_| numbers.below(TRIGGERS) as u16)
                .collect(),
            value: action.value * (1.0 - f32::from(i) / 1_000.0),
            ..action
        };
        if models == FORESTS {
            action.propensity.model = Some(i % FORESTS as u16);
        }
        action
    };
    body.actions = once
        .into_iter()
        .chain(again)
        .take(ACTIONS)
        .zip(0..)
        .map(action)
        .collect();
    body.market.wants.clear();
}

fn placeholders(body: &mut Body) {
    body.placeholders
        .retain(|placeholder| placeholder.channel == Channel::Web);
    body.placeholders.truncate(PLACEHOLDERS);
}

#[cfg(test)]
mod tests {
    use engine::{
        Bundle, Context, Engine,
        models::Row,
        trust::{PublicKey, Verified},
    };

    use super::*;
    use crate::r1::{DEPTH, EVENTS, HIDDEN, TRANSACTIONS, TREES};

    #[test]
    fn the_bank_has_the_size_of_r1_and_decides() {
        let bank = Bank::new();
        let body = &bank.body;
        assert_eq!(body.placeholders.len(), PLACEHOLDERS);
        assert_eq!(body.variables.len(), VARIABLES);
        assert_eq!(body.models.len(), FORESTS + 1);
        assert_eq!(
            (body.triggers.len(), bank.conditions.len()),
            (TRIGGERS, TRIGGERS)
        );
        assert_eq!(body.actions.len(), ACTIONS);
        assert!(
            bank.customers
                .iter()
                .all(|c| c.profile.events.len() == TRANSACTIONS)
        );
        assert!(
            bank.forests
                .iter()
                .all(|forest| forest.trees.len() == TREES)
        );
        assert!(
            bank.forests
                .iter()
                .flat_map(|f| &f.trees)
                .all(|t| t.leaves.len() == 1 << DEPTH)
        );
        assert_eq!(
            (bank.network.events.len(), bank.network.of_input.len()),
            (EVENTS, 4 * HIDDEN)
        );

        let signed = signed(body);
        let (key, file) = signed.split_first_chunk::<32>().unwrap();
        let verified = Verified::new(file, &[PublicKey::from_bytes(key).unwrap()]).unwrap();
        let mut engine = Engine::new(Bundle::open(verified).unwrap());
        let mut row = Row::default();
        let (mut fired, mut shown) = (0, 0);
        for (customer, values) in bank.customers.iter().zip(&bank.values) {
            let snapshot = engine.snapshot(&customer.profile, customer.at);
            // The registry and consent give what the forests were made over.
            for (found, expected) in snapshot.variables().iter().zip(values) {
                assert!(found.total_cmp(expected).is_eq() || found.is_nan() && expected.is_nan());
            }
            row.fill(values);
            for (model, forest) in engine.bundle().body().models.iter().zip(&bank.forests) {
                let expected = 1.0 / (1.0 + (-f64::from(forest.margin(values))).exp());
                assert!((model.score(&mut row) - expected).abs() < 1e-12);
            }
            let tally = engine.tally(&snapshot, &Context::default(), 0).unwrap();
            fired += tally.fired.len();
            shown += tally.places.len();
        }
        println!("{fired} triggers fired, {shown} placements");
        assert!(shown > CUSTOMERS * PLACEHOLDERS / 4);
    }
}
