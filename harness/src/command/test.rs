//! `nearfield test`.

use std::{io, path::PathBuf};

use authoring::cases::{self, Case};
use clap::Args;
use harness::wasm;
use serde::Serialize;

use super::{Failure, Format, output};

/// Runs the cases of a policy set (`tests/*.toml` in it) on the WebAssembly that ships.
///
/// Exit code 1 when a case comes out otherwise than it says.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  nearfield test policies/retail")]
pub struct Test {
    /// The policy set.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Serialize)]
struct Outcome {
    case: String,
    place: String,
    /// What is not as the case says; empty when it passed.
    mismatches: Vec<String>,
}

impl Test {
    pub fn run(self) -> Result<(), Failure> {
        let cases = cases::read(&self.directory)?;
        if cases.is_empty() {
            return Err(Failure::NoCases {
                directory: self.directory,
            });
        }
        let key = authoring::keys::development();
        let bundle = authoring::sign(&authoring::build(&self.directory)?, &key)?;
        let mut engine = wasm::Runtime::new()?.open(&bundle, &[key.verifying_key().to_bytes()])?;
        let outcomes = cases
            .iter()
            .map(|case| outcome(&mut engine, case))
            .collect::<Result<Vec<_>, _>>()?;
        match self.format {
            Format::Json => output::json(&outcomes)?,
            Format::Text => output::line(text(&outcomes).as_bytes())?,
        }
        let failed = outcomes
            .iter()
            .filter(|outcome| !outcome.mismatches.is_empty())
            .count();
        if failed == 0 {
            Ok(())
        } else {
            Err(Failure::Cases {
                failed,
                of: outcomes.len(),
            })
        }
    }
}

fn outcome(engine: &mut wasm::Engine, case: &Case) -> Result<Outcome, Failure> {
    let profile = serde_json::to_vec(&case.profile).map_err(io::Error::from)?;
    let context = serde_json::to_vec(&case.context).map_err(io::Error::from)?;
    let decision = engine.decide(&profile, &context, &case.at.to_string(), case.seed)?;
    let decision = serde_json::from_slice(&decision).map_err(io::Error::from)?;
    Ok(Outcome {
        case: case.name.clone(),
        place: case.place.to_string(),
        mismatches: cases::check(case, &decision)
            .iter()
            .map(ToString::to_string)
            .collect(),
    })
}

fn text(outcomes: &[Outcome]) -> String {
    let mut lines = Vec::new();
    for Outcome {
        case,
        place,
        mismatches,
    } in outcomes
    {
        if mismatches.is_empty() {
            lines.push(format!("ok      {case}"));
            continue;
        }
        lines.push(format!("FAILED  {case}  ({place})"));
        lines.extend(
            mismatches
                .iter()
                .map(|mismatch| format!("        {mismatch}")),
        );
    }
    let passed = outcomes
        .iter()
        .filter(|outcome| outcome.mismatches.is_empty())
        .count();
    lines.push(format!(
        "{passed} passed, {} failed",
        outcomes.len() - passed
    ));
    lines.join("\n")
}
