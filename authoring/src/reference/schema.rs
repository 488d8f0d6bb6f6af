//! JSON Schemas (draft 2020-12) of policy files: TOML has the same values as JSON, dates left out.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    cases, limits,
    policy::keys::{FILES, FileKind, Key, Need, Shape, Table},
};

/// The schemas, by the name of their sort of file; that of cases, which are no TOML, is `tests`.
pub fn schemas() -> BTreeMap<&'static str, Value> {
    let files = FILES.iter().map(|file| (file.name, schema(file)));
    files.chain([("tests", cases::schema::schema())]).collect()
}

fn schema(file: &FileKind) -> Value {
    // In a template every text may hold parameters, and a text that is one stands for a number too.
    let writer = Writer {
        templates: file.name == "triggers",
    };
    let mut schema = Map::new();
    schema.insert(
        "$schema".to_owned(),
        "https://json-schema.org/draft/2020-12/schema".into(),
    );
    schema.insert("title".to_owned(), file.path.into());
    schema.insert("description".to_owned(), file.about.into());
    schema.extend(writer.table(&file.table));
    Value::Object(schema)
}

struct Writer {
    templates: bool,
}

impl Writer {
    fn table(&self, table: &Table) -> Map<String, Value> {
        let mut properties = Map::new();
        for key in table.keys {
            properties.insert(key.name.to_owned(), self.key(key));
        }
        let required: Vec<&str> = table
            .keys
            .iter()
            .filter(|key| key.need == Need::Must && !stands_aside(key, table))
            .map(|key| key.name)
            .collect();
        let mut schema = Map::new();
        schema.insert("type".to_owned(), "object".into());
        if !properties.is_empty() {
            schema.insert("properties".to_owned(), properties.into());
        }
        if !required.is_empty() {
            schema.insert("required".to_owned(), required.into());
        }
        let others = match &table.others {
            None => Value::Bool(false),
            Some((what, shape)) => {
                let mut other = self.shape(*shape);
                describe(&mut other, &format!("A {what}, by its name."));
                other
            }
        };
        schema.insert("additionalProperties".to_owned(), others);
        schema
    }

    fn key(&self, key: &Key) -> Value {
        let mut schema = self.shape(key.shape);
        let about = match key.need {
            Need::Must => key.about.to_owned(),
            Need::Else(otherwise) => format!("{} (without it: {otherwise})", key.about),
        };
        describe(&mut schema, &about);
        schema
    }

    fn shape(&self, shape: Shape) -> Value {
        let number = |schema: Value| {
            if self.templates {
                json!({ "anyOf": [schema, { "type": "string", "pattern": "^\\$\\([^)]*\\)$" }] })
            } else {
                schema
            }
        };
        let text =
            || json!({ "type": "string", "minLength": 1, "maxLength": limits::CONDITION_BYTES });
        let name = |names: Vec<&str>| {
            let one = json!({ "enum": names });
            if self.templates {
                json!({ "anyOf": [one, { "type": "string", "pattern": "\\$\\(" }] })
            } else {
                one
            }
        };
        let list = |item: Value| json!({ "anyOf": [item, { "type": "array", "items": item, "minItems": 1, "maxItems": limits::ENTRIES }] });
        match shape {
            Shape::Text | Shape::Condition | Shape::Formula => text(),
            Shape::Texts => list(text()),
            Shape::OneOf(names) => name(names()),
            Shape::SomeOf(names) => list(name(names())),
            Shape::Number(from, to) => {
                number(json!({ "type": "number", "minimum": from, "maximum": to }))
            }
            Shape::Whole(from, to) => {
                number(json!({ "type": "integer", "minimum": from, "maximum": to }))
            }
            Shape::Flag => json!({ "type": "boolean" }),
            Shape::Languages => {
                json!({ "type": "object", "additionalProperties": text(), "minProperties": 1 })
            }
            Shape::Table(table) => Value::Object(self.table(table)),
            Shape::Sets => json!({ "anyOf": [
                { "type": "array", "items": { "type": "object" }, "minItems": 1 },
                { "type": "object", "additionalProperties": { "type": "array", "minItems": 1 }, "minProperties": 1 },
            ] }),
        }
    }
}

/// Whether another key may stand in its place: days for hours.
fn stands_aside(key: &Key, table: &Table) -> bool {
    key.name == "days" && table.keys.iter().any(|other| other.name == "hours")
}

fn describe(schema: &mut Value, about: &str) {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), about.into());
    }
}
