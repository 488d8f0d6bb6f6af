//! The customers of cases: written out, in a file of their own, or another customer with changes.

use std::{cell::Cell, fs, io, path::Path, sync::Arc};

use engine::{
    Context, Profile, limits as engine_limits,
    profile::{ProfileError, SCHEMA_VERSION},
};
use serde_json::Error as JsonError;

use super::{
    map::wrong_type,
    yaml::{Node, Value, spot},
};
use crate::{
    limits,
    place::{File, Spot},
    policy::directory::bytes,
    problem::{Log, Problem},
};

const VERSION: &str = "schema_version";

/// Something that was written, and the file in which it was.
#[derive(Clone)]
pub(super) struct Written {
    pub file: Arc<File>,
    pub node: Node,
}

/// Reads customers, and remembers how much it read.
pub(super) struct Customers<'r> {
    pub dir: &'r Path,
    pub log: &'r Log,
    /// Bytes of all profiles so far; one that is shared counts for each case.
    pub read: Cell<usize>,
}

impl Customers<'_> {
    /// Nobody in particular.
    pub(super) fn anonymous() -> Option<Profile> {
        let profile = Profile {
            schema_version: SCHEMA_VERSION,
            ..Profile::default()
        };
        profile.checked().ok()
    }

    /// The profile that was written, with the lists and values of `changes` in place of its own.
    pub(super) fn profile(&self, written: &Written, changes: Option<&Written>) -> Option<Profile> {
        let path = match &written.node.value {
            Value::Map(_) => None,
            Value::Text(path) => Some((path, self.file(written, path)?)),
            other => {
                let at = written.spot("profile");
                wrong_type(&at, other, "a file, or a mapping with a profile", self.log);
                return None;
            }
        };
        let given = |name: &str| changes.is_some_and(|changes| changes.has(name));
        let mut versioned = written.has(VERSION) || given(VERSION);
        let mut json = Json::default();
        json.open();
        match (path, changes) {
            (Some((path, bytes)), None) => {
                self.count(bytes.len(), written)?;
                return Profile::from_json(&bytes)
                    .map_err(|error| self.refused_file(written, path, &error.to_string()))
                    .ok();
            }
            (Some((path, bytes)), Some(_)) => {
                let fields: serde_json::Map<_, _> = serde_json::from_slice(&bytes)
                    .map_err(|error| self.refused_file(written, path, &error.to_string()))
                    .ok()?;
                versioned |= fields.contains_key(VERSION);
                for (name, value) in fields.iter().filter(|(name, _)| !given(name)) {
                    json.name(name, written.spot(()));
                    json.text.push_str(&value.to_string());
                }
            }
            (None, _) => json.entries(written, given),
        }
        if let Some(changes) = changes {
            json.entries(changes, |_| false);
        }
        if !versioned {
            json.name(VERSION, written.spot(()));
            json.text.push_str(&SCHEMA_VERSION.to_string());
        }
        json.text.push('}');
        self.count(json.text.len(), written)?;
        let whole = changes.unwrap_or(written).spot(());
        match Profile::from_json(json.text.as_bytes()) {
            Ok(profile) => Some(profile),
            Err(error) => {
                let cause = match &error {
                    ProfileError::Json(cause) => Some(cause),
                    _ => None,
                };
                let found = json.refused("profile", whole, &error.to_string(), cause);
                self.log.add(found.place(), found.value);
                None
            }
        }
    }

    /// The circumstances that were written.
    pub(super) fn context(&self, written: &Written) -> Option<Context> {
        let mut json = Json::default();
        json.node(&written.file, &written.node);
        match Context::from_json(json.text.as_bytes()) {
            Ok(context) => Some(context),
            Err(error) => {
                let cause = match &error {
                    engine::context::ContextError::Json(cause) => Some(cause),
                    _ => None,
                };
                let found = json.refused("context", written.spot(()), &error.to_string(), cause);
                self.log.add(found.place(), found.value);
                None
            }
        }
    }

    /// The bytes of a file beside the one that names it.
    fn file(&self, written: &Written, path: &str) -> Option<Vec<u8>> {
        let beside = self.dir.join(&written.file.name);
        let file = beside.parent().unwrap_or(self.dir).join(path);
        // Opening a pipe would wait for a writer.
        let read = fs::metadata(&file).and_then(|found| {
            if found.is_file() {
                bytes(&file, engine_limits::PROFILE_BYTES)
            } else {
                Err(io::Error::other("it is no file: name a profile's JSON"))
            }
        });
        match read {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                let error = io::Error::new(error.kind(), format!("`{path}`: {error}"));
                self.log.add(written.spot(()).place(), error);
                None
            }
        }
    }

    fn refused_file(&self, written: &Written, path: &str, error: &str) {
        self.log.add(
            written.spot(()).place(),
            Problem::Invalid {
                key: path.to_owned(),
                found: "refused".to_owned(),
                remedy: error.to_owned(),
            },
        );
    }

    fn count(&self, bytes: usize, written: &Written) -> Option<()> {
        let found = self.read.get().saturating_add(bytes);
        self.read.set(found);
        if found <= limits::CASE_PROFILES_BYTES {
            return Some(());
        }
        let limit = limits::CASE_PROFILES_BYTES;
        self.log.add(
            written.spot(()).place(),
            Problem::TooMuch {
                what: "bytes of profiles in all cases together",
                found,
                limit,
                remedy: "use smaller customers, or fewer cases",
            },
        );
        None
    }
}

