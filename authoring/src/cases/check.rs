//! Comparing a decision with what a case expects.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::{Case, Claim};
use crate::place::Place;

/// Something that came out otherwise than expected.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mismatch {
    /// Where the expectation is written.
    pub place: Place,
    /// What it is about.
    pub subject: String,
    /// What should have come out.
    pub expected: String,
    /// What came out.
    pub found: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            subject,
            expected,
            found,
        } = self;
        write!(f, "{place}: {subject}: expected {expected}, found {found}")
    }
}

/// What of a decision is not as the case expects; empty when all is. The answer is the canonical JSON of a
/// decision; for a case that [asks why](Case::asks_why), of an explanation.
pub fn check(case: &Case, answer: &Value) -> Vec<Mismatch> {
    let answer = Answer {
        decision: super::decision(answer),
        not_shown: answer.get("not_shown"),
    };
    let mismatch = |expectation: &super::Expectation| {
        let (subject, expected, found) = answer.against(&expectation.claim)?;
        Some(Mismatch {
            place: expectation.place.clone(),
            subject,
            expected,
            found,
        })
    };
    case.expect.iter().filter_map(mismatch).collect()
}

/// The subject, what was expected, what was found.
type Difference = (String, String, String);

/// A decision's JSON.
#[derive(Clone, Copy)]
struct Answer<'d> {
    decision: &'d Value,
    not_shown: Option<&'d Value>,
}

impl<'d> Answer<'d> {
    /// How it differs from a claim, if it does.
    fn against(self, claim: &Claim) -> Option<Difference> {
        match claim {
            Claim::Absent(action) => {
                let found = self.standing(action)?;
                Some((name(action), "nowhere".to_owned(), found))
            }
            Claim::Fired(trigger) => self.fired(trigger, true),
            Claim::Intent(intent, range) => {
                let all = self
                    .decision
                    .pointer("/signals/intents")
                    .and_then(Value::as_array);
                let mut all = all.into_iter().flatten();
                let found = all
                    .find(|found| text(found, "id") == intent)
                    .map_or(0.0, |found| number(found, "strength"));
                let right = (range.min..=range.max).contains(&found);
                let subject = format!("strength of the intent {}", name(intent));
                (!right).then(|| (subject, range.to_string(), found.to_string()))
            }
            Claim::NotFired(trigger) => self.fired(trigger, false),
            Claim::Persona(persona) => {
                let found = self.decision.pointer("/signals/persona/id");
                let found = found.and_then(Value::as_str);
                (found != Some(persona.as_str())).then(|| {
                    let found = found.map_or_else(|| "none".to_owned(), name);
                    ("persona".to_owned(), name(persona), found)
                })
            }
            Claim::Placed {
                placeholder,
                actions,
            } => {
                let found: Vec<_> = self.within(placeholder).collect();
                let same = found.iter().map(|found| text(found, "action"));
                (!same.eq(actions.iter().map(String::as_str))).then(|| {
                    let expected: Vec<_> = actions.iter().map(|action| name(action)).collect();
                    let elsewhere = actions
                        .iter()
                        .filter(|action| found.iter().all(|found| text(found, "action") != *action))
                        .map(|action| {
                            let stands = self.standing(action);
                            let stands = stands.unwrap_or_else(|| self.why_not(action));
                            format!("; {} is {stands}", name(action))
                        });
                    let found = self.content(placeholder) + &elsewhere.collect::<String>();
                    (name(placeholder), expected.join(", "), found)
                })
            }
            Claim::Reason { action, trigger } => {
                let subject = format!("reasons of {}", name(action));
                let Some(placement) = self.of(action).next() else {
                    return Some((subject, name(trigger), self.nowhere(action)));
                };
                let reasons = placement.get("reasons").and_then(Value::as_array);
                let reasons = reasons.into_iter().flatten();
                let found: Vec<_> = reasons
                    .filter(|reason| text(reason, "kind") == "trigger")
                    .map(|reason| text(reason, "id"))
                    .collect();
                (!found.contains(&trigger.as_str())).then(|| {
                    let found: Vec<_> = found.into_iter().map(name).collect();
                    (subject, name(trigger), or_nothing(found.join(", ")))
                })
            }
            Claim::Score(action, range) => {
                let subject = format!("score of {}", name(action));
                let Some(placement) = self.of(action).next() else {
                    return Some((subject, range.to_string(), self.nowhere(action)));
                };
                let found = number(placement, "score");
                let right = (range.min..=range.max).contains(&found);
                (!right).then(|| (subject, range.to_string(), found.to_string()))
            }
            Claim::Stopped { action, by } => {
                let found = match self.standing(action) {
                    Some(standing) => standing,
                    None => match self.stopped(action) {
                        Some(kind) if kind == by => return None,
                        Some(kind) => format!("stopped by {}", name(kind)),
                        None => "no word of it in the explanation".to_owned(),
                    },
                };
                Some((name(action), format!("stopped by {}", name(by)), found))
            }
            Claim::Unfilled(placeholder) => {
                let mut unfilled = self.texts("/unfilled");
                let found = !unfilled.any(|found| found == placeholder);
                found.then(|| {
                    let expected = "default content, or room for it".to_owned();
                    (name(placeholder), expected, self.content(placeholder))
                })
            }
        }
    }

