//! `nearfield bundle build` and `nearfield bundle inspect`.

mod costs;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use engine::{
    bundle::ArchivedBody,
    limits,
    trust::{PublicKey, Verified, hex},
};
use harness::{KeyBytes, Part, Refusal, cost::Cost};
use serde::Serialize;

use super::{
    Failure, Format,
    files::{self, Trust},
    output,
};

/// Build or inspect a bundle of policies and models.
#[derive(Debug, Subcommand)]
pub enum Bundle {
    Build(Build),
    Inspect(Inspect),
}

/// Compiles a policy set and signs it.
///
/// A bundle that costs more than `[budget]` of `policy.toml` allows is refused, with exit code 1.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  nearfield bundle build policies/retail --out retail.nearfield")]
pub struct Build {
    /// The policy set.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Where to write the bundle.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Sign with the key in FILE, 64 hexadecimal digits; without it the development key signs, which
    /// only this command trusts.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Also measure what decisions cost: instructions, time and memory over the policy's cases, and the
    /// dearest triggers, models and actions.
    #[arg(long)]
    costs: bool,
    /// How to print what was built.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Verifies a bundle and says what is in it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  nearfield bundle inspect retail.nearfield")]
pub struct Inspect {
    /// The bundle.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    trust: Trust,
}

/// What a bundle is.
#[derive(Serialize)]
struct Report {
    file: String,
    bytes: usize,
    /// BLAKE3 of the body: the bundle's name in receipts.
    hash: String,
    /// The key that signed it.
    public_key: String,
    /// Whether that is the development key.
    development: bool,
    name: String,
    locales: Vec<String>,
    currency: String,
    purposes: Vec<String>,
    variables: usize,
    models: usize,
    personas: usize,
    triggers: usize,
    actions: usize,
    placeholders: usize,
    questions: usize,
    /// What decisions cost, when that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    costs: Option<Cost>,
}

impl Bundle {
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::Build(command) => command.run(),
            Self::Inspect(command) => command.run(),
        }
    }
}

impl Build {
    fn run(self) -> Result<(), Failure> {
        files::set(&self.directory)?;
        let policy = authoring::policy::read(&self.directory)?;
        let compiled = authoring::bundle::compile(&policy)?;
        let key = match &self.key {
            Some(path) => authoring::keys::read(path)?,
            None => {
                output::complain(
                    "signed with the development key, which is public: for development only",
                );
                authoring::keys::development()
            }
        };
        let bytes = authoring::sign(&compiled.body, &key)?;
        let costs = costs::measured(&self.directory, &policy, &compiled, bytes.len(), self.costs)?;
        // What cannot be opened must not get out.
        let mut report = report(&self.out, &bytes, &[key.verifying_key().to_bytes()])?;
        report.costs = costs;
        files::apart([&self.out], [&self.directory])?;
        files::write(&self.out, &bytes)?;
        print(&report, self.format)
    }
}

impl Inspect {
    fn run(self) -> Result<(), Failure> {
        let bytes = files::read(&self.file, limits::BUNDLE_BYTES)?;
        print(
            &report(&self.file, &bytes, &self.trust.keys()?)?,
            self.format,
        )
    }
}

fn report(path: &Path, bytes: &[u8], keys: &[KeyBytes]) -> Result<Report, Failure> {
    let refused = |part, cause: &dyn std::fmt::Display| Failure::Refused {
        path: path.to_owned(),
        cause: Refusal {
            part,
            message: cause.to_string(),
        },
    };
    let mut last = None;
    for key in keys {
        let public = PublicKey::from_bytes(key).map_err(|cause| refused(Part::Key, &cause))?;
        match Verified::new(bytes, &[public]) {
            Err(cause) => last = Some(cause),
            Ok(verified) => {
                let bundle = engine::Bundle::open(verified)
                    .map_err(|cause| refused(Part::Bundle, &cause))?;
                return Ok(Report::new(path, bytes.len(), key, bundle));
            }
        }
    }
    Err(match last {
        Some(cause) => refused(Part::Trust, &cause),
        None => refused(
            Part::Key,
            &"no key is trusted: give a file with at least one",
        ),
    })
}

impl Report {
    fn new(path: &Path, bytes: usize, key: &KeyBytes, bundle: engine::Bundle<'_>) -> Self {
        let body: &ArchivedBody = bundle.body();
        Self {
            file: path.display().to_string(),
            bytes,
            hash: hex(&bundle.hash()),
            public_key: hex(key),
            development: *key == authoring::keys::development().verifying_key().to_bytes(),
            name: body.name.to_string(),
            locales: body.locales.iter().map(ToString::to_string).collect(),
            currency: body.currency.to_string(),
            purposes: body
                .purposes
                .iter()
                .map(|purpose| purpose.id.to_string())
                .collect(),
            variables: body.variables.len(),
            models: body.models.len() + body.sequences.len() + body.journeys.len(),
            personas: body.personas.personas.len(),
            triggers: body.triggers.len(),
            actions: body.actions.len(),
            placeholders: body.placeholders.len(),
            questions: body.questions.len(),
            costs: None,
        }
    }
}

fn print(report: &Report, format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        return output::json(report);
    }
    let key = if report.development {
        "the development key, for development only"
    } else {
        "a trusted key"
    };
    let text = format!(
        "{}: {} bytes, {} in {}, {}\n  hash          {}\n  signed by     {key}\n  public key    {}\n  \
         purposes      {}\n  variables     {}\n  models        {}\n  personas      {}\n  triggers      {}\n  \
         actions       {}\n  placeholders  {}\n  questions     {}",
        report.file,
        report.bytes,
        report.name,
        report.locales.join(", "),
        report.currency,
        report.hash,
        report.public_key,
        report.purposes.join(", "),
        report.variables,
        report.models,
        report.personas,
        report.triggers,
        report.actions,
        report.placeholders,
        report.questions,
    );
    let text = match &report.costs {
        Some(costs) => format!("{text}\n{}", costs::text(costs)),
        None => text,
    };
    output::text(text)
}
