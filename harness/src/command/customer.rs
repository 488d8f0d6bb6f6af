//! `nearfield profile import` and `nearfield profile merge`.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use authoring::berka::{self, Options, Progress};
use clap::{Args, Subcommand, ValueEnum};
use engine::limits;
use harness::{Part, Refusal};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, Format, files, output};

/// Import or merge customers' profiles.
#[derive(Debug, Subcommand)]
pub enum Profile {
    Import(Import),
    Merge(Merge),
}

/// Turns a bank's export into profiles, one JSON file each.
///
/// A bad row is left out, counted, and reported with file, line and reason.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  nearfield profile import --format berka tests/berka --out profiles --consent insights,details,behaviour,offers"
)]
pub struct Import {
    /// The tables, or folders of them.
    #[arg(value_name = "FILES", required = true)]
    files: Vec<PathBuf>,
    /// What wrote them.
    #[arg(long, value_enum)]
    format: Source,
    /// Where to write the profiles.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Purposes to write down as granted: for demo data only, an export proves no consent.
    #[arg(long, value_name = "PURPOSE", value_delimiter = ',')]
    consent: Vec<String>,
    /// Stop at the first bad row.
    #[arg(long)]
    strict: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Source {
    /// The tables of the PKDD'99 challenge: a real, anonymised Czech bank.
    Berka,
}

/// Makes one profile of two of the same customer and prints it.
///
/// They must share an id and not name two different customers.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  nearfield profile merge phone.json bank.json > both.json")]
pub struct Merge {
    /// One profile.
    #[arg(value_name = "A")]
    first: PathBuf,
    /// The other.
    #[arg(value_name = "B")]
    second: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
}

impl Profile {
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::Import(command) => command.run(),
            Self::Merge(command) => command.run(),
        }
    }
}

impl Import {
    fn run(self) -> Result<(), Failure> {
        let Source::Berka = self.format;
        let options = Options {
            strict: self.strict,
            consent: self.consent,
        };
        let bar = bar();
        let report = berka::import(&self.files, &self.out, &options, &mut |progress| {
            show(&bar, progress)
        });
        bar.finish_and_clear();
        let report = report?;
        for problem in report.tables.iter().flat_map(|table| &table.problems) {
            output::complain(format!("{problem}: left out"));
        }
        output::text(report)
    }
}

impl Merge {
    fn run(self) -> Result<(), Failure> {
        let both = profile(&self.first)?.merge(profile(&self.second)?)?;
        match self.format {
            Format::Json => output::line(&serde_json::to_vec(&both).map_err(io::Error::from)?),
            Format::Text => {
                let text = format!(
                    "{} ids, {} facts, {} holdings, {} events, {} consent events",
                    both.ids.len(),
                    both.facts.len(),
                    both.holdings.len(),
                    both.events.len(),
                    both.consent.events.len()
                );
                output::text(text)
            }
        }
    }
}

fn profile(path: &Path) -> Result<engine::Profile, Failure> {
    let json = files::read_json(path, limits::PROFILE_BYTES)?;
    engine::Profile::from_json(&json).map_err(|cause| Failure::Refused {
        path: path.to_owned(),
        cause: Refusal {
            part: Part::Profile,
            message: cause.to_string(),
        },
    })
}

/// A bar on a terminal, nothing elsewhere.
fn bar() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg:24} [{bar:40}] {percent:>3} % {eta}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    let (message, done, of) = match progress {
        Progress::Read { table, bytes, of } => (format!("reading {}", table.name()), bytes, of),
        Progress::Written { profiles, of } => ("writing profiles".to_owned(), profiles, of),
    };
    bar.set_message(message);
    bar.set_length(of);
    bar.set_position(done);
}
