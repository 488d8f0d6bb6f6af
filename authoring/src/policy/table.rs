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
        self.bound(what);
        let entries = core::mem::take(&mut self.entries);
        let mut tables = Vec::new();
        for Entry { key, value } in entries {
            if self.log.is_full() {
                break;
            }
            let name = format!("{what} `{}`", key.value);
            match value.into_inner() {
                DeValue::Table(table) => {
                    let table = Table::new(&self.file, self.log, name, key.start, table);
                    tables.push((key, table));
                }
                other => self.wrong_type(&key, &other, "a table: `[name]` and its keys below"),
            }
        }
        tables
    }

    /// A table that must be there.
    pub(crate) fn table(&mut self, key: &str) -> Option<Table<'f, 'l>> {
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
        self.read_table(key).ok().flatten()
    }

    /// A text that must be there, not empty.
    pub(crate) fn text(&mut self, key: &str, remedy: &str) -> Spot<String> {
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
        self.read_text(key).ok().flatten()
    }

    /// A list of texts that must be there, not empty.
    pub(crate) fn texts(&mut self, key: &str, remedy: &str) -> Vec<Spot<String>> {
        self.optional_texts(key).unwrap_or_else(|| {
            self.missing(key, remedy);
            Vec::new()
        })
    }

    /// A list of texts that may be there, not empty; one text stands for a list of one.
    pub(crate) fn optional_texts(&mut self, key: &str) -> Option<Vec<Spot<String>>> {
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
        self.read_number(key, min, max).ok().flatten()
    }

    /// A whole number within bounds that may be there.
    pub(crate) fn optional_whole(&mut self, key: &str, min: u32, max: u32) -> Option<Spot<u32>> {
        let number = self.optional_number(key, f64::from(min), f64::from(max))?;
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

    /// Yes or no, when it is there.
    pub(crate) fn optional_flag(&mut self, key: &str) -> Option<Spot<bool>> {
        let (spot, value) = self.take(key)?;
        match value {
            DeValue::Boolean(flag) => Some(spot.with(flag)),
            other => {
                self.wrong_type(&spot, &other, "`true` or `false`");
                None
            }
        }
    }

    /// A date and time that must be there, as text.
    pub(crate) fn time(&mut self, key: &str, remedy: &str) -> Spot<String> {
        match self.take(key) {
            None => {
                self.missing(key, remedy);
                self.nowhere()
            }
            Some((spot, DeValue::Datetime(time))) => spot.with(time.to_string()),
            Some((spot, other)) => self.as_text(spot, other).unwrap_or_else(|| self.nowhere()),
        }
    }

    /// Everything under a key as JSON, when it is there; dates become texts.
    pub(crate) fn optional_json(&mut self, key: &str) -> Option<Spot<serde_json::Value>> {
        let (spot, value) = self.take(key)?;
        let json = json(value);
        Some(spot.with(json))
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
        self.entries.iter().map(|entry| entry.key.clone()).collect()
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
        let found = match value {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
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

fn json(value: DeValue<'_>) -> serde_json::Value {
    use serde_json::Value;
    match value {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::String(number.to_string()), Value::from),
        DeValue::Float(number) => number
            .as_str()
            .parse::<f64>()
            .map_or(Value::Null, Value::from),
        DeValue::Boolean(flag) => Value::Bool(flag),
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Array(array) => Value::Array(
            array
                .into_iter()
                .map(|element| json(element.into_inner()))
                .collect(),
        ),
        DeValue::Table(table) => Value::Object(
            table
                .into_iter()
                .map(|(key, value)| (key.into_inner().into_owned(), json(value.into_inner())))
                .collect(),
        ),
    }
}
