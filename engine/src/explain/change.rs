//! What would have to change for a condition to hold: a counterfactual explanation (Wachter, Mittelstadt and
//! Russell 2017), as few numbers as possible.
//!
//! A compiled condition is a graph of tests without cycles, so the way from its start to "holds" on which the
//! fewest answers differ is a shortest path, found in one pass from the back.

use std::borrow::Cow;

use serde::Serialize;

use super::subject::name;
use crate::{
    bundle::{ArchivedBody, Channel},
    limits::CONDITION_OPS,
    policy::{ArchivedCondition, ArchivedSubject, ArchivedTest, Operands},
};

/// A number that keeps a condition from holding.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change<'b> {
    /// What it is, as conditions write it: a variable, `score.` or `cause.` and a model, `intent.` and an intent,
    /// `persona`, `channel`, or an expression of them.
    pub of: Cow<'b, str>,
    /// Its value; absent when it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<Level<'b>>,
    /// The values with which the condition would hold, once all its changes are made.
    pub needs: Needs<'b>,
}

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Level<'b> {
    /// In the unit of what it is a value of.
    Number(f64),
    /// A persona or a cause, by its name.
    Name(&'b str),
    /// A channel.
    Channel(Channel),
}

/// Some values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Needs<'b> {
    /// This one.
    Equal(Level<'b>),
    /// This or more.
    AtLeast(f64),
    /// More than this.
    Above(f64),
    /// This or less.
    AtMost(f64),
    /// Less than this.
    Below(f64),
    /// The first, the second, or between them.
    Between(f64, f64),
    /// Any.
    Present,
    /// None.
    Missing,
    /// Another one.
    Other,
}

/// What the tests on a way ask of one number.
#[derive(Clone, Copy)]
struct Demand {
    low: f64,
    high: f64,
    /// It must not be there at all.
    missing: bool,
}

/// The fewest changes with which a condition holds; none when it holds, or when what they ask of one number
/// contradicts itself.
pub(crate) fn changes<'b>(
    condition: &'b ArchivedCondition,
    operands: Operands<'_>,
    body: &'b ArchivedBody,
) -> Vec<Change<'b>> {
    let mut way = steps(condition, operands);
    if !shorten(&mut way) {
        return Vec::new();
    }
    let mut changes = Vec::new();
    for (position, step) in way.iter().enumerate() {
        let asked = way.iter().filter(|other| other.subject == step.subject);
        let mut before = way.iter().take(position);
        let is_known = before.any(|other| other.differs && other.subject == step.subject);
        if !step.differs || is_known {
            continue;
        }
        let Some(demand) = demand(step.value, asked) else {
            return Vec::new();
        };
        changes.push(change(condition, step, demand, body));
    }
    changes
}

/// Leaves the tests on the way from the start to "holds" on which the fewest answers differ; `false` when there is
/// no way.
fn shorten(steps: &mut Vec<Step>) -> bool {
    let end = steps.len();
    // Who leaps just past the last fails and has no way on; who leaps one farther holds.
    let cost = |steps: &[Step], to: usize| match steps.get(to) {
        Some(step) => step.fewest,
        None if to == end + 1 => 0,
        None => u32::MAX,
    };
    for at in (0..end).rev() {
        let Some((kept, changed)) = steps.get(at).map(Step::ways) else {
            break;
        };
        let kept = cost(steps, at + 1 + kept);
        let changed = cost(steps, at + 1 + changed).saturating_add(1);
        if let Some(step) = steps.get_mut(at) {
            (step.fewest, step.differs) = (kept.min(changed), changed < kept);
        }
    }
    if cost(steps, 0) == u32::MAX {
        return false;
    }
    let (mut at, mut next) = (0, 0);
    steps.retain(|step| {
        let on_way = at == next;
        if on_way {
            let (kept, changed) = step.ways();
            next += 1 + if step.differs { changed } else { kept };
        }
        at += 1;
        on_way
    });
    true
}

/// One test, with the number that it asks about.
struct Step {
    subject: ArchivedSubject,
    value: f64,
    low: f64,
    high: f64,
    pass: usize,
    fail: usize,
    /// How many answers must differ from here on, and whether this one is of them.
    fewest: u32,
    differs: bool,
}

