//! `nearfield evaluate`: the committed models on public data.

use std::path::{Path, PathBuf};

use authoring::evaluation::{self, Figures, Task};
use clap::{Args, ValueEnum, builder::PossibleValue};
use serde::Serialize;

use super::{Failure, files, output};

/// Where the models are, seen from the project's folder.
const MODELS: &str = "training/models";

/// Scores files of a public data set with the model that this project trained on a part of it, and measures
/// the scores. Files are read as published, plain or gzip, with their raw columns and the outcome.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  nearfield evaluate bank-marketing bank-additional-test.csv.gz --predictions scores.csv\n  \
                  nearfield evaluate berka-next account.csv.gz trans.csv.gz"
)]
pub struct Evaluate {
    /// The data set.
    #[arg(value_enum)]
    task: Set,
    /// Its files; of the Berka tables all may be given, or their folder.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write each score to this file: `score` in the order of the rows, or a line for each prediction of
    /// what comes next.
    #[arg(long, value_name = "OUT")]
    predictions: Option<PathBuf>,
    /// Take the models from this folder instead of `training/models` of the project.
    #[arg(long, value_name = "FOLDER")]
    models: Option<PathBuf>,
}

/// A task as it is named on the command line.
#[derive(Clone, Copy, Debug)]
struct Set(Task);

impl ValueEnum for Set {
    fn value_variants<'a>() -> &'a [Self] {
        const {
            &[
                Self(Task::BankMarketing),
                Self(Task::Coil2000),
                Self(Task::Churn),
                Self(Task::Bankchurners),
                Self(Task::BerkaNext),
                Self(Task::Bpi12W),
            ]
        }
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()))
    }
}

#[derive(Serialize)]
struct Report {
    task: &'static str,
    #[serde(flatten)]
    figures: Figures,
}

impl Evaluate {
    pub fn run(self) -> Result<(), Failure> {
        files::apart(&self.predictions, &self.files)?;
        let Set(task) = self.task;
        let folder = self.models.unwrap_or_else(models).join(task.name());
        let outcome = evaluation::evaluate(task, &folder, &self.files)?;
        if let Some(path) = &self.predictions {
            files::write(path, outcome.predictions.as_bytes())?;
        }
        output::json(&Report {
            task: task.name(),
            figures: outcome.figures,
        })
    }
}

/// The models below the folder where the command runs, else those of the project that it was built from.
fn models() -> PathBuf {
    let here = PathBuf::from(MODELS);
    if here.is_dir() {
        here
    } else {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .join(MODELS)
    }
}
