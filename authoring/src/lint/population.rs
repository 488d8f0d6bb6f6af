//! What policies do to customers, and hardly mean to: one product that takes most places, one factor
//! that settles most of them, factors and actions that never come to bear.
//!
//! Each factor is tried twice: taken away from all the others, and left alone. What is shown is then
//! compared, placeholder by placeholder, with what the policies show.
//!
//! ```no_run
//! # use std::path::Path;
//! let policy = authoring::policy::read(Path::new("policies/retail"))?;
//! let mut compiled = authoring::bundle::compile(&policy)?;
//! let customers: Vec<engine::Profile> = Vec::new();
//! let at = "1994-03-31".parse().unwrap();
//! for finding in authoring::lint::population::check(&policy, &mut compiled.body, &customers, at).unwrap() {
//!     println!("{finding}");
//! }
//! # Ok::<(), authoring::PolicyErrors>(())
//! ```

use std::collections::BTreeMap;

use engine::{
    Bundle, Context, Engine, Profile, Timestamp,
    bundle::{Body, Factor},
    tally::Tally,
    trust::{PublicKey, Verified},
};

use super::{Finding, Findings, Severity, levers, name, names};
use crate::{SignError, keys, policy::Policy, sign};

/// The share of places from which on one product has too many, and the share up to which a factor
/// settles nothing, or from which on everything.
const MOST: f64 = 0.5;
const SETTLES: f64 = 0.9;

/// What is shown: for each customer the action in each placeholder, in their order.
type Shown = Vec<BTreeMap<(u16, usize), u16>>;

/// Why nothing can be said of a population.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PopulationError {
    /// The bundle cannot be made.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The engine does not open the bundle that was just made, which nothing should bring about.
    #[error("the bundle does not open: {0}")]
    Open(String),
}

/// Decides for all customers at an instant, on all placeholders, with seed 0, and looks at the results.
/// The body is left as it was.
pub fn check(
    policy: &Policy,
    body: &mut Body,
    customers: &[Profile],
    at: Timestamp,
) -> Result<Vec<Finding>, PopulationError> {
    let mut findings = Findings::default();
    let shown = decide(body, customers, at)?;
    let places: usize = shown.iter().map(BTreeMap::len).sum();
    if places == 0 {
        findings.add(
            Severity::Warning,
            "nothing-shown",
            policy.name.file.whole(),
            format!("{} customers see nothing at all", customers.len()),
            "give customers whose consent and data the policies speak of",
        );
        return Ok(findings.close());
    }
    products(policy, body, &shown, places, &mut findings);
    never(policy, body, &shown, customers.len(), &mut findings);
    let neutral = Factor {
        weight: 0.0,
        ..Factor::default()
    };
    for (position, factor) in levers::FACTORS.into_iter().enumerate() {
        let Some(own) = levers::factors(&body.triangulation).get(position).copied() else {
            continue;
        };
        if own.weight == 0.0 {
            continue;
        }
        let all = levers::factors(&body.triangulation);
        set(
            body,
            |i, factor| if i == position { neutral } else { factor },
        );
        let without = agreement(&shown, &decide(body, customers, at)?, places);
        set(body, |i, factor| {
            if i == position {
                own
            } else {
                Factor {
                    weight: 0.0,
                    ..factor
                }
            }
        });
        let alone = agreement(&shown, &decide(body, customers, at)?, places);
        set(body, |i, _| all.get(i).copied().unwrap_or(neutral));
        if without >= 1.0 {
            findings.warning(
                "factor-flips-nothing",
                levers::place(policy),
                format!("without factor `{factor}` all {places} places would be filled alike"),
                "weigh it more, widen its bounds, or leave it out",
            );
        } else if alone >= SETTLES {
            findings.warning(
                "factor-decides-all",
                levers::place(policy),
                format!(
                    "factor `{factor}` alone would fill {:.0} % of {places} places alike",
                    alone * 100.0
                ),
                "lower its `weight`, or narrow its `min` and `max`",
            );
        }
    }
    Ok(findings.close())
}

