//! Writes the JSON Schemas of the public forms into a directory:
//! `cargo run -p engine --features schema --example schemas -- schemas`.

use std::{env, error::Error, fs, path::Path};

use engine::{Context, Decision, Profile, consent::ConsentRecord, explain::Explanation};
use schemars::{Schema, schema_for};

fn main() -> Result<(), Box<dyn Error>> {
    let Some(directory) = env::args().nth(1) else {
        return Err("name the directory to write to, e.g. `schemas`".into());
    };
    let directory = Path::new(&directory);
    fs::create_dir_all(directory)?;
    let schemas: [(&str, Schema); 5] = [
        ("consent-record", schema_for!(ConsentRecord)),
        ("context", schema_for!(Context)),
        ("decision", schema_for!(Decision<'static>)),
        ("explanation", schema_for!(Explanation<'static>)),
        ("profile", schema_for!(Profile)),
    ];
    for (name, schema) in schemas {
        let path = directory.join(format!("{name}.schema.json"));
        fs::write(path, serde_json::to_string_pretty(&schema)? + "\n")?;
    }
    Ok(())
}
