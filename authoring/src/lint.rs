//! What builds, and is still not what its author meant.
//!
//! [`build`](crate::build) refuses what cannot run; this module finds what runs in vain: conditions that
//! never hold, triggers that speak to nobody, actions without a place, factors that change nothing. Each
//! [`Finding`] has a place, a stable name and a remedy. [`check`] needs the policies only; [`population`]
//! also looks at what they do to customers.
//!
//! ```
//! # use std::fs;
//! # let dir = tempfile::tempdir().unwrap();
//! fs::write(dir.path().join("policy.toml"), "name = 'x'\nlocales = ['en']\ncurrency = 'CZK'").unwrap();
//! let policy = authoring::policy::read(dir.path()).unwrap();
//! let compiled = authoring::bundle::compile(&policy).unwrap();
//! let findings = authoring::lint::check(&policy, &compiled);
//! assert_eq!(findings[0].code, "no-explanations");
//! ```

mod conditions;
mod contact;
mod flow;
mod levers;
mod market;
mod places;
pub mod population;
mod scores;
mod texts;

use std::{collections::BTreeSet, fmt};

use serde::{Serialize, Serializer};

use crate::{
    bundle::Compiled,
    place::{Place, Spot},
    policy::Policy,
    shown::quoted,
};

/// Something that its author should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where.
    #[serde(serialize_with = "as_text")]
    pub place: Place,
    /// How bad it is.
    pub severity: Severity,
    /// What sort of finding; the name stays from version to version.
    pub code: &'static str,
    /// What was found.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It can never have the effect that it was written for.
    Error,
    /// It has an effect that is hardly meant.
    Warning,
    /// It is right, and more than is needed.
    Note,
}

/// Looks at a policy set and at what was compiled from it. Findings are in the order of their places.
pub fn check(policy: &Policy, compiled: &Compiled) -> Vec<Finding> {
    let mut findings = Findings::default();
    let body = &compiled.body;
    conditions::check(policy, compiled, &mut findings);
    market::check(policy, body, &mut findings);
    places::check(policy, body, &mut findings);
    levers::check(policy, body, &mut findings);
    contact::check(policy, body, &mut findings);
    texts::check(policy, body, &mut findings);
    findings.close()
}

/// Collects findings; the triggers of one template share its places, and their findings.
#[derive(Default)]
struct Findings {
    all: Vec<Finding>,
    seen: BTreeSet<(Place, &'static str, String)>,
}

impl Findings {
    fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        place: Place,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let message = message.into();
        if self.seen.insert((place.clone(), code, message.clone())) {
            self.all.push(Finding {
                place,
                severity,
                code,
                message,
                remedy: remedy.into(),
            });
        }
    }

    fn error(&mut self, code: &'static str, place: Place, message: String, remedy: &str) {
        self.add(Severity::Error, code, place, message, remedy);
    }

    fn warning(&mut self, code: &'static str, place: Place, message: String, remedy: &str) {
        self.add(Severity::Warning, code, place, message, remedy);
    }

    fn note(&mut self, code: &'static str, place: Place, message: String, remedy: &str) {
        self.add(Severity::Note, code, place, message, remedy);
    }

    fn close(mut self) -> Vec<Finding> {
        self.all
            .sort_by(|a, b| (&a.place, a.code).cmp(&(&b.place, b.code)));
        self.all
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}[{}]: {}: {}",
            self.place, self.severity, self.code, self.message, self.remedy
        )
    }
}

fn as_text<S: Serializer>(place: &Place, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(place)
}

/// A name within a message.
fn name(spot: &Spot<String>) -> String {
    format!("`{}`", quoted(&spot.value))
}

/// A few names within a message.
fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 8;
    let names: Vec<&str> = names.into_iter().collect();
    let mut text: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{}`", quoted(name)))
        .collect();
    if names.len() > SHOWN {
        text.push(format!("and {} more", names.len() - SHOWN));
    }
    text.join(", ")
}

/// All conditions of a policy set, where they were written.
fn written(policy: &Policy) -> Vec<&Spot<String>> {
    let triggers = policy.triggers.iter().map(|trigger| &trigger.when);
    let wants = policy.market.iter().flat_map(|team| &team.wants);
    let engagements = policy.actions.iter().map(|action| &action.engagement);
    let engagements = engagements.chain(policy.groups.iter().map(|group| &group.engagement));
    let rules = engagements.flat_map(|it| [&it.eligible, &it.applicable, &it.suitable]);
    triggers
        .chain(wants.filter_map(|want| want.when.as_ref()))
        .chain(rules.flatten())
        .collect()
}

/// Whether a text has a word, as names in conditions are words: letters, digits, `_` and `.`.
fn has_word(text: &str, word: &str) -> bool {
    let part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
    text.split(|letter| !part(letter))
        .any(|found| found == word)
}

#[cfg(test)]
mod tests;
