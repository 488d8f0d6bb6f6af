//! From raw columns of a table to the numbers that a model reads.
//!
//! A model carries its encoding: a list of features, each made by one of a few fixed operations from columns
//! of the table or from features before it. Whoever trains a model writes this list with it, so that files
//! are scored as they were published.
//!
//! | operation | what it makes |
//! | --- | --- |
//! | `number` | a column's number; an empty cell or a listed text is missing |
//! | `category` | the code of a cell, or of several cells joined by `\|`; another number, or missing, for what has no code |
//! | `sum`, `product`, `ratio` | of features before it; a division by zero is missing |
//! | `equals`, `at_least` | 1 or 0: how a feature compares with a number |
//!
//! In keys of `category` a number is written in its shortest form, so `5191` and `5191.0` are one key.
//!
//! ```
//! use authoring::encoding::{Encoding, Feature, Table};
//! let features: Vec<Feature> = serde_json::from_str(r#"[
//!     {"name": "age", "from": {"number": {"column": "Age", "missing": ["?"]}}},
//!     {"name": "job", "from": {"category": {"columns": ["Job"], "codes": {"clerk": 1.0}, "other": 0.0}}},
//!     {"name": "old clerk", "from": {"product": ["old", "job"]}}
//! ]"#).unwrap();
//! let table = Table::read("rows.csv".as_ref(), &b"Age,Job\n61,clerk\n"[..]).unwrap();
//! let wrong = Encoding::new(&features, &table).unwrap_err();
//! assert!(wrong.to_string().contains("`old`"));
//! let rows = Encoding::new(&features[..2], &table).unwrap().rows(&table).unwrap();
//! assert_eq!(rows, [[61.0, 1.0]]);
//! ```

mod table;

pub(crate) use table::spoilt;
pub use table::{Table, TableError};

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::{limits, shown::quoted};

/// One number that a model reads.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Its name, by which models and later features know it.
    pub name: String,
    /// How it is made.
    pub from: Operation,
}

/// How a feature is made.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Operation {
    /// A column's number.
    Number {
        /// The column.
        column: String,
        /// Texts that stand for a missing number; an empty cell always does.
        missing: Vec<String>,
    },
    /// The code of one or more cells.
    Category {
        /// The columns, whose cells are joined by `|`.
        columns: Vec<String>,
        /// Each key's number.
        codes: BTreeMap<String, f64>,
        /// The number of keys without one; missing when none is given.
        other: Option<f64>,
    },
    /// The sum of features.
    Sum(Vec<String>),
    /// The product of two features.
    Product(String, String),
    /// One feature divided by another.
    Ratio(String, String),
    /// Whether a feature is this number.
    Equals(String, f64),
    /// Whether a feature is this number or more.
    AtLeast(String, f64),
}

/// Why features cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodingError {
    /// A table without a column that is needed.
    #[error(
        "{file}:1: column `{}` is missing: give the file with the columns as published",
        quoted(column)
    )]
    NoColumn {
        /// The table's file.
        file: String,
        /// The column.
        column: String,
    },
    /// A feature made from one that does not come before it.
    #[error(
        "feature `{}` is made from `{}`, which no feature before it is called: mend the model's encoding",
        quoted(feature),
        quoted(from)
    )]
    NoFeature {
        /// The feature.
        feature: String,
        /// What it is made from.
        from: String,
    },
    /// Two features of one name.
    #[error("feature `{}` is there twice: give each its own name", quoted(feature))]
    Twice {
        /// The feature.
        feature: String,
    },
    /// More than a model may read.
    #[error("the encoding has {found} features, the limit is {limit}: make fewer")]
    TooMany {
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A cell that should be a number.
    #[error(
        "{file}:{line}:{column}: `{}` is not a number: write one, or leave the cell empty if it is not known",
        quoted(found)
    )]
    NotANumber {
        /// The table's file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The column's name.
        column: String,
        /// What is there.
        found: String,
    },
}

/// Features that found their columns in a table.
#[derive(Debug)]
pub struct Encoding<'f> {
    steps: Vec<Step<'f>>,
}

#[derive(Debug)]
enum Step<'f> {
    Number {
        at: usize,
        missing: &'f [String],
    },
    Category {
        at: Vec<usize>,
        codes: &'f BTreeMap<String, f64>,
        other: f64,
    },
    Sum(Vec<usize>),
    Product(usize, usize),
    Ratio(usize, usize),
    Equals(usize, f64),
    AtLeast(usize, f64),
}

impl<'f> Encoding<'f> {
    /// Finds the columns and features that each feature is made from.
    ///
    /// # Errors
    /// A missing column; a feature made from one that does not come before it; two of one name; too many.
    pub fn new(features: &'f [Feature], table: &Table) -> Result<Self, EncodingError> {
        if features.len() > limits::FEATURES {
            return Err(EncodingError::TooMany {
                found: features.len(),
                limit: limits::FEATURES,
            });
        }
        let mut names = BTreeSet::new();
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        let mut steps = Vec::with_capacity(features.len());
        for (i, feature) in features.iter().enumerate() {
            if !names.insert(feature.name.as_str()) {
                return Err(EncodingError::Twice {
                    feature: feature.name.clone(),
                });
            }
            steps.push(step(feature, &known, table)?);
            known.insert(&feature.name, i);
        }
        Ok(Self { steps })
    }

    /// The features of every row, NaN where missing.
    ///
    /// # Errors
    /// A cell that should be a number and is not.
    pub fn rows(&self, table: &Table) -> Result<Vec<Vec<f64>>, EncodingError> {
        (0..table.len()).map(|row| self.row(table, row)).collect()
    }

