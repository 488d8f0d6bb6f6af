//! Trigger templates: one table that stands for many triggers.
//!
//! A table with the key `for` is a template. It stands for one trigger for each set of parameters, and
//! `$(name)` in its id and in its texts is replaced by the parameter of that name:
//!
//! | `for` | one trigger for each |
//! | --- | --- |
//! | `[{ stream = "pension" }, { stream = "leasing" }]` | table |
//! | `{ stream = ["pension", "leasing"], days = [30, 90] }` | combination |
//!
//! Texts are looked through once, and what is put in may not hold `$(`: templates cannot nest or loop. A
//! text that is `"$(urgency)"` and nothing else takes the parameter as it is, a number too.
//!
//! A template is checked as a whole before anything is made of it, so that a mistake is said once, at
//! its place in the template, and nothing large is made only to be refused.

mod parameters;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::table::type_name;
use crate::{
    limits,
    place::{Place, Spot},
    problem::{Log, Problem},
    suggest::suggest,
};

/// What templates have made so far, over all files of a policy set.
#[derive(Default)]
pub(super) struct Made {
    triggers: usize,
    bytes: usize,
}

/// One set of parameters: a value for each name.
type Set<'v, 'f> = BTreeMap<&'v str, &'v Spanned<DeValue<'f>>>;

/// What a value counts towards [`limits::TEMPLATE_BYTES`] besides its text: about its size in memory.
const VALUE_BYTES: usize = 64;

/// The triggers that a table stands for: itself, or one for each set of parameters. None when it is
/// wrong; the log says why.
pub(super) fn expand<'f>(
    id: Spot<String>,
    mut table: DeTable<'f>,
    made: &mut Made,
    log: &Log,
) -> Vec<(Spot<String>, DeTable<'f>)> {
    let parameters = table.remove_entry("for");
    let template = Template::new(id, table, log);
    let Some((key, value)) = parameters else {
        return template.plain();
    };
    let key = template.spot(&key, "for");
    let Some(sets) = template.sets(&key, &value) else {
        return Vec::new();
    };
    if template.agrees(&sets) && template.fits(&key, &sets, made) {
        template.filled(&key, &sets)
    } else {
        Vec::new()
    }
}

struct Template<'f, 'l> {
    /// The key of its table: the ids of its triggers before anything is put in.
    id: Spot<String>,
    table: DeTable<'f>,
    log: &'l Log,
    /// The parameters that its texts name: how often, and where first.
    named: BTreeMap<String, (usize, Place)>,
    /// What it comes to without them.
    bytes: usize,
    /// Whether a `$(` has no end.
    is_open: bool,
}

impl<'f, 'l> Template<'f, 'l> {
    fn new(id: Spot<String>, table: DeTable<'f>, log: &'l Log) -> Self {
        let mut template = Self {
            id: id.clone(),
            table: DeTable::new(),
            log,
            named: BTreeMap::new(),
            bytes: 0,
            is_open: false,
        };
        template.survey_text("the name of a trigger", &id);
        template.survey_table(&table);
        template.table = table;
        template
    }

    fn survey_table(&mut self, table: &DeTable<'f>) {
        for (key, value) in table {
            self.bytes += key.get_ref().len();
            self.survey(key.get_ref(), value);
        }
    }

    /// The parser bounds how deep values nest.
    fn survey(&mut self, key: &str, value: &Spanned<DeValue<'f>>) {
        self.bytes += VALUE_BYTES;
        match value.get_ref() {
            DeValue::String(text) => self.survey_text(key, &self.spot(value, text)),
            DeValue::Array(array) => array.iter().for_each(|value| self.survey(key, value)),
            DeValue::Table(table) => self.survey_table(table),
            _ => {}
        }
    }

    fn survey_text(&mut self, key: &str, text: &Spot<String>) {
        self.bytes += text.value.len();
        let mut at = 0;
        for (plain, name) in cuts(&text.value) {
            let place = || text.place_within(at + plain.len());
            let Some(name) = name else {
                if text.value.len() > at + plain.len() {
                    self.is_open = true;
                    let found = "a text with `$(` and no `)` behind it".to_owned();
                    let remedy = "write `$(name)`".to_owned();
                    let key = key.to_owned();
                    let problem = Problem::Invalid { key, found, remedy };
                    self.log.add(place(), problem);
                }
                break;
            };
            let named = self.named.entry(name.to_owned());
            named.or_insert_with(|| (0, place())).0 += 1;
            at += plain.len() + OPEN.len() + name.len() + CLOSE.len();
        }
    }

    /// The table as it is, if it names no parameters.
    fn plain(self) -> Vec<(Spot<String>, DeTable<'f>)> {
        if self.is_open {
            return Vec::new();
        }
        let Some((name, (_, place))) = self.named.first_key_value() else {
            return vec![(self.id, self.table)];
        };
        let problem = Problem::Missing {
            what: format!("trigger `{}`, where `$({name})` stands,", self.id.value),
            key: "for".to_owned(),
            remedy: parameters::FORMS.to_owned(),
        };
        self.log.add(place.clone(), problem);
        Vec::new()
    }

