//! What a policy shows to a population.
//!
//! [`simulate`] makes a [`Report`]. `customers` counts customers,
//! `placements` counts actions in placeholders: one customer may see an action in several.
//!
//! ```
//! assert_eq!(harness::population::report::share(1, 4), 0.25);
//! ```

use std::collections::BTreeMap;

use engine::{Timestamp, explain::Kind};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    audit::{Audit, audits},
    catalogue::{CHANNELS, Catalogue, LIFE_STAGES, channel, life_stage},
    counts::Counts,
    crew::{Crew, CrewError, Refused, Run},
    interval::number,
    side::Side,
    source::Profiles,
    traits::Traits,
};

/// What came of a population.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// What was asked of what.
    pub about: About,
    /// Customers decided for.
    pub customers: u64,
    /// Profiles that the engine refused.
    pub refused: RefusedProfiles,
    /// Whether there are purposes, and no customer grants any of them.
    pub nobody_consents: bool,
    /// Actions in placeholders, over all customers.
    pub placements: u64,
    /// What everything shown would bring if everybody took it up, each customer each action once, in the
    /// bundle's currency: a measure to compare policies by, not a forecast.
    pub value: f64,
    /// The actions, in the bundle's order.
    pub actions: Vec<ActionShare>,
    /// Actions that nobody sees.
    pub starved: Vec<String>,
    /// The life stages.
    pub life_stages: Vec<Share>,
    /// The channels.
    pub channels: Vec<Share>,
    /// The placeholders that were asked for, in the bundle's order.
    pub placeholders: Vec<Slot>,
    /// What stopped actions, counted by customer and action.
    pub stops: Vec<Stops>,
    /// The triggers, in the bundle's order.
    pub triggers: Vec<Counted>,
    /// Triggers that fired for nobody.
    pub never_fired: Vec<String>,
    /// Triggers that fired for everybody.
    pub always_fired: Vec<String>,
    /// Personas, in the bundle's order, then customers of whom too little is known.
    pub personas: Vec<Counted>,
    /// Arms of experiments.
    pub arms: Vec<Counted>,
    /// Whether offers reach some customers more than others.
    pub fairness: Vec<Audit>,
}

/// What was asked of what.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct About {
    /// The policy set's name.
    pub policy: String,
    /// Hash of the bundle's body.
    pub bundle: String,
    /// ISO 4217 code of all amounts.
    pub currency: String,
    /// The decisions' clock.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The seed.
    pub seed: u64,
    /// Purposes counted as granted besides what the profiles grant.
    pub consent: Vec<String>,
    /// Systems that the profiles' facts come from, as the profiles name them.
    pub sources: Vec<String>,
}

/// Profiles that the engine refused.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RefusedProfiles {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Vec<Refused>,
}

/// An action's share of voice.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ActionShare {
    /// Its name.
    pub action: String,
    /// What it says in the bundle's first language.
    pub title: String,
    /// Where in the customer's life it belongs.
    pub life_stage: &'static str,
    /// The product it is about.
    pub product: String,
    /// How often it stands somewhere.
    pub placements: u64,
    /// That as a share of all placements.
    pub share: f64,
    /// Customers who see it.
    pub customers: u64,
    /// What it would bring if all of them took it up.
    pub value: f64,
    /// What stopped it, by kind: customers.
    pub stops: BTreeMap<&'static str, u64>,
}

/// A share of voice.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Share {
    /// Of what.
    pub name: &'static str,
    /// Its placements.
    pub placements: u64,
    /// That as a share of all placements.
    pub share: f64,
    /// Customers who see something of it.
    pub customers: u64,
}

/// A placeholder.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Slot {
    /// Its name.
    pub placeholder: String,
    /// Its channel.
    pub channel: &'static str,
    /// How many actions it takes.
    pub capacity: u8,
    /// What stands in it, over all customers.
    pub placements: u64,
    /// Customers for whom it keeps the bank's default content.
    pub empty: u64,
    /// That as a share of all customers.
    pub empty_share: f64,
    /// Its placements by life stage, in the order of the report's life stages.
    pub life_stages: [u64; 4],
}

