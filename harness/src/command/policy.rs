//! `nearfield policy lint` and `nearfield policy new`.

mod new;

use std::{ops::ControlFlow, path::PathBuf};

use authoring::{
    lint::{self, Finding, Severity},
    shown::{counted, message},
};
use clap::{Args, Subcommand};
use engine::{Profile, Timestamp};
use harness::{
    Part, Refusal,
    population::{GrantError, Profiles, SideError},
};
use serde::Serialize;

use super::{Failure, Format, decide, files, output};

/// Customers that are looked at; a sample of so many shows what wins too often.
const CUSTOMERS: usize = 10_000;

/// Broken profiles that are named.
const REFUSED: usize = 20;

/// Start a policy set, or look for what runs in vain.
#[derive(Debug, Subcommand)]
pub enum Policy {
    Lint(Lint),
    New(new::New),
}

/// Looks for what builds and is still hardly meant: conditions that never hold, actions without a place,
/// factors without effect.
///
/// Exit code 1 when there are errors or warnings; notes are no fault.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  nearfield policy lint policies/retail")]
pub struct Lint {
    /// The policy set.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Also decide for these customers, and say what wins too often or never: a file of one JSON profile a
    /// line (.jsonl), a file of one profile, or a folder; may be given several times. The first 10,000 count.
    #[arg(long, value_name = "FILE|DIR")]
    profiles: Vec<PathBuf>,
    /// Purposes to count as granted, as if these customers had agreed.
    #[arg(
        long,
        value_name = "PURPOSE",
        value_delimiter = ',',
        requires = "profiles"
    )]
    consent: Vec<String>,
    /// The clock of those decisions, RFC 3339 or a date [default: now].
    #[arg(long, value_name = "TIME", requires = "profiles")]
    at: Option<Timestamp>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Serialize)]
struct Report {
    errors: usize,
    warnings: usize,
    notes: usize,
    findings: Vec<Finding>,
}

impl Policy {
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::Lint(command) => command.run(),
            Self::New(command) => command.run(),
        }
    }
}

impl Lint {
    fn run(self) -> Result<(), Failure> {
        files::set(&self.directory)?;
        let policy = authoring::policy::read(&self.directory)?;
        let mut compiled = authoring::bundle::compile(&policy)?;
        let mut findings = lint::check(&policy, &compiled);
        if !self.profiles.is_empty() {
            let at = self.at.unwrap_or_else(decide::now);
            let customers = self.customers(&policy, at)?;
            let found = lint::population::check(&policy, &mut compiled.body, &customers, at);
            findings.extend(found.map_err(|cause| {
                Failure::Call(Refusal {
                    part: Part::Bundle,
                    message: cause.to_string(),
                })
            })?);
        }
        let count = |severity| findings.iter().filter(|it| it.severity == severity).count();
        let report = Report {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
            findings,
        };
        match self.format {
            Format::Json => output::json(&report)?,
            Format::Text => output::text(report.text())?,
        }
        match (report.errors, report.warnings) {
            (0, 0) => Ok(()),
            (errors, warnings) => Err(Failure::Findings { errors, warnings }),
        }
    }
}

impl Lint {
    fn customers(
        &self,
        policy: &authoring::policy::Policy,
        at: Timestamp,
    ) -> Result<Vec<Profile>, Failure> {
        for name in &self.consent {
            if !policy
                .purposes
                .iter()
                .any(|purpose| purpose.id.value == *name)
            {
                let known = policy
                    .purposes
                    .iter()
                    .map(|purpose| purpose.id.value.as_str());
                return Err(Failure::Side(SideError::Grant(GrantError {
                    unknown: name.clone(),
                    known: known.collect::<Vec<_>>().join(", "),
                })));
            }
        }
        let mut customers = Vec::new();
        let (mut refused, mut named) = (0usize, Vec::new());
        Profiles::find(&self.profiles)?.each(|customer| {
            match Profile::from_json(&customer.json) {
                Ok(mut profile) => {
                    for purpose in &policy.purposes {
                        if self.consent.contains(&purpose.id.value) {
                            let version = &purpose.notice_version.value;
                            profile.consent.give(&purpose.id.value, version, at);
                        }
                    }
                    customers.push(profile);
                }
                Err(cause) => {
                    refused += 1;
                    if named.len() < REFUSED {
                        named.push(format!("{}: {}", customer.place, message(cause)));
                    }
                }
            }
            if customers.len() >= CUSTOMERS {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        if refused == 0 {
            return Ok(customers);
        }
        Err(Failure::Profiles {
            refused,
            named: named.join("\n"),
        })
    }
}

impl Report {
    fn text(&self) -> String {
        let mut lines: Vec<String> = self.findings.iter().map(ToString::to_string).collect();
        lines.push(format!(
            "{}, {}, {}",
            counted(self.errors, "error"),
            counted(self.warnings, "warning"),
            counted(self.notes, "note")
        ));
        lines.join("\n")
    }
}
