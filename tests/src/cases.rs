//! The cases of `tests/cases/`: what they hold is said in the README there.

use std::{fs, path::Path};

use engine::{Profile, Timestamp};
use serde::Deserialize;
use serde_json::{Value, value::to_value};

use crate::project;

/// A question that every host must answer alike.
#[derive(Clone, Debug)]
pub struct Case {
    /// The file's name without its ending.
    pub name: String,
    /// The profile's JSON, consent included.
    pub profile: String,
    /// The context's JSON.
    pub context: String,
    /// The clock, as the case writes it.
    pub at: String,
    /// The seed.
    pub seed: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "name")]
    _name: String,
    profile: Value,
    consent: Vec<String>,
    context: Value,
    at: String,
    seed: u64,
}

/// All cases, by name.
pub fn all() -> Vec<Case> {
    let folder = project("tests/cases");
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .expect("tests/cases is there")
        .map(|entry| entry.expect("the folder is readable").path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Case {
    let name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let text = fs::read(path).expect("the case is readable");
    let file: File =
        serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let profile = match &file.profile {
        Value::String(relative) => {
            let target = path.with_file_name(relative);
            let text =
                fs::read(&target).unwrap_or_else(|error| panic!("{name}: {relative}: {error}"));
            serde_json::from_slice(&text)
                .unwrap_or_else(|error| panic!("{name}: {relative}: {error}"))
        }
        inline => inline.clone(),
    };
    Case {
        profile: granted(&name, profile, &file.consent).to_string(),
        context: file.context.to_string(),
        at: file.at,
        seed: file.seed,
        name,
    }
}

/// Adds consent before all data; the rest stays as it is written, so that hosts read what is in the file.
fn granted(name: &str, mut profile: Value, purposes: &[String]) -> Value {
    if purposes.is_empty() {
        return profile;
    }
    let mut read: Profile =
        serde_json::from_value(profile.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
    for purpose in purposes {
        read.consent.give(purpose, "2026-1", Timestamp::default());
    }
    let consent = to_value(&read.consent).expect("a consent record is JSON");
    profile
        .as_object_mut()
        .expect("a profile is an object")
        .insert("consent".to_owned(), consent);
    profile
}
