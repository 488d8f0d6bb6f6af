//! Models: numbers learnt from many customers, applied to one.
//!
//! A model reads variables by position and gives a score between 0 and 1. Weights are flat arrays in
//! the bundle, read in place. Each score can say what carried it: [`Contributions`].
//!
//! ```
//! use engine::models::{ArchivedModel, Kind, Model, Node, Trees};
//! let leaf = |value| Node { value, ..Node::default() };
//! let split = Node { threshold: 1_000.0, left: 1, right: 2, ..Node::default() };
//! let trees = Trees { base_margin: 0.0, roots: vec![0], nodes: vec![split, leaf(-1.0), leaf(1.0)] };
//! let model = Model { id: "rich".into(), inputs: vec![0], missing_allowed: 0.0, kind: Kind::Trees(trees) };
//! let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&model).unwrap();
//! let model = rkyv::access::<ArchivedModel, rkyv::rancor::Error>(&bytes).unwrap();
//! let score = model.score(&[2_500.0], &mut Vec::new());
//! assert!((score - 1.0 / (1.0 + (-1.0f64).exp())).abs() < 1e-12);
//! assert!(model.score(&[f64::NAN], &mut Vec::new()).is_nan());
//! ```

mod cosine;
mod trees;

pub use cosine::Cosine;
pub(crate) use cosine::standardise;
pub use trees::{Node, Trees};

use rkyv::{Archive, Serialize};

/// A model in a bundle.
#[derive(Archive, Serialize, Debug)]
pub struct Model {
    /// Its name in policies.
    pub id: String,
    /// Positions of the variables it reads, in the model's own order.
    pub inputs: Vec<u16>,
    /// The share of inputs, 0 to 1, that may be missing before it refuses to score.
    pub missing_allowed: f32,
    /// What it is made of.
    pub kind: Kind,
}

/// What a model is made of.
#[derive(Archive, Serialize, Debug)]
pub enum Kind {
    /// Gradient-boosted decision trees with a logistic link.
    Trees(Trees),
    /// Likeness to a typical customer.
    Cosine(Cosine),
}

/// How much each input moved a score, in the model's own units (log-odds for trees, cosine for
/// likeness). Position *i* belongs to the model's input *i*; their sum and the base make the score.
pub type Contributions = Vec<f64>;

impl ArchivedModel {
    /// The score, or NaN when too many inputs are missing. `row` is scratch for the inputs.
    pub fn score(&self, variables: &[f64], row: &mut Vec<f32>) -> f64 {
        if !self.fill(variables, row) {
            return f64::NAN;
        }
        match &self.kind {
            ArchivedKind::Trees(trees) => trees.score(row),
            ArchivedKind::Cosine(cosine) => cosine.score(row),
        }
    }

    /// What carried the score; empty when the model refuses to score.
    pub fn contributions(&self, variables: &[f64], row: &mut Vec<f32>) -> Contributions {
        if !self.fill(variables, row) {
            return Vec::new();
        }
        match &self.kind {
            ArchivedKind::Trees(trees) => trees.contributions(row),
            ArchivedKind::Cosine(cosine) => cosine.contributions(row),
        }
    }

    /// Gathers the inputs; false when too many are missing.
    fn fill(&self, variables: &[f64], row: &mut Vec<f32>) -> bool {
        row.clear();
        row.extend(self.inputs.iter().map(|i| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "models are trained on f32 inputs"
            )]
            let value = variables
                .get(usize::from(i.to_native()))
                .map_or(f32::NAN, |v| *v as f32);
            value
        }));
        let missing = row.iter().filter(|value| value.is_nan()).count();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a model has at most 65,535 inputs"
        )]
        let share = missing as f32 / row.len().max(1) as f32;
        !row.is_empty() && share <= self.missing_allowed.to_native()
    }
}

/// The logistic function, from `libm` so that every host gives the same bits.
fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}
