//! What a change of policy does to the same customers, with the same seeds.
//!
//! [`compare`] runs two bundles side by side. Things are matched by name, so a bundle may have more or
//! fewer of everything. A customer is **changed** when something else stands in some placeholder, or in
//! another order; **reworded** when the same stands there, and something of it says other words, in the
//! language asked for. A **rank flip** is a pair of actions, both shown before and now, of which the other one
//! has the higher score now; a **replacement** is an action that stands where another one stood.

use std::collections::{BTreeMap, HashSet};

use engine::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    catalogue::{Catalogue, LIFE_STAGES, life_stage},
    changes::{Changes, Names, Segment},
    crew::{Crew, CrewError},
    example::{Example, example},
    report::{RefusedProfiles, share},
    side::Side,
    source::Profiles,
    texts::{ACTION, Reworded, reworded},
    traits::Traits,
};

/// What differs between two bundles over a population.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Comparison {
    /// Hash of the old bundle's body.
    pub old: String,
    /// Hash of the new bundle's body.
    pub new: String,
    /// ISO 4217 code of the old bundle's amounts.
    pub currency_before: String,
    /// ISO 4217 code of the new bundle's amounts. Amounts of two currencies are never added or subtracted.
    pub currency_after: String,
    /// The decisions' clock.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The seed.
    pub seed: u64,
    /// Customers decided for by both.
    pub customers: u64,
    /// Profiles that the engine refused.
    pub refused: RefusedProfiles,
    /// Whether there are purposes, and no customer grants any of either side.
    pub nobody_consents: bool,
    /// Customers who see something else, or in another order.
    pub changed: u64,
    /// That as a share of all customers.
    pub changed_share: f64,
    /// Customers who see the same, of which something says other words in the language asked for.
    pub reworded: u64,
    /// Actions that only the new bundle has.
    pub actions_added: Vec<String>,
    /// Actions that only the old bundle has.
    pub actions_removed: Vec<String>,
    /// Texts that both bundles have, in other words, in any language.
    pub texts: Vec<Reworded>,
    /// Placements and value of all customers.
    pub all: Gains,
    /// By persona under the old bundle: who gains, who loses.
    pub personas: BTreeMap<String, Gains>,
    /// By age.
    pub ages: BTreeMap<&'static str, Gains>,
    /// Placements by life stage of the action.
    pub life_stages: Vec<Moved>,
    /// Actions with placements gained or lost, those that move most first.
    pub actions: Vec<Moved>,
    /// Placeholders that became empty, or are no longer.
    pub placeholders: Vec<Emptied>,
    /// Which action stands where which stood, most often first.
    pub replacements: Vec<Pair>,
    /// Whose order by score changed, most often first.
    pub rank_flips: Vec<Pair>,
    /// Triggers that fire for others than before.
    pub triggers: Vec<Fires>,
    /// Customers with the most differences, and why.
    pub examples: Vec<Example>,
}

/// Customers before and after.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Gains {
    /// How many.
    pub customers: u64,
    /// Those who see something else, or in another order.
    pub changed: u64,
    /// Those who see more placements.
    pub more: u64,
    /// Those who see fewer.
    pub fewer: u64,
    /// Placements before.
    pub placements_before: u64,
    /// Placements now.
    pub placements_after: u64,
    /// What everything shown would bring if everybody took it up, each customer each action once, before.
    pub value_before: f64,
    /// The same now.
    pub value_after: f64,
}

/// Placements that moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Moved {
    /// An action or a life stage.
    pub name: String,
    /// Placements that it has now and had not before.
    pub gained: u64,
    /// Placements that it had before and has not now.
    pub lost: u64,
    /// Customers who saw it before.
    pub customers_before: Option<u64>,
    /// Customers who see it now.
    pub customers_after: Option<u64>,
}

/// A placeholder whose customers changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Emptied {
    /// Its name.
    pub placeholder: String,
    /// Customers for whom it became empty.
    pub emptied: u64,
    /// Customers for whom it was empty.
    pub filled: u64,
}

