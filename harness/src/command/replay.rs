//! `nearfield replay`.

use std::path::{Path, PathBuf};

use clap::Args;
use engine::limits;
use serde_json::Value;

use super::{
    Failure,
    decide::{Host, Inputs},
    files::{self, Trust},
    output,
};

/// Bytes of a decision as a host prints it.
const DECISION_BYTES: usize = 16 << 20;

/// Makes the decision of a receipt again and says whether it comes out the same.
///
/// The receipt's file is a decision, an explanation, or a receipt alone. Clock and seed come from it;
/// bundle, profile and context must be the ones whose hashes it names. Exit code 1: they are not, or the
/// decision differs.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  nearfield decide --bundle retail.nearfield --profile tests/customers/berka-2.json > decision.json\n  \
                  nearfield replay decision.json --bundle retail.nearfield --profile tests/customers/berka-2.json"
)]
pub struct Replay {
    /// The file with the receipt, JSON.
    #[arg(value_name = "RECEIPT")]
    receipt: PathBuf,
    /// The signed bundle.
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// The customer's profile, JSON.
    #[arg(long, value_name = "FILE")]
    profile: PathBuf,
    /// The circumstances, JSON.
    #[arg(long, value_name = "FILE")]
    context: Option<PathBuf>,
    /// What runs the engine: the WebAssembly that ships, or machine code.
    #[arg(long, value_enum, default_value_t = Host::Wasm)]
    host: Host,
    #[command(flatten)]
    trust: Trust,
}

/// What each field of a receipt is a fingerprint of, and what to do when it differs.
const FIELDS: [(&str, &str); 4] = [
    ("engine", "use the engine of that version"),
    ("bundle", "give the bundle that decided"),
    (
        "profile",
        "give the profile as it was, with the consent of that time",
    ),
    ("context", "give the context of the request"),
];

impl Replay {
    pub fn run(self) -> Result<(), Failure> {
        let written = files::read(&self.receipt, DECISION_BYTES.max(limits::PROFILE_BYTES))?;
        let (receipt, decision) = self.parts(&written)?;
        let at = self.text(&receipt, "at")?;
        let seed = receipt.get("seed").and_then(Value::as_u64);
        let seed = seed.ok_or_else(|| self.not_a_receipt("seed"))?;
        let context = self.context.as_deref();
        let inputs = Inputs::read(&self.bundle, &self.profile, context, &self.trust)?;
        let again = inputs.decide(self.host, at, seed)?;
        let made: Value = serde_json::from_slice(&again).map_err(std::io::Error::from)?;
        for (field, remedy) in FIELDS {
            let expected = self.text(&receipt, field)?;
            let found = made.pointer(&format!("/receipt/{field}"));
            let found = found.and_then(Value::as_str).unwrap_or_default();
            if expected != found {
                return Err(Failure::Replay {
                    field,
                    expected: expected.to_owned(),
                    found: found.to_owned(),
                    remedy,
                });
            }
        }
        match decision {
            Some(decision) if decision != made => Err(Failure::Differs {
                path: self.receipt.clone(),
            }),
            Some(_) => output::line(b"the same decision"),
            None => output::line(&again),
        }
    }

    /// The receipt, and the decision when the file holds it.
    fn parts(&self, written: &[u8]) -> Result<(Value, Option<Value>), Failure> {
        let value: Value = serde_json::from_slice(written).map_err(|cause| Failure::File {
            path: self.receipt.clone(),
            cause: cause.into(),
        })?;
        let decision = value.get("decision").cloned().unwrap_or(value);
        Ok(match decision.get("receipt") {
            Some(receipt) => (receipt.clone(), Some(decision)),
            None => (decision, None),
        })
    }

    fn text<'r>(&self, receipt: &'r Value, field: &'static str) -> Result<&'r str, Failure> {
        let text = receipt.get(field).and_then(Value::as_str);
        text.ok_or_else(|| self.not_a_receipt(field))
    }

    fn not_a_receipt(&self, field: &'static str) -> Failure {
        let path: &Path = &self.receipt;
        Failure::NotAReceipt {
            path: path.to_owned(),
            field,
        }
    }
}
