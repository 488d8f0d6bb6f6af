//! The description of keys is what the readers ask for; the examples are conditions; what is checked in is
//! what they make.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::*;
use crate::{
    condition::{self, Scope},
    policy::{small, table::asked},
};

fn policies() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies")
}

/// What the description says of a sort of file: keys with type, bounds and need.
fn described(table: &Table, keys: &mut BTreeSet<String>) {
    let add = |keys: &mut BTreeSet<String>, name: &str, shape: Shape, must: bool| {
        let kind = match shape {
            Shape::Text | Shape::Condition | Shape::Formula | Shape::OneOf(_) => "text".to_owned(),
            Shape::Texts | Shape::SomeOf(_) => "texts".to_owned(),
            Shape::Number(from, to) => format!("number {} {}", small(from), small(to)),
            Shape::Whole(from, to) => format!("number {from} {to}"),
            Shape::Flag => "flag".to_owned(),
            Shape::Languages | Shape::Table(_) => "table".to_owned(),
            Shape::Sets => return,
        };
        keys.insert(format!(
            "{name}: {kind}{}",
            if must { ", must" } else { "" }
        ));
    };
    for key in table.keys {
        add(keys, key.name, key.shape, key.need == Need::Must);
        match key.shape {
            Shape::Languages => add(keys, "*", Shape::Text, true),
            Shape::Table(inner) => described(inner, keys),
            _ => {}
        }
    }
    if let Some((what, shape)) = &table.others {
        match shape {
            Shape::Table(inner) => {
                if *what == "language" {
                    keys.insert("*: table, must".to_owned());
                }
                described(inner, keys);
            }
            Shape::Languages => {
                keys.insert("*: table, must".to_owned());
                keys.insert("*: text, must".to_owned());
            }
            shape => {
                let mut inner = BTreeSet::new();
                described_one(*shape, &mut inner);
                keys.extend(inner);
            }
        }
    }
}

fn described_one(shape: Shape, keys: &mut BTreeSet<String>) {
    match shape {
        Shape::Number(from, to) => keys.insert(format!("*: number {} {}", small(from), small(to))),
        Shape::Whole(from, to) => keys.insert(format!("*: number {from} {to}")),
        _ => unreachable!("tables of names hold numbers"),
    };
}

#[test]
fn the_description_is_what_the_readers_ask_for() {
    // A file with an entry of every sort, so that every reader runs.
    let dir = tempfile::tempdir().unwrap();
    let specimen = include_str!("specimen.toml");
    let mut name = "";
    let mut texts: Vec<(&str, String)> = Vec::new();
    for line in specimen.lines() {
        match line.strip_prefix("#: ") {
            Some(file) => {
                name = file;
                texts.push((name, String::new()));
            }
            None => texts
                .iter_mut()
                .filter(|(file, _)| *file == name)
                .for_each(|(_, text)| {
                    text.push_str(line);
                    text.push('\n');
                }),
        }
    }
    for (name, text) in &texts {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let (result, asked) = asked::record(|| crate::policy::read(dir.path()));
    result.unwrap_or_else(|errors| panic!("{errors}"));
    for file in &FILES {
        let mut expected = BTreeSet::new();
        described(&file.table, &mut expected);
        let folder = file.path.split('*').next().unwrap();
        let found: BTreeSet<String> = asked
            .iter()
            .filter(|(name, _)| {
                name == file.path || file.path.contains('*') && name.starts_with(folder)
            })
            .map(|(_, key)| key.clone())
            .collect();
        let missing: Vec<_> = found.difference(&expected).collect();
        let superfluous: Vec<_> = expected.difference(&found).collect();
        assert!(
            missing.is_empty() && superfluous.is_empty(),
            "{}: readers also ask for {missing:?}, and not for {superfluous:?}",
            file.path
        );
    }
}

#[test]
fn the_examples_of_conditions_compile() {
    let scope = Scope {
        variables: &["balance", "age"],
        models: &["a-model"],
        intents: &["an-intent"],
        personas: &["a-persona"],
        explained: &["a-model"],
        causes: &["a-cause"],
        ..Scope::default()
    };
    for (written, _, example) in SYNTAX {
        condition::compile(example, &scope).unwrap_or_else(|error| panic!("{written}: {error}"));
    }
}

#[test]
fn the_checked_in_reference_and_schemas_are_these() {
    let root = policies().join("..");
    let stale = "run `cargo xtask schemas` and commit";
    let page = fs::read_to_string(root.join("policies/REFERENCE.md")).unwrap_or_default();
    assert!(page == markdown(), "policies/REFERENCE.md: {stale}");
    let page = fs::read_to_string(root.join("docs/variables.md")).unwrap_or_default();
    assert!(page == variables(), "docs/variables.md: {stale}");
    for set in ["retail", "starter"] {
        let path = policies().join(set).join(".taplo.toml");
        let text = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            text == taplo("../../schemas/policy"),
            "{}: {stale}",
            path.display()
        );
    }
    let folder = root.join("schemas/policy");
    let names = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let names: BTreeSet<String> = names.map(|name| name.into_string().unwrap()).collect();
    let expected = schemas();
    assert_eq!(
        names,
        expected.keys().map(|name| format!("{name}.json")).collect()
    );
    for (name, schema) in expected {
        let text = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        assert!(
            text == format!("{schema:#}\n"),
            "schemas/policy/{name}.json: {stale}"
        );
    }
}
