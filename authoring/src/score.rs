//! Scoring a table with a model: a row in, its numbers out.
//!
//! Columns are found by name where the model names its inputs, else taken in order. An empty cell is a
//! missing value. Rows stream; none is kept.
//!
//! ```
//! # let json = br#"{"format": "nearfield-cosine/1", "inputs":
//! #     [{"variable": "balance", "mean": 100.0, "scale": 50.0, "direction": 1.0}]}"#;
//! # let file = authoring::model::save(authoring::model::cosine(json).unwrap()).unwrap();
//! let model = authoring::model::saved(&file).unwrap();
//! let mut scores = Vec::new();
//! let rows = authoring::score(model, "balance\n200\n".as_bytes(), &mut scores, |_| {}).unwrap();
//! assert_eq!((rows, scores), (1, b"score\n1\n".to_vec()));
//! ```

use std::io::{self, BufWriter, Read, Write};

use csv::{ByteRecord, ReaderBuilder};
use engine::models::Row;

use crate::{limits, model::ArchivedSaved, suggest::suggest};

/// Rows between two words about progress.
const PROGRESS: u64 = 1_024;

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
}

/// Scores the rows of a CSV table and writes a CSV table of scores; how many rows there were. `progress`
/// hears now and then how many bytes have been read.
pub fn score(
    saved: &ArchivedSaved,
    rows: impl Read,
    scores: impl Write,
    progress: impl FnMut(u64),
) -> Result<u64, ScoreError> {
    let mut scores = BufWriter::new(scores);
    let outputs = usize::from(saved.outputs.to_native());
    let mut headed = false;
    let mut head = |scores: &mut BufWriter<_>| {
        if core::mem::replace(&mut headed, true) {
            return Ok(());
        }
        if outputs == 1 {
            return writeln!(scores, "score");
        }
        let names: Vec<_> = (0..outputs).map(|i| format!("score_{i}")).collect();
        writeln!(scores, "{}", names.join(","))
    };
    let count = each(saved, rows, progress, |row| {
        head(&mut scores)?;
        if outputs == 1 {
            return writeln!(scores, "{}", Shown(saved.model.score(row)));
        }
        let made = saved.model.outputs(row);
        for i in 0..outputs {
            let comma = if i == 0 { "" } else { "," };
            let score = made.get(i).copied().unwrap_or(f64::NAN);
            write!(scores, "{comma}{}", Shown(score))?;
        }
        writeln!(scores)
    })?;
    head(&mut scores)?;
    scores.flush()?;
    Ok(count)
}

/// How far the scores of two models are apart on the same rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Difference {
    /// How many rows there were.
    pub rows: u64,
    /// The largest difference of a score, without its sign.
    pub most: f64,
    /// Their mean. Both are of all numbers that the models make; rows that neither scores count as alike.
    pub mean: f64,
}

/// Scores the rows of a CSV table with two models that have the same inputs, and says how far they are apart.
pub fn difference(
    one: &ArchivedSaved,
    other: &ArchivedSaved,
    rows: impl Read,
) -> Result<Difference, ScoreError> {
    let mut found = Difference::default();
    let (mut sum, mut count) = (0.0, 0.0);
    found.rows = each(
        one,
        rows,
        |_| {},
        |row| {
            let before = one.model.outputs(row).to_vec();
            for (before, after) in before.iter().zip(other.model.outputs(row)) {
                let apart = (before - after).abs();
                if !(before.is_nan() && after.is_nan()) {
                    found.most = if apart.is_nan() {
                        apart
                    } else {
                        found.most.max(apart)
                    };
                    sum += apart;
                }
                count += 1.0;
            }
            Ok(())
        },
    )?;
    found.mean = if count > 0.0 { sum / count } else { 0.0 };
    Ok(found)
}

