//! Scoring a table with a model: a row in, its numbers out.
//!
//! Columns are found by name where the model names its inputs, else taken in order. An empty cell is a
//! missing value. Rows stream; none is kept. A score comes with what each input added to it, if wanted.
//!
//! ```
//! # let json = br#"{"format": "nearfield-cosine/1", "inputs":
//! #     [{"variable": "balance", "mean": 100.0, "scale": 50.0, "direction": 1.0}]}"#;
//! # let file = authoring::model::save(authoring::model::cosine(json).unwrap()).unwrap();
//! let model = authoring::model::saved(&file).unwrap();
//! let mut scores = Vec::new();
//! let table = "balance\n200\n".as_bytes();
//! let rows = authoring::score(model, table, &mut scores, Default::default(), |_| {}).unwrap();
//! assert_eq!((rows, scores), (1, b"score\n1\n".to_vec()));
//! ```

mod columns;
mod error;
mod records;

use std::io::{BufWriter, Read, Write};

use engine::models::{ArchivedModel, ArchivedStep, Row};

pub use error::ScoreError;

use crate::model::ArchivedSaved;
use columns::Columns;
use records::Records;

/// Rows between two words about progress.
const PROGRESS: u64 = 1_024;

/// What else is wanted of [`score`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Scoring {
    /// Behind each score what each input added to it, in the model's own units
    /// ([`engine::models::Contributions`]): a column `+NAME` for each input.
    pub contributions: bool,
    /// Pass over columns that the model does not read.
    pub ignore_extra: bool,
}

/// Scores the rows of a CSV table and writes a CSV table of scores; how many rows there were. `progress`
/// hears now and then how many bytes have been read.
pub fn score(
    saved: &ArchivedSaved,
    rows: impl Read,
    scores: impl Write,
    wanted: Scoring,
    mut progress: impl FnMut(u64),
) -> Result<u64, ScoreError> {
    let mut records = Records::new(rows);
    records.next()?;
    let columns = Columns::new(saved, &records.record, wanted.ignore_extra)?;
    let outputs = usize::from(saved.outputs.to_native());
    let mut names: Vec<_> = match outputs {
        1 => vec!["score".to_owned()],
        _ => (0..outputs).map(|i| format!("score_{i}")).collect(),
    };
    if wanted.contributions {
        let inputs = || saved.inputs.iter();
        let added: Vec<_> = names
            .iter()
            .flat_map(|name| {
                let of = if outputs == 1 { "" } else { name };
                inputs().map(move |input| format!("{of}+{input}"))
            })
            .collect();
        names.extend(added);
    }
    let mut table = csv::Writer::from_writer(BufWriter::new(scores));
    table.write_record(&names)?;
    let mut row = Row::default();
    let mut values = vec![f64::NAN; saved.inputs.len()];
    if wanted.contributions && !adds_up(&saved.model, values.len()) {
        return Err(ScoreError::Contributions);
    }
    let most = most(&saved.model);
    let mut empty = None;
    let mut count = 0;
    while let Some(line) = records.next()? {
        // At the end of a table of several columns, lines of nothing are no rows.
        if columns.names.len() > 1 && records.is_empty() {
            empty.get_or_insert(line);
            continue;
        }
        let record = &records.record;
        if empty.is_some() || record.len() != columns.names.len() {
            return Err(ScoreError::Cells {
                line: empty.unwrap_or(line),
                found: if empty.is_some() { 0 } else { record.len() },
                expected: columns.names.len(),
            });
        }
        for ((cell, place), column) in record.iter().zip(&columns.places).zip(&columns.names) {
            let Some(place) = *place else {
                continue;
            };
            let value = match saved.texts.get(place).filter(|texts| !texts.is_empty()) {
                Some(texts) => category(cell, texts),
                None => number(cell).ok_or_else(|| ScoreError::Cell {
                    line,
                    column: column.clone(),
                    found: shortened(cell),
                })?,
            };
            if value.abs() > most {
                return Err(ScoreError::Large {
                    line,
                    column: column.clone(),
                    found: shortened(cell),
                });
            }
            if let Some(slot) = values.get_mut(place) {
                *slot = value;
            }
        }
        row.fill(&values);
        if outputs == 1 {
            table.write_field(shown(saved.model.score(&mut row)))?;
        } else {
            let made = saved.model.outputs(&mut row);
            for i in 0..outputs {
                table.write_field(shown(made.get(i).copied().unwrap_or(f64::NAN)))?;
            }
        }
        if wanted.contributions {
            for output in (0..).take(outputs) {
                let output = if outputs == 1 {
                    saved.model.output.to_native()
                } else {
                    output
                };
                let added = saved.model.contributions_to(output, &mut row);
                for i in 0..values.len() {
                    table.write_field(shown(added.get(i).copied().unwrap_or(f64::NAN)))?;
                }
            }
        }
        table.write_record(None::<&[u8]>)?;
        count += 1;
        if count % PROGRESS == 0 {
            progress(records.bytes());
        }
    }
    table.flush()?;
    Ok(count)
}

