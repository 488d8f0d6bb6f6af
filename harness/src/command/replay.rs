//! `nearfield replay`.

use std::path::{Path, PathBuf};

use clap::Args;
use engine::{Timestamp, limits};
use serde_json::Value;

use super::{
    Failure,
    decide::{Host, Inputs},
    files::{self, Trust},
    once::Once,
    output,
};

/// Bytes of a decision as a host prints it.
const DECISION_BYTES: usize = 16 << 20;

/// Makes the decision of a receipt again and says whether it comes out the same.
///
/// The receipt's file is a decision, an explanation (all of which is compared), or a receipt alone. Clock and seed come from it;
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
        let written = files::read_json(&self.receipt, DECISION_BYTES.max(limits::PROFILE_BYTES))?;
        let Once(written) = serde_json::from_slice(&written).map_err(|cause| Failure::Json {
            path: self.receipt.clone(),
            cause,
        })?;
        let decision = written.get("decision").unwrap_or(&written);
        let receipt = decision.get("receipt").unwrap_or(decision);
        let at = self.text(receipt, "at")?;
        let seed = receipt.get("seed").and_then(Value::as_u64);
        let seed = seed.ok_or_else(|| self.not_a_receipt("seed"))?;
        let context = self.context.as_deref();
        let inputs = Inputs::read(&self.bundle, &self.profile, context, &self.trust)?;
        let is_explained = written.get("decision").is_some();
        let again = if is_explained {
            inputs.explain(self.host, at, seed)?
        } else {
            inputs.decide(self.host, at, seed)?
        };
        let made: Value = serde_json::from_slice(&again).map_err(std::io::Error::from)?;
        let decided = made.get("decision").unwrap_or(&made);
        for (field, remedy) in FIELDS {
            let expected = self.text(receipt, field)?;
            let found = decided.pointer(&format!("/receipt/{field}"));
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
        if decision.get("receipt").is_none() {
            return output::line(&again);
        }
        if same(&written, &made) {
            output::text("the same decision")
        } else {
            Err(Failure::Differs {
                path: self.receipt.clone(),
            })
        }
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

/// Whether two JSON values say the same: whoever reads and writes JSON may write numbers and instants otherwise.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::String(one), Value::String(other)) => {
            let time = |text: &str| text.parse::<Timestamp>();
            one == other || time(one).is_ok_and(|one| time(other) == Ok(one))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let is_in_other = |(name, one): (&String, &Value)| {
                other.get(name).is_some_and(|other| same(one, other))
            };
            one.len() == other.len() && one.iter().all(is_in_other)
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_javascript_writes_again_is_the_same() {
        let ours = json!({"score": 1.0, "at": "2026-03-15T09:00:00Z", "all": [0.5, null]});
        let theirs = json!({"all": [0.5, null], "at": "2026-03-15T10:00:00+01:00", "score": 1});
        assert!(same(&ours, &theirs));
        for other in [
            json!({"score": 1.1, "at": "2026-03-15T09:00:00Z", "all": [0.5, null]}),
            json!({"score": 1, "at": "2026-03-15T09:00:01Z", "all": [0.5, null]}),
            json!({"score": 1, "at": "2026-03-15T09:00:00Z", "all": [0.5]}),
            json!({"score": 1, "at": "2026-03-15T09:00:00Z", "all": [0.5, null], "more": 1}),
        ] {
            assert!(!same(&ours, &other), "{other}");
        }
    }
}
