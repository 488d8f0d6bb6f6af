//! Calibration: from a model's scores to probabilities, learnt from scores with what came of them.
//!
//! The scores are those that `nearfield score` writes for the model as it is, of rows that it was not trained
//! on. Platt's method fits a logistic curve (Platt 1999, with the targets and Newton's method of Lin, Lin and
//! Weng, "A note on Platt's probabilistic outputs for support vector machines", 2007); isotonic regression
//! the rising line with the least squares (pool adjacent violators), level beyond its ends.
//!
//! ```
//! use authoring::model::{Calibration, Outcomes, cosine};
//! let mut table = "label,score\n".to_owned();
//! for i in 0..40 {
//!     table += &format!("{},{}\n", u8::from(i % 4 > 1), f64::from(i) / 40.0);
//! }
//! let outcomes = Outcomes::read(table.as_bytes()).unwrap();
//! # let json = br#"{"format": "nearfield-cosine/1", "inputs":
//! #     [{"variable": "balance", "mean": 100.0, "scale": 50.0, "direction": 1.0}]}"#;
//! let mut model = cosine(json).unwrap();
//! Calibration::Platt.fit(&mut model, &outcomes).unwrap();
//! ```

use std::io::Read;

use csv::{ByteRecord, ReaderBuilder};
use engine::models::{Curve, Dense, Link, Matrix, Scale, Step};

use super::Imported;
use crate::limits;

/// A method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calibration {
    /// A logistic curve.
    Platt,
    /// A rising line through points.
    Isotonic,
}

/// Scores with what came of them.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// Score, and whether it was the second class.
    rows: Vec<(f64, bool)>,
}

/// Why a model cannot be calibrated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrationError {
    /// A cell that is not what its column holds.
    #[error("line {line}, column `{column}`: `{found}` is not {expected}")]
    Cell {
        /// Which line, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What is there.
        found: String,
        /// What must be.
        expected: &'static str,
    },
    /// Not such a table.
    #[error("line {line}: {what}")]
    Csv {
        /// Which line, from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// Not enough to learn from.
    #[error("it has {found} rows, at least {MIN_ROWS} are needed: score more rows")]
    Few {
        /// How many there are.
        found: usize,
    },
    /// A model that is not about two classes.
    #[error(
        "the model makes {outputs} numbers: only a score, or the shares of two classes, can be calibrated"
    )]
    Model {
        /// How many numbers it makes.
        outputs: usize,
    },
    /// Nothing to tell apart.
    #[error("all labels are {label}: rows of both classes are needed")]
    OneClass {
        /// What they all are.
        label: u8,
    },
}

/// The largest score that is read, without its sign: squares of it are finite.
const MOST: f64 = 1e30;
/// Fewer rows would give a curve of chance.
const MIN_ROWS: usize = 20;

impl Outcomes {
    /// Reads a CSV table with the columns `label` (0 or 1) and `score`; others are passed over.
    pub fn read(table: impl Read) -> Result<Self, CalibrationError> {
        let bytes = limits::TABLE_BYTES + 1;
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .from_reader(table.take(bytes));
        let mut record = ByteRecord::new();
        let mut places = None;
        let mut rows = Vec::new();
        loop {
            let more = reader.read_byte_record(&mut record);
            let line = record.position().map_or(1, csv::Position::line);
            let wrong = |what: String| CalibrationError::Csv { line, what };
            if !more.map_err(|error| wrong(error.to_string()))? {
                break;
            }
            if reader.position().byte() >= bytes || rows.len() >= limits::TABLE_ROWS {
                return Err(wrong(
                    "the table is too large: give a part of it".to_owned(),
                ));
            }
            let Some((label, score)) = places else {
                let place = |name: &str| {
                    let found = record.iter().position(|cell| text(cell).trim() == name);
                    found.ok_or_else(|| wrong(format!("there is no column `{name}`: add it")))
                };
                places = Some((place("label")?, place("score")?));
                continue;
            };
            let cell = |at| text(record.get(at).unwrap_or_default());
            let refused = |column, found: String, expected| CalibrationError::Cell {
                line,
                column,
                found: found.chars().take(80).collect(),
                expected,
            };
            let label = match cell(label).trim() {
                "0" => false,
                "1" => true,
                other => return Err(refused("label", other.to_owned(), "0 or 1")),
            };
            let number: Option<f64> = cell(score).trim().parse().ok();
            let number = number.filter(|number| number.abs() <= MOST);
            let number = number
                .ok_or_else(|| refused("score", cell(score), "a number: leave out rows without"))?;
            rows.push((number, label));
        }
        if rows.len() < MIN_ROWS {
            return Err(CalibrationError::Few { found: rows.len() });
        }
        if let Some((_, label)) = rows.first()
            && rows.iter().all(|(_, other)| other == label)
        {
            let label = u8::from(*label);
            return Err(CalibrationError::OneClass { label });
        }
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok(Self { rows })
    }
}

impl Calibration {
    /// Makes probabilities of a model's scores. `outcomes` holds scores of the model as it is.
    pub fn fit(self, model: &mut Imported, outcomes: &Outcomes) -> Result<(), CalibrationError> {
        let outputs = model.outputs;
        if !matches!((outputs, model.output), (1, 0) | (2, 1)) {
            return Err(CalibrationError::Model { outputs });
        }
        match self {
            Self::Platt => {
                let (slope, intercept) = platt(outcomes);
                model.steps.extend(logistic(slope, intercept, outputs));
            }
            Self::Isotonic => model.steps.push(Step::Curve(isotonic(outcomes))),
        }
        if outputs == 2 {
            // The share of the first class is what the second one leaves.
            model.steps.push(Step::Dense(Dense {
                matrix: Matrix::new(2, &[&[0.0, -1.0], &[0.0, 1.0]], &[1.0, 0.0]),
                ..Dense::default()
            }));
        }
        Ok(())
    }
}

