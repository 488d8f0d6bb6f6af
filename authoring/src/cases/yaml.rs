//! YAML as it is read here: one document of mappings, lists and plain values, each with its place.
//!
//! JSON is YAML, so both are read alike; only letters in two escapes (`\ud83d\ude00`) have to be written as
//! themselves. What makes YAML hard to bound or to read is refused: anchors
//! and aliases (a file of a few lines can stand for gigabytes), tags, names that are not single values,
//! names given twice, further documents. Values without quotes mean what the core schema of YAML 1.2
//! says: `no` and `1994-03-31` are texts, `07` is a number.

use std::{collections::BTreeMap, sync::Arc};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};
use serde_json::Number;

use crate::{
    limits,
    place::{File, Spot},
    problem::{Log, Problem},
};

/// A value and the byte where it starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub value: Value,
    pub at: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Nothing,
    Flag(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    /// In the order of the file.
    Map(Vec<(Key, Node)>),
}

/// A name of a mapping and the byte where it starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub name: String,
    pub at: usize,
}

/// Parses a file. What is wrong is noted, and nothing else is said about that file. `values` is how many
/// values it may have, and then how many are left.
pub(super) fn parse(file: &Arc<File>, values: &mut usize, log: &Log) -> Option<Node> {
    match Builder::new(file, values).build() {
        Ok(node) => Some(node),
        Err((at, problem)) => {
            log.add(file.place(at), problem);
            None
        }
    }
}

/// The byte where something is wrong, and what.
type Refused = (usize, Problem);

struct Builder<'f> {
    file: &'f Arc<File>,
    /// The byte of each character, unless each is one byte.
    bytes: Vec<usize>,
    open: Vec<Open>,
    root: Option<Node>,
    values: &'f mut usize,
}

/// A list or mapping that is not at its end.
struct Open {
    at: usize,
    what: Collection,
}

enum Collection {
    List(Vec<Node>),
    Map {
        entries: Vec<(Key, Node)>,
        /// The names so far, and where.
        names: BTreeMap<String, usize>,
        /// The name whose value comes next.
        key: Option<Key>,
    },
}

impl<'f> Builder<'f> {
    fn new(file: &'f Arc<File>, values: &'f mut usize) -> Self {
        let ascii = file.text.is_ascii();
        let starts = file.text.char_indices().map(|(at, _)| at);
        Self {
            file,
            bytes: if ascii { Vec::new() } else { starts.collect() },
            open: Vec::new(),
            root: None,
            values,
        }
    }

