//! What must come out of a case: reading it, and saying it.

use std::fmt;

use engine::explain::Kind;

use super::{
    map::Map,
    yaml::{Node, spot},
};
use crate::{
    place::{Place, Spot},
    policy::Policy,
    problem::{Log, Problem},
    suggest::suggest,
};

/// Something that must come out, and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Where.
    pub place: Place,
    /// What.
    pub claim: Claim,
}

/// Something that must come out.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Claim {
    /// An action stands nowhere.
    Absent(String),
    /// A trigger fires.
    Fired(String),
    /// An intent has a strength within a range; one that is not there has none, which is 0.
    Intent(String, Range),
    /// A trigger does not fire.
    NotFired(String),
    /// The customer is of a persona.
    Persona(String),
    /// A placeholder holds these actions, in this order.
    Placed {
        /// The placeholder.
        placeholder: String,
        /// The actions.
        actions: Vec<String>,
    },
    /// An action names a trigger as a reason.
    Reason {
        /// The action.
        action: String,
        /// The trigger.
        trigger: String,
    },
    /// An action stands somewhere, with a score within a range.
    Score(String, Range),
    /// An action stands nowhere, for this first reason.
    Stopped {
        /// The action.
        action: String,
        /// What stopped it, as the explanation calls it: `suitable`, `contact`, `outscored` and so on.
        by: String,
    },
    /// A placeholder keeps its default content, or some of it.
    Unfilled(String),
}

/// The least and the most that a number may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { min, max } = self;
        if max.is_finite() {
            write!(f, "{min} to {max}")
        } else {
            write!(f, "{min} or more")
        }
    }
}

/// The names that a kind of thing may have.
struct Names<'p> {
    what: &'static str,
    known: Vec<&'p str>,
}

impl<'p> Names<'p> {
    fn new(what: &'static str, known: impl Iterator<Item = &'p Spot<String>>) -> Self {
        let known = known.map(|id| id.value.as_str()).collect();
        Self { what, known }
    }

    /// The name with its place; noted when it is unknown.
    fn check(&self, name: Spot<String>, log: &Log) -> (Place, String) {
        if !log.is_full() && !self.known.contains(&name.value.as_str()) {
            let (what, remedy) = (self.what, suggest(&name.value, self.known.iter().copied()));
            let name_there = name.value.clone();
            log.add(
                name.place(),
                Problem::UnknownName {
                    what,
                    name: name_there,
                    remedy,
                },
            );
        }
        (name.place(), name.value)
    }
}

/// Reads what must come out, in the order of the file. Names in it must be names of the policy set.
pub(super) fn read(mut map: Map<'_>, policy: &Policy, log: &Log) -> Vec<Expectation> {
    let actions = Names::new("action", policy.actions.iter().map(|action| &action.id));
    let triggers = Names::new("trigger", policy.triggers.iter().map(|trigger| &trigger.id));
    let slots = policy.placeholders.iter().map(|slot| &slot.id);
    let slots = Names::new("placeholder", slots);
    let intents = Names::new("intent", policy.intents.iter().map(|intent| &intent.id));
    let kinds = Names {
        what: "kind of stop",
        known: Kind::ALL.map(Kind::name).into(),
    };
    let mut all = Vec::new();
    let mut add = |place, claim| all.push(Expectation { place, claim });

    for (slot, node) in entries(&mut map, "placed", "placeholder") {
        let found = actions_of(&map, &slot, node, &actions, log);
        let (place, placeholder) = slots.check(slot, log);
        let actions = found;
        add(
            place,
            Claim::Placed {
                placeholder,
                actions,
            },
        );
    }
    let mut list = |key, names: &Names<'_>, claim: fn(String) -> Claim| {
        for name in map.texts(key) {
            let (place, name) = names.check(name, log);
            add(place, claim(name));
        }
    };
    list("absent", &actions, Claim::Absent);
    list("unfilled", &slots, Claim::Unfilled);
    list("fired", &triggers, Claim::Fired);
    list("not_fired", &triggers, Claim::NotFired);
    for (name, node) in entries(&mut map, "stopped", "action") {
        let by = map.as_texts(&name.value, node);
        let (_, action) = actions.check(name, log);
        for by in by {
            let (place, by) = kinds.check(by, log);
            let action = action.clone();
            add(place, Claim::Stopped { action, by });
        }
    }
    for (name, node) in entries(&mut map, "reasons", "action") {
        let found = map.as_texts(&name.value, node);
        let (_, action) = actions.check(name, log);
        for trigger in found {
            let (place, trigger) = triggers.check(trigger, log);
            let action = action.clone();
            add(place, Claim::Reason { action, trigger });
        }
    }
    for (name, range) in ranges(&mut map, "scores", "score", f64::INFINITY, log) {
        let (place, action) = actions.check(name, log);
        add(place, Claim::Score(action, range));
    }
    if let Some(persona) = map.optional_text("persona") {
        add(persona.place(), Claim::Persona(persona.value));
    }
    for (name, range) in ranges(&mut map, "intents", "intent", 1.0, log) {
        let (place, intent) = intents.check(name, log);
        add(place, Claim::Intent(intent, range));
    }

    if all.is_empty() && !log.is_full() {
        // A case that expects nothing cannot fail.
        map.missing(
            "placed",
            "what must come out: `placed`, `absent`, `fired` and so on",
        );
    }
    map.finish();
    all.sort_by(|a, b| a.place.cmp(&b.place));
    all
}

fn actions_of(
    map: &Map<'_>,
    slot: &Spot<String>,
    node: Node,
    names: &Names<'_>,
    log: &Log,
) -> Vec<String> {
    let found = map.as_texts(&slot.value, node).into_iter();
    found.map(|name| names.check(name, log).1).collect()
}

/// The names under a key, each with its value.
fn entries(map: &mut Map<'_>, key: &str, what: &'static str) -> Vec<(Spot<String>, Node)> {
    map.optional_map(key)
        .map_or_else(Vec::new, |mut below| below.rest(what))
}

/// The names under a key, each with the least and the most.
fn ranges(
    map: &mut Map<'_>,
    key: &str,
    what: &'static str,
    most: f64,
    log: &Log,
) -> Vec<(Spot<String>, Range)> {
    let range = |(name, node): (Spot<String>, Node)| {
        let called = format!("{what} `{}`", name.value);
        let mut bounds = Map::new(&name.file, log, called, &name.value, node)?;
        let min = bounds.number("min", 0.0, most);
        let max = bounds.number("max", min.as_ref().map_or(0.0, |min| min.value), most);
        if min.is_none() && max.is_none() && !log.is_full() {
            bounds.missing("min", "the least that is right, the most as `max`, or both");
        }
        bounds.finish();
        let range = Range {
            min: min.map_or(0.0, |min| min.value),
            max: max.map_or(f64::INFINITY, |max| max.value),
        };
        Some((spot(&name.file, name.start, name.value.clone()), range))
    };
    entries(map, key, what)
        .into_iter()
        .filter_map(range)
        .collect()
}
