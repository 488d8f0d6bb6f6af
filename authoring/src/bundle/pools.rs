//! Pools: names of scores to positions.

use engine::models::{Model, Pool, Step};

use super::{Problem, compiler::unknown, models::All, policy};
use crate::{model, place::Spot, policy::Policy, problem::Log};

/// The pools as models, whose members are found among `scores`; what is wrong with them is noted.
pub(super) fn pools(policy: &Policy, models: &All, scores: &[String], log: &Log) -> Vec<Model> {
    let compile = |pool: &policy::Pool| {
        let mut compiled = Pool {
            combine: pool.combine,
            ..Pool::default()
        };
        for (name, weight) in &pool.members {
            check(name, policy, models, log);
            let position = scores.iter().position(|score| *score == name.value);
            if position.is_none() {
                let known = scores.iter().map(String::as_str);
                unknown("model", name, known, log);
            }
            if let Some(position) = position.and_then(|position| u16::try_from(position).ok()) {
                compiled.members.push(position);
                compiled.weights.push(*weight);
            }
        }
        Model {
            id: pool.id.value.clone(),
            inputs: Vec::new(),
            missing_allowed: 0.0,
            steps: vec![Step::Pool(compiled)],
            output: 0,
        }
    };
    policy.pools.iter().map(compile).collect()
}

/// Notes a member that is a pool itself, or whose scores are no shares.
fn check(name: &Spot<String>, policy: &Policy, models: &All, log: &Log) {
    let invalid = |found: &str, remedy: &str| {
        let (key, found) = (name.value.clone(), found.to_owned());
        let remedy = remedy.to_owned();
        log.add(name.place(), Problem::Invalid { key, found, remedy });
    };
    if policy.pools.iter().any(|pool| pool.id.value == name.value) {
        invalid("a pool", "name the models of that pool instead");
    }
    let mut models = models.models.iter();
    let model = models.find(|model| model.id.value == name.value);
    if let Some((low, high)) = model.map(|model| model::range(&model.steps))
        && (low < 0.0 || high > 1.0)
    {
        let remedy = "take a model of probabilities: a pool is of scores from 0 to 1";
        invalid("a model whose scores may be below 0 or above 1", remedy);
    }
}
