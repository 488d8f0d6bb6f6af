//! `nearfield decide`.

use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use clap::{Args, ValueEnum};
use engine::{Timestamp, limits};
use harness::{
    KeyBytes, Part, Refusal, native,
    population::{Grants, SideError},
    wasm,
};

use super::{
    Failure, Format, explain,
    files::{self, Trust},
    output,
};

/// Decides what one customer sees and prints the decision.
///
/// The profile's own consent record decides what may be used of it, unless --consent adds to it. Without a
/// context all placeholders of the bundle are filled.
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
    /// Purposes to count as granted at the clock, as if the customer had agreed: to try things out. The receipt
    /// is then of the profile with that consent.
    #[arg(long, value_name = "PURPOSE", value_delimiter = ',')]
    consent: Vec<String>,
    /// Decides every chance; the receipt names it.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// What runs the engine: the WebAssembly that ships, or machine code.
    #[arg(long, value_enum, default_value_t = Host::Wasm)]
    host: Host,
    #[command(flatten)]
    trust: Trust,
}

/// What runs the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Host {
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
            Format::Text => output::text(explain::summary(&decision)?),
        }
    }
}

/// The files and keys of a question, read.
pub struct Inputs {
    pub bundle: Vec<u8>,
    pub keys: Vec<KeyBytes>,
    pub profile: Vec<u8>,
    pub context: Vec<u8>,
}

impl Question {
    /// The decision's canonical JSON.
    pub fn answer(&self) -> Result<Vec<u8>, Failure> {
        let at = self.at.unwrap_or_else(now);
        self.inputs(at)?
            .decide(self.host, &at.to_string(), self.seed)
            .map_err(|failure| self.named(failure))
    }

    /// The explanation's canonical JSON.
    pub fn explanation(&self) -> Result<Vec<u8>, Failure> {
        let at = self.at.unwrap_or_else(now);
        self.inputs(at)?
            .explain(self.host, &at.to_string(), self.seed)
            .map_err(|failure| self.named(failure))
    }

    fn inputs(&self, at: Timestamp) -> Result<Inputs, Failure> {
        let context = self.context.as_deref();
        let mut inputs = Inputs::read(&self.bundle, &self.profile, context, &self.trust)?;
        if !self.consent.is_empty() {
            inputs
                .grant(&self.consent, at)
                .map_err(|failure| self.named(failure))?;
        }
        Ok(inputs)
    }

    fn named(&self, failure: Failure) -> Failure {
        named(
            failure,
            &self.bundle,
            Some(&self.profile),
            self.context.as_deref(),
        )
    }
}

/// The engine knows no files; this says which one it refused.
pub fn named(
    failure: Failure,
    bundle: &Path,
    profile: Option<&Path>,
    context: Option<&Path>,
) -> Failure {
    let Failure::Call(cause) = failure else {
        return failure;
    };
    let path = match cause.part {
        Part::Trust | Part::Bundle => Some(bundle),
        Part::Profile => profile,
        Part::Context => context,
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

/// The clock of this machine.
pub fn now() -> Timestamp {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |passed| passed.as_secs());
    Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}

impl Inputs {
    pub fn read(
        bundle: &Path,
        profile: &Path,
        context: Option<&Path>,
        trust: &Trust,
    ) -> Result<Self, Failure> {
        let context = context.map(|path| files::read_json(path, limits::CONTEXT_BYTES));
        Ok(Self {
            bundle: files::read(bundle, limits::BUNDLE_BYTES)?,
            keys: trust.keys()?,
            profile: files::read_json(profile, limits::PROFILE_BYTES)?,
            context: context.transpose()?.unwrap_or_else(|| b"{}".to_vec()),
        })
    }

    /// Adds consent to the profile.
    fn grant(&mut self, purposes: &[String], at: Timestamp) -> Result<(), Failure> {
        let bundle = native::open(&self.bundle, &self.keys)?;
        let grants = Grants::new(purposes, &bundle.body().purposes, at);
        let grants = grants.map_err(|cause| Failure::Side(SideError::Grant(cause)))?;
        self.profile = grants.give_by_reading(&self.profile)?;
        Ok(())
    }

    pub fn decide(&self, host: Host, at: &str, seed: u64) -> Result<Vec<u8>, Failure> {
        let (profile, context) = (&self.profile, &self.context);
        Ok(match host {
            Host::Native => native::Engine::open(&self.bundle, &self.keys)?
                .decide(profile, context, at, seed)?,
            Host::Wasm => wasm::Runtime::new()?
                .open(&self.bundle, &self.keys)?
                .decide(profile, context, at, seed)?,
        })
    }

    pub fn explain(&self, host: Host, at: &str, seed: u64) -> Result<Vec<u8>, Failure> {
        let (profile, context) = (&self.profile, &self.context);
        Ok(match host {
            Host::Native => native::Engine::open(&self.bundle, &self.keys)?
                .explain(profile, context, at, seed)?,
            Host::Wasm => wasm::Runtime::new()?
                .open(&self.bundle, &self.keys)?
                .explain(profile, context, at, seed)?,
        })
    }
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
