//! Actions that fit no placeholder, and actions that others always leave in their shadow.

use std::collections::BTreeSet;

use engine::bundle::{Action, Body, Factor, Placeholder, Triangulation};

use super::{Findings, Policy, contact, name, names};

pub(super) fn check(policy: &Policy, body: &Body, findings: &mut Findings) {
    for (position, action) in policy.actions.iter().enumerate() {
        let Some(compiled) = body.actions.get(position) else {
            continue;
        };
        let slots: Vec<&Placeholder> = body
            .placeholders
            .iter()
            .filter(|slot| fits(compiled, slot))
            .collect();
        if slots.is_empty() {
            findings.error(
                "no-placeholder",
                action.id.place(),
                format!(
                    "action {} fits no placeholder: {}",
                    name(&action.id),
                    misfit(compiled, body)
                ),
                "give it a format, topic or channel of one in `placeholders.toml`",
            );
            continue;
        }
        for channel in &action.channels {
            if !slots.iter().any(|slot| slot.channel == *channel) {
                findings.note(
                    "channel-without-placeholder",
                    action.id.place(),
                    format!(
                        "action {} is for channel `{}`, where it fits no placeholder",
                        name(&action.id),
                        channel_name(*channel)
                    ),
                    "take the channel away, or give it a format or topic of a placeholder there",
                );
            }
        }
        let shadows = shadows(position, body);
        if !shadows.is_empty() {
            findings.warning(
                "shadowed-action",
                action.id.place(),
                format!(
                    "action {} is never shown: wherever it may stand, so may {}, which always score higher",
                    name(&action.id),
                    names(shadows.iter().map(|action| action.id.as_str()))
                ),
                "give it a trigger, placeholder or rule of its own, or weigh it differently",
            );
        }
    }
}

fn fits(action: &Action, slot: &Placeholder) -> bool {
    action.formats & slot.formats != 0
        && action.topics & slot.topics != 0
        && action.channels & (1 << slot.channel as u8) != 0
}

/// What keeps an action from every placeholder.
fn misfit(action: &Action, body: &Body) -> &'static str {
    let channel = |slot: &&Placeholder| action.channels & (1 << slot.channel as u8) != 0;
    let format = |slot: &&Placeholder| action.formats & slot.formats != 0;
    if !body.placeholders.iter().any(|slot| channel(&slot)) {
        "none is on its channels"
    } else if !body
        .placeholders
        .iter()
        .filter(channel)
        .any(|slot| format(&slot))
    {
        "none on its channels takes its formats"
    } else {
        "none of its channels and formats is on a page of its topics"
    }
}

fn channel_name(channel: engine::bundle::Channel) -> &'static str {
    let known = crate::policy::CHANNELS
        .iter()
        .find(|(_, it)| *it == channel);
    known.map_or("", |(name, _)| name)
}

/// Actions that stand wherever this one could: as many as there is room for, on every page of it. None
/// when something may let it through.
fn shadows(position: usize, body: &Body) -> Vec<&Action> {
    let Some(action) = body.actions.get(position) else {
        return Vec::new();
    };
    if action.repeat_on_page || body.triangulation.formula.is_some() {
        return Vec::new();
    }
    let others = body
        .actions
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != position);
    let better: Vec<&Action> = others
        .map(|(_, other)| other)
        .filter(|other| is_let_on(other, action, body) && outscores(other, action, body))
        .collect();
    let own = body.placeholders.iter().filter(|slot| fits(action, slot));
    let pages: BTreeSet<(u8, &str)> = own
        .map(|slot| (slot.channel as u8, slot.page.as_str()))
        .collect();
    let is_full = |(channel, page): &(u8, &str)| {
        let on_page = |slot: &&Placeholder| slot.channel as u8 == *channel && slot.page == *page;
        let mine = body
            .placeholders
            .iter()
            .filter(on_page)
            .filter(|slot| fits(action, slot));
        // Those that fit all of its places there.
        let here: Vec<&&Action> = better
            .iter()
            .filter(|other| mine.clone().all(|slot| fits(other, slot)))
            .collect();
        let room: usize = body
            .placeholders
            .iter()
            .filter(on_page)
            .filter(|slot| here.iter().any(|other| fits(other, slot)) || fits(action, slot))
            .map(|slot| usize::from(slot.capacity))
            .sum();
        here.len() >= room
    };
    if pages.iter().all(is_full) {
        better
    } else {
        Vec::new()
    }
}

