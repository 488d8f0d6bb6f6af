//! Writes the schemas of policy files into a folder, and beside them the reference as `REFERENCE.md`, all
//! variables as `variables.md`, and what editors need to find the schemas as `taplo.toml`:
//!
//! ```sh
//! cargo run -p authoring --example reference -- FOLDER
//! ```

use std::{error::Error, fs, path::PathBuf};

use authoring::reference;

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args().nth(1).ok_or("give a folder")?.into();
    fs::create_dir_all(&folder)?;
    for (name, schema) in reference::schemas() {
        fs::write(folder.join(format!("{name}.json")), format!("{schema:#}\n"))?;
    }
    fs::write(folder.join("REFERENCE.md"), reference::markdown())?;
    fs::write(folder.join("variables.md"), reference::variables())?;
    let taplo = reference::taplo("../../schemas/policy");
    fs::write(folder.join("taplo.toml"), taplo)?;
    Ok(())
}
