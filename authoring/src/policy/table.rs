//! Reading TOML tables key by key: each wrong key, type or value is noted with its place, and reading
//! goes on, so that one run shows everything there is to mend.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::small;
use crate::{
    limits,
    place::{File, Place, Spot},
    problem::{Log, Problem},
    suggest::suggest,
};

/// A table that is being read.
pub(crate) struct Table<'f, 'l> {
    file: Arc<File>,
    log: &'l Log,
    /// How errors call it, e.g. "action `budget`".
    what: String,
    start: usize,
    /// Those not asked for yet. They are mostly asked for from the front.
    entries: VecDeque<Entry<'f>>,
    asked: BTreeSet<String>,
    /// Its keys are names that people chose.
    #[cfg(test)]
    named: bool,
}

struct Entry<'f> {
    key: Spot<String>,
    value: Spanned<DeValue<'f>>,
}

/// The value was there and is wrong; the log says why.
struct Noted;

/// Parses a file. What is not TOML is noted, and nothing else is said about that file.
pub(crate) fn parse<'f, 'l>(file: &'f Arc<File>, log: &'l Log) -> Option<Table<'f, 'l>> {
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    for error in &errors {
        if log.is_full() {
            break;
        }
        let place = error
            .span()
            .map_or_else(|| file.whole(), |span| file.place(span.start));
        log.add(place, Problem::Syntax(error.message().replace('\n', ", ")));
    }
    errors
        .is_empty()
        .then(|| Table::new(file, log, format!("`{}`", file.name), 0, table.into_inner()))
}

impl<'f, 'l> Table<'f, 'l> {
    fn new(file: &Arc<File>, log: &'l Log, what: String, start: usize, table: DeTable<'f>) -> Self {
        let mut entries: Vec<Entry<'f>> = table
            .into_iter()
            .map(|(key, value)| {
                let span = key.span();
                let key = Spot {
                    value: key.into_inner().into_owned(),
                    file: Arc::clone(file),
                    start: span.start,
                    end: span.end,
                };
                Entry { key, value }
            })
            .collect();
        // The parser sorts keys; the order of the file is the one that people mean.
        entries.sort_by_key(|entry| entry.key.start);
        let table = Self {
            file: Arc::clone(file),
            log,
            what,
            start,
            entries: entries.into(),
            asked: BTreeSet::new(),
            #[cfg(test)]
            named: false,
        };
        for Entry { key, .. } in &table.entries {
            if log.is_full() {
                break;
            }
            if key.value.contains(char::is_control) {
                let remedy = "leave them out";
                table.invalid(key, "a name with control characters", remedy);
            }
        }
        table
    }

    /// Where it starts.
    pub(crate) fn place(&self) -> Place {
        self.file.place(self.start)
    }

    /// The keys that nobody asked for yet, in the order of the file, each with its table; keys of other
    /// types are noted. `what` is the kind of thing that each one is.
    pub(crate) fn tables(&mut self, what: &'static str) -> Vec<(Spot<String>, Table<'f, 'l>)> {
        let parsed = self.parsed(what);
        let inner = |(key, table): (Spot<String>, DeTable<'f>)| {
            let name = format!("{what} `{}`", key.value);
            let table = self.inner(name, &key, table);
            (key, table)
        };
        parsed.into_iter().map(inner).collect()
    }

    /// The same, before the tables are read.
    pub(super) fn parsed(&mut self, what: &'static str) -> Vec<(Spot<String>, DeTable<'f>)> {
        self.bound(what);
        let entries = core::mem::take(&mut self.entries);
        let mut tables = Vec::new();
        for Entry { key, value } in entries {
            if self.log.is_full() {
                break;
            }
            match value.into_inner() {
                DeValue::Table(table) => tables.push((key, table)),
                other => self.wrong_type(&key, &other, "a table: `[name]` and its keys below"),
            }
        }
        tables
    }

    /// A table of this one, to be read. `what` is how errors call it.
    pub(super) fn inner(&self, what: String, key: &Spot<String>, table: DeTable<'f>) -> Self {
        Table::new(&self.file, self.log, what, key.start, table)
    }

