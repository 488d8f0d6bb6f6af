//! Triggers that speak to nobody, intents that nobody raises or wants, wants that are never met.

use std::collections::BTreeMap;

use engine::bundle::Body;

use super::{Findings, Policy, Spot, has_word, name, names, written};
use crate::policy::{ModelKind, Trigger};

pub(super) fn check(policy: &Policy, body: &Body, findings: &mut Findings) {
    triggers(policy, body, findings);
    templates(policy, findings);
    intents(policy, body, findings);
    wants(policy, findings);
    models(policy, findings);
}

/// Whether a condition or a want asks for an intent.
fn is_asked_for(policy: &Policy, intent: &str) -> bool {
    let wants = policy.market.iter().flat_map(|team| &team.wants);
    let word = format!("intent.{}", intent.replace('-', "_"));
    wants.clone().any(|want| want.intent.value == intent)
        || written(policy)
            .iter()
            .any(|text| has_word(&text.value, &word))
}

/// Triggers that no action names; they work through their intents.
fn unnamed<'p>(policy: &'p Policy, body: &'p Body) -> impl Iterator<Item = &'p Trigger> {
    let named = |position: usize| {
        let mut lists = body.actions.iter().map(|action| &action.triggers);
        lists.any(|triggers| triggers.iter().any(|at| usize::from(*at) == position))
    };
    let triggers = policy.triggers.iter().enumerate();
    triggers
        .filter(move |(position, _)| !named(*position))
        .map(|(_, trigger)| trigger)
}

/// Where an intent is not asked for, one finding for it stands for all its triggers.
fn triggers(policy: &Policy, body: &Body, findings: &mut Findings) {
    for trigger in unnamed(policy, body).filter(|trigger| trigger.strength == 0.0) {
        findings.warning(
            "unused-trigger",
            trigger.id.place(),
            format!(
                "nothing uses trigger {}: no action names it, and it speaks for its intent with strength 0",
                name(&trigger.id)
            ),
            "name it in an action, give it a strength, or take it away",
        );
    }
}

/// A template's id is written with `$(`; its triggers share the place of it.
fn templates(policy: &Policy, findings: &mut Findings) {
    let mut made: BTreeMap<(&str, usize), (usize, &Spot<String>)> = BTreeMap::new();
    for trigger in &policy.triggers {
        let id = &trigger.id;
        let raw = id.file.text.get(id.start..id.end).unwrap_or_default();
        if raw.contains("$(") {
            made.entry((id.file.name.as_str(), id.start))
                .or_insert((0, id))
                .0 += 1;
        }
    }
    for (_, id) in made.into_values().filter(|(count, _)| *count == 1) {
        findings.note(
            "template-of-one",
            id.place(),
            format!("this template makes one trigger only, {}", name(id)),
            "write the trigger itself, or give more sets of parameters",
        );
    }
}

fn intents(policy: &Policy, body: &Body, findings: &mut Findings) {
    for intent in &policy.intents {
        let speaks =
            |trigger: &&Trigger| trigger.intent.value == intent.id.value && trigger.strength > 0.0;
        let raised = policy.triggers.iter().any(|trigger| speaks(&trigger));
        let asked = is_asked_for(policy, &intent.id.value);
        let (place, id) = (intent.id.place(), name(&intent.id));
        match (raised, asked) {
            (true, true) => {}
            (false, true) => findings.warning(
                "intent-never-raised",
                place,
                format!("no trigger speaks for intent {id}, and somebody asks for it"),
                "write a trigger with this intent",
            ),
            (false, false) => findings.warning(
                "unused-intent",
                place,
                format!("no trigger speaks for intent {id}, and nobody asks for it"),
                "take it away",
            ),
            (true, false) => {
                let remedy = "publish a want for it in `market/`, or take it away";
                let idle: Vec<&str> = unnamed(policy, body)
                    .filter(speaks)
                    .map(|trigger| trigger.id.value.as_str())
                    .collect();
                let message = format!("triggers speak for intent {id}, and nobody asks for it");
                if idle.is_empty() {
                    // Its triggers serve actions directly.
                    findings.note("intent-never-wanted", place, message, remedy);
                } else {
                    let idle = names(idle);
                    let message = format!("{message}; nothing else uses {idle}");
                    findings.warning("intent-never-wanted", place, message, remedy);
                }
            }
        }
    }
}

fn wants(policy: &Policy, findings: &mut Findings) {
    for want in policy.market.iter().flat_map(|team| &team.wants) {
        let raising = policy
            .triggers
            .iter()
            .filter(|trigger| trigger.intent.value == want.intent.value);
        let most = raising.map(|trigger| trigger.strength).fold(0.0, f32::max);
        if most > 0.0 && want.at_least > most {
            findings.error(
                "want-never-met",
                want.id.place(),
                format!(
                    "want {} asks for intent {} at {}, and it never gets over {most}",
                    name(&want.id),
                    name(&want.intent),
                    want.at_least
                ),
                "lower `at_least`, or raise the `strength` of a trigger",
            );
        }
    }
}

fn models(policy: &Policy, findings: &mut Findings) {
    let texts = written(policy);
    let offered = |named: &dyn Fn(&str) -> bool| {
        let models = policy.actions.iter().filter_map(|a| a.model.as_ref());
        models.into_iter().any(|model| named(&model.value))
    };
    let asked = |id: &str| {
        let id = id.replace('-', "_");
        let words = [format!("score.{id}"), format!("cause.{id}")];
        let mut texts = texts.iter();
        texts.any(|text| words.iter().any(|word| has_word(&text.value, word)))
    };
    let pooled = |id: &str| {
        let mut members = policy.pools.iter().flat_map(|pool| &pool.members);
        members.any(|(member, _)| member.value == id)
    };
    let models = policy.models.iter().map(|model| {
        let id = model.id.value.as_str();
        let used = match model.kind {
            // It makes the plan.
            ModelKind::Journey => true,
            ModelKind::Sequence => {
                let word = format!("score.{}_", id.replace('-', "_"));
                offered(&|name| name.starts_with(&format!("{id}-")))
                    || texts.iter().any(|text| text.value.contains(&word))
            }
            _ => offered(&|name| name == id) || asked(id) || pooled(id),
        };
        (&model.id, used)
    });
    let pools = policy.pools.iter().map(|pool| {
        let id = pool.id.value.as_str();
        (&pool.id, offered(&|name| name == id) || asked(id))
    });
    for (id, _) in models.chain(pools).filter(|(_, used)| !used) {
        findings.warning(
            "unused-model",
            id.place(),
            format!(
                "nothing uses model {}, and every decision runs it",
                name(id)
            ),
            "name it in an action or a condition, or take it away",
        );
    }
}