fn steps(condition: &ArchivedCondition, operands: Operands<'_>) -> Vec<Step> {
    let mut allowance = CONDITION_OPS;
    let step = |test: &ArchivedTest| Step {
        subject: test.subject,
        value: condition.value(test.subject, &operands, &mut allowance),
        low: test.low.to_native(),
        high: test.high.to_native(),
        pass: usize::from(test.pass.to_native()),
        fail: usize::from(test.fail.to_native()),
        fewest: u32::MAX,
        differs: false,
    };
    condition.tests.iter().map(step).collect()
}

impl Step {
    fn passes(&self) -> bool {
        self.low <= self.value && self.value <= self.high
    }

    /// Whether it passes on the way.
    fn must_pass(&self) -> bool {
        self.passes() != self.differs
    }

    /// How far it leaps with the answer that it gives, and with the other.
    fn ways(&self) -> (usize, usize) {
        if self.passes() {
            (self.pass, self.fail)
        } else {
            (self.fail, self.pass)
        }
    }
}

/// What is asked of a number by all tests on the way that read it; nothing when no value would do.
fn demand<'s>(value: f64, asked: impl Iterator<Item = &'s Step> + Clone) -> Option<Demand> {
    let mut demand = Demand {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
        missing: false,
    };
    let mut present = false;
    for step in asked.clone().filter(|step| step.must_pass()) {
        present = true;
        demand.low = demand.low.max(step.low);
        demand.high = demand.high.min(step.high);
    }
    for step in asked.filter(|step| !step.must_pass()) {
        let under = step.low > demand.low;
        let over = step.high < demand.high;
        if under && (!over || value < step.low) {
            demand.high = demand.high.min(step.low.next_down());
        } else if over {
            demand.low = demand.low.max(step.high.next_up());
        } else {
            demand.missing = true;
        }
    }
    let contradicts = if demand.missing {
        present
    } else {
        demand.low > demand.high
    };
    (!contradicts).then_some(demand)
}

fn change<'b>(
    condition: &'b ArchivedCondition,
    step: &Step,
    demand: Demand,
    body: &'b ArchivedBody,
) -> Change<'b> {
    let level = |number| level(step.subject, number, body);
    let Demand { low, high, missing } = demand;
    let needs = if missing {
        Needs::Missing
    } else if low == high {
        Needs::Equal(level(low))
    } else if matches!(
        step.subject,
        ArchivedSubject::Persona | ArchivedSubject::Channel | ArchivedSubject::Cause(_)
    ) {
        Needs::Other
    } else if low == f64::NEG_INFINITY && high == f64::INFINITY {
        Needs::Present
    } else if high == f64::INFINITY {
        rounder(low, low.next_down()).map_or(Needs::AtLeast(low), Needs::Above)
    } else if low == f64::NEG_INFINITY {
        rounder(high, high.next_up()).map_or(Needs::AtMost(high), Needs::Below)
    } else {
        Needs::Between(low, high)
    };
    Change {
        of: name(condition, step.subject, body),
        is: (!step.value.is_nan()).then(|| level(step.value)),
        needs,
    }
}

/// The neighbour of a bound when that is what somebody wrote: `v > 5` is compiled to "5.000000000000001 or more".
fn rounder(bound: f64, neighbour: f64) -> Option<f64> {
    let digits = |number: f64| number.to_string().len();
    (digits(neighbour) < digits(bound)).then_some(neighbour)
}

fn level(subject: ArchivedSubject, number: f64, body: &ArchivedBody) -> Level<'_> {
    let level = match subject {
        ArchivedSubject::Persona => {
            let personas = body.personas.personas.iter();
            named(number, personas.map(|persona| &persona.id))
        }
        ArchivedSubject::Cause(_) => named(number, body.cause_ids.iter()),
        ArchivedSubject::Channel => {
            let found = Channel::ALL.into_iter().find(|c| c.number() == number);
            found.map(Level::Channel)
        }
        _ => None,
    };
    level.unwrap_or(Level::Number(number))
}

/// The name in that position.
fn named<'b>(
    number: f64,
    names: impl Iterator<Item = &'b rkyv::string::ArchivedString>,
) -> Option<Level<'b>> {
    let mut names = (0u16..).zip(names);
    let found = names.find(|(position, _)| f64::from(*position) == number);
    found.map(|(_, name)| Level::Name(name))
}

#[cfg(test)]
mod tests;