    /// A table that must be there.
    pub(crate) fn table(&mut self, key: &str) -> Option<Table<'f, 'l>> {
        self.note(key, || "table, must".to_owned());
        match self.read_table(key) {
            Ok(Some(table)) => Some(table),
            Ok(None) => {
                self.missing(key, &format!("`[{key}]` and its keys"));
                None
            }
            Err(Noted) => None,
        }
    }

    /// A table that may be there.
    pub(crate) fn optional_table(&mut self, key: &str) -> Option<Table<'f, 'l>> {
        self.note(key, || "table".to_owned());
        self.read_table(key).ok().flatten()
    }

    /// A text that must be there, not empty.
    pub(crate) fn text(&mut self, key: &str, remedy: &str) -> Spot<String> {
        self.note(key, || "text, must".to_owned());
        match self.read_text(key) {
            Ok(Some(text)) => text,
            Ok(None) => {
                self.missing(key, remedy);
                self.nowhere()
            }
            Err(Noted) => self.nowhere(),
        }
    }

    /// A text that may be there.
    pub(crate) fn optional_text(&mut self, key: &str) -> Option<Spot<String>> {
        self.note(key, || "text".to_owned());
        self.read_text(key).ok().flatten()
    }

    /// A list of texts that must be there, not empty.
    pub(crate) fn texts(&mut self, key: &str, remedy: &str) -> Vec<Spot<String>> {
        self.note(key, || "texts, must".to_owned());
        self.read_texts(key).unwrap_or_else(|| {
            self.missing(key, remedy);
            Vec::new()
        })
    }

    /// A list of texts that may be there, not empty; one text stands for a list of one.
    pub(crate) fn optional_texts(&mut self, key: &str) -> Option<Vec<Spot<String>>> {
        self.note(key, || "texts".to_owned());
        self.read_texts(key)
    }

    fn read_texts(&mut self, key: &str) -> Option<Vec<Spot<String>>> {
        let (spot, value) = self.take(key)?;
        let DeValue::Array(array) = value else {
            return Some(self.as_text(spot, value).into_iter().collect());
        };
        if array.is_empty() {
            self.invalid(
                &spot,
                "an empty list",
                "name at least one, or leave the key out",
            );
        }
        if array.len() > limits::ENTRIES {
            self.too_many("entries of a list", spot.place(), array.len());
            return Some(Vec::new());
        }
        let mut texts = Vec::new();
        for element in array {
            if self.log.is_full() {
                break;
            }
            let span = element.span();
            let at = Spot {
                start: span.start,
                end: span.end,
                ..spot.clone()
            };
            texts.extend(self.as_text(at, element.into_inner()));
        }
        Some(texts)
    }

    /// A number within bounds that must be there.
    pub(crate) fn number(&mut self, key: &str, min: f64, max: f64, remedy: &str) -> Spot<f64> {
        self.note(key, || {
            format!("number {} {}, must", small(min), small(max))
        });
        match self.read_number(key, min, max) {
            Ok(Some(number)) => number,
            Ok(None) => {
                self.missing(key, remedy);
                self.nowhere()
            }
            Err(Noted) => self.nowhere(),
        }
    }

    /// A number within bounds that may be there.
    pub(crate) fn optional_number(&mut self, key: &str, min: f64, max: f64) -> Option<Spot<f64>> {
        self.note(key, || format!("number {} {}", small(min), small(max)));
        self.read_number(key, min, max).ok().flatten()
    }

    /// A whole number within bounds that may be there.
    pub(crate) fn optional_whole(&mut self, key: &str, min: u32, max: u32) -> Option<Spot<u32>> {
        self.note(key, || format!("number {min} {max}"));
        self.read_whole(key, min, max)
    }

