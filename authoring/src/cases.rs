//! Policy cases: what a policy set promises about a customer, kept beside it under `tests/`.
//!
//! A case names a profile, the circumstances, and what must come out. It is decided by any host; this
//! module reads cases and compares a decision's JSON with what is expected.
//!
//! ```toml
//! [no-credit-in-arrears]
//! profile = "../../../tests/customers/berka-102.json"    # or a table with a profile
//! consent = ["insights", "offers"]                       # granted for this case, under the notice in force
//! at = 1994-03-31T12:00:00Z
//! seed = 0                                               # 0 when left out
//! context = { channel = "web", page = "loans" }
//!
//! [no-credit-in-arrears.expect]
//! placed = { "rib.loans.hero" = "loan-trouble" }         # an action, or a list of them in order
//! absent = ["personal-loan"]                             # actions that stand nowhere
//! unfilled = ["rm.desk.next"]                            # placeholders that keep default content
//! fired = ["loan-in-arrears"]
//! not_fired = ["overdrawn"]
//! reasons = { loan-trouble = ["loan-in-arrears"] }       # triggers named as reasons of an action
//! scores = { loan-trouble = { min = 1.0, max = 4.0 } }
//! ```
//!
//! ```
//! use authoring::cases::Mismatch;
//! let expected = Mismatch::Absent { action: "personal-loan".into(), placeholder: "rib.loans.hero".into() };
//! assert_eq!(expected.to_string(), "`personal-loan` must stand nowhere, but stands in `rib.loans.hero`");
//! ```

mod check;

use std::{io, path::Path};

use engine::{Context, Profile, Timestamp, limits, profile::SCHEMA_VERSION};
use serde_json::Value;

pub use check::{Mismatch, check};

use crate::{
    place::{Place, Spot},
    policy::{
        Directory, Policy,
        directory::bytes,
        sets,
        table::{self, Table},
    },
    problem::{Log, PolicyErrors, Problem},
    suggest::suggest,
};

/// A customer, the circumstances, and what must come out.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Where it is written.
    pub place: Place,
    /// The customer, checked, with the case's consent.
    pub profile: Profile,
    /// The circumstances, checked.
    pub context: Context,
    /// The decision's clock.
    pub at: Timestamp,
    /// The seed of every chance.
    pub seed: u64,
    /// What must come out.
    pub expect: Expect,
}

/// What must come out of a case. Empty lists expect nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expect {
    /// Placeholders and the actions in them, in order.
    pub placed: Vec<(String, Vec<String>)>,
    /// Actions that stand nowhere.
    pub absent: Vec<String>,
    /// Placeholders that keep their default content, or some of it.
    pub unfilled: Vec<String>,
    /// Triggers that fire.
    pub fired: Vec<String>,
    /// Triggers that do not.
    pub not_fired: Vec<String>,
    /// Actions and the triggers that they name as reasons.
    pub reasons: Vec<(String, Vec<String>)>,
    /// Actions and the bounds of their scores.
    pub scores: Vec<(String, f64, f64)>,
}

/// Reads the policy cases of the policy set in a directory: all of `tests/*.toml`, in the order of the
/// files. Names in them must be names of the policy set.
pub fn read(dir: &Path) -> Result<Vec<Case>, PolicyErrors> {
    let log = Log::default();
    let mut cases = Vec::new();
    if let Some(directory) = Directory::open(dir, &log) {
        let policy = sets::policy(&directory, &log);
        for file in directory.cases() {
            if log.is_full() {
                break;
            }
            let Some(mut table) = table::parse(file, &log) else {
                continue;
            };
            let folder = dir.join(&file.name);
            let folder = folder.parent().unwrap_or(dir);
            for (name, table) in table.tables("case") {
                cases.extend(
                    Reader {
                        policy: &policy,
                        log: &log,
                    }
                    .case(&name, table, folder),
                );
            }
        }
    }
    log.close(cases)
}

struct Reader<'r> {
    policy: &'r Policy,
    log: &'r Log,
}