/// Two actions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Pair {
    /// The one before.
    pub before: String,
    /// The one now.
    pub after: String,
    /// How often.
    pub count: u64,
}

/// A trigger that fires for others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fires {
    /// Its name.
    pub trigger: String,
    /// Customers for whom it fired before only.
    pub no_longer: u64,
    /// Customers for whom it fires now only.
    pub newly: u64,
}

/// Runs a population through two bundles that are asked the same; `read` hears of the bytes of profiles
/// that are done with.
pub fn compare(
    crew: &Crew,
    profiles: &Profiles,
    [old, new]: [&Side<'_>; 2],
    read: impl Fn(u64) + Sync,
) -> Result<Comparison, CrewError> {
    let names = Names::new(old, new);
    let run = crew.work(
        profiles,
        || Ok((old.instance()?, new.instance()?, Changes::new(&names))),
        |(before, after, changes), customer| {
            let tallies = [old.tally(before, customer)?, new.tally(after, customer)?];
            let traits = Traits::read(&customer.json, old.question().at);
            let [first, second] = &tallies;
            let persona = first.persona.map(usize::from);
            let persona = persona.and_then(|i| old.catalogue().personas.get(i));
            let persona = persona.map_or("none", String::as_str);
            changes.add(&names, persona, &traits, customer, [first, second]);
            // Of one customer who does, more need not be looked at.
            changes.granted = changes.granted || old.grants(customer) || new.grants(customer);
            Ok(())
        },
        read,
    )?;
    let mut changes = Changes::new(&names);
    for (_, _, more) in run.gathered {
        changes.merge(more);
    }
    let mut examples = Vec::new();
    for (differences, customer) in &changes.examples {
        examples.push(example(*differences, customer, [old, new])?);
    }
    let refused = RefusedProfiles {
        count: run.refused,
        first: run.examples,
    };
    Ok(comparison([old, new], &names, changes, refused, examples))
}

fn comparison(
    [old, new]: [&Side<'_>; 2],
    names: &Names,
    changes: Changes,
    refused: RefusedProfiles,
    examples: Vec<Example>,
) -> Comparison {
    let sides = [old.catalogue(), new.catalogue()];
    let gains = |segment: &Segment| gains(sides, names, segment);
    let personas = changes.personas.iter();
    let ages = changes.ages.iter();
    let slots = names
        .slots
        .names
        .iter()
        .zip(changes.emptied.iter().zip(&changes.filled));
    let slots = slots.map(|(name, (emptied, filled))| Emptied {
        placeholder: name.clone(),
        emptied: *emptied,
        filled: *filled,
    });
    let triggers = names.triggers.names.iter().zip(&changes.triggers);
    let triggers = triggers.map(|(name, [no_longer, newly])| Fires {
        trigger: name.clone(),
        no_longer: *no_longer,
        newly: *newly,
    });
    Comparison {
        old: sides[0].hash.clone(),
        new: sides[1].hash.clone(),
        currency_before: sides[0].currency.clone(),
        currency_after: sides[1].currency.clone(),
        at: old.question().at,
        seed: old.question().seed,
        customers: changes.all.customers,
        refused,
        nobody_consents: !changes.granted
            && changes.all.customers > 0
            && sides.iter().any(|side| !side.purposes.is_empty()),
        changed: changes.all.changed,
        changed_share: share(changes.all.changed, changes.all.customers),
        reworded: changes.reworded,
        actions_added: only(&names.actions.names, &names.actions.old),
        actions_removed: only(&names.actions.names, &names.actions.new),
        texts: texts(sides, names, &changes),
        all: gains(&changes.all),
        personas: personas.map(|(name, s)| (name.clone(), gains(s))).collect(),
        ages: ages.map(|(name, s)| (*name, gains(s))).collect(),
        life_stages: life_stages(sides, names, &changes),
        actions: actions(names, &changes),
        placeholders: slots
            .filter(|slot| slot.emptied + slot.filled > 0)
            .collect(),
        replacements: pairs(names, &changes.replaced),
        rank_flips: pairs(names, &changes.flipped),
        triggers: triggers
            .filter(|fires| fires.no_longer + fires.newly > 0)
            .collect(),
        examples,
    }
}

/// The names that one side does not have.
fn only(names: &[String], other: &[usize]) -> Vec<String> {
    let others: HashSet<_> = other.iter().copied().collect();
    let names = (0..).zip(names);
    let own = names.filter(|(position, _)| !others.contains(position));
    own.map(|(_, name)| name.clone()).collect()
}

/// What is worded otherwise, and how many read it.
fn texts([old, new]: [&Catalogue; 2], names: &Names, changes: &Changes) -> Vec<Reworded> {
    let mut texts = reworded(&old.texts, &new.texts);
    let [_, after] = &changes.all.reached;
    let reached: BTreeMap<_, _> = names.actions.names.iter().zip(after).collect();
    for text in texts.iter_mut().filter(|text| text.kind == ACTION) {
        text.customers = reached.get(&text.name).map(|customers| **customers);
    }
    texts
}

fn gains([old, new]: [&Catalogue; 2], names: &Names, segment: &Segment) -> Gains {
    let [before, after] = &segment.reached;
    let value = |catalogue: &Catalogue, joint: &[usize], reached: &[u64]| {
        let reached = joint.iter().map(|i| reached.get(*i).copied().unwrap_or(0));
        catalogue.value(reached)
    };
    Gains {
        customers: segment.customers,
        changed: segment.changed,
        more: segment.more,
        fewer: segment.fewer,
        placements_before: segment.placements[0],
        placements_after: segment.placements[1],
        value_before: value(old, &names.actions.old, before),
        value_after: value(new, &names.actions.new, after),
    }
}

fn actions(names: &Names, changes: &Changes) -> Vec<Moved> {
    let [before, after] = &changes.all.reached;
    let moved = changes.gained.iter().zip(&changes.lost);
    let customers = before.iter().zip(after);
    let all = names.actions.names.iter().zip(moved.zip(customers));
    let mut actions: Vec<_> = all
        .filter(|(_, ((gained, lost), _))| **gained + **lost > 0)
        .map(|(name, ((gained, lost), (before, after)))| Moved {
            name: name.clone(),
            gained: *gained,
            lost: *lost,
            customers_before: Some(*before),
            customers_after: Some(*after),
        })
        .collect();
    actions.sort_by_key(|action| std::cmp::Reverse(action.gained + action.lost));
    actions
}

/// Gains count by the new life stage of an action, losses by the old one.
fn life_stages([old, new]: [&Catalogue; 2], names: &Names, changes: &Changes) -> Vec<Moved> {
    let total = |catalogue: &Catalogue, joint: &[usize], counts: &[u64], stage| -> u64 {
        let actions = catalogue.actions.iter().zip(joint);
        let actions = actions.filter(|(action, _)| action.life_stage == stage);
        actions.filter_map(|(_, i)| counts.get(*i)).sum()
    };
    let moved = LIFE_STAGES.into_iter().map(|stage| Moved {
        name: life_stage(stage).to_owned(),
        gained: total(new, &names.actions.new, &changes.gained, stage),
        lost: total(old, &names.actions.old, &changes.lost, stage),
        customers_before: None,
        customers_after: None,
    });
    moved.collect()
}

fn pairs(names: &Names, counts: &BTreeMap<(usize, usize), u64>) -> Vec<Pair> {
    let name = |i: usize| names.actions.names.get(i).cloned().unwrap_or_default();
    let mut pairs: Vec<_> = counts.iter().collect();
    pairs.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let pairs = pairs.into_iter().map(|((before, after), count)| Pair {
        before: name(*before),
        after: name(*after),
        count: *count,
    });
    pairs.collect()
}