    fn row(&self, table: &Table, row: usize) -> Result<Vec<f64>, EncodingError> {
        let mut made: Vec<f64> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let of = |at: usize| made.get(at).copied().unwrap_or(f64::NAN);
            let value = match step {
                Step::Number { at, missing } => number(table, row, *at, missing)?,
                Step::Category { at, codes, other } => {
                    let key: Vec<String> =
                        at.iter().map(|at| short(table.cell(row, *at))).collect();
                    codes.get(&key.join("|")).copied().unwrap_or(*other)
                }
                Step::Sum(parts) => parts.iter().fold(0.0, |sum, at| sum + of(*at)),
                Step::Product(a, b) => of(*a) * of(*b),
                Step::Ratio(_, below) if of(*below) == 0.0 => f64::NAN,
                Step::Ratio(above, below) => of(*above) / of(*below),
                Step::Equals(at, bound) => truth(of(*at), of(*at) == *bound),
                Step::AtLeast(at, bound) => truth(of(*at), of(*at) >= *bound),
            };
            made.push(value);
        }
        Ok(made)
    }
}

fn step<'f>(
    feature: &'f Feature,
    known: &BTreeMap<&str, usize>,
    table: &Table,
) -> Result<Step<'f>, EncodingError> {
    let column = |name: &str| {
        table.column(name).ok_or_else(|| EncodingError::NoColumn {
            file: table.file().to_owned(),
            column: name.to_owned(),
        })
    };
    let before = |name: &str| {
        known
            .get(name)
            .copied()
            .ok_or_else(|| EncodingError::NoFeature {
                feature: feature.name.clone(),
                from: name.to_owned(),
            })
    };
    Ok(match &feature.from {
        Operation::Number {
            column: name,
            missing,
        } => Step::Number {
            at: column(name)?,
            missing,
        },
        Operation::Category {
            columns,
            codes,
            other,
        } => Step::Category {
            at: columns
                .iter()
                .map(|name| column(name))
                .collect::<Result<_, _>>()?,
            codes,
            other: other.unwrap_or(f64::NAN),
        },
        Operation::Sum(parts) => Step::Sum(
            parts
                .iter()
                .map(|name| before(name))
                .collect::<Result<_, _>>()?,
        ),
        Operation::Product(a, b) => Step::Product(before(a)?, before(b)?),
        Operation::Ratio(a, b) => Step::Ratio(before(a)?, before(b)?),
        Operation::Equals(at, bound) => Step::Equals(before(at)?, *bound),
        Operation::AtLeast(at, bound) => Step::AtLeast(before(at)?, *bound),
    })
}

fn number(table: &Table, row: usize, at: usize, missing: &[String]) -> Result<f64, EncodingError> {
    let cell = table.cell(row, at);
    if cell.is_empty() || missing.iter().any(|text| text == cell) {
        return Ok(f64::NAN);
    }
    let parsed = cell.parse().ok();
    parsed
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| EncodingError::NotANumber {
            file: table.file().to_owned(),
            line: table.line(row),
            column: quoted(table.name(at)).to_string(),
            found: cell.to_owned(),
        })
}

/// A cell as it stands in keys.
fn short(cell: &str) -> String {
    match cell.parse::<f64>() {
        Ok(number) if number.is_finite() => number.to_string(),
        _ => cell.to_owned(),
    }
}

fn truth(value: f64, holds: bool) -> f64 {
    if value.is_nan() {
        f64::NAN
    } else {
        f64::from(u8::from(holds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        Table::read("t.csv".as_ref(), text.as_bytes()).unwrap()
    }

    fn features(json: &str) -> Vec<Feature> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn every_operation_makes_its_number() {
        let table = table("a,b,c\n6,0,x\n?,5191.0,y\n,2,z\n");
        let made = features(
            r#"[
            {"name": "a", "from": {"number": {"column": "a", "missing": ["?"]}}},
            {"name": "b", "from": {"number": {"column": "b", "missing": []}}},
            {"name": "k", "from": {"category": {"columns": ["b", "c"], "codes": {"0|x": 1, "5191|y": 2}, "other": null}}},
            {"name": "s", "from": {"sum": ["a", "b", "b"]}},
            {"name": "p", "from": {"product": ["b", "b"]}},
            {"name": "r", "from": {"ratio": ["a", "b"]}},
            {"name": "e", "from": {"equals": ["a", 6]}},
            {"name": "l", "from": {"at_least": ["b", 2]}}]"#,
        );
        let rows = Encoding::new(&made, &table).unwrap().rows(&table).unwrap();
        let shown: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
        assert_eq!(
            shown,
            [
                "[6.0, 0.0, 1.0, 6.0, 0.0, NaN, 1.0, 0.0]",
                "[NaN, 5191.0, 2.0, NaN, 26946481.0, NaN, NaN, 1.0]",
                "[NaN, 2.0, NaN, NaN, 4.0, NaN, NaN, 1.0]",
            ]
        );
    }

    #[test]
    fn errors_name_file_line_and_column() {
        let table = table("a\n1\n\n\"x\"\n");
        let made =
            features(r#"[{"name": "a", "from": {"number": {"column": "a", "missing": []}}}]"#);
        let error = Encoding::new(&made, &table).unwrap().rows(&table);
        assert!(
            error.unwrap_err().to_string().starts_with("t.csv:4:a: `x`"),
            "line"
        );
        let made =
            features(r#"[{"name": "z", "from": {"number": {"column": "z", "missing": []}}}]"#);
        let error = Encoding::new(&made, &table).unwrap_err();
        assert!(error.to_string().starts_with("t.csv:1: column `z`"));
    }
}