    /// Whether the texts name the parameters that there are, all of them and no others.
    fn agrees(&self, sets: &[Set<'_, 'f>]) -> bool {
        let Some(set) = sets.first() else {
            return false;
        };
        let mut agrees = !self.is_open;
        for (name, (_, place)) in &self.named {
            if !set.contains_key(name.as_str()) && !self.log.is_full() {
                agrees = false;
                let problem = Problem::UnknownName {
                    what: "parameter",
                    name: name.clone(),
                    remedy: suggest(name, set.keys().copied()),
                };
                self.log.add(place.clone(), problem);
            }
        }
        for (name, value) in set {
            if !self.named.contains_key(*name) {
                agrees = false;
                let found = "a parameter that the template never names";
                let remedy = format!("write `$({name})` where it belongs, or take it away");
                self.invalid(&self.spot(value, name), found, &remedy);
            }
        }
        agrees
    }

    /// Whether what the sets make is within the limits; it is counted before it is made.
    fn fits(&self, key: &Spot<String>, sets: &[Set<'_, 'f>], made: &mut Made) -> bool {
        made.triggers = made.triggers.saturating_add(sets.len());
        for set in sets {
            let put_in = self.named.iter().map(|(name, (times, _))| {
                let value = set.get(name.as_str()).map_or("", |value| written(value));
                times.saturating_mul(value.len())
            });
            let bytes = put_in.fold(self.bytes, usize::saturating_add);
            made.bytes = made.bytes.saturating_add(bytes);
        }
        let bytes = "bytes of triggers made from templates";
        self.within(
            key,
            "triggers made from templates",
            made.triggers,
            limits::ENTRIES,
        ) && self.within(key, bytes, made.bytes, limits::TEMPLATE_BYTES)
    }

    fn filled(&self, key: &Spot<String>, sets: &[Set<'_, 'f>]) -> Vec<(Spot<String>, DeTable<'f>)> {
        let mut ids = BTreeSet::new();
        let mut all = Vec::new();
        for set in sets {
            let id = fill(&self.id.value, set);
            if !ids.insert(id.clone()) {
                let found = format!("a list of parameters with two sets for `{id}`");
                let remedy = "put what differs between them into the name of the trigger";
                self.invalid(key, &found, remedy);
                return Vec::new();
            }
            all.push((self.id.with(id), fill_table(&self.table, set)));
        }
        all
    }

    fn within(&self, key: &Spot<String>, what: &'static str, found: usize, limit: usize) -> bool {
        if found > limit {
            let remedy = "split the template, and ask whether all of them are needed";
            let problem = Problem::TooMuch {
                what,
                found,
                limit,
                remedy,
            };
            self.log.add(key.place(), problem);
        }
        found <= limit
    }

    fn spot<T>(&self, spanned: &Spanned<T>, value: &str) -> Spot<String> {
        let span = spanned.span();
        Spot {
            start: span.start,
            end: span.end,
            ..self.id.with(value.to_owned())
        }
    }

    fn invalid(&self, key: &Spot<String>, found: &str, remedy: &str) {
        let problem = Problem::Invalid {
            key: key.value.clone(),
            found: found.to_owned(),
            remedy: remedy.to_owned(),
        };
        self.log.add(key.place(), problem);
    }

    fn wrong_type<T>(
        &self,
        key: &Spot<String>,
        value: &DeValue<'_>,
        expected: &'static str,
    ) -> Option<T> {
        let problem = Problem::WrongType {
            key: key.value.clone(),
            found: type_name(value),
            expected,
        };
        self.log.add(key.place(), problem);
        None
    }
}

const OPEN: &str = "$(";
const CLOSE: &str = ")";

/// A text in pieces: plain text, each with the parameter behind it; the last has none, and is not the
/// rest of the text when a `$(` in it has no end.
fn cuts(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let Some((plain, behind)) = text.split_once(OPEN) else {
            rest = None;
            return Some((text, None));
        };
        let named = behind.split_once(CLOSE);
        rest = named.map(|(_, left)| left);
        Some((plain, named.map(|(name, _)| name)))
    })
}

/// A parameter as it was written.
fn written<'v>(value: &'v Spanned<DeValue<'_>>) -> &'v str {
    match value.get_ref() {
        DeValue::String(text) => text,
        DeValue::Integer(number) => number.as_str(),
        DeValue::Float(number) => number.as_str(),
        _ => "",
    }
}

fn fill(text: &str, set: &Set<'_, '_>) -> String {
    let mut filled = String::new();
    for (plain, name) in cuts(text) {
        filled.push_str(plain);
        if let Some(value) = name.and_then(|name| set.get(name)) {
            filled.push_str(written(value));
        }
    }
    filled
}

fn fill_table<'f>(table: &DeTable<'f>, set: &Set<'_, 'f>) -> DeTable<'f> {
    let fill = |(key, value): (&Spanned<Cow<'f, str>>, _)| (key.clone(), fill_value(value, set));
    table.iter().map(fill).collect()
}

fn fill_value<'f>(value: &Spanned<DeValue<'f>>, set: &Set<'_, 'f>) -> Spanned<DeValue<'f>> {
    let filled = match value.get_ref() {
        DeValue::String(text) => {
            let whole = text
                .strip_prefix(OPEN)
                .and_then(|text| text.strip_suffix(CLOSE));
            if let Some(parameter) = whole.and_then(|name| set.get(name)) {
                // With its own place: what is wrong with it is wrong there.
                return (*parameter).clone();
            }
            DeValue::String(Cow::Owned(fill(text, set)))
        }
        DeValue::Array(array) => {
            DeValue::Array(array.iter().map(|value| fill_value(value, set)).collect())
        }
        DeValue::Table(table) => DeValue::Table(fill_table(table, set)),
        other => other.clone(),
    };
    Spanned::new(value.span(), filled)
}