impl Reader<'_> {
    fn case(&self, name: &Spot<String>, mut table: Table<'_, '_>, folder: &Path) -> Option<Case> {
        let profile = self.profile(name, &mut table, folder);
        let consent = table.optional_texts("consent").unwrap_or_default();
        let at = table.time("at", "the clock, e.g. `at = 1994-03-31T12:00:00Z`");
        let at = match at.value.parse::<Timestamp>() {
            Ok(time) => Some(time),
            Err(error) => self.invalid(&at, "at", &format!("`{}`", at.value), &error.to_string()),
        };
        let seed = table
            .optional_whole("seed", 0, u32::MAX)
            .map_or(0, |seed| u64::from(seed.value));
        let context = self.context(&mut table);
        let expect = table.table("expect").map(|table| self.expect(table));
        table.finish();
        let (mut profile, at) = (profile?, at?);
        for purpose in &consent {
            let known = self
                .policy
                .purposes
                .iter()
                .find(|known| known.id.value == purpose.value);
            match known {
                Some(known) => {
                    profile
                        .consent
                        .give(&purpose.value, &known.notice_version.value, at)
                }
                None => {
                    let known = self
                        .policy
                        .purposes
                        .iter()
                        .map(|known| known.id.value.as_str());
                    self.unknown("purpose", purpose, known);
                }
            }
        }
        Some(Case {
            name: name.value.clone(),
            place: name.place(),
            profile,
            context: context?,
            at,
            seed,
            expect: expect?,
        })
    }

    /// A profile from a file beside the case, or written out in it.
    fn profile(
        &self,
        name: &Spot<String>,
        table: &mut Table<'_, '_>,
        folder: &Path,
    ) -> Option<Profile> {
        let Some(written) = table.optional_json("profile") else {
            // An anonymous visitor.
            return Profile {
                schema_version: SCHEMA_VERSION,
                ..Profile::default()
            }
            .checked()
            .ok();
        };
        let read = match &written.value {
            Value::String(path) => bytes(&folder.join(path), limits::PROFILE_BYTES)
                .map_err(|error| io::Error::new(error.kind(), format!("`{path}`: {error}"))),
            Value::Object(fields) => {
                let mut fields = fields.clone();
                fields
                    .entry("schema_version")
                    .or_insert_with(|| SCHEMA_VERSION.into());
                Ok(Value::Object(fields).to_string().into_bytes())
            }
            _ => {
                let remedy = "name a file, or write the profile as a table";
                return self.invalid(name, "profile", "neither a text nor a table", remedy);
            }
        };
        match read {
            Err(error) => {
                self.log.add(written.place(), error);
                None
            }
            Ok(json) => match Profile::from_json(&json) {
                Ok(profile) => Some(profile),
                Err(error) => self.invalid(&written, "profile", "refused", &error.to_string()),
            },
        }
    }

    fn context(&self, table: &mut Table<'_, '_>) -> Option<Context> {
        let Some(written) = table.optional_json("context") else {
            return Some(Context::default());
        };
        match Context::from_json(written.value.to_string().as_bytes()) {
            Ok(context) => Some(context),
            Err(error) => self.invalid(&written, "context", "refused", &error.to_string()),
        }
    }

    fn expect(&self, mut table: Table<'_, '_>) -> Expect {
        let actions = || {
            self.policy
                .actions
                .iter()
                .map(|action| action.id.value.as_str())
        };
        let triggers = || {
            self.policy
                .triggers
                .iter()
                .map(|trigger| trigger.id.value.as_str())
        };
        let slots = || {
            self.policy
                .placeholders
                .iter()
                .map(|slot| slot.id.value.as_str())
        };
        let mut list = |key: &str, what, known: Vec<&str>| {
            self.known(what, table.optional_texts(key).unwrap_or_default(), &known)
        };
        let absent = list("absent", "action", actions().collect());
        let unfilled = list("unfilled", "placeholder", slots().collect());
        let fired = list("fired", "trigger", triggers().collect());
        let not_fired = list("not_fired", "trigger", triggers().collect());
        let mut lists =
            |key: &str, outer: (&'static str, Vec<&str>), inner: (&'static str, Vec<&str>)| {
                let Some(mut table) = table.optional_table(key) else {
                    return Vec::new();
                };
                let mut all = Vec::new();
                for name in table.keys("names") {
                    let names = table.optional_texts(&name.value).unwrap_or_default();
                    let names = self.known(inner.0, names, &inner.1);
                    all.extend(
                        self.known(outer.0, vec![name], &outer.1)
                            .pop()
                            .map(|name| (name, names)),
                    );
                }
                all
            };
        let placed = lists(
            "placed",
            ("placeholder", slots().collect()),
            ("action", actions().collect()),
        );
        let reasons = lists(
            "reasons",
            ("action", actions().collect()),
            ("trigger", triggers().collect()),
        );
        let mut scores = Vec::new();
        if let Some(mut bounds) = table.optional_table("scores") {
            for (action, mut bound) in bounds.tables("score") {
                let min = bound
                    .optional_number("min", 0.0, 1e12)
                    .map_or(0.0, |spot| spot.value);
                let max = bound
                    .optional_number("max", min, 1e12)
                    .map_or(1e12, |spot| spot.value);
                bound.finish();
                let known: Vec<&str> = actions().collect();
                scores.extend(
                    self.known("action", vec![action], &known)
                        .pop()
                        .map(|id| (id, min, max)),
                );
            }
        }
        table.finish();
        Expect {
            placed,
            absent,
            unfilled,
            fired,
            not_fired,
            reasons,
            scores,
        }
    }

    fn known(&self, what: &'static str, names: Vec<Spot<String>>, known: &[&str]) -> Vec<String> {
        let check = |name: Spot<String>| {
            if !known.contains(&name.value.as_str()) {
                self.unknown(what, &name, known.iter().copied());
            }
            name.value
        };
        names.into_iter().map(check).collect()
    }

    fn unknown<'n>(
        &self,
        what: &'static str,
        name: &Spot<String>,
        known: impl Iterator<Item = &'n str>,
    ) {
        if self.log.is_full() {
            return;
        }
        let remedy = suggest(&name.value, known);
        self.log.add(
            name.place(),
            Problem::UnknownName {
                what,
                name: name.value.clone(),
                remedy,
            },
        );
    }

    fn invalid<T, U>(&self, spot: &Spot<T>, key: &str, found: &str, remedy: &str) -> Option<U> {
        let (key, found, remedy) = (key.to_owned(), found.to_owned(), remedy.to_owned());
        self.log
            .add(spot.place(), Problem::Invalid { key, found, remedy });
        None
    }
}

#[cfg(test)]
mod tests;
