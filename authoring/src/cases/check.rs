//! Comparing a decision with what a case expects.

use serde_json::Value;

use super::Case;

/// Something that came out otherwise than expected.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// An action stands where it must not.
    #[error("`{action}` must stand nowhere, but stands in `{placeholder}`")]
    Absent {
        /// The action.
        action: String,
        /// Where it stands.
        placeholder: String,
    },
    /// A placeholder that should have room left is full.
    #[error("`{placeholder}` should keep its default content, but holds {found}")]
    Filled {
        /// The placeholder.
        placeholder: String,
        /// The actions in it.
        found: String,
    },
    /// A trigger fired, or did not, against expectation.
    #[error("trigger `{trigger}` should {}, but did{}", if *.expected { "fire" } else { "not fire" }, if *.expected { " not" } else { "" })]
    Fired {
        /// The trigger.
        trigger: String,
        /// Whether it should have fired.
        expected: bool,
    },
    /// An action that is expected somewhere stands nowhere.
    #[error("`{action}` stands nowhere, so it has no {what}")]
    NotPlaced {
        /// The action.
        action: String,
        /// What was to be looked at.
        what: &'static str,
    },
    /// Other actions in a placeholder.
    #[error("`{placeholder}` should hold {expected}, but holds {found}")]
    Placed {
        /// The placeholder.
        placeholder: String,
        /// The actions expected.
        expected: String,
        /// The actions found.
        found: String,
    },
    /// A trigger is not among an action's reasons.
    #[error("`{action}` should name `{trigger}` as a reason, but names {found}")]
    Reason {
        /// The action.
        action: String,
        /// The trigger expected.
        trigger: String,
        /// The triggers found.
        found: String,
    },
    /// A score out of bounds.
    #[error("`{action}` scores {found}, expected {min} to {max}")]
    Score {
        /// The action.
        action: String,
        /// Its score.
        found: f64,
        /// The least expected.
        min: f64,
        /// The most expected.
        max: f64,
    },
}

/// What of a decision (its canonical JSON) is not as the case expects; empty when all is.
pub fn check(case: &Case, decision: &Value) -> Vec<Mismatch> {
    let decision = View(decision);
    let expect = &case.expect;
    let mut all = Vec::new();
    for (placeholder, expected) in &expect.placed {
        let found = decision.in_placeholder(placeholder);
        if found != *expected {
            let (expected, found) = (names(expected), names(&found));
            all.push(Mismatch::Placed {
                placeholder: placeholder.clone(),
                expected,
                found,
            });
        }
    }
    for action in &expect.absent {
        all.extend(
            decision
                .placements_of(action)
                .map(|placement| Mismatch::Absent {
                    action: action.clone(),
                    placeholder: text(placement, "placeholder").to_owned(),
                }),
        );
    }
    let unfilled = decision.list(&["unfilled"]);
    for placeholder in expect
        .unfilled
        .iter()
        .filter(|name| !unfilled.contains(&name.as_str()))
    {
        let found = names(&decision.in_placeholder(placeholder));
        all.push(Mismatch::Filled {
            placeholder: placeholder.clone(),
            found,
        });
    }
    let fired = decision.list(&["signals", "triggers"]);
    for (triggers, expected) in [(&expect.fired, true), (&expect.not_fired, false)] {
        let wrong = triggers
            .iter()
            .filter(|id| fired.contains(&id.as_str()) != expected);
        all.extend(wrong.map(|id| Mismatch::Fired {
            trigger: id.clone(),
            expected,
        }));
    }
    for (action, triggers) in &expect.reasons {
        let Some(placement) = decision.placements_of(action).next() else {
            all.push(Mismatch::NotPlaced {
                action: action.clone(),
                what: "reasons",
            });
            continue;
        };
        let reasons = placement
            .get("reasons")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let found: Vec<&str> = reasons
            .filter(|reason| text(reason, "kind") == "trigger")
            .map(|r| text(r, "id"))
            .collect();
        for trigger in triggers.iter().filter(|id| !found.contains(&id.as_str())) {
            let (action, trigger) = (action.clone(), trigger.clone());
            all.push(Mismatch::Reason {
                action,
                trigger,
                found: names(&found),
            });
        }
    }
    for (action, min, max) in &expect.scores {
        let Some(placement) = decision.placements_of(action).next() else {
            all.push(Mismatch::NotPlaced {
                action: action.clone(),
                what: "score",
            });
            continue;
        };
        let found = placement
            .get("score")
            .and_then(Value::as_f64)
            .unwrap_or(f64::NAN);
        if !(*min..=*max).contains(&found) {
            all.push(Mismatch::Score {
                action: action.clone(),
                found,
                min: *min,
                max: *max,
            });
        }
    }
    all
}

struct View<'d>(&'d Value);

impl<'d> View<'d> {
    fn placements(&self) -> impl Iterator<Item = &'d Value> + use<'d> {
        self.0
            .get("placements")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    }

    fn placements_of<'n>(&self, action: &'n str) -> impl Iterator<Item = &'d Value> + use<'d, 'n> {
        self.placements()
            .filter(move |placement| text(placement, "action") == action)
    }

    fn in_placeholder(&self, id: &str) -> Vec<String> {
        let found = self
            .placements()
            .filter(|placement| text(placement, "placeholder") == id);
        found
            .map(|placement| text(placement, "action").to_owned())
            .collect()
    }

    fn list(&self, path: &[&str]) -> Vec<&'d str> {
        let found = path.iter().try_fold(self.0, |value, key| value.get(key));
        found
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn names<T: AsRef<str>>(names: &[T]) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    let quoted: Vec<String> = names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    quoted.join(", ")
}