/// Fills a row for each line of a table; how many there were.
fn each(
    saved: &ArchivedSaved,
    rows: impl Read,
    mut progress: impl FnMut(u64),
    mut take: impl FnMut(&mut Row) -> io::Result<()>,
) -> Result<u64, ScoreError> {
    let mut reader = ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .from_reader(Bounded { rows, since: 0 });
    let mut record = ByteRecord::new();
    read(&mut reader, &mut record)?;
    let columns: Vec<String> = record.iter().map(name).collect();
    let places = places(saved, &columns)?;
    let mut row = Row::default();
    let mut values = vec![f64::NAN; columns.len()];
    let mut count = 0;
    while read(&mut reader, &mut record)? {
        let line = record.position().map_or(0, csv::Position::line);
        // A line of nothing is a row only in a table of one column.
        if record.len() != columns.len() {
            return Err(ScoreError::Cells {
                line,
                found: record.len(),
                expected: columns.len(),
            });
        }
        for ((cell, place), column) in record.iter().zip(&places).zip(&columns) {
            let texts = saved.texts.get(*place).filter(|texts| !texts.is_empty());
            let value = match texts {
                Some(texts) => category(cell, texts),
                None => number(cell).ok_or_else(|| ScoreError::Cell {
                    line,
                    column: column.clone(),
                    found: shortened(cell),
                })?,
            };
            if let Some(slot) = values.get_mut(*place) {
                *slot = value;
            }
        }
        row.fill(&values);
        take(&mut row)?;
        count += 1;
        if count % PROGRESS == 0 {
            progress(reader.position().byte());
        }
    }
    Ok(count)
}

/// A number, or nothing where there is none.
struct Shown(f64);

impl core::fmt::Display for Shown {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if self.0.is_nan() {
            Ok(())
        } else {
            write!(f, "{}", self.0)
        }
    }
}

/// For each column, the input that it holds.
fn places(saved: &ArchivedSaved, columns: &[String]) -> Result<Vec<usize>, ScoreError> {
    let expected = saved.inputs.len();
    if !saved.named {
        if columns.len() != expected {
            return Err(ScoreError::Columns {
                found: columns.len(),
                expected,
            });
        }
        return Ok((0..expected).collect());
    }
    let inputs: std::collections::BTreeMap<&str, usize> = saved
        .inputs
        .iter()
        .map(|input| input.as_str())
        .zip(0..)
        .collect();
    let mut found = vec![false; expected];
    let mut places = Vec::with_capacity(columns.len());
    for column in columns {
        let Some(place) = inputs.get(column.as_str()) else {
            let known = saved.inputs.iter().map(|input| input.as_str());
            return Err(ScoreError::ExtraColumn {
                column: shortened(column.as_bytes()),
                remedy: suggest(column, known),
            });
        };
        if found
            .get_mut(*place)
            .is_none_or(|found| core::mem::replace(found, true))
        {
            return Err(ScoreError::TwiceColumn {
                column: shortened(column.as_bytes()),
            });
        }
        places.push(*place);
    }
    let missing = saved.inputs.iter().zip(&found).find(|(_, found)| !**found);
    match missing {
        Some((input, _)) => Err(ScoreError::MissingColumn {
            column: shortened(input.as_bytes()),
        }),
        None => Ok(places),
    }
}

fn read(reader: &mut csv::Reader<impl Read>, record: &mut ByteRecord) -> Result<bool, ScoreError> {
    reader.read_byte_record(record).map_err(|error| {
        let line = error
            .position()
            .map_or_else(|| reader.position().line(), csv::Position::line);
        ScoreError::Csv {
            line,
            what: error.to_string(),
        }
    })
}

/// The name of a column; spreadsheets mark the beginning of a file.
fn name(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    text.trim_start_matches('\u{feff}').trim().to_owned()
}

/// The value of a cell, NaN when it is empty.
fn number(cell: &[u8]) -> Option<f64> {
    let text = core::str::from_utf8(cell).ok()?.trim();
    if text.is_empty() {
        Some(f64::NAN)
    } else {
        text.parse().ok()
    }
}

