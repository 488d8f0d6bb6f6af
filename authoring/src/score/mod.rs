//! Scoring a table with a model: a row in, its numbers out.
//!
//! Columns are found by name where the model names its inputs, else taken in order. An empty cell is a
//! missing value, and so is what pandas takes for one: `NA`, `NaN`, `null`, `None` and so on. Rows stream; none is kept. A score comes with what each input added to it, if wanted.
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
mod difference;
mod error;
mod records;
mod rows;

use std::io::{BufWriter, Read, Write};

use engine::models::{ArchivedModel, Row};

pub use difference::{Difference, difference};
pub use error::ScoreError;

use crate::model::ArchivedSaved;
use rows::Rows;

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
    progress: impl FnMut(u64),
) -> Result<u64, ScoreError> {
    let rows = Rows::new(saved, rows, wanted.ignore_extra)?;
    let (inputs, outputs) = (saved.inputs.len(), usize::from(saved.outputs.to_native()));
    if wanted.contributions && !adds_up(&saved.model, inputs) {
        return Err(ScoreError::Contributions);
    }
    let mut table = csv::Writer::from_writer(BufWriter::new(scores));
    table.write_record(names(saved, wanted))?;
    let count = rows.each(progress, |row| {
        if outputs == 1 {
            table.write_field(shown(saved.model.score(row)))?;
        } else {
            let made = saved.model.outputs(row);
            for i in 0..outputs {
                table.write_field(shown(made.get(i).copied().unwrap_or(f64::NAN)))?;
            }
        }
        for output in (0..).take(if wanted.contributions { outputs } else { 0 }) {
            let one = saved.model.output.to_native();
            let added = saved
                .model
                .contributions_to(if outputs == 1 { one } else { output }, row);
            for i in 0..inputs {
                table.write_field(shown(added.get(i).copied().unwrap_or(f64::NAN)))?;
            }
        }
        Ok(table.write_record(None::<&[u8]>)?)
    })?;
    table.flush()?;
    Ok(count)
}

/// The first line of a table of scores.
fn names(saved: &ArchivedSaved, wanted: Scoring) -> Vec<String> {
    let scores: Vec<_> = match saved.outputs.to_native() {
        1 => vec!["score".to_owned()],
        outputs => (0..outputs).map(|i| format!("score_{i}")).collect(),
    };
    let of = |score: &String| match scores.len() {
        1 => String::new(),
        _ => score.clone(),
    };
    let mut names = scores.clone();
    for score in scores.iter().filter(|_| wanted.contributions) {
        let inputs = saved.inputs.iter();
        names.extend(inputs.map(|input| format!("{}+{input}", of(score))));
    }
    names
}

/// A number, or nothing where there is none.
fn shown(number: f64) -> String {
    if number.is_nan() {
        String::new()
    } else {
        number.to_string()
    }
}

/// Whether the model says what each input adds.
fn adds_up(model: &ArchivedModel, inputs: usize) -> bool {
    let mut row = Row::default();
    row.fill(&vec![0.0; inputs]);
    model.contributions(&mut row).len() == inputs
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
        assert_eq!(heard > 0, rows >= super::rows::PROGRESS);
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

    /// The list is that of `pandas.read_csv`; what else is written for nothing is a text there too.
    #[test]
    fn what_pandas_takes_for_missing_is_missing() {
        for missing in [
            "NA", "null", "None", " NaN ", "-nan", "#N/A N/A", "<NA>", "1.#QNAN",
        ] {
            let table = format!("age,balance\n{missing},2\n");
            assert_eq!(scored(true, &table).unwrap(), "score\n1\n", "{missing}");
        }
        for text in ["NAN", "+nan", "none", "-", "?", "missing"] {
            let found = scored(true, &format!("age,balance\n{text},2\n")).unwrap_err();
            let expected = format!("line 2, column `age`: `{text}` is not a number");
            assert!(found.contains(&expected), "{found}");
        }
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
