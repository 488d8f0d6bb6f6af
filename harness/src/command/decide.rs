//! `nearfield decide`.

use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use clap::{Args, ValueEnum};
use engine::{Timestamp, limits};
use harness::{KeyBytes, Part, Refusal, native, wasm};

use super::{
    Failure, Format, explain,
    files::{self, Trust},
    output,
};

/// Decides what one customer sees and prints the decision.
///
/// The profile's own consent record decides what may be used of it. Without a context all placeholders
/// of the bundle are filled.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  nearfield decide --bundle retail.nearfield --profile tests/customers/berka-2.json --at 1994-03-31"
)]
pub struct Decide {
    #[command(flatten)]
    pub question: Question,
    /// How to print: json is the canonical form that all hosts agree on.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub format: Format,
}

/// Everything that a decision depends on.
#[derive(Debug, Args)]
pub struct Question {
    /// The signed bundle.
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// The customer's profile, JSON.
    #[arg(long, value_name = "FILE")]
    profile: PathBuf,
    /// The circumstances, JSON: channel, page, placeholders, locale.
    #[arg(long, value_name = "FILE")]
    context: Option<PathBuf>,
    /// The decision's clock, RFC 3339 or a date [default: now].
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Decides every chance; the receipt names it.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// What runs the engine: the WebAssembly that ships, or machine code.
    #[arg(long, value_enum, default_value_t = Host::Wasm)]
    host: Host,
    #[command(flatten)]
    trust: Trust,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Host {
    /// Machine code.
    Native,
    /// The component, in wasmtime.
    Wasm,
}

impl Decide {
    pub fn run(self) -> Result<(), Failure> {
        let decision = self.question.answer()?;
        match self.format {
            Format::Json => output::line(&decision),
            Format::Text => output::line(explain::summary(&decision)?.as_bytes()),
        }
    }
}

impl Question {
    /// The decision's canonical JSON.
    pub fn answer(&self) -> Result<Vec<u8>, Failure> {
        let bundle = files::read(&self.bundle, limits::BUNDLE_BYTES)?;
        let profile = files::read(&self.profile, limits::PROFILE_BYTES)?;
        let context = self
            .context
            .as_deref()
            .map(|path| files::read(path, limits::CONTEXT_BYTES))
            .transpose()?;
        let context = context.unwrap_or_else(|| b"{}".to_vec());
        let at = self.at.unwrap_or_else(now).to_string();
        let keys = self.trust.keys()?;
        match self.host {
            Host::Native => native(&bundle, &keys, &profile, &context, &at, self.seed),
            Host::Wasm => wasm(&bundle, &keys, &profile, &context, &at, self.seed),
        }
        .map_err(|failure| self.named(failure))
    }

    /// The engine knows no files; this says which one it refused.
    fn named(&self, failure: Failure) -> Failure {
        let Failure::Call(cause) = failure else {
            return failure;
        };
        let path: Option<&Path> = match cause.part {
            Part::Trust | Part::Bundle => Some(&self.bundle),
            Part::Profile => Some(&self.profile),
            Part::Context => self.context.as_deref(),
            Part::Decide | Part::Key | Part::Time => None,
        };
        match path {
            Some(path) => Failure::Refused {
                path: path.to_owned(),
                cause,
            },
            None => Failure::Call(cause),
        }
    }
}

/// The clock of this machine.
pub fn now() -> Timestamp {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |passed| passed.as_secs());
    Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn native(
    bundle: &[u8],
    keys: &[KeyBytes],
    profile: &[u8],
    context: &[u8],
    at: &str,
    seed: u64,
) -> Result<Vec<u8>, Failure> {
    Ok(native::Engine::open(bundle, keys)?.decide(profile, context, at, seed)?)
}

fn wasm(
    bundle: &[u8],
    keys: &[KeyBytes],
    profile: &[u8],
    context: &[u8],
    at: &str,
    seed: u64,
) -> Result<Vec<u8>, Failure> {
    Ok(wasm::Runtime::new()?
        .open(bundle, keys)?
        .decide(profile, context, at, seed)?)
}

impl From<Refusal> for Failure {
    fn from(cause: Refusal) -> Self {
        Self::Call(cause)
    }
}

impl From<wasm::WasmError> for Failure {
    fn from(cause: wasm::WasmError) -> Self {
        match cause {
            wasm::WasmError::Refused(cause) => Self::Call(cause),
            cause => Self::Wasm(cause),
        }
    }
}
