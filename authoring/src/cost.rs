//! What a bundle costs, part by part, as far as its form tells: bytes, and the most steps that one
//! decision can take in it.
//!
//! A step is one test of a condition, one node of a tree, one input of a model, one rule of an action.
//! Hosts measure what steps take; [`doubled`] makes bodies for that, in which one sort of part is there
//! twice without changing what is decided.
//!
//! ```
//! use authoring::cost::{Kind, parts};
//! use authoring::bundle::Compiled;
//! use engine::{bundle::Trigger, policy::Condition};
//! let mut compiled = Compiled::default();
//! compiled.body.triggers.push(Trigger { id: "rich".into(), ..Trigger::default() });
//! compiled.conditions.push(Condition::default());
//! let parts = parts(&compiled);
//! assert_eq!((parts[0].kind, parts[0].id.as_str()), (Kind::Trigger, "rich"));
//! assert!(parts[0].bytes > 0);
//! ```

use engine::{
    bundle::{Action, Body, Trigger},
    models::{self, Sequence},
    policy::{Condition, Conditions},
};
use rkyv::rancor;
use serde::Serialize;

use crate::bundle::Compiled;

/// Bytes of a test among those of all triggers: two numbers and three positions.
const TEST_BYTES: usize = 22;

/// A sort of part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A trigger.
    Trigger,
    /// A model.
    Model,
    /// An action.
    Action,
}

/// All sorts of parts.
pub const KINDS: [Kind; 3] = [Kind::Trigger, Kind::Model, Kind::Action];

/// A part of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its sort.
    pub kind: Kind,
    /// Its name.
    pub id: String,
    /// Its bytes in the bundle.
    pub bytes: usize,
    /// The most steps that one decision takes in it.
    pub steps: usize,
}

/// The parts of a body, in its order: triggers, models, actions.
pub fn parts(compiled: &Compiled) -> Vec<Part> {
    let Compiled { body, conditions } = compiled;
    let triggers = body
        .triggers
        .iter()
        .zip(conditions)
        .map(|(trigger, condition)| Part {
            kind: Kind::Trigger,
            id: trigger.id.clone(),
            bytes: rkyv::to_bytes::<rancor::Error>(trigger).map_or(0, |bytes| bytes.len())
                + TEST_BYTES * condition.tests.len(),
            steps: steps(condition).max(1),
        });
    let models = (0u16..).zip(&body.models).map(|(position, model)| Part {
        kind: Kind::Model,
        id: model.id.clone(),
        bytes: rkyv::to_bytes::<rancor::Error>(model).map_or(0, |bytes| bytes.len()),
        steps: model_steps(model)
            + if body.explained.contains(&position) {
                explaining(model)
            } else {
                0
            },
    });
    let sequences = body.sequences.iter().map(|sequence| Part {
        kind: Kind::Model,
        id: sequence.id.clone(),
        bytes: rkyv::to_bytes::<rancor::Error>(sequence).map_or(0, |bytes| bytes.len()),
        steps: recurrent(&sequence.cells) + network(&sequence.steps),
    });
    let journeys = body.journeys.iter().map(|journey| Part {
        kind: Kind::Model,
        id: journey.id.clone(),
        bytes: rkyv::to_bytes::<rancor::Error>(journey).map_or(0, |bytes| bytes.len()),
        steps: journey.inputs.len() * journey.steps.len(),
    });
    let models = sequences.chain(journeys).chain(models);
    let actions = body.actions.iter().map(|action| Part {
        kind: Kind::Action,
        id: action.id.clone(),
        bytes: rkyv::to_bytes::<rancor::Error>(action).map_or(0, |bytes| bytes.len()),
        steps: action_steps(action),
    });
    triggers.chain(models).chain(actions).collect()
}

/// A body in which the parts of one sort are there twice. The second ones are worked out and change
/// nothing: triggers that nobody names and that speak for no intent, models that nobody asks, actions on
/// no channel. `compiled` and `again` are compiled from the same policies.
pub fn doubled(compiled: Compiled, again: Compiled, kind: Kind) -> Body {
    let Compiled {
        mut body,
        conditions,
    } = compiled;
    match kind {
        Kind::Trigger => {
            let twice = conditions.iter().chain(&again.conditions);
            if let Some(together) = Conditions::new(twice) {
                body.trigger_conditions = together;
                let triggers = again.body.triggers.into_iter();
                body.triggers.extend(triggers.map(|trigger| Trigger {
                    intent: None,
                    ..trigger
                }));
            }
        }
        Kind::Model => {
            // Without a name a network runs and makes no score. Models come last, so no score moves.
            let sequences = again.body.sequences.into_iter();
            body.sequences.extend(sequences.map(|sequence| Sequence {
                outputs: Vec::new(),
                ..sequence
            }));
            body.models.extend(again.body.models);
        }
        Kind::Action => {
            let actions = again.body.actions.into_iter();
            body.actions.extend(actions.map(|action| Action {
                channels: 0,
                ..action
            }));
        }
    }
    body
}

/// The most steps of a condition: its longest way, with the programs of the numbers on it.
fn steps(condition: &Condition) -> usize {
    let mut longest = vec![0usize; condition.tests.len() + 2];
    for (at, test) in condition.tests.iter().enumerate().rev() {
        let number = match test.subject {
            engine::policy::Subject::Number(i) => {
                condition.numbers.get(usize::from(i)).map_or(0, Vec::len)
            }
            _ => 0,
        };
        let after = |leap: u16| {
            longest
                .get(at + 1 + usize::from(leap))
                .copied()
                .unwrap_or(0)
        };
        let most = 1 + number + after(test.pass).max(after(test.fail));
        if let Some(slot) = longest.get_mut(at) {
            *slot = most;
        }
    }
    longest.first().copied().unwrap_or(0)
}

fn model_steps(model: &models::Model) -> usize {
    model.inputs.len() + network(&model.steps)
}

/// To tell what raised its score, every node of a model's trees is looked at.
fn explaining(model: &models::Model) -> usize {
    match model.steps.first() {
        Some(models::Step::Trees(trees)) => trees.nodes.len(),
        Some(models::Step::WideTrees(trees)) => trees.nodes.len(),
        _ => model_steps(model),
    }
}

fn network(steps: &[models::Step]) -> usize {
    let depths =
        |trees: &[models::Tree]| trees.iter().map(|tree| 1 + usize::from(tree.depth)).sum();
    let steps = steps.iter().map(|step| match step {
        models::Step::Trees(trees) => depths(&trees.trees),
        models::Step::WideTrees(trees) => depths(&trees.trees),
        models::Step::Dense(dense) => dense.matrix.weights.len(),
        models::Step::Recurrent(layer) => recurrent(layer),
        models::Step::Pool(pool) => pool.members.len(),
        _ => 0,
    });
    steps.sum()
}

fn recurrent(layer: &models::Recurrent) -> usize {
    let matrices = [&layer.of_input, &layer.of_state, &layer.of_weighed];
    matrices.iter().map(|matrix| matrix.weights.len()).sum()
}

/// Its own rules, its triggers and wants, and weighing it.
fn action_steps(action: &Action) -> usize {
    let rules = [
        &action.engagement.eligible,
        &action.engagement.applicable,
        &action.engagement.suitable,
    ];
    let rules: usize = rules.into_iter().flatten().map(steps).sum();
    1 + rules + action.triggers.len() + action.wants.len()
}
