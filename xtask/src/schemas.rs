//! What is generated from the code: the JSON Schemas under `schemas/`, and the reference of policies.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::{house, process, tools};

/// What is no schema: the page for people, and what tells editors of the schemas.
const OTHERS: [(&str, &str); 4] = [
    ("docs/variables.md", "variables.md"),
    ("policies/REFERENCE.md", "REFERENCE.md"),
    ("policies/retail/.taplo.toml", "taplo.toml"),
    ("policies/starter/.taplo.toml", "taplo.toml"),
];

/// Writes the files, or with `check` compares them.
pub fn run(check: bool) -> Result<bool> {
    println!("{}", if check { verify()? } else { write()? });
    Ok(true)
}

/// Fails when a file is not what the code says.
pub fn verify() -> Result<String> {
    let (now, checked_in) = (generate()?, checked_in()?);
    let stale = now
        .keys()
        .chain(checked_in.keys())
        .filter(|name| now.get(*name) != checked_in.get(*name));
    let mut stale: Vec<&str> = stale.map(String::as_str).collect();
    stale.dedup();
    if !stale.is_empty() {
        bail!(
            "{} differ from the code: run `cargo xtask schemas` and commit",
            stale.join(", ")
        );
    }
    Ok(format!(
        "{} schemas and the reference up to date",
        now.len() - OTHERS.len()
    ))
}

fn write() -> Result<String> {
    let now = generate()?;
    for name in checked_in()?.keys().filter(|name| !now.contains_key(*name)) {
        fs::remove_file(house::path(name)).with_context(|| format!("cannot remove {name}"))?;
    }
    for (name, text) in &now {
        let path = house::path(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text).with_context(|| format!("cannot write {name}"))?;
    }
    Ok(format!(
        "wrote {} schemas and the reference",
        now.len() - OTHERS.len()
    ))
}

/// The files as the code has them now, by their paths in the project.
fn generate() -> Result<BTreeMap<String, String>> {
    let folder = house::scratch("schemas");
    if folder.is_dir() {
        fs::remove_dir_all(&folder)?;
    }
    let policy = folder.join("policy");
    fs::create_dir_all(&policy)?;
    let run = |name: &str, package: &[&str], to: &Path| {
        let args = ["run", "--locked"].iter().chain(package).chain(&["--"]);
        process::run(name, tools::cargo().args(args).arg(to))
    };
    let schemas = [
        "--package",
        "engine",
        "--features",
        "schema",
        "--example",
        "schemas",
    ];
    run("schemas", &schemas, &folder)?;
    run(
        "reference",
        &["--package", "authoring", "--example", "reference"],
        &policy,
    )?;
    // Not by its package: that would compile wasmtime again, with other features.
    run("reports", &["--example", "reports"], &folder)?;
    let mut made = read(&folder, "schemas/")?;
    if made.is_empty() {
        bail!("the engine wrote no schema");
    }
    made.extend(read(&policy, "schemas/policy/")?);
    for (path, name) in OTHERS {
        let text = fs::read_to_string(policy.join(name));
        made.insert(
            path.to_owned(),
            text.with_context(|| format!("no {name} was written"))?,
        );
    }
    Ok(made)
}

fn checked_in() -> Result<BTreeMap<String, String>> {
    let mut files = read(&house::path("schemas"), "schemas/")?;
    files.extend(read(&house::path("schemas/policy"), "schemas/policy/")?);
    for (path, _) in OTHERS {
        if let Ok(text) = fs::read_to_string(house::path(path)) {
            files.insert(path.to_owned(), text);
        }
    }
    Ok(files)
}

/// The JSON files of a folder, not those of folders below it.
fn read(folder: &Path, prefix: &str) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "json") {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let text = fs::read_to_string(&path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                files.insert(format!("{prefix}{name}"), text);
            }
        }
    }
    Ok(files)
}