/// A kind of stop.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Stops {
    /// Its name.
    pub kind: &'static str,
    /// How often, counted by customer and action.
    pub count: u64,
    /// What did, where it has a name: purpose, group, cap or quiet hours; actions' own conditions are `own`.
    pub by: BTreeMap<String, u64>,
}

/// Customers of something.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Counted {
    /// Its name.
    pub name: String,
    /// Its customers.
    pub customers: u64,
    /// That as a share of all customers.
    pub share: f64,
}

/// Runs a population through a bundle; `read` hears of the bytes of profiles that are done with.
pub fn simulate(
    crew: &Crew,
    profiles: &Profiles,
    side: &Side<'_>,
    read: impl Fn(u64) + Sync,
) -> Result<Report, CrewError> {
    let catalogue = side.catalogue();
    let run = crew.work(
        profiles,
        || Ok((side.instance()?, Counts::new(catalogue))),
        |(engine, counts), customer| {
            let tally = side.tally(engine, customer)?;
            let traits = Traits::read(&customer.json, side.question().at);
            counts.add(catalogue, &tally, side.arms(customer), &traits);
            // Of one customer who does, more need not be looked at.
            counts.granted = counts.granted || side.grants(customer);
            Ok(())
        },
        read,
    )?;
    let mut counts = Counts::new(catalogue);
    let Run {
        gathered,
        refused,
        examples,
        ..
    } = run;
    for (_, more) in gathered {
        counts.merge(more);
    }
    let refused = RefusedProfiles {
        count: refused,
        first: examples,
    };
    Ok(report(side, counts, refused))
}

fn report(side: &Side<'_>, counts: Counts, refused: RefusedProfiles) -> Report {
    let catalogue = side.catalogue();
    let customers = counts.customers;
    let placements = counts.placements.iter().sum();
    let actions: Vec<_> = (0..catalogue.actions.len())
        .filter_map(|i| action(catalogue, &counts, i, placements))
        .collect();
    let starved = actions.iter().filter(|action| action.customers == 0);
    let triggers = counted(&catalogue.triggers, &counts.fired, customers);
    let fired = |by: u64| {
        let triggers = triggers
            .iter()
            .filter(move |trigger| trigger.customers == by);
        triggers
            .map(|trigger| trigger.name.clone())
            .collect::<Vec<_>>()
    };
    let (never_fired, always_fired) = if customers == 0 {
        Default::default()
    } else {
        (fired(0), fired(customers))
    };
    let personas: Vec<_> = catalogue
        .personas
        .iter()
        .map(String::as_str)
        .chain(["none"])
        .collect();
    Report {
        about: About {
            policy: catalogue.name.clone(),
            bundle: catalogue.hash.clone(),
            currency: catalogue.currency.clone(),
            at: side.question().at,
            seed: side.question().seed,
            consent: side.question().consent.clone(),
            sources: counts.sources.iter().cloned().collect(),
        },
        customers,
        refused,
        nobody_consents: customers > 0 && !counts.granted && !catalogue.purposes.is_empty(),
        placements,
        value: catalogue.value(counts.reached.iter().copied()),
        starved: starved.map(|action| action.action.clone()).collect(),
        life_stages: life_stages(&counts, placements),
        channels: channels(catalogue, &counts, placements),
        placeholders: slots(side, &counts),
        stops: stops(catalogue, &counts),
        never_fired,
        always_fired,
        personas: counted(&personas, &counts.personas, customers),
        arms: arms(catalogue, &counts),
        fairness: audits(catalogue, &counts),
        triggers,
        actions,
    }
}

fn action(catalogue: &Catalogue, counts: &Counts, i: usize, all: u64) -> Option<ActionShare> {
    let action = catalogue.actions.get(i)?;
    let placements = *counts.placements.get(i)?;
    let customers = *counts.reached.get(i)?;
    let stops = Kind::ALL.iter().zip(counts.stops.get(i)?);
    let stops = stops.filter(|(_, count)| **count > 0);
    Some(ActionShare {
        action: action.id.clone(),
        title: action.title.clone(),
        life_stage: life_stage(action.life_stage),
        product: action.product.clone(),
        placements,
        share: share(placements, all),
        customers,
        value: action.value * number(customers),
        stops: stops.map(|(kind, count)| (kind.name(), *count)).collect(),
    })
}

