//! Why a model cannot be evaluated.

use std::io;

use crate::{
    encoding::{EncodingError, TableError},
    model::ModelProblem,
    shown::quoted,
};

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// A table cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The features cannot be made.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// A file of the model cannot be read.
    #[error("{file}: {cause}: run this in the project's folder, or name the folder of the models")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        cause: io::Error,
    },
    /// A file of the model is not what it should be.
    #[error("{file}: {cause}: train the model again, as training/README.md says")]
    Json {
        /// The file.
        file: String,
        /// What is wrong.
        cause: serde_json::Error,
    },
    /// A member of an ensemble cannot be imported.
    #[error("{file}: {cause}")]
    Member {
        /// The file.
        file: String,
        /// What is wrong.
        cause: ModelProblem,
    },
    /// A model that does not fit together.
    #[error("{file}: {what}: train the model again, as training/README.md says")]
    Model {
        /// The file.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// Another number of files than the task reads.
    #[error("task {task} reads 1 file, {found} are given: name the one with the rows")]
    Files {
        /// The task.
        task: &'static str,
        /// How many are given.
        found: usize,
    },
    /// Tables without one of transactions, or with several.
    #[error(
        "the task berka-next reads the table of transactions: give trans.csv or trans.csv.gz once, or the folder it is in"
    )]
    NoTransactions,
    /// A cell that the task does not know.
    #[error("{file}:{line}:{column}: `{}` is not {expected}", quoted(found))]
    Cell {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The column's name.
        column: &'static str,
        /// What is there.
        found: String,
        /// What should be there.
        expected: &'static str,
    },
    /// Nothing to predict.
    #[error("{file}: no journey is long enough to predict anything: give more rows")]
    TooShort {
        /// The file.
        file: String,
    },
}
