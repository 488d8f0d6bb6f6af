//! The files that the page shows, in `web-demo/data`: bundle, public key, customers.
//!
//! They are written only when they change: Trunk watches the folder, and the page is built anew when one
//! of them is newer.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::stamp::Stamp;
use crate::{house, process, tools};

/// Brings the files up to date, the `nearfield` command first. For the page's own build.
pub fn run() -> Result<bool> {
    tools::targets()?;
    tools::build_host()?;
    println!("web-demo/data: {}", make()?);
    Ok(true)
}

/// Brings the files up to date with the `nearfield` command that is there.
pub fn make() -> Result<String> {
    let from = house::path("tests/customers");
    let to = house::path("web-demo/data");
    let stamp = Stamp::of(&[
        house::path("policies/retail"),
        from.clone(),
        house::nearfield(),
        to.clone(),
    ])?;
    if stamp.is_kept("data") {
        return Ok("up to date".to_owned());
    }
    fs::create_dir_all(to.join("customers"))
        .with_context(|| format!("cannot make {}", to.display()))?;
    let bundle = house::scratch("retail.nearfield");
    let mut build = Command::new(house::nearfield());
    build
        .current_dir(house::root())
        .args(["bundle", "build", "policies/retail", "--out"])
        .arg(&bundle);
    process::run("bundle-build", &mut build)?;
    replace(&to.join("retail.nearfield"), &read(&bundle)?)?;
    replace(&to.join("public-key.hex"), public_key(&bundle)?.as_bytes())?;
    let customers = copy_customers(&from, &to.join("customers"))?;
    Stamp::of(&[house::path("policies/retail"), from, house::nearfield(), to])?.keep("data")?;
    Ok(format!("bundle and {customers} customers"))
}

/// The key that the bundle verifies with, as hexadecimal, from `nearfield bundle inspect`.
fn public_key(bundle: &Path) -> Result<String> {
    let mut inspect = Command::new(house::nearfield());
    inspect
        .args(["bundle", "inspect", "--format", "json"])
        .arg(bundle);
    let said = process::run("bundle-inspect", &mut inspect)?;
    let after = said.split_once("\"public_key\"").map(|(_, after)| after);
    let key = after
        .and_then(|after| after.split('"').nth(1))
        .filter(|key| key.len() == 64);
    key.map(str::to_owned)
        .with_context(|| format!("`nearfield bundle inspect` names no public key:\n{said}"))
}

/// Copies each profile, removes what is no longer one; gives their number.
fn copy_customers(from: &Path, to: &Path) -> Result<usize> {
    let profiles = json_files(from)?;
    if profiles.is_empty() {
        bail!(
            "{} holds no profile: get it back with `git checkout -- tests/customers`",
            from.display()
        );
    }
    for stale in json_files(to)?
        .iter()
        .filter(|name| !profiles.contains(name))
    {
        fs::remove_file(to.join(stale)).with_context(|| format!("cannot remove {stale}"))?;
    }
    for name in &profiles {
        replace(&to.join(name), &read(&from.join(name))?)?;
    }
    Ok(profiles.len())
}

fn json_files(folder: &Path) -> Result<Vec<String>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") {
            names.push(name);
        }
    }
    Ok(names)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
