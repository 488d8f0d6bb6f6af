//! One customer whose decision changed, with the explanation of both sides.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{crew::CrewError, side::Side, source::Customer};
use crate::{Part, Refusal, wasm::WasmError};

/// A customer whose decision changed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Example {
    /// Where the profile is.
    pub customer: String,
    /// The seed of both decisions.
    pub seed: u64,
    /// Placements gained and lost.
    pub differences: usize,
    /// What they are, placeholder by placeholder; nothing when only the order differs.
    pub told: Vec<Difference>,
}

/// A placement that one side has and the other has not.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Difference {
    /// Whether the new side has it.
    pub gained: bool,
    /// The placeholder.
    pub placeholder: String,
    /// The action.
    pub action: String,
    /// Its score.
    pub score: f64,
    /// Why it stands there.
    pub because: Vec<String>,
    /// What the other side says of it.
    pub otherwise: String,
}

/// What of an explanation is told.
#[derive(Deserialize)]
struct Explanation {
    decision: Decision,
    not_shown: Vec<NotShown>,
}

#[derive(Deserialize)]
struct Decision {
    placements: Vec<Placement>,
}

#[derive(Deserialize)]
struct Placement {
    placeholder: String,
    action: String,
    score: f64,
    reasons: Vec<Value>,
}

#[derive(Deserialize)]
struct NotShown {
    action: String,
    stopped: Value,
    text: String,
}

/// Explains both decisions for a customer.
pub(super) fn example(
    differences: usize,
    customer: &Customer,
    sides: [&Side<'_>; 2],
) -> Result<Example, CrewError> {
    let [old, new] = sides.map(|side| explain(side, customer));
    let failed = |cause| CrewError::Failed {
        place: customer.place.clone(),
        cause,
    };
    let (old, new) = (old.map_err(failed)?, new.map_err(failed)?);
    let lost = tell(&old, &new, false);
    let gained = tell(&new, &old, true);
    let mut told: Vec<_> = lost.chain(gained).collect();
    // What left and what came stand together.
    told.sort_by(|a, b| (&a.placeholder, a.gained).cmp(&(&b.placeholder, b.gained)));
    Ok(Example {
        customer: customer.place.to_string(),
        seed: sides[0].question().seed_of(customer),
        differences,
        told,
    })
}

fn explain(side: &Side<'_>, customer: &Customer) -> Result<Explanation, WasmError> {
    let json = side.explain(&mut side.instance()?, customer)?;
    serde_json::from_slice(&json).map_err(|cause| Refusal::new(Part::Decide, cause).into())
}

/// The placements of one side that the other has not.
fn tell<'e>(
    this: &'e Explanation,
    other: &'e Explanation,
    gained: bool,
) -> impl Iterator<Item = Difference> + 'e {
    let there = |place: &Placement| {
        let mut places = other.decision.placements.iter();
        places.any(|p| p.placeholder == place.placeholder && p.action == place.action)
    };
    let missing = this
        .decision
        .placements
        .iter()
        .filter(move |place| !there(place));
    missing.map(move |place| Difference {
        gained,
        placeholder: place.placeholder.clone(),
        action: place.action.clone(),
        score: place.score,
        because: place.reasons.iter().map(reason).collect(),
        otherwise: other.says_of(&place.action),
    })
}

impl Explanation {
    fn says_of(&self, action: &str) -> String {
        if let Some(not_shown) = self.not_shown.iter().find(|a| a.action == action) {
            let kind = words(&not_shown.stopped, "kind");
            let rule = words(&not_shown.stopped, "condition");
            let rule = if rule.is_empty() {
                String::new()
            } else {
                format!(" ({rule})")
            };
            return format!("{kind}{rule}: {}", not_shown.text);
        }
        let mut places = self.decision.placements.iter();
        match places.find(|place| place.action == action) {
            Some(place) => format!("stands in {}", place.placeholder),
            None => "the bundle has no such action".to_owned(),
        }
    }
}

/// A reason in a few words: its kind, its name, and what it tells the customer.
fn reason(reason: &Value) -> String {
    let kind = words(reason, "kind");
    let id = match kind {
        "model" => words(reason, "variable"),
        _ => words(reason, "id"),
    };
    let text = words(reason, "text");
    match (id, text) {
        ("", _) => kind.to_owned(),
        (id, "") => format!("{kind} {id}"),
        (id, text) => format!("{kind} {id}: {text}"),
    }
}

fn words<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