    fn build(mut self) -> Result<Node, Refused> {
        let file = self.file;
        let mut parser = Parser::new_from_str(&file.text);
        let mut documents = 0;
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| {
                let at = self.byte(error.marker());
                (at, Problem::Yaml(error.info().to_owned()))
            })?;
            let at = self.byte(&span.start);
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        let remedy = "make it a file of its own";
                        return Err((at, invalid("---", "a second document", remedy)));
                    }
                }
                Event::Alias(_) => return Err(self.shared(&span, "an alias")),
                Event::Scalar(_, _, 1.., _)
                | Event::SequenceStart(1.., _)
                | Event::MappingStart(1.., _) => return Err(self.shared(&span, "an anchor")),
                Event::Scalar(.., Some(tag))
                | Event::SequenceStart(_, Some(tag))
                | Event::MappingStart(_, Some(tag)) => {
                    let remedy = "leave it out: quotes make a text of anything";
                    return Err((at, invalid(&tag.to_string(), "a tag", remedy)));
                }
                Event::Scalar(text, style, ..) => self.scalar(&text, style, at)?,
                Event::SequenceStart(..) => self.start(at, Collection::List(Vec::new()))?,
                Event::MappingStart(..) => {
                    let map = Collection::Map {
                        entries: Vec::new(),
                        names: BTreeMap::new(),
                        key: None,
                    };
                    self.start(at, map)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.end()?,
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            }
        }
        // A file of comments holds no document.
        Ok(self.root.unwrap_or(Node::nothing()))
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, at: usize) -> Result<(), Refused> {
        if let Some(Open {
            what: Collection::Map { names, key, .. },
            ..
        }) = self.open.last_mut()
            && key.is_none()
        {
            let name = text.to_owned();
            if name.contains(char::is_control) {
                let found = "a name with control characters";
                return Err((at, invalid(&name, found, "leave them out")));
            }
            if let Some(first) = names.insert(name.clone(), at) {
                let (what, id) = ("key", name);
                let first = self.file.place(first);
                return Err((at, Problem::Duplicate { what, id, first }));
            }
            *key = Some(Key { name, at });
            return Ok(());
        }
        let value = match style {
            ScalarStyle::Plain => plain(text).map_err(|problem| (at, problem))?,
            _ => Value::Text(text.to_owned()),
        };
        self.put(Node { value, at })
    }

    fn start(&mut self, at: usize, what: Collection) -> Result<(), Refused> {
        if let Some(Open {
            what: Collection::Map { key: None, .. },
            ..
        }) = self.open.last()
        {
            let remedy = "write a single value before the colon";
            return Err((at, invalid("?", "a name made of several values", remedy)));
        }
        if self.open.len() >= limits::CASE_DEPTH {
            let problem = Problem::TooMuch {
                what: "levels of nesting",
                found: self.open.len() + 1,
                limit: limits::CASE_DEPTH,
                remedy: "write it flatter",
            };
            return Err((at, problem));
        }
        self.open.push(Open { at, what });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Refused> {
        let Some(Open { at, what }) = self.open.pop() else {
            return Ok(());
        };
        let value = match what {
            Collection::List(list) => Value::List(list),
            Collection::Map { entries, .. } => Value::Map(entries),
        };
        self.put(Node { value, at })
    }

    /// Puts a finished value where it belongs.
    fn put(&mut self, node: Node) -> Result<(), Refused> {
        let Some(left) = self.values.checked_sub(1) else {
            let limit = limits::CASE_VALUES;
            let problem = Problem::TooMuch {
                what: "values in all cases together",
                found: limit + 1,
                limit,
                remedy: "keep large customers in files of their own",
            };
            return Err((node.at, problem));
        };
        *self.values = left;
        match self.open.last_mut().map(|open| &mut open.what) {
            None => self.root = Some(node),
            Some(Collection::List(list)) => list.push(node),
            Some(Collection::Map { entries, key, .. }) => {
                entries.extend(key.take().map(|key| (key, node)));
            }
        }
        Ok(())
    }

    fn shared(&self, span: &Span, found: &str) -> Refused {
        let at = self.byte(&span.start);
        let remedy = "write customers that cases share under `customers`, and name them";
        (at, invalid(self.word_before(at), found, remedy))
    }

    /// The `&name` before a value, or the `*name` that starts there.
    fn word_before(&self, at: usize) -> &str {
        let text = &self.file.text;
        let after = text.get(at..).unwrap_or_default();
        let before = text.get(..at).unwrap_or_default();
        let word = if after.starts_with(['*', '&']) {
            after
        } else {
            before
                .rfind('&')
                .and_then(|start| before.get(start..))
                .unwrap_or("&")
        };
        word.split([' ', '\t', '\r', '\n', ',', ']', '}'])
            .next()
            .unwrap_or_default()
    }

    /// The parser counts characters.
    fn byte(&self, marker: &Marker) -> usize {
        let index = marker.index();
        if self.bytes.is_empty() {
            return index.min(self.file.text.len());
        }
        let end = self.file.text.len();
        self.bytes.get(index).copied().unwrap_or(end)
    }
}

/// What a value without quotes means.
fn plain(text: &str) -> Result<Value, Problem> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Nothing,
        "true" | "True" | "TRUE" => Value::Flag(true),
        "false" | "False" | "FALSE" => Value::Flag(false),
        _ => match number(text) {
            Some(number) => Value::Number(number.ok_or_else(|| {
                let remedy = "write a number that is finite, or a text in quotes";
                invalid(text, "no number that can be held", remedy)
            })?),
            None => Value::Text(text.to_owned()),
        },
    })
}

/// The number that a text is, if it is one; nothing within when it is not finite.
fn number(text: &str) -> Option<Option<Number>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(&unsigned) {
        return Some(None);
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.starts_with('+')
            && let Ok(number) = u64::from_str_radix(digits, radix)
        {
            return Some(Some(number.into()));
        }
    }
    let digits = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    let starts = unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let made_of = |byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
    if !starts || !digits(unsigned) || !unsigned.bytes().all(made_of) {
        return None;
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Some(whole.into()));
    }
    let number = text.parse::<f64>().ok()?;
    Some(Number::from_f64(number))
}

fn invalid(key: &str, found: &str, remedy: &str) -> Problem {
    Problem::Invalid {
        key: key.to_owned(),
        found: found.to_owned(),
        remedy: remedy.to_owned(),
    }
}

impl Node {
    /// No value, of nowhere.
    pub(super) fn nothing() -> Self {
        Self {
            value: Value::Nothing,
            at: 0,
        }
    }
}

impl Value {
    /// What it is called in errors.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "empty",
            Self::Flag(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

/// A spot at a byte of a file.
pub(super) fn spot<T>(file: &Arc<File>, at: usize, value: T) -> Spot<T> {
    Spot {
        value,
        file: Arc::clone(file),
        start: at,
        end: at,
    }
}

#[cfg(test)]
mod tests;