/// The place of a text among those that a model knows, one past the last for any other, NaN for none.
fn category(cell: &[u8], texts: &[rkyv::string::ArchivedString]) -> f64 {
    if cell.is_empty() {
        return f64::NAN;
    }
    let known = texts.iter().position(|text| text.as_bytes() == cell);
    let place = u32::try_from(known.unwrap_or(texts.len()));
    place.map_or(f64::NAN, f64::from)
}

fn shortened(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).chars().take(80).collect()
}

/// A table in which no line is endless: a quote that is never closed would gather all that follows.
struct Bounded<R> {
    rows: R,
    /// Bytes since the last line break.
    since: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.rows.read(room)?;
        let new = room.get(..count).unwrap_or_default();
        self.since = match new.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => count - at,
            None => self.since.saturating_add(count),
        };
        if self.since > limits::LINE_BYTES {
            let what = format!(
                "a line has more than {} bytes: is it a CSV table?",
                limits::LINE_BYTES
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;

    const TWO: &str = r#"{"format": "nearfield-cosine/1", "inputs": [
        {"variable": "balance", "mean": 0.0, "scale": 1.0, "direction": 1.0},
        {"variable": "age", "mean": 0.0, "scale": 1.0, "direction": 0.0}]}"#;

    fn scored(named: bool, table: &str) -> Result<String, String> {
        let mut imported = model::cosine(TWO.as_bytes()).unwrap();
        imported.named = named;
        let file = model::save(imported).unwrap();
        let mut scores = Vec::new();
        let mut heard = 0;
        let rows = score(
            model::saved(&file).unwrap(),
            table.as_bytes(),
            &mut scores,
            |bytes| heard = bytes,
        );
        let rows = rows.map_err(|error| error.to_string())?;
        let scores = String::from_utf8(scores).unwrap();
        assert_eq!(scores.lines().count() as u64, rows + 1);
        assert_eq!(heard > 0, rows >= PROGRESS);
        Ok(scores)
    }

    #[test]
    fn columns_are_found_by_name_or_taken_in_order() {
        assert_eq!(
            scored(true, "age,balance\n0,2\n0, -1 \n").unwrap(),
            "score\n1\n0\n"
        );
        assert_eq!(
            scored(true, "\u{feff}\"age\",balance\r\n,\r\n").unwrap(),
            "score\n0.5\n"
        );
        assert_eq!(scored(false, "0,1\n2,0\n").unwrap(), "score\n1\n");
        let many = format!("age,balance\n{}", "0,1\n".repeat(3_000));
        assert_eq!(scored(true, &many).unwrap().lines().count(), 3_001);
    }

    #[test]
    fn what_is_wrong_is_named_with_line_and_column() {
        for (named, table, expected) in [
            (
                true,
                "age,balance\n1,2\n1,many\n",
                "line 3, column `balance`: `many` is not a number",
            ),
            (
                true,
                "age,balance\n1\n",
                "line 2: has 1 cells, the first line has 2",
            ),
            (true, "age,balance\n1,2,3\n", "line 2: has 3 cells"),
            (true, "age\n1\n", "line 1: has no column `balance`"),
            (
                true,
                "age,balance,colour\n",
                "line 1, column `colour`: is no input",
            ),
            (
                true,
                "age,balance,age\n",
                "line 1, column `age`: is there twice",
            ),
            (true, "", "line 1: has no column `balance`"),
            (
                false,
                "a,b,c\n1,2,3\n",
                "line 1: has 3 columns, the model has 2",
            ),
        ] {
            let error = scored(named, table).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        let endless = format!("age,balance\n1,\"{}", "x".repeat(2 * limits::LINE_BYTES));
        assert!(
            scored(true, &endless)
                .unwrap_err()
                .contains("a line has more than")
        );
    }

    #[test]
    fn files_that_are_no_models_are_refused() {
        let file = model::save(model::cosine(TWO.as_bytes()).unwrap()).unwrap();
        for cut in 0..file.len() {
            assert!(model::saved(&file[..cut]).is_err(), "{cut}");
        }
        assert!(model::saved(TWO.as_bytes()).is_err());
    }
}
