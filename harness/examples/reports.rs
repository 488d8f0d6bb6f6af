//! Writes the JSON Schemas of what `nearfield simulate` and `nearfield diff` report into a folder:
//! `cargo run --example reports -- FOLDER`, from the project's folder, so that wasmtime is built once only.

use std::{error::Error, fs, path::PathBuf};

use harness::population::{Comparison, Timed};
use schemars::schema_for;

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args().nth(1).ok_or("give a folder")?.into();
    fs::create_dir_all(&folder)?;
    for (name, schema) in [
        ("simulation-report", schema_for!(Timed)),
        ("difference-report", schema_for!(Comparison)),
    ] {
        let path = folder.join(format!("{name}.schema.json"));
        fs::write(path, serde_json::to_string_pretty(&schema)? + "\n")?;
    }
    Ok(())
}
