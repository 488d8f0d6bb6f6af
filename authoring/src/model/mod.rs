//! Models: importing weights that others trained.
//!
//! Inputs are matched to variables by name. Everything is checked here, on the bank's side: shapes,
//! finite numbers, depths, cycles; the engine then only computes.
//!
//! ```
//! let json = br#"{"format": "nearfield-cosine/1", "inputs":
//!     [{"variable": "balance", "mean": 100.0, "scale": 50.0, "direction": 1.0}]}"#;
//! let model = authoring::model::cosine(json).unwrap();
//! assert_eq!(model.inputs, ["balance"]);
//! ```

mod calibration;
mod centroids;
mod forest;
mod journey;
mod lightgbm;
pub(crate) mod network;
mod onnx;
mod saved;
mod sequence;
mod space;
mod ubjson;
mod weights;
mod xgboost;

pub use calibration::{Calibration, CalibrationError, Outcomes};
pub use centroids::{Centroids, Persona, cosine, personas};
pub use journey::{ImportedJourney, ImportedMilestone, journey};
pub use lightgbm::lightgbm;
pub use onnx::onnx;
pub use saved::{ArchivedSaved, Saved, SavedProblem, save, saved};
pub use sequence::{ImportedSequence, Titled, sequence};
pub use ubjson::UbjsonProblem;
pub use weights::Weights;
pub use xgboost::xgboost;

use engine::models::{Activation, Link, Step};

use crate::limits;

/// A model as imported, its inputs by name.
#[derive(Debug)]
pub struct Imported {
    /// Variables, in the model's own order.
    pub inputs: Vec<String>,
    /// Whether the file names its inputs; where it does not, `inputs` counts them.
    pub named: bool,
    /// For each input, the texts that it holds: its number is the place of a text among them, one past the
    /// last for any other. Empty where all inputs are numbers.
    pub texts: Vec<Vec<String>>,
    /// What it is made of; trees that come first name inputs by their place in `inputs`.
    pub steps: Vec<Step>,
    /// Which number of the last row is the score.
    pub output: u16,
    /// How many numbers the last row has.
    pub outputs: usize,
}

impl Imported {
    /// The model, for rows that hold its inputs in their order.
    pub fn alone(self, id: &str) -> engine::models::Model {
        engine::models::Model {
            id: id.to_owned(),
            inputs: (0..).take(self.inputs.len()).collect(),
            missing_allowed: 1.0,
            steps: self.steps,
            output: self.output,
        }
    }
}

/// Why a model file was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelProblem {
    /// A tree whose nodes do not make a tree.
    #[error("tree {tree}: {what}: the file is damaged, export the model again")]
    BrokenTree {
        /// Which tree, from 0.
        tree: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A calibration that is none.
    #[error(
        "attribute `calibration`: {0}; write `{{\"platt\": [slope, intercept]}}` or `{{\"isotonic\": [[x, y], …]}}`"
    )]
    Calibration(#[source] serde_json::Error),
    /// A tree that is of a size which is not read.
    #[error("tree {tree}: it {what}, at most {limit} are read: train smaller trees")]
    LargeTree {
        /// Which tree, from 0.
        tree: usize,
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: usize,
    },
    /// A name that no table can show.
    #[error(
        "input {place} has the name `{}`, which is empty or holds control characters: give its column another name and train again",
        crate::shown::quoted(name)
    )]
    InputName {
        /// Which input, from 0.
        place: usize,
        /// Its name.
        name: String,
    },
    /// Two inputs of one name.
    #[error("input `{0}` is there twice: train on each variable once")]
    DuplicateInput(String),
    /// Not the JSON of such a model.
    #[error("not a model file of this kind: {0}; see `models/README.md`")]
    Json(#[from] serde_json::Error),
    /// A line of a model's text that cannot be read.
    #[error("line {line}: {what}")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// Lists that must be of one length are not.
    #[error(
        "{what} has {found} numbers, {expected} are needed: one for each {each}, in their order"
    )]
    Length {
        /// Which list.
        what: String,
        /// What each number is for.
        each: &'static str,
        /// How many it has.
        found: usize,
        /// How many it must have.
        expected: usize,
    },
    /// A model whose inputs have no names, where variables are found by name.
    #[error(
        "it does not name its inputs: train it on a table whose columns are named like variables"
    )]
    Nameless,
    /// Layers of a network that are not there, or do not fit.
    #[error("{0}: train the model again")]
    Network(String),
    /// A score whose name means nothing, is there twice or is none; or there are no scores.
    #[error(
        "`{0}` names no score: give each step or output a name of its own in lower-case letters, digits and hyphens, and at least one"
    )]
    ScoreName(String),
    /// A stream that there is not, or not of transactions.
    #[error("`{name}` is no stream of transactions: {remedy}")]
    Stream {
        /// The name.
        name: String,
        /// What may have been meant.
        remedy: String,
    },
    /// A number that is infinite, NaN or out of bounds.
    #[error("{what} is {found}: {remedy}")]
    Number {
        /// Which number.
        what: String,
        /// What was found.
        found: String,
        /// What it must be.
        remedy: &'static str,
    },
    /// Not an ONNX file, or not a whole one.
    #[error("not an ONNX model that can be read: {what}")]
    Onnx {
        /// What is wrong.
        what: &'static str,
    },
    /// A constant or a column of an ONNX model that is not what it must be.
    #[error("{thing} `{name}`: {what}")]
    OnnxValue {
        /// What it is.
        thing: &'static str,
        /// Its name.
        name: String,
        /// What is wrong with it, and what to do.
        what: String,
    },
    /// An operator of an ONNX model that is not read.
    #[error(
        "operator `{operator}`, node `{node}`: {what}; see `models/README.md` for what is read"
    )]
    Operator {
        /// The operator.
        operator: String,
        /// The name of the node, or of what it makes where it has none.
        node: String,
        /// What is not read.
        what: String,
    },
    /// An input that holds texts, where it must be a number.
    #[error(
        "input `{0}` holds texts, which a model may be asked about in a table only: encode it by `OneHotEncoder` or `OrdinalEncoder` inside the model, and train on a number to decide on it"
    )]
    Texts(String),
    /// More than is accepted.
    #[error("it has {found} {what}, the limit is {limit}: train a smaller model")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much was found.
        found: usize,
        /// How much is allowed.
        limit: usize,
    },
    /// Not the UBJSON of such a model.
    #[error("not a model file of this kind: {0}; see `models/README.md`")]
    Ubjson(#[from] UbjsonProblem),
    /// A kind of model that is not read.
    #[error("{what} is `{found}`: only {expected} is read")]
    Unsupported {
        /// Which property.
        what: &'static str,
        /// What was found.
        found: String,
        /// What is read.
        expected: &'static str,
    },
}

