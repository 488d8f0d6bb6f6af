//! What reading a table or a mapping key by key has in common: which keys were asked for, and what is
//! noted of those that are wrong. Reading goes on after each, so that one run shows everything there is
//! to mend.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    limits,
    place::{File, Place, Spot},
    problem::{Log, Problem},
    suggest::suggest,
};

/// A table or mapping that is being read.
pub(crate) struct Reading<'l> {
    pub(crate) file: Arc<File>,
    pub(crate) log: &'l Log,
    /// How errors call it, e.g. "action `budget`".
    pub(crate) what: String,
    pub(crate) start: usize,
    asked: BTreeSet<String>,
}

impl<'l> Reading<'l> {
    pub(crate) fn new(file: &Arc<File>, log: &'l Log, what: String, start: usize) -> Self {
        Self {
            file: Arc::clone(file),
            log,
            what,
            start,
            asked: BTreeSet::new(),
        }
    }

    /// Where it starts.
    pub(crate) fn place(&self) -> Place {
        self.file.place(self.start)
    }

    /// Remembers a key that means something here.
    pub(crate) fn ask(&mut self, key: &str) {
        self.asked.insert(key.to_owned());
    }

    /// Notes the keys that nobody asked for.
    pub(crate) fn unknown<'k>(&self, left: impl Iterator<Item = (&'k str, Place)>) {
        for (key, place) in left {
            if self.log.is_full() {
                return;
            }
            let problem = Problem::UnknownKey {
                key: key.to_owned(),
                what: self.what.clone(),
                remedy: suggest(key, self.asked.iter().map(String::as_str)),
            };
            self.log.add(place, problem);
        }
    }

    pub(crate) fn missing(&self, key: &str, remedy: &str) {
        let (what, key, remedy) = (self.what.clone(), key.to_owned(), remedy.to_owned());
        self.log
            .add(self.place(), Problem::Missing { what, key, remedy });
    }

    pub(crate) fn invalid<K: AsRef<str>>(&self, key: &Spot<K>, found: &str, remedy: &str) {
        let problem = Problem::Invalid {
            key: key.value.as_ref().to_owned(),
            found: found.to_owned(),
            remedy: remedy.to_owned(),
        };
        self.log.add(key.place(), problem);
    }

    /// Notes a value whose type is `found`.
    pub(crate) fn wrong_type<K: AsRef<str>>(
        &self,
        key: &Spot<K>,
        found: &'static str,
        expected: &'static str,
    ) {
        let problem = Problem::WrongType {
            key: key.value.as_ref().to_owned(),
            found,
            expected,
        };
        self.log.add(key.place(), problem);
    }

    /// Notes more of something than there may be, and says whether there is.
    pub(crate) fn is_too_much(&self, what: &'static str, place: Place, found: usize) -> bool {
        let limit = limits::ENTRIES;
        let is_too_much = found > limit;
        if is_too_much {
            let remedy = "split the file, and ask whether all of them are needed";
            let problem = Problem::TooMuch {
                what,
                found,
                limit,
                remedy,
            };
            self.log.add(place, problem);
        }
        is_too_much
    }
}
