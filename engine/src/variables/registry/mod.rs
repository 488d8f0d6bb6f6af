//! The registry: every variable that policies and models may name.
//!
//! It is for hosts and builders: a bundle carries the names and recipes that it uses, so a page never sees it.

mod flows;
mod holdings;
mod levels;
mod streams;

use super::{Measure, Window};
use crate::{bundle::Unit, profile::DataClass};

/// A variable that a policy may name.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name in conditions, texts and models.
    pub name: String,
    /// How it is computed.
    pub measure: Measure,
    /// How sensitive the data is that it reads.
    pub class: DataClass,
    /// The purpose that the customer must have consented to.
    pub purpose: &'static str,
    /// How far back it looks, where it looks back.
    pub window: Option<Window>,
    /// What it counts.
    pub unit: Unit,
    /// What it means.
    pub description: String,
}

impl Entry {
    /// The values that make sense, both ends included; what is outside counts as missing.
    pub fn range(&self) -> (f64, f64) {
        self.measure.range(self.unit)
    }
}

/// All variables, in a fixed order, each name once.
///
/// ```
/// let registry = engine::variables::registry();
/// assert!(registry.len() >= 512);
/// assert!(registry.iter().any(|entry| entry.name == "balance"));
/// ```
pub fn registry() -> Vec<Entry> {
    let mut list = List::default();
    streams::add(&mut list);
    flows::add(&mut list);
    levels::add(&mut list);
    holdings::add(&mut list);
    list.entries
}

/// Entries being gathered, all of one class at a time.
struct List {
    entries: Vec<Entry>,
    class: DataClass,
}

impl Default for List {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            class: DataClass::Transaction,
        }
    }
}

impl List {
    fn add(
        &mut self,
        name: impl Into<String>,
        measure: Measure,
        window: Option<Window>,
        unit: Unit,
        description: impl Into<String>,
    ) {
        self.entries.push(Entry {
            name: name.into(),
            measure,
            class: self.class,
            purpose: purpose(self.class),
            window,
            unit,
            description: description.into(),
        });
    }

    /// As `add`, with the window's length at the end of the name.
    fn over(
        &mut self,
        window: Window,
        name: &str,
        measure: Measure,
        unit: Unit,
        description: impl Into<String>,
    ) {
        self.add(
            format!("{name}_{}d", window.days()),
            measure,
            Some(window),
            unit,
            description,
        );
    }
}

/// The purpose that opens a class of data to variables.
fn purpose(class: DataClass) -> &'static str {
    match class {
        DataClass::Transaction => "insights",
        DataClass::Behavioural | DataClass::Device => "behaviour",
        DataClass::Public | DataClass::Demographic | DataClass::Special => "details",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_and_recipes_are_there_once() {
        let all = registry();
        let names: BTreeSet<&str> = all.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names.len(), all.len());
        let recipes: BTreeSet<String> = all
            .iter()
            .map(|entry| format!("{:?}", entry.measure))
            .collect();
        assert_eq!(recipes.len(), all.len(), "two names for one number");
        assert!(u16::try_from(all.len()).is_ok());
    }

    #[test]
    fn names_are_identifiers_and_windows_are_in_them() {
        for entry in registry() {
            let is_fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(entry.name.chars().all(is_fine), "{}", entry.name);
            assert!(!entry.description.is_empty() && !entry.description.ends_with('.'));
            let days = entry
                .name
                .rsplit_once('_')
                .and_then(|(_, end)| end.strip_suffix('d'));
            if let (Some(days), Some(window)) =
                (days.and_then(|days| days.parse::<u16>().ok()), entry.window)
            {
                assert_eq!(days, window.days(), "{}", entry.name);
            }
        }
    }
}
