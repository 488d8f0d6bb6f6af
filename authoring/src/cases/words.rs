//! Words in customers and circumstances that a host must bear, and a case must not: a bank may hold events
//! that no engine knows, and ask for a page that no bundle fills, but in a case it is a slip of the pen, and
//! the case would pass for nothing.

use std::fmt;

use engine::profile::{Category, EventKind, FactName, HoldingKind, Operation};
use serde::{Deserialize, Deserializer, de};

use super::{
    customer::Written,
    yaml::{Node, Value, spot},
};
use crate::{
    place::Spot,
    policy::Policy,
    problem::{Log, Problem},
    suggest::suggest,
};

/// Looks over a customer that is written out.
pub(super) fn customer(written: &Written, policy: &Policy, log: &Log) {
    let words = Words { written, log };
    for event in words.entries(&written.node, "events") {
        words.variant::<EventKind>("kind of event", event, "kind");
        words.variant::<Category>("category", event, "category");
        words.variant::<Operation>("operation", event, "operation");
        words.name("action", event, "action", || {
            policy.actions.iter().map(|action| action.id.value.as_str())
        });
    }
    for fact in words.entries(&written.node, "facts") {
        words.variant::<FactName>("fact", fact, "name");
    }
    for holding in words.entries(&written.node, "holdings") {
        words.variant::<HoldingKind>("kind of holding", holding, "kind");
        words.variant::<Category>("category", holding, "category");
    }
}

/// Looks over the circumstances.
pub(super) fn context(written: &Written, policy: &Policy, log: &Log) {
    let words = Words { written, log };
    let context = &written.node;
    words.name("page", context, "page", || {
        let mut pages: Vec<_> = policy
            .placeholders
            .iter()
            .map(|p| p.page.as_str())
            .collect();
        pages.sort_unstable();
        pages.dedup();
        pages
    });
    let Some(Value::List(names)) = words.get(context, "placeholders").map(|node| &node.value)
    else {
        return;
    };
    for name in names {
        words.check("placeholder", name, || {
            policy
                .placeholders
                .iter()
                .map(|slot| slot.id.value.as_str())
        });
    }
}

struct Words<'w> {
    written: &'w Written,
    log: &'w Log,
}

impl<'w> Words<'w> {
    fn get(&self, node: &'w Node, key: &str) -> Option<&'w Node> {
        let Value::Map(entries) = &node.value else {
            return None;
        };
        let mut entries = entries.iter();
        entries
            .find(|(known, _)| known.name == key)
            .map(|(_, node)| node)
    }

    fn entries(&self, node: &'w Node, key: &str) -> impl Iterator<Item = &'w Node> + use<'w> {
        let list = match self.get(node, key).map(|node| &node.value) {
            Some(Value::List(list)) => list.as_slice(),
            _ => &[],
        };
        list.iter()
    }

    /// One of the words of an enumeration that takes every other word as "other".
    fn variant<T: for<'de> Deserialize<'de>>(&self, what: &'static str, node: &'w Node, key: &str) {
        self.name(what, node, key, || variants::<T>().iter().copied());
    }

    fn name<N: IntoIterator<Item = &'w str>>(
        &self,
        what: &'static str,
        node: &'w Node,
        key: &str,
        known: impl FnOnce() -> N,
    ) {
        if let Some(node) = self.get(node, key) {
            self.check(what, node, known);
        }
    }

    fn check<N: IntoIterator<Item = &'w str>>(
        &self,
        what: &'static str,
        node: &'w Node,
        known: impl FnOnce() -> N,
    ) {
        let Value::Text(name) = &node.value else {
            return;
        };
        let known: Vec<&str> = known().into_iter().collect();
        if known.contains(&name.as_str()) || self.log.is_full() {
            return;
        }
        let at: Spot<()> = spot(&self.written.file, node.at, ());
        let problem = Problem::UnknownName {
            what,
            name: name.clone(),
            remedy: suggest(name, known),
        };
        self.log.add(at.place(), problem);
    }
}

/// The words of an enumeration, as its deserialiser knows them.
fn variants<T: for<'de> Deserialize<'de>>() -> &'static [&'static str] {
    match T::deserialize(Asked) {
        Err(Told(names)) => names,
        Ok(_) => &[],
    }
}

/// Answers the question which variant it is with the list of all.
struct Asked;

#[derive(Debug)]
struct Told(&'static [&'static str]);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a value, but the question which words there are")
    }
}

impl std::error::Error for Told {}

impl de::Error for Told {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }
}

impl<'de> Deserializer<'de> for Asked {
    type Error = Told;

    fn deserialize_enum<V: de::Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Told> {
        Err(Told(variants))
    }

    fn deserialize_any<V: de::Visitor<'de>>(self, _: V) -> Result<V::Value, Told> {
        Err(Told(&[]))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
