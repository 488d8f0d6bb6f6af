//! `nearfield variables`: all variables of many customers, as models are trained on them.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt::Write,
    io::BufWriter,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use authoring::matrix::{Matrix, Qualities};
use clap::Args;
use engine::{Profile, Timestamp, profile::IdKind, variables::registry};
use harness::{
    Part, Refusal,
    population::{Customer, Place, Profiles, Refused},
};
use serde::Serialize;

use super::{Failure, Format, decide, files, output, population};

/// Refused profiles that are named.
const NAMED: usize = 10;

/// Computes every variable of the registry for each customer and writes a CSV: the customer's number, then
/// a column for each variable, an empty cell where it is missing. A customer who is given twice is an error.
///
/// The numbers are those that the engine computes in a page, bit for bit. All data but special data count,
/// whatever the profiles' consent records say: what may be trained on is to be settled before.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  nearfield variables --profiles profiles --at 1994-03-31 --out variables.csv\n  \
                  nearfield variables --list"
)]
pub struct Variables {
    /// Profiles: a file of one JSON profile a line (.jsonl), a file of one profile (.json), or a folder of
    /// them; may be given several times.
    #[arg(long, value_name = "FILE|DIR", required_unless_present = "list")]
    profiles: Vec<PathBuf>,
    /// The clock, RFC 3339 or a date [default: now].
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Where to write the CSV.
    #[arg(long, value_name = "FILE", required_unless_present = "list")]
    out: Option<PathBuf>,
    /// Say for each variable how often it was known, missing, stale or out of range.
    #[arg(long)]
    quality: bool,
    /// Stop at the first profile that the engine refuses, instead of leaving it out.
    #[arg(long)]
    strict: bool,
    /// List all variables instead: name, unit, data class, purpose, window in days, range, meaning.
    #[arg(long, conflicts_with_all = ["profiles", "out", "at", "quality", "strict"])]
    list: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What was written.
#[derive(Debug, Serialize)]
struct Report {
    customers: u64,
    refused: u64,
    variables: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<Vec<Qualities>>,
}

/// A variable as `--list` prints it.
#[derive(Debug, Serialize)]
struct Listed {
    name: String,
    unit: String,
    class: String,
    purpose: &'static str,
    window_days: Option<u16>,
    least: Option<f64>,
    most: Option<f64>,
    description: String,
}

impl Variables {
    pub fn run(self) -> Result<(), Failure> {
        match &self.out {
            Some(out) if !self.list => self.compute(out),
            _ => list(self.format),
        }
    }

    fn compute(&self, out: &Path) -> Result<(), Failure> {
        files::apart(self.out.iter(), self.profiles.iter())?;
        let profiles = Profiles::find(&self.profiles)?;
        let at = self.at.unwrap_or_else(decide::now);
        let mut fresh = files::Fresh::new(out)?;
        let report = self.matrix(&profiles, at, out, &mut fresh)?;
        fresh.keep()?;
        match self.format {
            Format::Json => output::json(&report),
            Format::Text => output::line(text(&report).as_bytes()),
        }
    }

    fn matrix(
        &self,
        profiles: &Profiles,
        at: Timestamp,
        out: &Path,
        file: &mut files::Fresh,
    ) -> Result<Report, Failure> {
        let failed = |cause| Failure::File {
            path: out.to_owned(),
            cause,
        };
        let bar = population::bar(profiles);
        let mut matrix = Matrix::new(BufWriter::new(file)).map_err(failed)?;
        let (mut customers, mut refused) = (0, 0);
        let mut first = Vec::new();
        let mut stopped = None;
        let mut seen = HashMap::new();
        profiles.each(|customer| {
            bar.inc(u64::try_from(customer.json.len()).unwrap_or(0));
            let written = match Profile::from_json(&customer.json) {
                Ok(profile) => once(&profile, &customer.place, &mut seen).and_then(|()| {
                    customers += 1;
                    matrix.add(&profile, at).map_err(failed)
                }),
                Err(cause) if self.strict => Err(refusal(&customer, &cause.to_string())),
                Err(cause) => {
                    refused += 1;
                    if first.len() < NAMED {
                        first.push(Refused {
                            position: customer.position,
                            place: customer.place.to_string(),
                            reason: authoring::shown::message(&cause).to_string(),
                        });
                    }
                    Ok(())
                }
            };
            match written {
                Ok(()) => ControlFlow::Continue(()),
                Err(failure) => {
                    stopped = Some(failure);
                    ControlFlow::Break(())
                }
            }
        })?;
        bar.finish_and_clear();
        if let Some(failure) = stopped {
            return Err(failure);
        }
        population::complain(refused, &first);
        if customers == 0 {
            return Err(Failure::Nobody { refused });
        }
        let (_, qualities) = matrix.finish().map_err(failed)?;
        Ok(Report {
            customers,
            refused,
            variables: qualities.len(),
            quality: self.quality.then_some(qualities),
        })
    }
}

/// Two lines for a customer would count twice in training.
fn once(
    profile: &Profile,
    place: &Place,
    seen: &mut HashMap<String, Place>,
) -> Result<(), Failure> {
    let Some(id) = profile.ids.iter().find(|id| id.kind == IdKind::Customer) else {
        return Ok(());
    };
    match seen.entry(id.value.clone()) {
        Entry::Vacant(free) => {
            free.insert(place.clone());
            Ok(())
        }
        Entry::Occupied(before) => Err(Failure::SameCustomer {
            place: place.clone(),
            customer: before.key().clone(),
            before: before.get().clone(),
        }),
    }
}

fn refusal(customer: &Customer, message: &str) -> Failure {
    Failure::Refused {
        path: PathBuf::from(customer.place.to_string()),
        cause: Refusal {
            part: Part::Profile,
            message: message.to_owned(),
        },
    }
}

fn text(report: &Report) -> String {
    let mut text = format!(
        "{} customers, {} variables",
        report.customers, report.variables
    );
    for of in report.quality.iter().flatten() {
        _ = write!(
            text,
            "\n{:36} {:>8} known {:>8} missing {:>8} stale {:>8} out of range",
            of.name, of.known, of.missing, of.stale, of.out_of_range
        );
    }
    text
}

fn list(format: Format) -> Result<(), Failure> {
    let all = registry().into_iter().map(|entry| {
        let (least, most) = entry.range();
        Listed {
            unit: format!("{:?}", entry.unit).to_lowercase(),
            class: format!("{:?}", entry.class).to_lowercase(),
            purpose: entry.purpose,
            window_days: entry.window.map(engine::variables::Window::days),
            least: Some(least).filter(|bound| bound.is_finite()),
            most: Some(most).filter(|bound| bound.is_finite()),
            name: entry.name,
            description: entry.description,
        }
    });
    let all: Vec<Listed> = all.collect();
    if format == Format::Json {
        return output::json(&all);
    }
    let mut text = String::new();
    for of in &all {
        let window = of
            .window_days
            .map_or_else(String::new, |days| format!("{days} days"));
        _ = writeln!(
            text,
            "{:36} {:8} {:12} {:10} {window:9} {}",
            of.name, of.unit, of.class, of.purpose, of.description
        );
    }
    output::line(text.trim_end().as_bytes())
}