    fn read_whole(&mut self, key: &str, min: u32, max: u32) -> Option<Spot<u32>> {
        let number = self.read_number(key, f64::from(min), f64::from(max));
        let number = number.ok().flatten()?;
        if number.value.fract() != 0.0 {
            self.invalid(
                &number.with(key.to_owned()),
                &number.value.to_string(),
                "write a whole number",
            );
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bounded above"
        )]
        let whole = number.value as u32;
        Some(number.with(whole))
    }

    /// A whole number within bounds that must be there.
    pub(crate) fn whole(&mut self, key: &str, min: u32, max: u32, remedy: &str) -> u32 {
        self.note(key, || format!("number {min} {max}, must"));
        let there = self.has(key);
        let number = self.read_whole(key, min, max);
        if !there {
            self.missing(key, remedy);
        }
        number.map_or(min, |number| number.value)
    }

    /// Yes or no, when it is there.
    pub(crate) fn optional_flag(&mut self, key: &str) -> Option<Spot<bool>> {
        self.note(key, || "flag".to_owned());
        let (spot, value) = self.take(key)?;
        match value {
            DeValue::Boolean(flag) => Some(spot.with(flag)),
            other => {
                self.wrong_type(&spot, &other, "`true` or `false`");
                None
            }
        }
    }

    /// The entries that are left, as numbers: for tables whose keys are names.
    /// `what` is the kind of thing that each one is.
    pub(crate) fn numbers(
        &mut self,
        what: &'static str,
        min: f64,
        max: f64,
    ) -> Vec<(Spot<String>, f64)> {
        self.keys(what)
            .into_iter()
            .filter_map(|key| {
                let number = self.optional_number(&key.value, min, max)?;
                Some((key, number.value))
            })
            .collect()
    }

    /// The names of the keys that are left, in the order of the file. `what` is the kind of thing that
    /// each one is.
    pub(crate) fn keys(&mut self, what: &'static str) -> Vec<Spot<String>> {
        self.bound(what);
        #[cfg(test)]
        {
            self.named = true;
        }
        self.entries.iter().map(|entry| entry.key.clone()).collect()
    }

    fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key.value == key)
    }

    /// Whether a key is there and is a table.
    pub(crate) fn has_table(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| {
            entry.key.value == key && matches!(entry.value.get_ref(), DeValue::Table(_))
        })
    }

    /// Notes the keys that nobody asked for.
    pub(crate) fn finish(self) {
        for Entry { key, .. } in &self.entries {
            if self.log.is_full() {
                return;
            }
            let remedy = suggest(&key.value, self.asked.iter().map(String::as_str));
            let problem = Problem::UnknownKey {
                key: key.value.clone(),
                what: self.what.clone(),
                remedy,
            };
            self.log.add(key.place(), problem);
        }
    }

    pub(crate) fn missing(&self, key: &str, remedy: &str) {
        let (what, key, remedy) = (self.what.clone(), key.to_owned(), remedy.to_owned());
        self.log
            .add(self.place(), Problem::Missing { what, key, remedy });
    }

    /// A value for what could not be read; the log keeps it from being used.
    fn nowhere<T: Default>(&self) -> Spot<T> {
        Spot {
            value: T::default(),
            file: Arc::clone(&self.file),
            start: self.start,
            end: self.start,
        }
    }

    /// Notes more entries than a table may have, and forgets them all.
    fn bound(&mut self, what: &'static str) {
        let found = self.entries.len();
        if found > limits::ENTRIES {
            self.too_many(what, self.place(), found);
            self.entries.clear();
        }
    }

    fn too_many(&self, what: &'static str, place: Place, found: usize) {
        let limit = limits::ENTRIES;
        let remedy = "split the file, and ask whether all of them are needed";
        self.log.add(
            place,
            Problem::TooMuch {
                what,
                found,
                limit,
                remedy,
            },
        );
    }

    /// Tells tests what is asked for, so that the description of keys cannot lie.
    #[cfg(test)]
    fn note(&self, key: &str, kind: impl FnOnce() -> String) {
        asked::add(&self.file.name, if self.named { "*" } else { key }, &kind());
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests need it")]
    fn note(&self, _: &str, _: impl FnOnce() -> String) {}

    fn take(&mut self, key: &str) -> Option<(Spot<String>, DeValue<'f>)> {
        self.asked.insert(key.to_owned());
        let at = self
            .entries
            .iter()
            .position(|entry| entry.key.value == key)?;
        let entry = self.entries.remove(at)?;
        let span = entry.value.span();
        let spot = Spot {
            start: span.start,
            end: span.end,
            ..entry.key
        };
        Some((spot, entry.value.into_inner()))
    }

    fn read_table(&mut self, key: &str) -> Result<Option<Table<'f, 'l>>, Noted> {
        let Some((spot, value)) = self.take(key) else {
            return Ok(None);
        };
        match value {
            DeValue::Table(table) => {
                let what = format!("`{key}` of {}", self.what);
                Ok(Some(Table::new(
                    &self.file, self.log, what, spot.start, table,
                )))
            }
            other => {
                self.wrong_type(&spot, &other, "a table: `{ key = value }`");
                Err(Noted)
            }
        }
    }

    fn read_text(&mut self, key: &str) -> Result<Option<Spot<String>>, Noted> {
        let Some((spot, value)) = self.take(key) else {
            return Ok(None);
        };
        self.as_text(spot, value).map(Some).ok_or(Noted)
    }

    fn read_number(&mut self, key: &str, min: f64, max: f64) -> Result<Option<Spot<f64>>, Noted> {
        let Some((spot, value)) = self.take(key) else {
            return Ok(None);
        };
        let number = match &value {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().parse().ok(),
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            _ => None,
        };
        let Some(number) = number else {
            self.wrong_type(&spot, &value, "a number, e.g. `0.5`");
            return Err(Noted);
        };
        if !number.is_finite() || number < min || number > max {
            self.invalid(
                &spot,
                &number.to_string(),
                &format!("write a number from {min} to {max}"),
            );
            return Err(Noted);
        }
        Ok(Some(spot.with(number)))
    }

    fn as_text(&self, spot: Spot<String>, value: DeValue<'f>) -> Option<Spot<String>> {
        match value {
            DeValue::String(text) if text.trim().is_empty() => {
                self.invalid(&spot, "empty", "write a text");
                None
            }
            DeValue::String(text)
                if text.len() > limits::TEXT_BYTES.max(limits::CONDITION_BYTES) =>
            {
                self.invalid(&spot, "too long", "shorten it");
                None
            }
            DeValue::String(text)
                if text.contains(|letter: char| {
                    letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')
                }) =>
            {
                let remedy = "leave them out: texts hold letters, line breaks and tabs";
                self.invalid(&spot, "a text with control characters", remedy);
                None
            }
            DeValue::String(text) => Some(spot.with(text.into_owned())),
            other => {
                self.wrong_type(&spot, &other, "a text in quotes, e.g. `\"saver\"`");
                None
            }
        }
    }

    fn wrong_type(&self, key: &Spot<String>, value: &DeValue<'_>, expected: &'static str) {
        let found = type_name(value);
        let key_name = key.value.clone();
        self.log.add(
            key.place(),
            Problem::WrongType {
                key: key_name,
                found,
                expected,
            },
        );
    }

    fn invalid(&self, key: &Spot<String>, found: &str, remedy: &str) {
        let problem = Problem::Invalid {
            key: key.value.clone(),
            found: found.to_owned(),
            remedy: remedy.to_owned(),
        };
        self.log.add(key.place(), problem);
    }
}

/// What errors call the type of a value.
pub(super) fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// What readers ask for.
#[cfg(test)]
pub(crate) mod asked {
    use std::{cell::RefCell, collections::BTreeSet};

    /// Files, and of each `key: type, need`.
    pub(crate) type Asked = BTreeSet<(String, String)>;

    thread_local! {
        static ASKED: RefCell<Option<Asked>> = const { RefCell::new(None) };
    }

    pub(super) fn add(file: &str, key: &str, kind: &str) {
        // The one language of the specimen stands for all.
        let key = if key == "en" { "*" } else { key };
        ASKED.with_borrow_mut(|asked| {
            if let Some(asked) = asked {
                asked.insert((file.to_owned(), format!("{key}: {kind}")));
            }
        });
    }

    /// What is asked for while something runs on this thread.
    pub(crate) fn record<T>(run: impl FnOnce() -> T) -> (T, Asked) {
        ASKED.set(Some(Asked::new()));
        let result = run();
        (result, ASKED.take().unwrap_or_default())
    }
}
