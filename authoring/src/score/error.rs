//! Why a table has no scores.

use std::io;

/// Why a table has no scores.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreError {
    /// A cell that is no number.
    #[error(
        "line {line}, column `{column}`: `{found}` is not a number: write a number, or nothing where it is missing"
    )]
    Cell {
        /// Which line, from 1.
        line: u64,
        /// The name of the column.
        column: String,
        /// What is there.
        found: String,
    },
    /// A row that is longer or shorter than the head of the table.
    #[error(
        "line {line}: has {found} cells, the first line has {expected}: give each column a cell"
    )]
    Cells {
        /// Which line, from 1.
        line: u64,
        /// How many cells it has.
        found: usize,
        /// How many columns there are.
        expected: usize,
    },
    /// A model that does not add up what its inputs do.
    #[error(
        "the model has no contributions: trees, linear models and likeness have, networks and sequences have none"
    )]
    Contributions,
    /// More or fewer columns than a model without names has inputs.
    #[error(
        "line 1: has {found} columns, the model has {expected} inputs without names: give them all, in the order of training"
    )]
    Columns {
        /// How many there are.
        found: usize,
        /// How many the model has.
        expected: usize,
    },
    /// A table that is no CSV.
    #[error("line {line}: {what}")]
    Csv {
        /// Which line, from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// A column that the model does not know.
    #[error("line 1, column `{column}`: is no input of the model: {remedy}")]
    ExtraColumn {
        /// Its name.
        column: String,
        /// What to do.
        remedy: String,
    },
    /// A table without a first line.
    #[error("line 1: is empty: write the names of the columns there")]
    Empty,
    /// A first line of numbers, where the model has no names.
    #[error(
        "line 1: `{found}` and the others are numbers: the first line names the columns, so write one above"
    )]
    Head {
        /// What stands in the first column.
        found: String,
    },
    /// A number that the model cannot read.
    #[error(
        "line {line}, column `{column}`: `{found}` is infinite, or too large for 32 bits: write a smaller number, or nothing where it is missing"
    )]
    Large {
        /// Which line, from 1.
        line: u64,
        /// The name of the column.
        column: String,
        /// What is there.
        found: String,
    },
    /// More columns than are read.
    #[error(
        "line 1: has {found} columns, at most {most} are read: leave out what the model does not read"
    )]
    Wide {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// An input that no column has.
    #[error(
        "line 1: has no column `{column}`, which the model reads: add it, empty where it is missing"
    )]
    MissingColumn {
        /// Its name.
        column: String,
    },
    /// Two columns of one name.
    #[error("line 1, column `{column}`: is there twice: leave one out")]
    TwiceColumn {
        /// Its name.
        column: String,
    },
    /// A table cannot be read, or scores cannot be written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Scores cannot be written.
    #[error("{0}")]
    Write(#[from] csv::Error),
}