/// A number, or nothing where there is none.
fn shown(number: f64) -> String {
    if number.is_nan() {
        String::new()
    } else {
        number.to_string()
    }
}

/// The largest number that the model reads.
fn most(model: &ArchivedModel) -> f64 {
    match model.steps.first() {
        Some(ArchivedStep::WideTrees(_)) => f64::INFINITY,
        _ => f64::from(f32::MAX),
    }
}

/// Whether the model says what each input adds.
fn adds_up(model: &ArchivedModel, inputs: usize) -> bool {
    let mut row = Row::default();
    row.fill(&vec![0.0; inputs]);
    model.contributions(&mut row).len() == inputs
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{limits, model};

    const TWO: &str = r#"{"format": "nearfield-cosine/1", "inputs": [
        {"variable": "balance", "mean": 0.0, "scale": 1.0, "direction": 1.0},
        {"variable": "age", "mean": 0.0, "scale": 1.0, "direction": 0.0}]}"#;

    fn scored(named: bool, table: &str) -> Result<String, String> {
        with(named, table, Scoring::default())
    }

    fn with(named: bool, table: &str, wanted: Scoring) -> Result<String, String> {
        let mut imported = model::cosine(TWO.as_bytes()).unwrap();
        imported.named = named;
        let file = model::save(imported).unwrap();
        let mut scores = Vec::new();
        let mut heard = 0;
        let rows = score(
            model::saved(&file).unwrap(),
            table.as_bytes(),
            &mut scores,
            wanted,
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
        assert_eq!(scored(false, "a,b\n2,0\n").unwrap(), "score\n1\n");
        assert_eq!(
            scored(true, "age,balance\n0,2\n\n\n").unwrap(),
            "score\n1\n"
        );
        let many = format!("age,balance\n{}", "0,1\n".repeat(3_000));
        assert_eq!(scored(true, &many).unwrap().lines().count(), 3_001);
    }

    #[test]
    fn scores_come_with_what_each_input_added() {
        let wanted = Scoring {
            contributions: true,
            ignore_extra: true,
        };
        assert_eq!(
            with(true, "customer,age,balance\nberka-1,0,2\n,,\n", wanted).unwrap(),
            "score,+balance,+age\n1,1,0\n0.5,0,0\n"
        );
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
            (true, "", "line 1: is empty"),
            (true, "age;balance\n1;2\n", "separate columns by commas"),
            (
                true,
                "age,balance\n1,1e39\n",
                "line 2, column `balance`: `1e39` is infinite, or too large",
            ),
            (true, "age,balance\n1,2\n\n3,4\n", "line 3: has 0 cells"),
            (
                false,
                "0.5,1\n1,2\n",
                "line 1: `0.5` and the others are numbers",
            ),
            (
                true,
                &",".repeat(limits::CELLS),
                "line 1: has 65537 columns",
            ),
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
                .contains("a row has more than")
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
