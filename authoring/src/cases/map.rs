//! Reading mappings key by key: each wrong key, type or value is noted with its place, and reading goes
//! on, so that one run shows everything there is to mend.

use std::{collections::VecDeque, sync::Arc};

use super::yaml::{Key, Node, Value, spot};
use crate::{
    place::{File, Spot},
    problem::{Log, Problem},
    reading::Reading,
};

/// A mapping that is being read.
pub(super) struct Map<'l> {
    pub reading: Reading<'l>,
    /// Those not asked for yet.
    entries: VecDeque<(Key, Node)>,
}

impl<'l> Map<'l> {
    /// The mapping that a value is; another value is noted.
    pub(super) fn new(
        file: &Arc<File>,
        log: &'l Log,
        what: String,
        key: &str,
        node: Node,
    ) -> Option<Self> {
        let Value::Map(entries) = node.value else {
            wrong_type(
                &spot(file, node.at, key),
                &node.value,
                "a mapping: names with a colon, and their values",
                log,
            );
            return None;
        };
        Some(Self {
            reading: Reading::new(file, log, what, node.at),
            entries: entries.into(),
        })
    }

    /// A value that may be there, and where it is.
    pub(super) fn take(&mut self, key: &str) -> Option<Node> {
        self.reading.ask(key);
        let at = self.entries.iter().position(|(name, _)| name.name == key)?;
        self.entries.remove(at).map(|(_, node)| node)
    }

    /// The entries that nobody asked for yet, in the order of the file: for mappings whose keys are names.
    /// `what` is the kind of thing that each one is.
    pub(super) fn rest(&mut self, what: &'static str) -> Vec<(Spot<String>, Node)> {
        let place = self.reading.place();
        if self.reading.is_too_much(what, place, self.entries.len()) {
            self.entries.clear();
        }
        core::mem::take(&mut self.entries)
            .into_iter()
            .map(|(key, node)| (spot(&self.reading.file, key.at, key.name), node))
            .collect()
    }

    /// A mapping that may be there.
    pub(super) fn optional_map(&mut self, key: &str) -> Option<Map<'l>> {
        let node = self.take(key)?;
        let what = format!("`{key}` of {}", self.reading.what);
        Map::new(&self.reading.file, self.reading.log, what, key, node)
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, key: &str, remedy: &str) -> Option<Spot<String>> {
        match self.take(key) {
            Some(node) => self.as_text(key, node),
            None => {
                self.missing(key, remedy);
                None
            }
        }
    }

    /// A text that may be there.
    pub(super) fn optional_text(&mut self, key: &str) -> Option<Spot<String>> {
        let node = self.take(key)?;
        self.as_text(key, node)
    }

    /// The texts of a list that may be there; one text stands for a list of one.
    pub(super) fn texts(&mut self, key: &str) -> Vec<Spot<String>> {
        let node = self.take(key);
        node.map_or_else(Vec::new, |node| self.as_texts(key, node))
    }

    /// The texts that a value is: a list, or one text.
    pub(super) fn as_texts(&self, key: &str, node: Node) -> Vec<Spot<String>> {
        let list = match node.value {
            Value::List(list) => list,
            _ => return self.as_text(key, node).into_iter().collect(),
        };
        if list.is_empty() {
            let remedy = "name at least one, or leave the key out";
            self.reading.invalid(
                &spot(&self.reading.file, node.at, key),
                "an empty list",
                remedy,
            );
        }
        let text = |node| self.as_text(key, node);
        list.into_iter()
            .take_while(|_| !self.reading.log.is_full())
            .filter_map(text)
            .collect()
    }

    /// A number within bounds that may be there.
    pub(super) fn number(&mut self, key: &str, min: f64, max: f64) -> Option<Spot<f64>> {
        let node = self.take(key)?;
        let at = spot(&self.reading.file, node.at, key);
        let Value::Number(number) = &node.value else {
            wrong_type(&at, &node.value, "a number, e.g. `0.5`", self.reading.log);
            return None;
        };
        let found = number.as_f64().unwrap_or(f64::NAN);
        if (min..=max).contains(&found) {
            return Some(at.with(found));
        }
        let remedy = if max.is_finite() {
            format!("write a number from {min} to {max}")
        } else {
            format!("write a number from {min} on")
        };
        self.reading.invalid(&at, &number.to_string(), &remedy);
        None
    }

    /// A whole number up to a bound that may be there.
    pub(super) fn whole(&mut self, key: &str, max: u64) -> Option<u64> {
        let node = self.take(key)?;
        let at = spot(&self.reading.file, node.at, key);
        let Value::Number(number) = &node.value else {
            wrong_type(&at, &node.value, "a whole number", self.reading.log);
            return None;
        };
        let whole = number.as_u64().filter(|whole| *whole <= max);
        if whole.is_none() {
            let remedy = format!("write a whole number from 0 to {max}");
            self.reading.invalid(&at, &number.to_string(), &remedy);
        }
        whole
    }

    /// Notes the keys that nobody asked for.
    pub(super) fn finish(self) {
        let left = self.entries.iter();
        let left = left.map(|(key, _)| (key.name.as_str(), self.reading.file.place(key.at)));
        self.reading.unknown(left);
    }

    pub(super) fn missing(&self, key: &str, remedy: &str) {
        self.reading.missing(key, remedy);
    }

    fn as_text(&self, key: &str, node: Node) -> Option<Spot<String>> {
        match node.value {
            Value::Text(text) if text.trim().is_empty() => {
                self.reading.invalid(
                    &spot(&self.reading.file, node.at, key),
                    "empty",
                    "write a text",
                );
                None
            }
            Value::Text(text) => Some(spot(&self.reading.file, node.at, text)),
            other => {
                let expected = "a text; in quotes it may look like anything";
                wrong_type(
                    &spot(&self.reading.file, node.at, key),
                    &other,
                    expected,
                    self.reading.log,
                );
                None
            }
        }
    }
}

/// Notes a value of the wrong type.
pub(super) fn wrong_type(key: &Spot<&str>, value: &Value, expected: &'static str, log: &Log) {
    let problem = Problem::WrongType {
        key: key.value.to_owned(),
        found: value.kind(),
        expected,
    };
    log.add(key.place(), problem);
}
