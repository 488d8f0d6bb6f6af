//! The schemas of policy files, held against the policy sets by a validator that is not ours: they accept the
//! files that there are, and nothing with a wrong key.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test may say so bluntly"
)]

use std::{fs, path::Path};

use authoring::reference::schemas;
use serde_json::Value;
use tests::project;

/// What the validator says against a value.
fn refused(schema: &Value, value: &Value) -> Option<String> {
    let mut known = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    let name = "file:///schema.json";
    compiler.add_resource(name, schema.clone()).unwrap();
    let schema = compiler.compile(name, &mut known).unwrap();
    let refused = known.validate(value, schema).err();
    refused.map(|error| error.to_string())
}

/// Validates the files of a folder; those of one folder are of one sort, which has its name.
fn accepts(folder: &Path, sort: Option<&str>) -> usize {
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if path.is_dir() && schemas().contains_key(stem) {
            seen += accepts(&path, Some(stem));
        } else if path.extension().is_some_and(|end| end == "toml") && !stem.starts_with('.') {
            let value: Value = toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            let schema = &schemas()[sort.unwrap_or(stem)];
            assert_eq!(refused(schema, &value), None, "{}", path.display());
            seen += 1;
        }
    }
    seen
}

#[test]
fn they_accept_the_policy_sets() {
    for (set, least) in [("retail", 35), ("starter", 10)] {
        let seen = accepts(&project("policies").join(set), None);
        assert!(seen >= least, "{set}: {seen} files");
    }
}

#[test]
fn they_refuse_misspelt_keys_and_wrong_values() {
    let schemas = schemas();
    for (kind, text) in [
        (
            "intents",
            "[save]\nhalf_life = 3\nshelf_life_days = 9\ntitle = { en = 'a' }",
        ),
        (
            "intents",
            "[save]\nhalf_life_days = 0\nshelf_life_days = 9\ntitle = { en = 'a' }",
        ),
        ("policy", "name = 'x'\ncurrency = 'CZK'"),
        (
            "contact",
            "[caps.a]\ncount = 'impresion'\nat_most = 1\ndays = 1\ntitle = { en = 'a' }",
        ),
        ("triggers", "[a]\nurgency = 'much'"),
    ] {
        let value: Value = toml::from_str(text).unwrap();
        assert!(refused(&schemas[kind], &value).is_some(), "{text}");
    }
}
