//! What a condition can come to, from what its numbers can be.
//!
//! A compiled condition is a row of tests with jumps. Walking all ways through it, with the range in
//! which each number still lies, shows which ends can be reached: interval analysis (Moore 1966) without
//! loss at joins, since the ways are few. A walk that would be long is given up, and nothing is said.

use std::collections::{BTreeMap, BTreeSet};

use engine::{
    bundle::{Body, Variable},
    policy::{Condition, Subject, Test},
};

use crate::model;

/// Tests that one analysis runs through, all ways together.
const STEPS: usize = 20_000;

/// What conditions can come to, all of them together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// They can all hold.
    pub holds: bool,
    /// One of them can fail on a number that is known, or by asking whether one is.
    pub fails: bool,
    /// For each comparison of each condition what it can do; those never come to are left out.
    pub comparisons: Vec<Comparison>,
}

/// A comparison of a number with some intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    /// Position of its condition.
    pub condition: usize,
    /// The number that it asks about.
    pub subject: Key,
    /// It can be true.
    pub passes: bool,
    /// It can be false of a known number.
    pub fails: bool,
}

/// A number, to look it up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Variable(u16),
    Score(u16),
    Intent(u16),
    Persona,
    Channel,
    Cause(u16),
    /// Of that condition, the number that it works out in that place.
    Worked(usize, u16),
}

/// What a number can be on one way: in one of some intervals, or missing.
#[derive(Clone, Debug)]
struct Domain {
    intervals: Vec<(f64, f64)>,
    missing: bool,
}

/// The outcome of conditions that must all hold; none when finding out would take too long.
pub(super) fn outcome(conditions: &[&Condition], body: &Body) -> Option<Outcome> {
    let mut walk = Walk {
        conditions,
        body,
        steps: 0,
        outcome: Outcome::default(),
        seen: BTreeMap::new(),
    };
    walk.from(0, 0, &mut BTreeMap::new())?;
    let seen = core::mem::take(&mut walk.seen);
    walk.outcome.comparisons = seen.into_values().collect();
    Some(walk.outcome)
}

/// The range of a score that is known.
pub(super) fn score(body: &Body, position: u16) -> (f64, f64) {
    let sequences = body.sequences.iter().map(|sequence| sequence.outputs.len());
    let journeys = body.journeys.iter().map(|journey| journey.steps.len());
    match usize::from(position).checked_sub(sequences.chain(journeys).sum()) {
        Some(model) => body
            .models
            .get(model)
            .map_or(ALL, |model| model::range(&model.steps)),
        None => (0.0, 1.0),
    }
}

/// The causes that can raise the score of a model most: those of its inputs, if it says what moved it.
fn causes(body: &Body, model: u16) -> Vec<(f64, f64)> {
    let model = body.models.get(usize::from(model));
    let model = model.filter(|model| model::explains(&model.steps));
    let inputs = model.into_iter().flat_map(|model| &model.inputs);
    let variables = inputs.filter_map(|input| body.variables.get(usize::from(*input)));
    let causes: BTreeSet<u16> = variables.filter_map(|variable| variable.cause).collect();
    let point = |cause: u16| (f64::from(cause), f64::from(cause));
    causes.into_iter().map(point).collect()
}

/// The range of a variable that is known.
pub(super) fn range(variable: &Variable) -> (f64, f64) {
    variable.measure.range(variable.unit)
}

const ALL: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

struct Walk<'w> {
    conditions: &'w [&'w Condition],
    body: &'w Body,
    steps: usize,
    outcome: Outcome,
    /// Comparisons by condition and first test.
    seen: BTreeMap<(usize, usize), Comparison>,
}

type Known = BTreeMap<Key, Domain>;