impl Written {
    pub(super) fn spot<T>(&self, value: T) -> Spot<T> {
        spot(&self.file, self.node.at, value)
    }

    fn has(&self, name: &str) -> bool {
        match &self.node.value {
            Value::Map(entries) => entries.iter().any(|(key, _)| key.name == name),
            _ => false,
        }
    }
}

/// JSON on one line, and where each part of it was written, so that what a parser says of the line can
/// be said of the file.
#[derive(Default)]
struct Json {
    text: String,
    /// Bytes of the text from which on the place holds, in rising order.
    places: Vec<(usize, Spot<()>)>,
}

impl Json {
    fn open(&mut self) {
        self.text.push('{');
    }

    /// A name and its colon, with the comma before it.
    fn name(&mut self, name: &str, at: Spot<()>) {
        if !self.text.ends_with('{') {
            self.text.push(',');
        }
        self.places.push((self.text.len(), at));
        self.string(name);
        self.text.push(':');
    }

    fn entries(&mut self, written: &Written, leave_out: impl Fn(&str) -> bool) {
        let Value::Map(entries) = &written.node.value else {
            return;
        };
        for (key, node) in entries.iter().filter(|(key, _)| !leave_out(&key.name)) {
            self.name(&key.name, spot(&written.file, key.at, ()));
            self.node(&written.file, node);
        }
    }

    fn node(&mut self, file: &Arc<File>, node: &Node) {
        let at = spot(file, node.at, ());
        self.places.push((self.text.len(), at.clone()));
        match &node.value {
            Value::Nothing => self.text.push_str("null"),
            Value::Flag(flag) => self.text.push_str(if *flag { "true" } else { "false" }),
            Value::Number(number) => self.text.push_str(&number.to_string()),
            Value::Text(text) => self.string(text),
            Value::List(list) => {
                self.text.push('[');
                for (i, node) in list.iter().enumerate() {
                    if i > 0 {
                        self.text.push(',');
                    }
                    self.node(file, node);
                }
                self.places.push((self.text.len(), at));
                self.text.push(']');
            }
            Value::Map(entries) => {
                self.open();
                for (key, node) in entries {
                    self.name(&key.name, spot(file, key.at, ()));
                    self.node(file, node);
                }
                // What is missing is noticed at the end, and belongs to the whole.
                self.places.push((self.text.len(), at));
                self.text.push('}');
            }
        }
    }

    fn string(&mut self, text: &str) {
        self.text
            .push_str(&serde_json::Value::from(text).to_string());
    }

    /// The refusal of `key` at the place that the parser means, or else at `whole`.
    fn refused(
        &self,
        key: &str,
        whole: Spot<()>,
        said: &str,
        cause: Option<&JsonError>,
    ) -> Spot<Problem> {
        let mut remedy = said;
        let mut place = whole;
        if let Some(cause) = cause {
            let (line, column) = (cause.line(), cause.column());
            remedy = said
                .strip_suffix(&format!(" at line {line} column {column}"))
                .unwrap_or(said);
            let after = self.places.partition_point(|(from, _)| *from < column);
            if let Some((_, found)) = after.checked_sub(1).and_then(|at| self.places.get(at)) {
                place = found.clone();
            }
        }
        place.with(Problem::Invalid {
            key: key.to_owned(),
            found: "refused".to_owned(),
            remedy: remedy.to_owned(),
        })
    }
}
