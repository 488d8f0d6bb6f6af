//! `nearfield diff`.

mod text;

use std::{path::PathBuf, time::Instant};

use clap::Args;
use harness::{
    population::{self, Speed, page},
    wasm::Runtime,
};

use super::{
    Failure, Format, files, output,
    population::{Population, ask_for_consent, bar, complain},
};

/// Says what a change of policy does to a population: who sees something else, what is gained and lost,
/// whose rank flips, which texts are worded otherwise, and why.
///
/// Both sides decide for the same customers with the same clock and seeds. A policy set (a folder) is
/// built as it is, so that a draft can be held beside the released bundle. Exit code 1 when more customers
/// see something else, or the same in other words, than --max-changed allows.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  nearfield diff released.nearfield policies/retail --profiles tests/customers --at 1994-03-31 --consent insights,details,behaviour,offers\n  \
                  nearfield diff released.nearfield policies/retail --profiles customers.jsonl --max-changed 5 --html change.html"
)]
pub struct Diff {
    /// The policy before: a bundle, or a policy set.
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The policy after: a bundle, or a policy set.
    #[arg(value_name = "NEW")]
    new: PathBuf,
    #[command(flatten)]
    population: Population,
    /// Write the comparison as a page with charts, too: one file, without anything from elsewhere.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// What the population and the change are, for the page's heading; say so when they are made up.
    #[arg(long, value_name = "TEXT", default_value = "What the change does")]
    title: String,
    /// How many per cent of the customers may see something else, or other words.
    #[arg(long, value_name = "PERCENT", value_parser = percentage)]
    max_changed: Option<f64>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Diff {
    pub fn run(self) -> Result<(), Failure> {
        let inputs = self.population.files().chain([&self.old, &self.new]);
        files::apart(&self.html, inputs)?;
        let profiles = self.population.profiles()?;
        let question = self.population.question()?;
        let old = self.population.policy(&self.old)?;
        let new = self.population.policy(&self.new)?;
        let runtime = Runtime::unhurried()?;
        let old = self.population.side(&runtime, &old, &question)?;
        let new = self.population.side(&runtime, &new, &question)?;
        let crew = self.population.crew();
        let bar = bar(&profiles);
        let start = Instant::now();
        let comparison = population::compare(&crew, &profiles, [&old, &new], |bytes| {
            bar.set_position(bytes)
        });
        bar.finish_and_clear();
        let comparison = comparison?;
        complain(comparison.refused.count, &comparison.refused.first);
        if comparison.customers == 0 {
            let refused = comparison.refused.count;
            return Err(Failure::Nobody { refused });
        }
        ask_for_consent(comparison.nobody_consents, [&old, &new]);
        if let Some(path) = &self.html {
            files::write(path, page::comparison(&comparison, &self.title).as_bytes())?;
        }
        match self.format {
            Format::Json => output::json(&comparison)?,
            Format::Text => {
                let decisions = comparison.customers.saturating_mul(2);
                let speed = Speed::new(crew.threads, start, decisions);
                output::text(text::comparison(&comparison, speed))?;
            }
        }
        let touched = comparison.changed + comparison.reworded;
        let found = 100.0 * population::report::share(touched, comparison.customers);
        match self.max_changed {
            Some(allowed) if found > allowed => Err(Failure::Gate { found, allowed }),
            _ => Ok(()),
        }
    }
}

fn percentage(text: &str) -> Result<f64, String> {
    let percent: f64 = text
        .parse()
        .map_err(|_| "is no number: give 0 to 100".to_owned())?;
    if (0.0..=100.0).contains(&percent) {
        Ok(percent)
    } else {
        Err("is out of range: give 0 to 100".to_owned())
    }
}