/// Whether a model of these steps can say what moved its score: trees, likeness, and one linear layer.
pub(crate) fn explains(steps: &[Step]) -> bool {
    if let [Step::Trees(_) | Step::WideTrees(_) | Step::Cosine(_), ..] = steps {
        return true;
    }
    let is_scale = |step: &&Step| matches!(step, Step::Scale(_));
    let mut rest = steps.iter().skip_while(is_scale);
    let is_link = |step: &Step| matches!(step, Step::Link(_) | Step::Curve(_));
    matches!(rest.next(), Some(Step::Dense(_))) && rest.all(is_link)
}

/// Where the scores of a model of these steps lie.
pub(crate) fn range(steps: &[Step]) -> (f64, f64) {
    const ALL: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);
    match steps.last() {
        Some(
            Step::Cosine(_)
            | Step::Pool(_)
            | Step::Link(Link::Logistic(_) | Link::Softmax | Link::Positive),
        ) => (0.0, 1.0),
        Some(Step::Link(Link::Exp | Link::SoftPlus)) => (0.0, f64::INFINITY),
        Some(Step::Dense(dense)) if dense.activation == Activation::Sigmoid => (0.0, 1.0),
        Some(Step::Curve(curve)) => match (curve.y.first(), curve.y.last()) {
            (Some(first), Some(last)) => (first.min(*last), first.max(*last)),
            _ => ALL,
        },
        _ => ALL,
    }
}

fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), ModelProblem> {
    if found > limit {
        Err(ModelProblem::TooMuch { what, found, limit })
    } else {
        Ok(())
    }
}

fn unsupported(what: &'static str, found: &str, expected: &'static str) -> ModelProblem {
    ModelProblem::Unsupported {
        what,
        found: found.chars().take(80).collect(),
        expected,
    }
}

/// The bytes of a file of a size that is read, without the mark that some editors put before a text.
fn bytes(file: &[u8]) -> Result<&[u8], ModelProblem> {
    at_most("bytes", file.len(), limits::MODEL_BYTES)?;
    Ok(file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file))
}

/// Whether a file is of the form that is expected.
fn format(found: &str, expected: &'static str) -> Result<(), ModelProblem> {
    if found == expected {
        Ok(())
    } else {
        Err(unsupported("`format`", found, expected))
    }
}

fn finite(what: impl FnOnce() -> String, number: f32) -> Result<f32, ModelProblem> {
    if number.is_finite() {
        Ok(number)
    } else {
        let remedy = "it must be a finite 32-bit number";
        Err(ModelProblem::Number {
            what: what(),
            found: number.to_string(),
            remedy,
        })
    }
}

fn inputs(names: &[String]) -> Result<(), ModelProblem> {
    at_most("inputs", names.len(), limits::INPUTS)?;
    let odd = |name: &str| name.trim().is_empty() || name.chars().any(char::is_control);
    if let Some((place, name)) = names.iter().enumerate().find(|(_, name)| odd(name)) {
        let name = name.chars().take(80).collect();
        return Err(ModelProblem::InputName { place, name });
    }
    let mut seen = std::collections::BTreeSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(twice) => Err(ModelProblem::DuplicateInput(twice.clone())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
