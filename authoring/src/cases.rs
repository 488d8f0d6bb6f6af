//! Policy cases: what a policy set promises about a customer, kept beside it under `tests/`.
//!
//! A case names a customer, the circumstances, and what must come out. It is decided by any host; this
//! module reads cases, compares a decision's JSON with what is expected ([`check`]), and says what the
//! cases of a policy set leave untried ([`Coverage`]). Files are YAML or JSON (`*.yaml`, `*.yml`, `*.json`):
//!
//! ```yaml
//! customers:                                  # shared by the cases of all files
//!   borrower:
//!     events: [{ at: 1994-03-10, kind: login }]
//!   somebody-real: ../../../tests/customers/berka-102.json   # beside this file
//!
//! cases:
//!   no-credit-in-arrears:
//!     customer: borrower                      # of `customers`; an anonymous visitor when left out
//!     profile:                                # lists and values in place of the customer's own, or a
//!       facts: []                             #   whole profile, or a file, when there is no `customer`
//!     consent: [insights, offers]             # granted for this case, under the notice in force
//!     at: 1994-03-31T12:00:00Z
//!     seed: 0                                 # 0 when left out
//!     context: { channel: web, page: loans }
//!     expect:
//!       placed: { rib.loans.hero: loan-trouble }   # an action, or a list of them in order
//!       absent: [personal-loan]                    # actions that stand nowhere
//!       stopped: { personal-loan: unsuitable }       # and what stopped them first
//!       unfilled: [rm.desk.next]                   # placeholders that keep default content
//!       fired: [loan-in-arrears]
//!       not_fired: [overdrawn]
//!       reasons: { loan-trouble: [loan-in-arrears] }   # triggers named as reasons of an action
//!       scores: { loan-trouble: { min: 1.0, max: 4.0 } }
//!       persona: borrower
//!       intents: { save: { min: 0.5 } }                # strength, 0 to 1
//! ```
//!
//! ```
//! # use std::fs;
//! # let dir = tempfile::tempdir().unwrap();
//! # fs::create_dir(dir.path().join("tests")).unwrap();
//! fs::write(dir.path().join("policy.toml"), "name = 'x'\nlocales = ['en']\ncurrency = 'CZK'").unwrap();
//! fs::write(dir.path().join("tests/all.yaml"), "cases: { anybody: { at: 1994-03-31, expect: { fired: rich } } }").unwrap();
//! let errors = authoring::cases::read(dir.path()).unwrap_err();
//! assert_eq!(errors.to_string(), "tests/all.yaml:1:54: no trigger is called `rich`: there are none yet");
//! ```

mod check;
mod coverage;
mod customer;
mod expect;
mod map;
pub(crate) mod schema;
mod words;
mod yaml;

use std::{cell::Cell, collections::BTreeMap, path::Path, sync::Arc};

use engine::{Context, Profile, Timestamp, limits as engine_limits};

pub use check::{Mismatch, check};
pub use coverage::{Coverage, Covered};
pub use expect::{Claim, Expectation, Range};

use crate::{
    limits,
    place::{File, Place, Spot},
    policy::{Directory, Policy, sets},
    problem::{Log, PolicyErrors, Problem},
    suggest::suggest,
};
use customer::{Customers, Written};
use map::Map;
use yaml::Node;

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
    /// What must come out, at least one thing.
    pub expect: Vec<Expectation>,
}

impl Case {
    /// Whether it asks why an action is not shown: a decision does not say that, its explanation does.
    pub fn asks_why(&self) -> bool {
        let why = |expectation: &Expectation| matches!(expectation.claim, Claim::Stopped { .. });
        self.expect.iter().any(why)
    }
}

/// Reads the policy cases of the policy set in a directory: all files of its `tests` folder, in the order
/// of their names. Names in them must be names of the policy set.
pub fn read(dir: &Path) -> Result<Vec<Case>, PolicyErrors> {
    let log = Log::default();
    let mut cases = Vec::new();
    if let Some(directory) = Directory::open(dir, &log) {
        let policy = sets::policy(&directory, &log);
        if !log.is_empty() {
            // What a broken file no longer defines would be missed in every case.
            return log.close(cases);
        }
        let mut values = limits::CASE_VALUES;
        let files: Vec<_> = directory
            .cases()
            .filter_map(|file| root(file, &mut values, &log))
            .collect();
        let customers = Customers {
            dir,
            log: &log,
            read: Cell::new(0),
        };
        let mut reader = Reader {
            policy: &policy,
            log: &log,
            customers,
            shared: BTreeMap::new(),
        };
        let files: Vec<_> = files
            .into_iter()
            .map(|file| reader.customers(file))
            .collect();
        for file in files {
            reader.cases(file, &mut cases);
        }
    }
    log.close(cases)
}

/// A file's mapping, if it has one. `values` is how many values all files may still have.
fn root<'l>(file: &Arc<File>, values: &mut usize, log: &'l Log) -> Option<Map<'l>> {
    if log.is_full() {
        return None;
    }
    if file.name.ends_with(".toml") {
        let problem = Problem::Invalid {
            key: file.name.clone(),
            found: "TOML".to_owned(),
            remedy: "write cases as YAML or JSON, in a file that ends so".to_owned(),
        };
        log.add(file.whole(), problem);
        return None;
    }
    let node = yaml::parse(file, values, log)?;
    let what = format!("`{}`", file.name);
    Map::new(file, log, what, &file.name, node)
}

