//! The parameters under `for`: a set for each trigger.

use std::{borrow::Cow, collections::BTreeSet};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{OPEN, Set, Template};
use crate::{limits, place::Spot, problem::Problem};

/// What may stand under `for`.
pub(super) const FORMS: &str = "a list of tables, e.g. `for = [{ stream = \"pension\" }]`, or a table of lists, \
                                e.g. `for = { stream = [\"pension\"] }`";

impl<'f> Template<'f, '_> {
    /// The sets of parameters under `for`.
    pub(super) fn sets<'v>(
        &self,
        key: &Spot<String>,
        value: &'v Spanned<DeValue<'f>>,
    ) -> Option<Vec<Set<'v, 'f>>> {
        let sets = match value.get_ref() {
            DeValue::Array(array) => {
                self.some(key, array.len())?;
                let set = |value: &'v Spanned<DeValue<'f>>| match value.get_ref() {
                    DeValue::Table(table) => self.set(value, table),
                    other => self.wrong_type(&self.spot(value, "for"), other, FORMS),
                };
                let sets = array.iter().map(set);
                sets.take_while(|_| !self.log.is_full()).collect()
            }
            DeValue::Table(table) => self.combinations(key, table),
            other => self.wrong_type(key, other, FORMS),
        }?;
        self.whole(value, &sets).then_some(sets)
    }

    fn set<'v>(&self, value: &Spanned<DeValue<'f>>, table: &'v DeTable<'f>) -> Option<Set<'v, 'f>> {
        self.few_parameters(&self.spot(value, "for"), table)?;
        let parameter = |(name, value): (&'v Spanned<Cow<'f, str>>, &'v Spanned<DeValue<'f>>)| {
            self.value(name, value)?;
            Some((name.get_ref().as_ref(), value))
        };
        table.iter().map(parameter).collect()
    }

    /// All combinations of the values in a table of lists. The first list of the file changes slowest.
    fn combinations<'v>(
        &self,
        key: &Spot<String>,
        table: &'v DeTable<'f>,
    ) -> Option<Vec<Set<'v, 'f>>> {
        self.some(key, table.len())?;
        self.few_parameters(key, table)?;
        let mut lists = Vec::new();
        let mut count = 1_usize;
        for (name, value) in table {
            let spot = self.spot(value, name.get_ref());
            let DeValue::Array(array) = value.get_ref() else {
                return self.wrong_type(&spot, value.get_ref(), "a list, e.g. `[30, 90]`");
            };
            self.some(&spot, array.len())?;
            for value in array {
                self.value(name, value)?;
            }
            count = count.saturating_mul(array.len());
            lists.push((name.span().start, name.get_ref().as_ref(), array));
        }
        self.few_sets(key, count)?;
        lists.sort_by_key(|(start, ..)| *start);
        let mut sets = vec![Set::new()];
        for (_, name, array) in lists {
            let with = |set: &Set<'v, 'f>, value| {
                let mut set = set.clone();
                set.insert(name, value);
                set
            };
            let all = |set| array.iter().map(move |value| with(set, value));
            sets = sets.iter().flat_map(all).collect();
        }
        Some(sets)
    }

    /// Whether all sets have the same parameters.
    fn whole(&self, value: &Spanned<DeValue<'f>>, sets: &[Set<'_, 'f>]) -> bool {
        let names: BTreeSet<&str> = sets.iter().flat_map(|set| set.keys().copied()).collect();
        let places = match value.get_ref() {
            DeValue::Array(array) => array.iter().collect(),
            _ => Vec::new(),
        };
        let mut is_whole = true;
        for (set, value) in sets.iter().zip(places) {
            for name in names.iter().filter(|name| !set.contains_key(*name)) {
                is_whole = false;
                if self.log.is_full() {
                    return false;
                }
                let problem = Problem::Missing {
                    what: "this set of parameters".to_owned(),
                    key: (*name).to_owned(),
                    remedy: "it: the other sets have it".to_owned(),
                };
                self.log.add(self.spot(value, "for").place(), problem);
            }
        }
        is_whole
    }

    fn value(&self, name: &Spanned<Cow<'_, str>>, value: &Spanned<DeValue<'f>>) -> Option<()> {
        let spot = self.spot(value, name.get_ref());
        match value.get_ref() {
            DeValue::String(text) if text.contains(OPEN) => {
                let remedy = "write it out: what is put in is not looked through again";
                self.invalid(&spot, "a text with `$(`", remedy);
                None
            }
            DeValue::String(_) | DeValue::Float(_) => Some(()),
            DeValue::Integer(number) if number.radix() == 10 => Some(()),
            other => self.wrong_type(&spot, other, "a text or a decimal number"),
        }
    }

    fn some(&self, key: &Spot<String>, found: usize) -> Option<()> {
        if found == 0 {
            self.invalid(key, "empty", "name at least one value");
            return None;
        }
        self.few_sets(key, found)
    }

    fn few_sets(&self, key: &Spot<String>, found: usize) -> Option<()> {
        self.within(key, "triggers of one template", found, limits::ENTRIES)
            .then_some(())
    }

    fn few_parameters(&self, key: &Spot<String>, table: &DeTable<'f>) -> Option<()> {
        let what = "parameters of one template";
        self.within(key, what, table.len(), limits::PARAMETERS)
            .then_some(())
    }
}
