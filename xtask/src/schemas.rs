//! The JSON Schemas under `schemas/`, written from the engine's types.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::{house, process, tools};

/// Writes the schemas, or with `check` compares them.
pub fn run(check: bool) -> Result<bool> {
    println!("{}", if check { verify()? } else { write()? });
    Ok(true)
}

/// Fails when a file is not what the types say.
pub fn verify() -> Result<String> {
    let (now, checked_in) = (generate()?, read(&house::path("schemas"))?);
    let stale = now
        .keys()
        .chain(checked_in.keys())
        .filter(|name| now.get(*name) != checked_in.get(*name));
    let mut stale: Vec<&str> = stale.map(String::as_str).collect();
    stale.dedup();
    if !stale.is_empty() {
        bail!(
            "schemas/ differs from the types in {}: run `cargo xtask schemas` and commit",
            stale.join(", ")
        );
    }
    Ok(format!("{} schemas up to date", now.len()))
}

fn write() -> Result<String> {
    let now = generate()?;
    let folder = house::path("schemas");
    fs::create_dir_all(&folder)?;
    for name in read(&folder)?
        .keys()
        .filter(|name| !now.contains_key(*name))
    {
        fs::remove_file(folder.join(name))
            .with_context(|| format!("cannot remove schemas/{name}"))?;
    }
    for (name, text) in &now {
        fs::write(folder.join(name), text)
            .with_context(|| format!("cannot write schemas/{name}"))?;
    }
    Ok(format!("wrote {} schemas", now.len()))
}

/// The schemas as the engine's types have them now.
fn generate() -> Result<BTreeMap<String, String>> {
    let folder = house::scratch("schemas");
    if folder.is_dir() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let args = [
        "run",
        "--locked",
        "--package",
        "engine",
        "--features",
        "schema",
        "--example",
        "schemas",
        "--",
    ];
    process::run("schemas", tools::cargo().args(args).arg(&folder))?;
    let made = read(&folder)?;
    if made.is_empty() {
        bail!("the engine wrote no schema");
    }
    Ok(made)
}

fn read(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "json") {
                let name = path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                let text = fs::read_to_string(&path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                files.insert(name, text);
            }
        }
    }
    Ok(files)
}
