//! `nearfield policy new`: a small policy set to start from.

use std::{
    fs,
    io::ErrorKind,
    path::{self, Path, PathBuf},
};

use authoring::reference;
use clap::Args;

use super::{Failure, files, output};

/// Starts a small, complete policy set that passes its own tests.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  nearfield policy new my-bank")]
pub struct New {
    /// Where: a folder that does not exist yet, or is empty.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

macro_rules! starter {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../../policies/starter/", $name)))),*]
    };
}

/// The files of the set: those of `policies/starter`.
const STARTER: [(&str, &str); 15] = starter![
    "actions/activation.toml",
    "actions/cross-sell.toml",
    "actions/engagement.toml",
    "contact.toml",
    "explanations.toml",
    "groups.toml",
    "intents.toml",
    "market/savings.toml",
    "placeholders.toml",
    "policy.toml",
    "purposes.toml",
    "tests/promises.yaml",
    "triangulation.toml",
    "triggers/everyday.toml",
    "variables.toml",
];

/// Where editors find the schemas; what begins with a point is no policy file.
const SCHEMAS: &str = ".schemas";

impl New {
    pub fn run(self) -> Result<(), Failure> {
        let at = &self.directory;
        let failed = |cause| Failure::File {
            path: at.clone(),
            cause,
        };
        let is_empty = match fs::read_dir(at) {
            Ok(mut entries) => entries.next().is_none(),
            Err(cause) if cause.kind() == ErrorKind::NotFound => true,
            Err(cause) => return Err(failed(cause)),
        };
        if !is_empty {
            return Err(Failure::NotEmpty {
                directory: at.clone(),
            });
        }
        let own = format!("name = {}", set_name(at));
        for (name, text) in STARTER {
            let text = match name {
                "policy.toml" => text.replacen("name = \"starter\"", &own, 1),
                _ => text.to_owned(),
            };
            files::write(&at.join(name), text.as_bytes())?;
        }
        for (name, schema) in reference::schemas() {
            let text = format!("{schema:#}\n");
            files::write(
                &at.join(SCHEMAS).join(format!("{name}.json")),
                text.as_bytes(),
            )?;
        }
        let config = reference::taplo(&format!("./{SCHEMAS}"));
        files::write(&at.join(".taplo.toml"), config.as_bytes())?;
        let shown = at.display();
        let text = format!(
            "{} files in {shown}, and schemas for editors in {shown}/{SCHEMAS}\n  nearfield test {shown}\n  nearfield policy lint {shown}\n  \
             nearfield bundle build {shown} --out {shown}.nearfield",
            STARTER.len()
        );
        output::text(text)
    }
}

/// The set's name: that of its folder, as TOML writes it.
fn set_name(folder: &Path) -> String {
    let whole = path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let name = whole.file_name().unwrap_or_default().to_string_lossy();
    let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
    let name = if name.trim().is_empty() {
        "my-bank"
    } else {
        &name
    };
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test may say so bluntly")]

    use super::*;

    #[test]
    fn a_set_has_the_name_of_its_folder() {
        for (folder, name) in [
            ("my-bank", "\"my-bank\""),
            ("/a/b c/", "\"b c\""),
            ("/a/q\"\\\u{1b}", "\"q\\\"\\\\\""),
            ("/", "\"my-bank\""),
        ] {
            assert_eq!(set_name(Path::new(folder)), name);
        }
        let (_, policy) = STARTER
            .iter()
            .find(|(name, _)| *name == "policy.toml")
            .unwrap();
        assert_eq!(policy.matches("name = \"starter\"").count(), 1);
    }
}