impl Walk<'_> {
    /// Goes on from a test of a condition.
    fn from(&mut self, condition: usize, at: usize, known: &mut Known) -> Option<()> {
        let Some(program) = self.conditions.get(condition) else {
            self.outcome.holds = true;
            return Some(());
        };
        self.steps += 1;
        if self.steps > STEPS {
            return None;
        }
        let Some(test) = program.tests.get(at) else {
            if at > program.tests.len() {
                return self.from(condition + 1, 0, known);
            }
            // Where a condition fails is counted when its last test does.
            return Some(());
        };
        let key = self.key(condition, test.subject)?;
        let before = known.get(&key).cloned();
        let domain = before.clone().unwrap_or_else(|| self.domain(key));
        let first = (condition, first_of(&program.tests, at));
        let asks_presence = (test.low, test.high) == ALL;
        let (inside, outside) = domain.split(test.low, test.high);
        let to = |leap: u16| at + 1 + usize::from(leap);
        let failure = to(test.fail);
        {
            let comparison = self.seen.entry(first).or_insert(Comparison {
                condition,
                subject: key,
                passes: false,
                fails: false,
            });
            comparison.passes |= !inside.is_empty();
            // Presence is asked for its own sake: what is missing fails it in earnest.
            let fails = !outside.intervals.is_empty() || asks_presence;
            let last = failure != at + 1 || first_of(&program.tests, failure) != first.1;
            comparison.fails |= fails && last;
            // With its ways exchanged a test fails where it passes.
            let ends = |place: usize| place == program.tests.len();
            if (fails && ends(failure)) || (!inside.is_empty() && ends(to(test.pass))) {
                self.outcome.fails = true;
            }
        }
        if !inside.is_empty() {
            known.insert(key, inside);
            self.from(condition, to(test.pass), known)?;
        }
        if !outside.is_empty() {
            known.insert(key, outside);
            self.from(condition, failure, known)?;
        }
        match before {
            Some(before) => known.insert(key, before),
            None => known.remove(&key),
        };
        Some(())
    }

    fn key(&self, condition: usize, subject: Subject) -> Option<Key> {
        Some(match subject {
            Subject::Variable(i) => Key::Variable(i),
            Subject::Score(i) => Key::Score(i),
            Subject::Intent(i) => Key::Intent(i),
            Subject::Persona => Key::Persona,
            Subject::Channel => Key::Channel,
            Subject::Cause(i) => Key::Cause(i),
            Subject::Number(i) => Key::Worked(condition, i),
            Subject::Factor(_) => return None,
        })
    }

    fn domain(&self, key: Key) -> Domain {
        if let Key::Cause(model) = key {
            return Domain {
                intervals: causes(self.body, model),
                missing: true,
            };
        }
        let interval = match key {
            Key::Variable(i) => self.body.variables.get(usize::from(i)).map_or(ALL, range),
            Key::Score(i) => score(self.body, i),
            Key::Intent(_) => (0.0, 1.0),
            Key::Persona | Key::Channel | Key::Cause(_) | Key::Worked(..) => ALL,
        };
        Domain {
            intervals: vec![interval],
            missing: !matches!(key, Key::Intent(_)),
        }
    }
}

/// The first of the tests that make one comparison with the test in that place: they ask about the same
/// number in ascending intervals, and lead to the same place when they pass.
fn first_of(tests: &[Test], at: usize) -> usize {
    let mut first = at;
    while let Some(before) = first.checked_sub(1)
        && let (Some(left), Some(right)) = (tests.get(before), tests.get(first))
        && left.subject == right.subject
        && left.high < right.low
        && left.fail == 0
        && left.pass == right.pass.saturating_add(1)
    {
        first = before;
    }
    first
}

impl Domain {
    fn is_empty(&self) -> bool {
        self.intervals.is_empty() && !self.missing
    }

    /// What is within two numbers, and what is not.
    fn split(&self, low: f64, high: f64) -> (Self, Self) {
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        let keep = |list: &mut Vec<(f64, f64)>, from: f64, to: f64| {
            if from <= to {
                list.push((from, to));
            }
        };
        for (from, to) in self.intervals.iter().copied() {
            if low > high {
                keep(&mut outside, from, to);
                continue;
            }
            keep(&mut outside, from, to.min(low.next_down()));
            keep(&mut inside, from.max(low), to.min(high));
            keep(&mut outside, from.max(high.next_up()), to);
        }
        // The least double has none below it.
        if low == f64::NEG_INFINITY {
            outside.retain(|(from, _)| *from > high);
        }
        if high == f64::INFINITY {
            outside.retain(|(_, to)| *to < low);
        }
        let inside = Self {
            intervals: inside,
            missing: false,
        };
        let outside = Self {
            intervals: outside,
            missing: self.missing,
        };
        (inside, outside)
    }
}

#[cfg(test)]
mod tests;