/// The steps of 1 / (1 + exp(slope x + intercept)), for each number of a row.
fn logistic(slope: f64, intercept: f64, outputs: usize) -> Vec<Step> {
    #[expect(clippy::cast_possible_truncation, reason = "scales count in 32 bits")]
    let offset = (-intercept / slope) as f32;
    if !offset.is_finite() {
        // The score says nothing: the share of the second class it is.
        let share = 1.0 / (1.0 + libm::exp(intercept));
        return vec![Step::Curve(Curve {
            x: vec![0.0],
            y: vec![share],
        })];
    }
    let scale = Scale {
        offsets: vec![offset; outputs],
        ..Scale::default()
    };
    vec![Step::Scale(scale), Step::Link(Link::Logistic(-slope))]
}

/// Slope and intercept of the logistic curve.
fn platt(outcomes: &Outcomes) -> (f64, f64) {
    let ones = count(outcomes.rows.iter().filter(|(_, label)| *label).count());
    let zeros = count(outcomes.rows.len()) - ones;
    // Targets a little inside of 0 and 1, as few rows are no proof.
    let (high, low) = ((ones + 1.0) / (ones + 2.0), 1.0 / (zeros + 2.0));
    // Scores around zero, of the size of one: the steps of Newton's method then are of one size too.
    let mean = outcomes.rows.iter().map(|(score, _)| score).sum::<f64>() / (ones + zeros);
    let spread = outcomes
        .rows
        .iter()
        .map(|(score, _)| (score - mean).powi(2));
    let spread = (spread.sum::<f64>() / (ones + zeros)).sqrt();
    let spread = if spread > 0.0 { spread } else { 1.0 };
    let rows: Vec<(f64, f64)> = outcomes
        .rows
        .iter()
        .map(|(score, label)| ((score - mean) / spread, if *label { high } else { low }))
        .collect();
    let loss = |a: f64, b: f64| -> f64 {
        let of = |(x, target): &(f64, f64)| {
            let margin = a * x + b;
            if margin >= 0.0 {
                target * margin + libm::log1p(libm::exp(-margin))
            } else {
                (target - 1.0) * margin + libm::log1p(libm::exp(margin))
            }
        };
        rows.iter().map(of).sum()
    };
    let (mut a, mut b) = (0.0, libm::log((zeros + 1.0) / (ones + 1.0)));
    let mut now = loss(a, b);
    for _ in 0..ROUNDS {
        // Gradient and Hessian.
        let (mut aa, mut bb, mut ab, mut da, mut db) = (RIDGE, RIDGE, 0.0, 0.0, 0.0);
        for (x, target) in &rows {
            let share = 1.0 / (1.0 + libm::exp(a * x + b));
            let curve = share * (1.0 - share);
            (aa, bb, ab) = (aa + x * x * curve, bb + curve, ab + x * curve);
            (da, db) = (da + x * (target - share), db + (target - share));
        }
        if da.abs() < ENOUGH && db.abs() < ENOUGH {
            break;
        }
        let determinant = aa * bb - ab * ab;
        let toward_a = -(bb * da - ab * db) / determinant;
        let toward_b = -(aa * db - ab * da) / determinant;
        let fall = da * toward_a + db * toward_b;
        let mut step = 1.0;
        while step > LEAST_STEP {
            let (to_a, to_b) = (a + step * toward_a, b + step * toward_b);
            let then = loss(to_a, to_b);
            if then < now + 1e-4 * step * fall {
                (a, b, now) = (to_a, to_b, then);
                break;
            }
            step /= 2.0;
        }
        if step <= LEAST_STEP {
            break;
        }
    }
    (a / spread, b - a * mean / spread)
}

/// Rounds of Newton's method, more than any table has needed.
const ROUNDS: usize = 100;
/// Keeps the Hessian from being singular.
const RIDGE: f64 = 1e-12;
/// A gradient that is flat.
const ENOUGH: f64 = 1e-9;
/// The shortest step that is tried.
const LEAST_STEP: f64 = 1e-10;

/// The rising line with the least squares.
fn isotonic(outcomes: &Outcomes) -> Curve {
    // Rows of one score are one point.
    let mut points: Vec<(f64, f64, f64)> = Vec::new();
    for (score, label) in &outcomes.rows {
        let ones = f64::from(u8::from(*label));
        match points.last_mut() {
            Some((last, sum, rows)) if last == score => (*sum, *rows) = (*sum + ones, *rows + 1.0),
            _ => points.push((*score, ones, 1.0)),
        }
    }
    // Blocks that fall are one: first point, last point, ones, rows.
    let mut blocks: Vec<(f64, f64, f64, f64)> = Vec::new();
    for (score, ones, rows) in points {
        let mut block = (score, score, ones, rows);
        while let Some((first, _, sum, count)) = blocks.last().copied()
            && sum / count >= block.2 / block.3
        {
            block = (first, block.1, sum + block.2, count + block.3);
            blocks.pop();
        }
        blocks.push(block);
    }
    let mut curve = Curve::default();
    for (first, last, ones, rows) in blocks {
        let height = ones / rows;
        curve.x.push(first);
        curve.y.push(height);
        if last > first {
            curve.x.push(last);
            curve.y.push(height);
        }
    }
    curve
}

fn text(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    text.trim_start_matches('\u{feff}').to_owned()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a table has two million rows at most"
)]
fn count(rows: usize) -> f64 {
    rows as f64
}
