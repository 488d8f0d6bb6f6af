//! The JSON Schema of case files (draft 2020-12): YAML and JSON have the same values.

use engine::{explain::Kind, limits as engine_limits};
use serde_json::{Value, json};

/// The schema.
pub(crate) fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tests/*.{yaml,yml,json}",
        "description": "Cases: what a policy set promises about customers.",
        "type": "object",
        "properties": {
            "customers": names("customer, shared by the cases of all files", customer()),
            "cases": names("case", case()),
        },
        "additionalProperties": false,
        "minProperties": 1,
    })
}

fn case() -> Value {
    let about = |about: &str, mut schema: Value| {
        describe(&mut schema, about);
        schema
    };
    json!({
        "type": "object",
        "properties": {
            "customer": about("One of `customers`; an anonymous visitor when left out.", text()),
            "profile": about(
                "Lists and values in place of the customer's own, or a whole profile, or a file beside this one, when there is no `customer`.",
                customer(),
            ),
            "consent": about("Purposes granted for this case, under the notice in force.", texts(&text())),
            "at": about("The decision's clock, RFC 3339 or a date.", text()),
            "seed": { "type": "integer", "minimum": 0, "maximum": engine_limits::SEED, "description": "Decides every chance; 0 when left out." },
            "context": about("The circumstances.", context()),
            "expect": about("What must come out.", expect()),
        },
        "required": ["at", "expect"],
        "additionalProperties": false,
    })
}

fn expect() -> Value {
    let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    json!({
        "type": "object",
        "properties": {
            "placed": names("placeholder, and the action in it, or a list of them in order", texts(&text())),
            "absent": texts(&text()),
            "stopped": names("action that stands nowhere, and what stopped it first", texts(&json!({ "enum": kinds }))),
            "unfilled": texts(&text()),
            "fired": texts(&text()),
            "not_fired": texts(&text()),
            "reasons": names("action, and the triggers named as reasons of it", texts(&text())),
            "scores": names("action that stands somewhere, and its score", range(None)),
            "persona": text(),
            "intents": names("intent, and its strength", range(Some(1))),
        },
        "additionalProperties": false,
        "minProperties": 1,
    })
}

/// A customer written out in part or whole, or a file. `profile.schema.json` says what the lists hold.
fn customer() -> Value {
    let list = json!({ "type": "array", "items": { "type": "object" } });
    json!({ "anyOf": [
        text(),
        {
            "type": "object",
            "properties": {
                "schema_version": { "type": "integer" },
                "consent": { "type": "object" },
                "events": list,
                "facts": list,
                "holdings": list,
                "ids": list,
                "preferences": list,
            },
            "additionalProperties": false,
        },
    ] })
}

fn context() -> Value {
    json!({
        "type": "object",
        "properties": {
            "channel": { "enum": crate::policy::CHANNELS.map(|(name, _)| name) },
            "locale": text(),
            "page": text(),
            "placeholders": { "type": "array", "items": text() },
            "utc_offset_minutes": { "type": "integer" },
        },
        "additionalProperties": false,
    })
}

fn range(most: Option<u8>) -> Value {
    let mut bound = json!({ "type": "number", "minimum": 0 });
    if let (Some(most), Some(bound)) = (most, bound.as_object_mut()) {
        bound.insert("maximum".to_owned(), most.into());
    }
    json!({
        "type": "object",
        "properties": { "min": bound, "max": bound },
        "additionalProperties": false,
        "minProperties": 1,
    })
}

fn names(what: &str, mut each: Value) -> Value {
    describe(&mut each, &format!("A {what}, by its name."));
    json!({ "type": "object", "additionalProperties": each })
}

fn texts(one: &Value) -> Value {
    json!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
}

fn text() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

fn describe(schema: &mut Value, about: &str) {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), about.into());
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, sync::Arc};

    use super::{
        super::yaml::{self, Node, Value as Yaml},
        *,
    };
    use crate::{limits, place::File, problem::Log};

    fn json(node: &Node) -> Value {
        match &node.value {
            Yaml::Nothing => Value::Null,
            Yaml::Flag(flag) => (*flag).into(),
            Yaml::Number(number) => number.clone().into(),
            Yaml::Text(text) => text.as_str().into(),
            Yaml::List(list) => list.iter().map(json).collect(),
            Yaml::Map(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, node)| (key.name.clone(), json(node)));
                Value::Object(entries.collect())
            }
        }
    }

    fn read(text: &str) -> Value {
        let log = Log::default();
        let file = Arc::new(File::new("all.yaml", text));
        json(&yaml::parse(&file, &mut limits::CASE_VALUES.clone(), &log).unwrap())
    }

    /// What a validator that is not ours says against a file.
    fn refused(text: &str) -> Option<String> {
        let mut known = boon::Schemas::new();
        let mut compiler = boon::Compiler::new();
        compiler
            .add_resource("file:///cases.json", schema())
            .unwrap();
        let schema = compiler.compile("file:///cases.json", &mut known).unwrap();
        let value = read(text);
        let refused = known.validate(&value, schema).err();
        refused.map(|error| error.to_string())
    }

    #[test]
    fn it_accepts_the_cases_that_there_are() {
        let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
        let mut seen = 0;
        for set in ["retail", "starter"] {
            for entry in fs::read_dir(policies.join(set).join("tests")).unwrap() {
                let path = entry.unwrap().path();
                assert_eq!(
                    refused(&fs::read_to_string(&path).unwrap()),
                    None,
                    "{}",
                    path.display()
                );
                seen += 1;
            }
        }
        assert!(seen >= 2, "{seen} files");
        assert_eq!(refused(include_str!("everything.json")), None);
    }

    #[test]
    fn it_refuses_misspelt_keys_and_wrong_values() {
        for text in [
            "case: {}",
            "cases: { a: { expect: { fired: x } } }",
            "cases: { a: { at: 1994-03-31 } }",
            "cases: { a: { at: 1994-03-31, expect: {} } }",
            "cases: { a: { at: 1994-03-31, expect: { fires: x } } }",
            "cases: { a: { at: 1994-03-31, expect: { stopped: { x: unsuitabel } } } }",
            "cases: { a: { at: 1994-03-31, expect: { intents: { x: { min: 2 } } } } }",
            "cases: { a: { at: 1994-03-31, seed: -1, expect: { fired: x } } }",
            "cases: { a: { at: 1994-03-31, context: { channel: post }, expect: { fired: x } } }",
            "customers: { a: { evens: [] } }",
        ] {
            assert!(refused(text).is_some(), "{text}");
        }
    }

    /// Every key of the schema stands in the specimen that the reader reads.
    #[test]
    fn it_knows_no_more_than_the_reader() {
        let specimen = read(include_str!("everything.json"));
        let expected = &specimen["cases"]["c"]["expect"];
        for key in expect()["properties"].as_object().unwrap().keys() {
            assert!(expected.get(key).is_some(), "{key}");
        }
    }
}
