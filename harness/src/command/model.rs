//! `nearfield import` and `nearfield score`.

use std::{
    fs::File,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use authoring::{
    Scoring, limits,
    model::{self, Calibration, Imported, ModelProblem, Outcomes, Weights},
};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use serde::Serialize;

use super::{Failure, Format, files, output};

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
    /// Make probabilities of its scores: `platt` or `isotonic`, learnt from a CSV table of `label` (0 or 1) and
    /// `score`, which `nearfield score` wrote for the model without this, of rows it was not trained on.
    #[arg(long, num_args = 2, value_names = ["METHOD", "SCORES.csv"])]
    calibrate: Option<Vec<PathBuf>>,
    /// How many bits its weights keep: 16 or 8, for a smaller bundle.
    #[arg(long, value_name = "BITS", value_parser = weights)]
    weights: Option<Weights>,
    /// Measure on these rows, a CSV table of inputs, what fewer bits cost, and print it.
    #[arg(long, value_name = "ROWS.csv", requires = "weights")]
    rows: Option<PathBuf>,
    /// How the cost is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

fn weights(bits: &str) -> Result<Weights, String> {
    let known = bits.parse().ok().and_then(Weights::of);
    known.ok_or_else(|| "16 or 8 is read".to_owned())
}

/// What fewer bits cost.
#[derive(Serialize)]
struct Cost {
    rows: u64,
    max_difference: f64,
    mean_difference: f64,
}

/// Scores the rows of a table with an imported model.
///
/// Columns are found by name where the model names its inputs, else taken in order; the first line of the
/// table names them in either case. An empty cell is a missing value, and so is what `pandas.read_csv` takes for
/// one (listed below); a text that the model itself knows is that text. The result has a line for each row:
/// one column `score` (the probability, or what the model predicts), or `score_0`, `score_1` and so on.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  nearfield score --model loan-propensity.model --input rows.csv --output scores.csv\n  nearfield score --model loan-propensity.model --input variables.csv --output scores.csv --ignore-extra --contributions\n\nMissing values:\n  NA, N/A, #N/A, #N/A N/A, #NA, <NA>, NaN, nan, -NaN, -nan, NULL, null, None, n/a, 1.#IND, -1.#IND, 1.#QNAN, -1.#QNAN"
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
        let tables = self
            .calibrate
            .iter()
            .filter_map(|given| given.get(1))
            .chain(&self.rows);
        files::apart([&self.out], [&self.file].into_iter().chain(tables))?;
        let file = files::read(&self.file, limits::MODEL_BYTES)?;
        let failed = |cause: &dyn core::error::Error| refused(&self.file, cause);
        let outcomes = self.outcomes()?;
        let made = || -> Result<Imported, Failure> {
            let mut imported = read(&file).map_err(|cause| failed(&cause))?;
            if let Some((method, outcomes)) = &outcomes {
                let fitted = method.fit(&mut imported, outcomes);
                fitted.map_err(|cause| failed(&cause))?;
            }
            Ok(imported)
        };
        let mut imported = made()?;
        if let Some(weights) = self.weights {
            weights.round(&mut imported.steps);
        }
        let saved = model::save(imported).map_err(|cause| failed(&cause))?;
        if let Some(rows) = &self.rows {
            let whole = model::save(made()?).map_err(|cause| failed(&cause))?;
            self.measure(&whole, &saved, rows)?;
        }
        files::write(&self.out, &saved)
    }

    /// What the model is calibrated by.
    fn outcomes(&self) -> Result<Option<(Calibration, Outcomes)>, Failure> {
        let Some([method, table]) = self.calibrate.as_deref() else {
            return Ok(None);
        };
        let method = match method.to_str() {
            Some("platt") => Calibration::Platt,
            Some("isotonic") => Calibration::Isotonic,
            _ => {
                let cause = "`--calibrate` takes `platt` or `isotonic`, then a table".to_owned();
                let path = method.clone();
                return Err(Failure::Model { path, cause });
            }
        };
        let rows = open(table)?;
        let outcomes = Outcomes::read(rows).map_err(|cause| refused(table, &cause))?;
        Ok(Some((method, outcomes)))
    }

    fn measure(&self, whole: &[u8], rounded: &[u8], rows: &Path) -> Result<(), Failure> {
        let read = |file| model::saved(file).map_err(|cause| refused(&self.file, &cause));
        let (whole, rounded) = (read(whole)?, read(rounded)?);
        let found = authoring::difference(whole, rounded, open(rows)?);
        let found = found.map_err(|cause| refused(rows, &cause))?;
        let cost = Cost {
            rows: found.rows,
            max_difference: found.most,
            mean_difference: found.mean,
        };
        match self.format {
            Format::Json => output::json(&cost),
            Format::Text => output::text(format!(
                "{} rows: scores differ by {:.2e} at most, {:.2e} on average",
                cost.rows, cost.max_difference, cost.mean_difference
            )),
        }
    }
}

fn open(path: &Path) -> Result<File, Failure> {
    let opened = File::open(path).and_then(|file| match file.metadata()?.is_dir() {
        true => Err(io::ErrorKind::IsADirectory.into()),
        false => Ok(file),
    });
    opened.map_err(|cause| Failure::File {
        path: path.to_owned(),
        cause,
    })
}

impl Score {
    pub fn run(self) -> Result<(), Failure> {
        files::apart([&self.output], [&self.model, &self.input])?;
        let file = files::read(&self.model, limits::MODEL_BYTES)?;
        let saved = model::saved(&file).map_err(|cause| refused(&self.model, &cause))?;
        let rows = open(&self.input)?;
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