struct Reader<'r> {
    policy: &'r Policy,
    log: &'r Log,
    customers: Customers<'r>,
    /// The customers of all files, and where their names are.
    shared: BTreeMap<String, (Place, Written)>,
}

impl<'r> Reader<'r> {
    /// Takes note of the customers of a file.
    fn customers(&mut self, mut file: Map<'r>) -> Map<'r> {
        let named = file.optional_map("customers");
        for (name, node) in named.map_or_else(Vec::new, |mut map| map.rest("customer")) {
            if self.log.is_full() {
                break;
            }
            let place = name.place();
            if let Some((first, _)) = self.shared.get(&name.value) {
                let (what, first, id) = ("customer", first.clone(), name.value);
                self.log.add(place, Problem::Duplicate { what, id, first });
                continue;
            }
            let file = Arc::clone(&name.file);
            let written = Written { file, node };
            words::customer(&written, self.policy, self.log);
            // Whoever is wrong by themselves need not be named again by each case.
            if self.customers.profile(&written, None).is_some() {
                self.shared.insert(name.value, (place, written));
            } else {
                let nobody = Written {
                    node: Node::nothing(),
                    ..written
                };
                self.shared.insert(name.value, (place, nobody));
            }
        }
        file
    }

    fn cases(&self, mut file: Map<'r>, cases: &mut Vec<Case>) {
        let all = file.optional_map("cases");
        if all.is_none() && self.shared.is_empty() {
            file.missing("cases", "`cases:` and the names of cases below");
        }
        for (name, node) in all.map_or_else(Vec::new, |mut map| map.rest("case")) {
            if self.log.is_full() {
                break;
            }
            let what = format!("case `{}`", name.value);
            let map = Map::new(&name.file, self.log, what, &name.value, node);
            cases.extend(map.and_then(|map| self.case(&name, map)));
        }
        file.finish();
    }

    fn case(&self, name: &Spot<String>, mut map: Map<'r>) -> Option<Case> {
        let profile = self.profile(&mut map);
        let consent = map.texts("consent");
        let at = map.text("at", "the clock, e.g. `at: 1994-03-31T12:00:00Z`");
        let at = at.and_then(|at| match at.value.parse::<Timestamp>() {
            Ok(time) => Some(time),
            Err(error) => self.invalid(&at, "at", &format!("`{}`", at.value), &error.to_string()),
        });
        let seed = map.whole("seed", engine_limits::SEED).unwrap_or(0);
        let context = match map.take("context") {
            Some(node) => {
                let file = Arc::clone(&map.reading.file);
                let written = Written { file, node };
                words::context(&written, self.policy, self.log);
                self.customers.context(&written)
            }
            None => Some(Context::default()),
        };
        let expect = match map.optional_map("expect") {
            Some(expect) => expect::read(expect, self.policy, self.log),
            None => {
                map.missing("expect", "what must come out");
                Vec::new()
            }
        };
        map.finish();
        let (mut profile, at) = (profile?, at?);
        for purpose in &consent {
            let mut purposes = self.policy.purposes.iter();
            match purposes.find(|known| known.id.value == purpose.value) {
                Some(known) => {
                    let notice = &known.notice_version.value;
                    profile.consent.give(&purpose.value, notice, at);
                }
                None => {
                    let known = self.policy.purposes.iter();
                    self.unknown("purpose", purpose, known.map(|it| it.id.value.as_str()));
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
            expect,
        })
    }

    /// The customer of a case; nothing when something is wrong and noted.
    fn profile(&self, map: &mut Map<'r>) -> Option<Profile> {
        let customer = map.optional_text("customer");
        let written = map.take("profile").map(|node| Written {
            file: Arc::clone(&map.reading.file),
            node,
        });
        if let Some(written) = &written {
            words::customer(written, self.policy, self.log);
        }
        let Some(customer) = customer else {
            return match written {
                Some(written) => self.customers.profile(&written, None),
                None => Customers::anonymous(),
            };
        };
        let Some((_, shared)) = self.shared.get(&customer.value) else {
            let known = self.shared.keys().map(String::as_str);
            self.unknown("customer", &customer, known);
            return None;
        };
        if let Some(written) = &written
            && !matches!(written.node.value, yaml::Value::Map(_))
        {
            let remedy = "write what differs as a mapping, or leave `customer` or `profile` out";
            let found = "beside a `customer` and no mapping";
            return self.invalid(&written.spot(()), "profile", found, remedy);
        }
        // Noted where the customer is written.
        if shared.node == Node::nothing() {
            return None;
        }
        self.customers.profile(shared, written.as_ref())
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
        let (place, name) = (name.place(), name.value.clone());
        self.log
            .add(place, Problem::UnknownName { what, name, remedy });
    }

    fn invalid<T, U>(&self, spot: &Spot<T>, key: &str, found: &str, remedy: &str) -> Option<U> {
        let (key, found, remedy) = (key.to_owned(), found.to_owned(), remedy.to_owned());
        self.log
            .add(spot.place(), Problem::Invalid { key, found, remedy });
        None
    }
}

/// The decision in an answer: an explanation holds one, a decision is one.
fn decision(answer: &serde_json::Value) -> &serde_json::Value {
    answer.get("decision").unwrap_or(answer)
}

#[cfg(test)]
mod tests;
