//! Reading TOML tables key by key: each wrong key, type or value is noted with its place, and reading
//! goes on, so that one run shows everything there is to mend.

mod values;

use std::{collections::VecDeque, sync::Arc};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::twice;
use crate::{
    place::{File, Place, Spot},
    problem::{Log, Problem},
    reading::Reading,
};

/// A table that is being read.
pub(crate) struct Table<'f, 'l> {
    reading: Reading<'l>,
    /// Those not asked for yet. They are mostly asked for from the front.
    entries: VecDeque<Entry<'f>>,
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

/// What the parser says of a key that is written twice.
const TWICE: &str = "duplicate key";

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
        let first = error.span().filter(|_| error.message() == TWICE);
        let first = first.and_then(|span| twice::first(&file.text, &span, table.get_ref()));
        let problem = match first {
            Some((key, first)) => Problem::DuplicateKey {
                key,
                first: file.place(first),
            },
            None => Problem::Syntax(error.message().replace('\n', ", ")),
        };
        log.add(place, problem);
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
            reading: Reading::new(file, log, what, start),
            entries: entries.into(),
            #[cfg(test)]
            named: false,
        };
        for Entry { key, .. } in &table.entries {
            if log.is_full() {
                break;
            }
            if key.value.contains(char::is_control) {
                let remedy = "leave them out";
                table
                    .reading
                    .invalid(key, "a name with control characters", remedy);
            }
        }
        table
    }

    /// Where it starts.
    pub(crate) fn place(&self) -> Place {
        self.reading.place()
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
            if self.reading.log.is_full() {
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
        Table::new(&self.reading.file, self.reading.log, what, key.start, table)
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

    /// Whether a key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
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
        let left = self.entries.iter();
        let left = left.map(|entry| (entry.key.value.as_str(), entry.key.place()));
        self.reading.unknown(left);
    }

    pub(crate) fn missing(&self, key: &str, remedy: &str) {
        self.reading.missing(key, remedy);
    }

    /// Notes more entries than a table may have, and forgets them all.
    fn bound(&mut self, what: &'static str) {
        let place = self.place();
        if self.reading.is_too_much(what, place, self.entries.len()) {
            self.entries.clear();
        }
    }

    /// Tells tests what is asked for, so that the description of keys cannot lie.
    #[cfg(test)]
    fn note(&self, key: &str, kind: impl FnOnce() -> String) {
        asked::add(
            &self.reading.file.name,
            if self.named { "*" } else { key },
            &kind(),
        );
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests need it")]
    fn note(&self, _: &str, _: impl FnOnce() -> String) {}

    fn take(&mut self, key: &str) -> Option<(Spot<String>, DeValue<'f>)> {
        self.reading.ask(key);
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
                let what = format!("`{key}` of {}", self.reading.what);
                Ok(Some(Table::new(
                    &self.reading.file,
                    self.reading.log,
                    what,
                    spot.start,
                    table,
                )))
            }
            other => {
                self.wrong_type(&spot, &other, "a table: `{ key = value }`");
                Err(Noted)
            }
        }
    }

    fn wrong_type(&self, key: &Spot<String>, value: &DeValue<'_>, expected: &'static str) {
        self.reading.wrong_type(key, type_name(value), expected);
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
