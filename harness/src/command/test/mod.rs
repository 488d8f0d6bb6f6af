//! `nearfield test`: the cases of a policy set, on the WebAssembly that ships.

mod junit;
mod outcome;
mod watch;

use std::path::PathBuf;

use authoring::{
    cases::{self, Case, Coverage},
    policy::{self, Policy},
};
use clap::Args;
use harness::wasm;

use super::{Failure, Format, files, output};
use outcome::Report;

/// Runs the cases of a policy set (`tests/*.yaml` and `tests/*.json` in it) on the WebAssembly that ships.
///
/// Exit code 1 when a case comes out otherwise than it says.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  nearfield test policies/retail\n  nearfield test policies/retail --watch --filter credit\n  nearfield test policies/retail --coverage --junit cases.xml"
)]
pub struct Test {
    /// The policy set.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Say which triggers, actions and placeholders no case tries.
    #[arg(long)]
    coverage: bool,
    /// Run the cases with TEXT in their name or file.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the results as JUnit XML too.
    #[arg(long, value_name = "FILE", conflicts_with = "watch")]
    junit: Option<PathBuf>,
    /// Run again whenever a file of the policy set changes, until stopped.
    #[arg(long)]
    watch: bool,
}

impl Test {
    pub fn run(self) -> Result<(), Failure> {
        let mut runtime = None;
        if self.watch && self.directory.is_dir() {
            watch::watch(&self.directory, || self.once(&mut runtime))
        } else {
            self.once(&mut runtime)
        }
    }

    /// Reads, builds, runs and prints. The runtime is made when it is needed first.
    fn once(&self, runtime: &mut Option<wasm::Runtime>) -> Result<(), Failure> {
        files::set(&self.directory)?;
        let mut cases = cases::read(&self.directory)?;
        if cases.is_empty() {
            return Err(Failure::NoCases {
                directory: self.directory.clone(),
            });
        }
        if let Some(filter) = &self.filter {
            cases.retain(|case| case.name.contains(filter) || case.place.file.contains(filter));
            if cases.is_empty() {
                let filter = filter.clone();
                return Err(Failure::NoSuchCase { filter });
            }
        }
        let policy = policy::read(&self.directory)?;
        if !policy.purposes.is_empty() && !cases.iter().any(|case| grants(case, &policy)) {
            output::complain(
                "warning: no case grants any purpose, so whatever needs consent is shown to nobody: give cases `consent: […]`",
            );
        }
        let mut coverage = self.coverage.then(|| Coverage::new(&policy));
        let key = authoring::keys::development();
        let bundle = authoring::sign(&authoring::bundle::compile(&policy)?.body, &key)?;
        let runtime = match runtime {
            Some(runtime) => runtime,
            None => runtime.insert(wasm::Runtime::new()?),
        };
        let mut engine = runtime.open(&bundle, &[key.verifying_key().to_bytes()])?;
        let outcomes = cases
            .iter()
            .map(|case| outcome::run(&mut engine, case, coverage.as_mut()))
            .collect::<Result<Vec<_>, _>>()?;
        let report = Report::new(outcomes, coverage.as_ref());
        if let Some(file) = &self.junit {
            files::apart([file], [&self.directory])?;
            files::write(file, junit::xml(&self.directory, &report).as_bytes())?;
        }
        match self.format {
            Format::Json => output::json(&report)?,
            Format::Text => output::text(&report)?,
        }
        if report.failed == 0 {
            Ok(())
        } else {
            Err(Failure::Cases {
                failed: report.failed,
                of: report.cases.len(),
            })
        }
    }
}

/// Whether the customer of a case grants a purpose.
fn grants(case: &Case, policy: &Policy) -> bool {
    let mut purposes = policy.purposes.iter();
    purposes.any(|purpose| {
        let (id, notice) = (&purpose.id.value, &purpose.notice_version.value);
        case.profile.consent.granted(id, notice, case.at)
    })
}
