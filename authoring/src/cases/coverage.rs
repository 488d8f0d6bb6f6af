//! What the cases of a policy set try, and what they leave untried.

use serde::Serialize;
use serde_json::Value;

use crate::{place::Spot, policy::Policy};

/// Which triggers, actions and placeholders were seen in decisions.
///
/// ```
/// use authoring::{cases::Coverage, policy::Policy};
/// let mut coverage = Coverage::new(&Policy::default());
/// coverage.add(&serde_json::json!({ "signals": { "triggers": [] }, "placements": [] }));
/// assert_eq!(coverage.actions().percent(), 100.0, "there are none");
/// ```
#[derive(Clone, Debug)]
pub struct Coverage {
    decisions: usize,
    /// Ids, and in how many decisions each was seen.
    triggers: Vec<(String, usize)>,
    actions: Vec<(String, usize)>,
    placeholders: Vec<(String, usize)>,
}

/// How much of one kind is covered, and what is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// How many there are.
    pub all: usize,
    /// How many are covered.
    pub covered: usize,
    /// Those never seen, in the order of the policies.
    pub never: Vec<String>,
    /// Those seen in every decision, where that leaves something untried: triggers that always fire.
    pub always: Vec<String>,
}

impl Coverage {
    /// Nothing is covered yet.
    pub fn new(policy: &Policy) -> Self {
        let unseen = |id: &Spot<String>| (id.value.clone(), 0);
        Self {
            decisions: 0,
            triggers: policy.triggers.iter().map(|it| unseen(&it.id)).collect(),
            actions: policy.actions.iter().map(|it| unseen(&it.id)).collect(),
            placeholders: policy
                .placeholders
                .iter()
                .map(|it| unseen(&it.id))
                .collect(),
        }
    }

    /// Takes note of the JSON of a decision or an explanation.
    pub fn add(&mut self, answer: &Value) {
        let decision = super::decision(answer);
        self.decisions += 1;
        let fired = decision
            .pointer("/signals/triggers")
            .and_then(Value::as_array);
        let fired = fired.into_iter().flatten().filter_map(Value::as_str);
        see(&mut self.triggers, fired);
        let placements = decision.get("placements").and_then(Value::as_array);
        let named = |key| {
            let placements = placements.into_iter().flatten();
            placements.filter_map(move |placement: &Value| placement.get(key)?.as_str())
        };
        see(&mut self.actions, named("action"));
        see(&mut self.placeholders, named("placeholder"));
    }

    /// Triggers that were seen to fire and not to fire.
    pub fn triggers(&self) -> Covered {
        covered(&self.triggers, |count| count == self.decisions)
    }

    /// Actions that were placed.
    pub fn actions(&self) -> Covered {
        covered(&self.actions, |_| false)
    }

    /// Placeholders that were filled.
    pub fn placeholders(&self) -> Covered {
        covered(&self.placeholders, |_| false)
    }
}

impl Covered {
    /// The share that is covered, 0 to 100; 100 when there is nothing to cover.
    pub fn percent(&self) -> f64 {
        if self.all == 0 {
            return 100.0;
        }
        let number = |count: usize| u32::try_from(count).map_or(f64::INFINITY, f64::from);
        number(self.covered) / number(self.all) * 100.0
    }
}

/// Counts each id once, however often it is named.
fn see<'d>(counts: &mut [(String, usize)], ids: impl Iterator<Item = &'d str>) {
    let ids: std::collections::BTreeSet<_> = ids.collect();
    for (_, count) in counts
        .iter_mut()
        .filter(|(id, _)| ids.contains(id.as_str()))
    {
        *count += 1;
    }
}

fn covered(counts: &[(String, usize)], always: impl Fn(usize) -> bool) -> Covered {
    let ids = |which: &dyn Fn(usize) -> bool| -> Vec<String> {
        let found = counts.iter().filter(|(_, count)| which(*count));
        found.map(|(id, _)| id.clone()).collect()
    };
    let never = ids(&|count| count == 0);
    let always = ids(&|count| count > 0 && always(count));
    Covered {
        all: counts.len(),
        covered: counts.len() - never.len() - always.len(),
        never,
        always,
    }
}
