//! The rows of a table, as a model reads them.

use std::io::Read;

use engine::models::{ArchivedModel, ArchivedStep, Row};

use super::{ScoreError, columns::Columns, records::Records};
use crate::model::ArchivedSaved;

/// Rows between two words about progress.
pub(super) const PROGRESS: u64 = 1_024;

/// A table whose first line has been read.
pub(super) struct Rows<'m, R> {
    saved: &'m ArchivedSaved,
    records: Records<R>,
    columns: Columns,
    /// The largest number that the model reads.
    most: f64,
    values: Vec<f64>,
}

impl<'m, R: Read> Rows<'m, R> {
    pub(super) fn new(
        saved: &'m ArchivedSaved,
        rows: R,
        ignore_extra: bool,
    ) -> Result<Self, ScoreError> {
        let mut records = Records::new(rows);
        records.next()?;
        Ok(Self {
            columns: Columns::new(saved, &records.record, ignore_extra)?,
            records,
            most: most(&saved.model),
            values: vec![f64::NAN; saved.inputs.len()],
            saved,
        })
    }

    /// Calls `take` with each row; how many there were. `progress` hears now and then how many bytes have been read.
    pub(super) fn each(
        mut self,
        mut progress: impl FnMut(u64),
        mut take: impl FnMut(&mut Row) -> Result<(), ScoreError>,
    ) -> Result<u64, ScoreError> {
        let mut row = Row::default();
        let mut empty = None;
        let mut count = 0;
        let width = self.columns.names.len();
        while let Some(line) = self.records.next()? {
            // At the end of a table of several columns, lines of nothing are no rows.
            if width > 1 && self.records.is_empty() {
                empty.get_or_insert(line);
                continue;
            }
            let found = self.records.record.len();
            if empty.is_some() || found != width {
                return Err(ScoreError::Cells {
                    line: empty.unwrap_or(line),
                    found: if empty.is_some() { 0 } else { found },
                    expected: width,
                });
            }
            self.fill(line)?;
            row.fill(&self.values);
            take(&mut row)?;
            count += 1;
            if count % PROGRESS == 0 {
                progress(self.records.bytes());
            }
        }
        Ok(count)
    }

    /// Reads the cells of a record.
    fn fill(&mut self, line: u64) -> Result<(), ScoreError> {
        let columns = self.columns.places.iter().zip(&self.columns.names);
        for (cell, (place, column)) in self.records.record.iter().zip(columns) {
            let Some(place) = *place else {
                continue;
            };
            let texts = self.saved.texts.get(place);
            let value = match texts.filter(|texts| !texts.is_empty()) {
                Some(texts) => category(cell, texts),
                None => number(cell).ok_or_else(|| ScoreError::Cell {
                    line,
                    column: column.clone(),
                    found: super::shortened(cell),
                })?,
            };
            if value.abs() > self.most {
                return Err(ScoreError::Large {
                    line,
                    column: column.clone(),
                    found: super::shortened(cell),
                });
            }
            if let Some(slot) = self.values.get_mut(place) {
                *slot = value;
            }
        }
        Ok(())
    }
}

fn most(model: &ArchivedModel) -> f64 {
    match model.steps.first() {
        Some(ArchivedStep::WideTrees(_)) => f64::INFINITY,
        _ => f64::from(f32::MAX),
    }
}

/// What stands for a missing value: what `pandas.read_csv` takes for one.
const MISSING: [&str; 19] = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
];

/// The value of a cell, NaN when it is missing.
fn number(cell: &[u8]) -> Option<f64> {
    let text = core::str::from_utf8(cell).ok()?.trim();
    if MISSING.contains(&text) {
        Some(f64::NAN)
    } else {
        // Rust has other ways to write NaN, which pandas takes for texts.
        text.parse().ok().filter(|number: &f64| !number.is_nan())
    }
}

/// The place of a text among those that a model knows, one past the last for any other, NaN for none.
fn category(cell: &[u8], texts: &[rkyv::string::ArchivedString]) -> f64 {
    let known = texts.iter().position(|text| text.as_bytes() == cell);
    if known.is_none() && MISSING.iter().any(|missing| missing.as_bytes() == cell) {
        return f64::NAN;
    }
    let place = u32::try_from(known.unwrap_or(texts.len()));
    place.map_or(f64::NAN, f64::from)
}
