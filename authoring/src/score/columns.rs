//! Which column of a table holds which input of a model.

use std::collections::BTreeMap;

use csv::ByteRecord;

use super::{ScoreError, shortened};
use crate::{limits, model::ArchivedSaved, suggest::suggest};

/// The columns of a table, in order.
pub(super) struct Columns {
    pub(super) names: Vec<String>,
    /// The input that each holds; none for one that is passed over.
    pub(super) places: Vec<Option<usize>>,
}

impl Columns {
    /// Reads the first line.
    pub(super) fn new(
        saved: &ArchivedSaved,
        head: &ByteRecord,
        ignore_extra: bool,
    ) -> Result<Self, ScoreError> {
        if head.len() > limits::CELLS {
            return Err(ScoreError::Wide {
                found: head.len(),
                most: limits::CELLS,
            });
        }
        let names: Vec<String> = head.iter().map(name).collect();
        if names.iter().all(|name| name.trim().is_empty()) {
            return Err(ScoreError::Empty);
        }
        let places = if saved.named {
            by_name(saved, &names, ignore_extra)?
        } else {
            in_order(saved, &names)?
        };
        Ok(Self { names, places })
    }
}

/// Spreadsheets mark the beginning of a file.
fn name(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    text.trim_start_matches('\u{feff}').to_owned()
}

fn in_order(saved: &ArchivedSaved, names: &[String]) -> Result<Vec<Option<usize>>, ScoreError> {
    let expected = saved.inputs.len();
    if names.len() != expected {
        return Err(ScoreError::Columns {
            found: names.len(),
            expected,
        });
    }
    if names.iter().all(|name| name.trim().parse::<f64>().is_ok()) {
        return Err(ScoreError::Head {
            found: shortened(names.first().map_or("", |name| name).as_bytes()),
        });
    }
    Ok((0..expected).map(Some).collect())
}

fn by_name(
    saved: &ArchivedSaved,
    names: &[String],
    ignore_extra: bool,
) -> Result<Vec<Option<usize>>, ScoreError> {
    let inputs = saved.inputs.iter().map(|input| input.as_str());
    let known: BTreeMap<&str, usize> = inputs.clone().zip(0..).collect();
    let mut found = vec![false; saved.inputs.len()];
    let mut places = Vec::with_capacity(names.len());
    for name in names {
        let place = known.get(name.as_str()).or_else(|| known.get(name.trim()));
        let Some(place) = place.copied() else {
            if ignore_extra {
                places.push(None);
                continue;
            }
            let separator = [';', '\t'].into_iter().find(|c| name.contains(*c));
            return Err(ScoreError::ExtraColumn {
                column: shortened(name.as_bytes()),
                remedy: match separator {
                    Some(_) if names.len() == 1 => "separate columns by commas".to_owned(),
                    _ => {
                        suggest(name, inputs.clone())
                            + "; or pass over such columns with `--ignore-extra`"
                    }
                },
            });
        };
        if found
            .get_mut(place)
            .is_none_or(|found| core::mem::replace(found, true))
        {
            return Err(ScoreError::TwiceColumn {
                column: shortened(name.as_bytes()),
            });
        }
        places.push(Some(place));
    }
    match inputs.zip(&found).find(|(_, found)| !**found) {
        Some((input, _)) => Err(ScoreError::MissingColumn {
            column: shortened(input.as_bytes()),
        }),
        None => Ok(places),
    }
}
