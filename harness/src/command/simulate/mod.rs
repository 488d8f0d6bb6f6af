//! `nearfield simulate`.

mod text;

use std::{path::PathBuf, time::Instant};

use authoring::shown::counted;
use clap::Args;
use harness::{
    population::{self, Speed, Timed, page},
    wasm::Runtime,
};

use super::{
    Failure, Format, files, output,
    population::{Population, ask_for_consent, bar, complain},
};

/// Runs a population through the engine and reports what it would see.
///
/// The WebAssembly that ships decides for every customer, on all cores. The report says who sees what:
/// share of voice by action, life stage, placeholder and channel, empty slots, actions that nobody sees and
/// what stopped them, triggers, personas, arms of experiments, and whether offers reach women and men,
/// ages and districts alike. For that audit the host reads age, sex and district, whatever the customers
/// consented to; the engine sees what they consented to.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  nearfield simulate --bundle retail.nearfield --profiles tests/customers --at 1994-03-31 --consent insights,details,behaviour,offers\n  \
                  nearfield simulate --bundle retail.nearfield --profiles customers.jsonl --out report.json --html report.html --title \"Synthetic customers\""
)]
pub struct Simulate {
    /// The signed bundle.
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    #[command(flatten)]
    population: Population,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the report as JSON, too.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the report as a page with charts, too: one file, without anything from elsewhere.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// What the population is, for the page's heading; say so when it is made up.
    #[arg(long, value_name = "TEXT", default_value = "Simulation")]
    title: String,
}

impl Simulate {
    pub fn run(self) -> Result<(), Failure> {
        let outputs = self.out.iter().chain(&self.html);
        files::apart(outputs, self.population.files().chain([&self.bundle]))?;
        let profiles = self.population.profiles()?;
        let question = self.population.question()?;
        let signed = self.population.bundle(&self.bundle)?;
        let runtime = Runtime::unhurried()?;
        let side = self.population.side(&runtime, &signed, &question)?;
        let crew = self.population.crew();
        let bar = bar(&profiles);
        let start = Instant::now();
        let report = population::simulate(&crew, &profiles, &side, |bytes| bar.set_position(bytes));
        bar.finish_and_clear();
        let report = report?;
        let speed = Speed::new(crew.threads, start, report.customers);
        complain(report.refused.count, &report.refused.first);
        ask_for_consent(report.nobody_consents, [&side]);
        if report.customers == 0 {
            let refused = report.refused.count;
            return Err(Failure::Nobody { refused });
        }
        let timed = Timed { report, speed };
        if let Some(path) = &self.html {
            files::write(
                path,
                page::simulation(&timed.report, &self.title).as_bytes(),
            )?;
        }
        if let Some(path) = &self.out {
            files::write(path, &output::pretty(&timed)?)?;
        }
        match self.format {
            Format::Json => output::json(&timed),
            Format::Text => output::text(text::report(&timed.report, speed)),
        }
    }
}

/// So many profiles, in words.
pub fn profiles(count: u64) -> String {
    counted(whole(count), "profile")
}

fn whole(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