fn life_stages(counts: &Counts, all: u64) -> Vec<Share> {
    let stages = LIFE_STAGES.iter().zip(counts.life_stages);
    let shares = stages.map(|(stage, customers)| {
        let placed = counts
            .slots
            .iter()
            .filter_map(|slot| slot.get(*stage as usize));
        let placements = placed.sum();
        Share {
            name: life_stage(*stage),
            placements,
            share: share(placements, all),
            customers,
        }
    });
    shares.collect()
}

fn channels(catalogue: &Catalogue, counts: &Counts, all: u64) -> Vec<Share> {
    let channels = CHANNELS.iter().zip(counts.channels);
    let shares = channels.map(|(on, customers)| {
        let slots = catalogue.placeholders.iter().zip(&counts.slots);
        let slots = slots.filter(|(slot, _)| slot.channel == *on);
        let placements = slots.flat_map(|(_, placed)| placed).sum();
        Share {
            name: channel(*on),
            placements,
            share: share(placements, all),
            customers,
        }
    });
    shares.collect()
}

fn slots(side: &Side<'_>, counts: &Counts) -> Vec<Slot> {
    let slots = side.catalogue().placeholders.iter().zip(side.requested());
    let counted = counts.slots.iter().zip(&counts.filled);
    let asked = slots.zip(counted).filter(|((_, asked), _)| **asked);
    let slots = asked.map(|((slot, _), (life_stages, filled))| {
        let empty = counts.customers - filled;
        Slot {
            placeholder: slot.id.clone(),
            channel: channel(slot.channel),
            capacity: slot.capacity,
            placements: life_stages.iter().sum(),
            empty,
            empty_share: share(empty, counts.customers),
            life_stages: *life_stages,
        }
    });
    slots.collect()
}

fn stops(catalogue: &Catalogue, counts: &Counts) -> Vec<Stops> {
    let kinds = Kind::ALL.into_iter().zip(&counts.rules);
    let stops = kinds.map(|(kind, by)| {
        let names: &[String] = match kind {
            Kind::Consent => &catalogue.purposes,
            Kind::Cap => &catalogue.caps,
            Kind::QuietHours => &catalogue.quiet_hours,
            Kind::Ineligible | Kind::Inapplicable | Kind::Unsuitable => &catalogue.groups,
            _ => &[],
        };
        let rules = matches!(
            kind,
            Kind::Ineligible | Kind::Inapplicable | Kind::Unsuitable
        );
        let own = by.last().filter(|own| rules && **own > 0);
        let own = own.map(|own| ("own".to_owned(), *own));
        let named = names.iter().cloned().zip(by.iter().copied());
        Stops {
            kind: kind.name(),
            count: by.iter().sum(),
            by: named.filter(|(_, count)| *count > 0).chain(own).collect(),
        }
    });
    stops.collect()
}

fn arms(catalogue: &Catalogue, counts: &Counts) -> Vec<Counted> {
    let names: Vec<_> = catalogue
        .challengers
        .iter()
        .map(String::as_str)
        .chain(["champion"])
        .collect();
    let mut arms = counted(&names, &counts.challengers, counts.customers);
    arms.rotate_right(1);
    let others = ["control", "exploring"];
    let more = counted(
        &others,
        &[counts.control, counts.exploring],
        counts.customers,
    );
    arms.extend(more);
    arms
}

fn counted(names: &[impl ToString], counts: &[u64], all: u64) -> Vec<Counted> {
    let counted = names.iter().zip(counts).map(|(name, customers)| Counted {
        name: name.to_string(),
        customers: *customers,
        share: share(*customers, all),
    });
    counted.collect()
}

/// A part of a whole; of nothing, 0.
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        number(part) / number(whole)
    }
}