    fn fired(self, trigger: &str, expected: bool) -> Option<Difference> {
        let found = self.texts("/signals/triggers").any(|it| it == trigger);
        let say = |fires| if fires { "fires" } else { "does not fire" }.to_owned();
        let subject = || format!("trigger {}", name(trigger));
        (found != expected).then(|| (subject(), say(expected), say(found)))
    }

    fn placements(self) -> impl Iterator<Item = &'d Value> + use<'d> {
        let all = self.decision.get("placements").and_then(Value::as_array);
        all.into_iter().flatten()
    }

    fn of<'n>(self, action: &'n str) -> impl Iterator<Item = &'d Value> + use<'d, 'n> {
        self.placements()
            .filter(move |found| text(found, "action") == action)
    }

    fn within<'n>(self, placeholder: &'n str) -> impl Iterator<Item = &'d Value> + use<'d, 'n> {
        self.placements()
            .filter(move |found| text(found, "placeholder") == placeholder)
    }

    /// Where an action stands, with its scores.
    fn standing(self, action: &str) -> Option<String> {
        let stands = |found| format!("in {} ({})", name(text(found, "placeholder")), score(found));
        let all: Vec<_> = self.of(action).map(stands).collect();
        (!all.is_empty()).then(|| all.join(" and "))
    }

    /// That an action is not shown, and why, if that is known.
    fn nowhere(self, action: &str) -> String {
        match self.stopped(action) {
            Some(kind) => format!("no such placement: stopped by {}", name(kind)),
            None => "no such placement".to_owned(),
        }
    }

    /// That an action stands nowhere, and why, if that is known.
    fn why_not(self, action: &str) -> String {
        let Some(found) = self.not_shown(action) else {
            return "nowhere".to_owned();
        };
        let of = |key: &str| found.pointer(&format!("/stopped/{key}"));
        let text = |key: &str| of(key).and_then(Value::as_str);
        let kind = text("kind").unwrap_or_default();
        match (
            text("by"),
            of("needed").and_then(Value::as_f64),
            text("condition"),
        ) {
            (Some(by), Some(needed), _) => {
                let score = of("score").and_then(Value::as_f64).unwrap_or(f64::NAN);
                let by = name(by);
                format!("nowhere: {kind} by {by} (score {score:.4}, needed {needed:.4})")
            }
            (_, _, Some(condition)) => format!("nowhere: {kind} (`{condition}`)"),
            _ => format!("nowhere: {kind}"),
        }
    }

    /// What stands in a placeholder, with its scores.
    fn content(self, placeholder: &str) -> String {
        let stands = |found| format!("{} ({})", name(text(found, "action")), score(found));
        let all: Vec<_> = self.within(placeholder).map(stands).collect();
        if all.is_empty() && !self.texts("/unfilled").any(|it| it == placeholder) {
            return "nothing, as the context does not ask for it".to_owned();
        }
        or_nothing(all.join(", "))
    }

    /// What stopped an action first.
    fn stopped(self, action: &str) -> Option<&'d str> {
        let found = self.not_shown(action)?;
        found.pointer("/stopped/kind").and_then(Value::as_str)
    }

    /// What the explanation says of an action that stands nowhere.
    fn not_shown(self, action: &str) -> Option<&'d Value> {
        let all = self.not_shown.and_then(Value::as_array);
        let mut all = all.into_iter().flatten();
        all.find(|found| text(found, "action") == action)
    }

    fn texts(self, path: &str) -> impl Iterator<Item = &'d str> + use<'d> {
        let all = self.decision.pointer(path).and_then(Value::as_array);
        all.into_iter().flatten().filter_map(Value::as_str)
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, key: &str) -> f64 {
    value.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

fn score(placement: &Value) -> String {
    format!("score {:.4}", number(placement, "score"))
}

fn name(name: &str) -> String {
    format!("`{name}`")
}

fn or_nothing(text: String) -> String {
    if text.is_empty() {
        "nothing".to_owned()
    } else {
        text
    }
}