fn decide(body: &Body, customers: &[Profile], at: Timestamp) -> Result<Shown, PopulationError> {
    let open = |cause: &dyn std::fmt::Display| PopulationError::Open(cause.to_string());
    let key = keys::development();
    let bytes = sign(body, &key)?;
    let trusted = PublicKey::from_bytes(key.verifying_key().as_bytes()).map_err(|e| open(&e))?;
    let verified = Verified::new(&bytes, &[trusted]).map_err(|e| open(&e))?;
    let mut engine = Engine::new(Bundle::open(verified).map_err(|e| open(&e))?);
    let context = Context::default();
    let one = |customer| {
        let snapshot = engine.snapshot(customer, at);
        let tally = engine.tally(&snapshot, &context, 0).map_err(|e| open(&e))?;
        Ok(places(&tally))
    };
    customers.iter().map(one).collect()
}

/// The action in each place: a placeholder, and which of its actions.
fn places(tally: &Tally) -> BTreeMap<(u16, usize), u16> {
    let mut places = BTreeMap::new();
    for placed in &tally.places {
        let mut nth = 0;
        while places.contains_key(&(placed.placeholder, nth)) {
            nth += 1;
        }
        places.insert((placed.placeholder, nth), placed.action);
    }
    places
}

/// The share of places that show the same.
fn agreement(left: &Shown, right: &Shown, places: usize) -> f64 {
    let same: usize = left
        .iter()
        .zip(right)
        .map(|(left, right)| {
            left.iter()
                .filter(|(at, it)| right.get(at) == Some(it))
                .count()
        })
        .sum();
    share(same, places)
}

fn share(part: usize, whole: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a share for people to read")]
    let share = part as f64 / whole.max(1) as f64;
    share
}

fn set(body: &mut Body, change: impl Fn(usize, Factor) -> Factor) {
    let arm = &mut body.triangulation;
    let factors = [
        &mut arm.propensity,
        &mut arm.intent,
        &mut arm.urgency,
        &mut arm.persona,
        &mut arm.value,
        &mut arm.life_stage,
        &mut arm.focus,
    ];
    for (position, factor) in factors.into_iter().enumerate() {
        *factor = change(position, *factor);
    }
}

fn products(policy: &Policy, body: &Body, shown: &Shown, places: usize, findings: &mut Findings) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for action in shown.iter().flat_map(BTreeMap::values) {
        if let Some(action) = body.actions.get(usize::from(*action)) {
            *counts.entry(&action.product).or_default() += 1;
        }
    }
    for (product, count) in counts {
        let part = share(count, places);
        let first = policy
            .actions
            .iter()
            .find(|action| action.product.value == product);
        if let (true, Some(first)) = (part > MOST, first) {
            findings.warning(
                "one-product-wins",
                first.product.place(),
                format!(
                    "product {} takes {:.0} % of {places} places",
                    name(&first.product),
                    part * 100.0
                ),
                "lower its `focus` in `triangulation.toml`, or limit it in `placement.toml`",
            );
        }
    }
}

/// Actions that no customer sees: one finding for all.
fn never(policy: &Policy, body: &Body, shown: &Shown, customers: usize, findings: &mut Findings) {
    let seen: std::collections::BTreeSet<u16> =
        shown.iter().flat_map(BTreeMap::values).copied().collect();
    let starved: Vec<&str> = (0u16..)
        .zip(&body.actions)
        .filter(|(position, _)| !seen.contains(position))
        .map(|(_, action)| action.id.as_str())
        .collect();
    let first = starved
        .first()
        .and_then(|id| policy.actions.iter().find(|it| it.id.value == *id));
    if let Some(first) = first {
        findings.note(
            "never-shown",
            first.id.place(),
            format!(
                "none of {customers} customers sees {} of {} actions: {}",
                starved.len(),
                body.actions.len(),
                names(starved.iter().copied())
            ),
            "ask `nearfield explain` what stops them",
        );
    }
}
