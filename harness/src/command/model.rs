//! `nearfield import` and `nearfield score`.

use std::{
    fs::File,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use authoring::{
    Scoring, limits,
    model::{self, Imported, ModelProblem},
};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, files};

/// Turns a trained model into one that the engine runs.
#[derive(Debug, Subcommand)]
pub enum Import {
    Xgboost(Xgboost),
    Lightgbm(Lightgbm),
    Onnx(Onnx),
}

/// A model as XGBoost saves it, JSON or UBJSON.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  nearfield import xgboost policies/retail/models/loan-propensity.json --out loan-propensity.model"
)]
pub struct Xgboost {
    #[command(flatten)]
    paths: Paths,
}

/// A model as LightGBM saves it, text.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  nearfield import lightgbm tests/parity/trees/lightgbm-binary.txt --out binary.model"
)]
pub struct Lightgbm {
    #[command(flatten)]
    paths: Paths,
}

/// A model as ONNX: linear models, networks, trees, LSTM and GRU, from scikit-learn, PyTorch and others.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  nearfield import onnx tests/parity/onnx/forest-binary.onnx --out forest.model"
)]
pub struct Onnx {
    #[command(flatten)]
    paths: Paths,
}

#[derive(Debug, Args)]
struct Paths {
    /// The model as its library saved it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to write the model.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Scores the rows of a table with an imported model.
///
/// Columns are found by name where the model names its inputs, else taken in order; the first line of the
/// table names them in either case. An empty cell is a missing value. The result has a line for each row: one
/// column `score` (the probability, or what the model predicts), or `score_0`, `score_1` and so on.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  nearfield score --model loan-propensity.model --input rows.csv --output scores.csv\n  nearfield score --model loan-propensity.model --input variables.csv --output scores.csv --ignore-extra --contributions"
)]
pub struct Score {
    /// The model, as `nearfield import` writes it.
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// The table, CSV.
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Where to write the scores, CSV.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// Write behind the scores what each input added to each, a column `+NAME` for each (log-odds for
    /// probabilities; trees exactly, by TreeSHAP). What is left of the margin is the same in every row.
    #[arg(long)]
    contributions: bool,
    /// Pass over columns that the model does not read.
    #[arg(long)]
    ignore_extra: bool,
}

impl Import {
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::Xgboost(command) => command.paths.import(model::xgboost),
            Self::Lightgbm(command) => command.paths.import(model::lightgbm),
            Self::Onnx(command) => command.paths.import(model::onnx),
        }
    }
}

impl Paths {
    fn import(&self, read: fn(&[u8]) -> Result<Imported, ModelProblem>) -> Result<(), Failure> {
        files::apart([&self.out], [&self.file])?;
        let file = files::read(&self.file, limits::MODEL_BYTES)?;
        let imported = read(&file).map_err(|cause| refused(&self.file, &cause))?;
        let saved = model::save(imported).map_err(|cause| refused(&self.file, &cause))?;
        files::write(&self.out, &saved)
    }
}

impl Score {
    pub fn run(self) -> Result<(), Failure> {
        files::apart([&self.output], [&self.model, &self.input])?;
        let file = files::read(&self.model, limits::MODEL_BYTES)?;
        let saved = model::saved(&file).map_err(|cause| refused(&self.model, &cause))?;
        let failed = |cause| Failure::File {
            path: self.input.clone(),
            cause,
        };
        let rows = File::open(&self.input).map_err(failed)?;
        let bar = bar(rows.metadata().map_or(0, |about| about.len()));
        let mut fresh = files::Fresh::new(&self.output)?;
        let wanted = Scoring {
            contributions: self.contributions,
            ignore_extra: self.ignore_extra,
        };
        let scored = authoring::score(saved, rows, &mut fresh, wanted, |bytes| {
            bar.set_position(bytes);
        });
        bar.finish_and_clear();
        scored.map_err(|cause| refused(&self.input, &cause))?;
        fresh.keep()
    }
}

fn refused(path: &Path, cause: &dyn core::error::Error) -> Failure {
    Failure::Model {
        path: path.to_owned(),
        cause: cause.to_string(),
    }
}

/// A bar on a terminal, nothing elsewhere.
fn bar(bytes: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(bytes);
    let template = "scoring [{bar:40}] {percent:>3} % {binary_bytes_per_sec} {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}
