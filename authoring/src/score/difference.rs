//! How far two models are apart.

use std::io::Read;

use super::{ScoreError, rows::Rows};
use crate::model::ArchivedSaved;

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
    found.rows = Rows::new(one, rows, true)?.each(
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
