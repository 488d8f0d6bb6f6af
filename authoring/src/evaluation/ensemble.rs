//! A weighted mean of models over one encoding, calibrated.

use std::{
    collections::BTreeMap,
    fmt::Write,
    io::Read,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{
    EvaluationError, Figures, Outcome, Task, figures,
    scorer::{Trees, Unusable},
};
use crate::{
    encoding::{Encoding, Feature, Table},
    limits,
    shown::{message, quoted},
};

/// Scores nearer to 0 or 1 than this are moved there before the log-odds are taken.
const EDGE: f64 = 1e-9;

#[derive(Deserialize)]
struct File {
    format: String,
    task: String,
    label: Label,
    features: Vec<Feature>,
    members: Vec<MemberFile>,
    calibration: Option<Platt>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    column: String,
    positive: String,
    negative: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberFile {
    weight: f64,
    trees: Option<String>,
    linear: Option<Linear>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Linear {
    intercept: f64,
    weights: BTreeMap<String, f64>,
}

/// Platt's scaling, of the log-odds of the mean score.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Platt {
    slope: f64,
    intercept: f64,
}

enum Member {
    Trees(Trees),
    Linear {
        intercept: f64,
        weights: Vec<(usize, f64)>,
    },
}

/// The model of one task.
pub(super) struct Ensemble {
    label: Label,
    features: Vec<Feature>,
    members: Vec<(f64, Member)>,
    calibration: Option<Platt>,
}

impl Ensemble {
    /// Reads `model.json` in a folder and the files that it names.
    pub(super) fn open(task: Task, folder: &Path) -> Result<Self, EvaluationError> {
        let path = folder.join("model.json");
        let wrong = |what: String| EvaluationError::Model {
            file: message(path.display()).to_string(),
            what,
        };
        let file: File =
            serde_json::from_slice(&unpacked(&path)?).map_err(|cause| EvaluationError::Json {
                file: message(path.display()).to_string(),
                cause,
            })?;
        if file.format != "nearfield-task/1" || file.task != task.name() {
            return Err(wrong(format!(
                "it is `{}` of `{}`, not `nearfield-task/1` of `{}`",
                quoted(&file.format),
                quoted(&file.task),
                task.name()
            )));
        }
        if file.members.is_empty() || file.members.len() > limits::MEMBERS {
            let limit = limits::MEMBERS;
            return Err(wrong(format!("it must have 1 to {limit} members")));
        }
        let total: f64 = file.members.iter().map(|member| member.weight).sum();
        let weighs = |weight: f64| weight.is_finite() && weight > 0.0;
        if !file.members.iter().all(|member| weighs(member.weight)) || !weighs(total) {
            return Err(wrong("a member's weight is not above 0".to_owned()));
        }
        let position = |name: &str| file.features.iter().position(|other| other.name == name);
        let mut members = Vec::with_capacity(file.members.len());
        for member in file.members {
            let made = match (member.trees, member.linear) {
                (Some(name), None) => Member::Trees(trees(folder, &name, position)?),
                (None, Some(linear)) => linear.member(position).map_err(wrong)?,
                _ => return Err(wrong("a member is not either trees or linear".to_owned())),
            };
            members.push((member.weight / total, made));
        }
        Ok(Self {
            label: file.label,
            features: file.features,
            members,
            calibration: file.calibration,
        })
    }

    /// Scores and measures a table.
    pub(super) fn evaluate(&self, table: &Table) -> Result<Outcome, EvaluationError> {
        let labels = self.labels(table)?;
        let rows = Encoding::new(&self.features, table)?.rows(table)?;
        let scores = self.scores(&rows);
        let mut predictions = "score\n".to_owned();
        for score in &scores {
            // Writing to a text cannot fail.
            let _ = writeln!(predictions, "{score}");
        }
        Ok(Outcome {
            figures: Figures::Table(figures::table(&scores, &labels)),
            predictions,
        })
    }

    fn scores(&self, rows: &[Vec<f64>]) -> Vec<f64> {
        let mut mean = vec![0.0; rows.len()];
        for (weight, member) in &self.members {
            for (sum, score) in mean.iter_mut().zip(member.scores(rows)) {
                *sum += weight * score;
            }
        }
        if let Some(platt) = self.calibration {
            for score in &mut mean {
                *score = platt.apply(*score);
            }
        }
        mean
    }

    fn labels(&self, table: &Table) -> Result<Vec<bool>, EvaluationError> {
        let Label {
            column,
            positive,
            negative,
        } = &self.label;
        let at = table
            .column(column)
            .ok_or_else(|| crate::encoding::EncodingError::NoColumn {
                file: table.file().to_owned(),
                column: column.clone(),
            })?;
        let label = |row| match table.cell(row, at) {
            cell if cell == positive => Ok(true),
            cell if cell == negative => Ok(false),
            cell => Err(EvaluationError::Cell {
                file: table.file().to_owned(),
                line: table.line(row),
                column: "the label",
                found: cell.to_owned(),
                expected: "one of the two labels of this data set: give the rows with their outcome",
            }),
        };
        (0..table.len()).map(label).collect()
    }
}

impl Member {
    fn scores(&self, rows: &[Vec<f64>]) -> Vec<f64> {
        match self {
            Self::Trees(trees) => trees.scores(rows),
            Self::Linear { intercept, weights } => rows
                .iter()
                .map(|row| {
                    let part = |(at, weight): &(usize, f64)| {
                        let value = row.get(*at).copied().unwrap_or(f64::NAN);
                        // What is missing says nothing.
                        if value.is_nan() { 0.0 } else { weight * value }
                    };
                    logistic(intercept + weights.iter().map(part).sum::<f64>())
                })
                .collect(),
        }
    }
}

impl Linear {
    fn member(self, position: impl Fn(&str) -> Option<usize>) -> Result<Member, String> {
        let weights = self.weights.into_iter().map(|(name, weight)| {
            position(&name)
                .map(|at| (at, weight))
                .ok_or_else(|| no_feature(&name))
        });
        Ok(Member::Linear {
            intercept: self.intercept,
            weights: weights.collect::<Result<_, _>>()?,
        })
    }
}

impl Platt {
    fn apply(self, score: f64) -> f64 {
        let score = score.clamp(EDGE, 1.0 - EDGE);
        logistic(self.slope * libm::log(score / (1.0 - score)) + self.intercept)
    }
}

fn trees(
    folder: &Path,
    name: &str,
    position: impl Fn(&str) -> Option<usize>,
) -> Result<Trees, EvaluationError> {
    // A member's name is a file beside the model, so that a model reaches nothing else.
    let path = folder.join(Path::new(name).file_name().unwrap_or_default());
    let shown = || message(path.display()).to_string();
    Trees::import(&unpacked(&path)?, position).map_err(|why| match why {
        Unusable::Refused(cause) => EvaluationError::Member {
            file: shown(),
            cause,
        },
        Unusable::NoFeature(name) => EvaluationError::Model {
            file: shown(),
            what: no_feature(&name),
        },
        Unusable::Archive(what) => EvaluationError::Model {
            file: shown(),
            what,
        },
    })
}

fn no_feature(name: &str) -> String {
    format!("it reads `{}`, which is no feature", quoted(name))
}

/// The bytes of a model's file, unpacked when it is gzip.
pub(super) fn unpacked(path: &PathBuf) -> Result<Vec<u8>, EvaluationError> {
    let failed = |cause| EvaluationError::Io {
        file: message(path.display()).to_string(),
        cause,
    };
    let bound = limits::MODEL_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    let mut file = std::fs::File::open(path).map_err(failed)?.take(bound);
    file.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut text = Vec::new();
        let mut unpack = flate2::bufread::MultiGzDecoder::new(bytes.as_slice()).take(bound);
        unpack.read_to_end(&mut text).map_err(failed)?;
        bytes = text;
    }
    if bytes.len() > limits::MODEL_BYTES {
        return Err(EvaluationError::Model {
            file: message(path.display()).to_string(),
            what: format!("it has more than {} bytes", limits::MODEL_BYTES),
        });
    }
    Ok(bytes)
}

fn logistic(margin: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-margin))
}