/// Whether one action may be shown whenever another may.
fn is_let_on(other: &Action, action: &Action, body: &Body) -> bool {
    let subset = |of: &[u16], all: &[u16]| of.iter().all(|it| all.contains(it));
    // What needs no consent waits for its triggers only.
    let always = |action: &Action| {
        action.triggers.is_empty() && (action.purpose.is_none() || action.wants.is_empty())
    };
    let prompted = always(other)
        || !always(action)
            && subset(&action.triggers, &other.triggers)
            && subset(&action.wants, &other.wants);
    let rules = |action: &Action| {
        let rules = &action.engagement;
        [&rules.eligible, &rules.applicable, &rules.suitable]
            .map(|rule| rule.as_ref().map(|rule| rule.source.clone()))
    };
    let ruled = rules(other)
        .into_iter()
        .zip(rules(action))
        .all(|(theirs, own)| theirs.is_none() || theirs == own);
    let capped = body
        .contact
        .caps
        .iter()
        .any(|cap| contact::is_about(cap, other));
    prompted
        && ruled
        && !capped
        && (other.purpose.is_none() || other.purpose == action.purpose)
        && action.channels & !other.channels == 0
        && subset(&other.groups, &action.groups)
        && subset(&other.page_limits, &action.page_limits)
}

/// Whether one action scores higher than another for every customer for whom both are candidates.
fn outscores(other: &Action, action: &Action, body: &Body) -> bool {
    let arms = body
        .experiments
        .challengers
        .iter()
        .map(|it| &it.triangulation);
    let mut arms = core::iter::once(&body.triangulation).chain(arms);
    body.experiments
        .exploration
        .as_ref()
        .is_none_or(|it| it.share == 0.0)
        && arms.all(|arm| arm.formula.is_none() && is_higher(other, action, arm))
}

fn is_higher(other: &Action, action: &Action, arm: &Triangulation) -> bool {
    let factor = |action: &Action, value: f64| apply(arm.propensity, value) * fixed(arm, action);
    let worst = match (other.propensity.model, action.propensity.model) {
        (None, None) => (
            f64::from(other.propensity.base),
            f64::from(action.propensity.base),
        ),
        // The same score for both, or the base of both.
        (left, right) if left == right => (
            1.0,
            if other.propensity.base >= action.propensity.base {
                1.0
            } else {
                return false;
            },
        ),
        (left, _) => (
            if left.is_some() {
                0.0
            } else {
                f64::from(other.propensity.base)
            },
            if action.propensity.model.is_some() {
                1.0
            } else {
                f64::from(action.propensity.base)
            },
        ),
    };
    let personas = other.persona_affinity.iter().zip(&action.persona_affinity);
    let fits_better = personas.clone().all(|(theirs, own)| {
        apply(arm.persona, f64::from(*theirs)) >= apply(arm.persona, f64::from(*own))
    });
    // Fired triggers and met wants of one are those of the other, and may be more.
    let prompted = action.triggers.iter().all(|it| other.triggers.contains(it))
        && action.wants.iter().all(|it| other.wants.contains(it));
    prompted
        && fits_better
        && other.urgency >= action.urgency
        && factor(other, worst.0) > factor(action, worst.1)
}

/// What does not depend on the customer: value, life stage and focus.
pub(super) fn fixed(arm: &Triangulation, action: &Action) -> f64 {
    bank(arm, action).into_iter().product()
}

/// The factors of the bank's focus: value, life stage, focus.
pub(super) fn bank(arm: &Triangulation, action: &Action) -> [f64; 3] {
    let stage = arm.life_stages.get(usize::from(action.life_stage as u8));
    let focus = arm
        .products
        .iter()
        .find(|product| product.product == action.product);
    [
        apply(
            arm.value,
            f64::from(action.value) / f64::from(arm.value_scale),
        ),
        apply(arm.life_stage, stage.map_or(1.0, |stage| f64::from(*stage))),
        apply(arm.focus, focus.map_or(1.0, |focus| f64::from(focus.focus))),
    ]
}

/// A factor within its bounds, to its weight.
pub(super) fn apply(factor: Factor, value: f64) -> f64 {
    let bounded = value.max(f64::from(factor.min)).min(f64::from(factor.max));
    bounded.powf(f64::from(factor.weight))
}
