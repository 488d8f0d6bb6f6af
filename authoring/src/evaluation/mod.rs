//! Committed models on public data: scores and figures that anyone can check.
//!
//! Each [`Task`] is one public data set and the model that was trained on a part of it (`training/proofs`). The
//! model's folder holds everything that is needed to score the files as they were published: the encoding,
//! the members of the ensemble or the network, and the calibration.
//!
//! ```
//! use authoring::evaluation::{Figures, Task, evaluate};
//! let folder = tempfile::tempdir().unwrap();
//! std::fs::write(folder.path().join("model.json"), r#"{
//!     "format": "nearfield-task/1", "task": "churn",
//!     "label": {"column": "left", "positive": "yes", "negative": "no"},
//!     "features": [{"name": "calls", "from": {"number": {"column": "calls", "missing": []}}}],
//!     "members": [{"weight": 1.0, "linear": {"intercept": -2.0, "weights": {"calls": 1.0}}}]
//! }"#).unwrap();
//! let rows = folder.path().join("rows.csv");
//! std::fs::write(&rows, "calls,left\n1,no\n9,yes\n0,no\n5,yes\n2,no\n").unwrap();
//! let outcome = evaluate(Task::Churn, folder.path(), &[rows]).unwrap();
//! let Figures::Table(figures) = outcome.figures else { panic!() };
//! assert_eq!(figures.auc, Some(1.0));
//! ```

mod dates;
mod ensemble;
mod error;
mod figures;
mod recurrent;
mod scorer;
mod transactions;
mod work_items;

pub use error::EvaluationError;
pub use figures::{Bin, Figures, SequenceFigures, TableFigures, TopFifth};

use std::path::{Path, PathBuf};

use crate::encoding::Table;

/// A public data set with a committed model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// UCI bank marketing without the length of the call: who takes a term deposit.
    BankMarketing,
    /// CoIL Challenge 2000: who holds a caravan insurance.
    Coil2000,
    /// `Churn_Modelling`: who leaves the bank.
    Churn,
    /// `BankChurners`: who gives the credit card up.
    Bankchurners,
    /// Berka: the next transaction of an account.
    BerkaNext,
    /// BPI Challenge 2012, work items: the next step of an application.
    Bpi12W,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::BankMarketing,
        Self::Coil2000,
        Self::Churn,
        Self::Bankchurners,
        Self::BerkaNext,
        Self::Bpi12W,
    ];

    /// Its name, which is the name of its model's folder too.
    pub fn name(self) -> &'static str {
        match self {
            Self::BankMarketing => "bank-marketing",
            Self::Coil2000 => "coil2000",
            Self::Churn => "churn",
            Self::Bankchurners => "bankchurners",
            Self::BerkaNext => "berka-next",
            Self::Bpi12W => "bpi12-w",
        }
    }
}

/// What an evaluation found.
#[derive(Debug)]
pub struct Outcome {
    /// How good the model is on these files.
    pub figures: Figures,
    /// A line for each prediction, the first one a header, as comma-separated text.
    pub predictions: String,
}

/// Scores files with the model in `folder` and measures it.
///
/// # Errors
/// The model or a file cannot be read, or does not hold what the task needs.
pub fn evaluate(task: Task, folder: &Path, files: &[PathBuf]) -> Result<Outcome, EvaluationError> {
    match task {
        Task::BerkaNext => {
            let table = Table::open(&trans(files)?)?;
            let network = recurrent::Network::open(task, folder)?;
            let journeys = transactions::journeys(&table)?;
            Ok(recurrent::evaluate(
                &network,
                &journeys,
                transactions::CATEGORIES.as_slice(),
            )?)
        }
        Task::Bpi12W => {
            let table = Table::open(only(task, files)?)?;
            let network = recurrent::Network::open(task, folder)?;
            let journeys = work_items::journeys(&table)?;
            Ok(recurrent::evaluate(
                &network,
                &journeys,
                work_items::NAMES.as_slice(),
            )?)
        }
        _ => {
            let table = Table::open(only(task, files)?)?;
            ensemble::Ensemble::open(task, folder)?.evaluate(&table)
        }
    }
}

fn only(task: Task, files: &[PathBuf]) -> Result<&Path, EvaluationError> {
    match files {
        [file] => Ok(file),
        _ => Err(EvaluationError::Files {
            task: task.name(),
            found: files.len(),
        }),
    }
}

/// The table of transactions among the tables given.
fn trans(files: &[PathBuf]) -> Result<PathBuf, EvaluationError> {
    let named = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.split('.').next() == Some("trans")
    };
    let within = files
        .iter()
        .filter(|path| path.is_dir())
        .flat_map(|folder| {
            ["trans.csv.gz", "trans.csv", "trans.asc"]
                .map(|name| folder.join(name))
                .into_iter()
                .find(|path| path.is_file())
        });
    let direct = files.iter().filter(|path| named(path)).cloned();
    let mut found: Vec<PathBuf> = direct.chain(within).collect();
    match (found.pop(), found.is_empty()) {
        (Some(file), true) => Ok(file),
        _ => Err(EvaluationError::NoTransactions),
    }
}
