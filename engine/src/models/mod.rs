//! Models: numbers learnt from many customers, applied to one.
//!
//! A model reads variables by position and is a short list of [`Step`]s: each makes a row of numbers from
//! the row before, and one number of the last row is the score. Weights are flat arrays in the bundle, read
//! in place. Each score can say what carried it: [`Contributions`]. Two sorts of model have scores of their
//! own names: a [`Sequence`] goes along with a customer's transactions, a [`Journey`] knows which steps
//! customers take one after the other. A [`Pool`] makes one score of several.
//!
//! ```
//! use engine::models::{ArchivedModel, Link, Model, Node, Row, Step, Tree, Trees, column};
//! // Not below 1,000, or missing: the first child; below: the second.
//! let split = Node { threshold: 1_000.0, column: column(0, false), child: 1 };
//! let trees = Trees {
//!     base: vec![0.0],
//!     trees: vec![Tree { root: 0, depth: 1, output: 0 }],
//!     nodes: vec![split, Node::leaf(1.0), Node::leaf(-1.0)],
//!     ..Trees::default()
//! };
//! let steps = vec![Step::Trees(trees), Step::Link(Link::Logistic(1.0))];
//! let model = Model { id: "rich".into(), inputs: vec![0], missing_allowed: 0.0, steps, output: 0 };
//! let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&model).unwrap();
//! let model = rkyv::access::<ArchivedModel, rkyv::rancor::Error>(&bytes).unwrap();
//! let mut row = Row::default();
//! row.fill(&[2_500.0]);
//! assert!((model.score(&mut row) - 1.0 / (1.0 + (-1.0f64).exp())).abs() < 1e-12);
//! row.fill(&[f64::NAN]);
//! assert!(model.score(&mut row).is_nan());
//! ```

mod activation;
mod cosine;
mod dense;
mod journey;
mod link;
mod matrix;
mod pool;
mod recurrent;
mod row;
mod sequence;
mod shapley;
mod trees;

pub use activation::Activation;
pub use cosine::Cosine;
pub(crate) use cosine::standardise;
pub use dense::{Curve, Dense, Norm, Scale};
pub(crate) use journey::Planned;
pub use journey::{ArchivedJourney, Journey, Milestone, TENTHS};
pub use link::Link;
pub use matrix::{LANES, Matrix};
pub use pool::{ArchivedPool, Combine, Pool};
pub use recurrent::{ArchivedRecurrent, Cell, Recurrent, State};
pub use row::Row;
pub use sequence::{ArchivedOutput, ArchivedSequence, Output, Sequence};
pub(crate) use sequence::{Memory, scores};
pub use trees::{CATEGORIES, Node, Real, Set, Tree, Trees, column};

use rkyv::{Archive, Archived, Serialize};

/// A model in a bundle.
#[derive(Archive, Serialize, Debug)]
pub struct Model {
    /// Its name in policies.
    pub id: String,
    /// Positions of the variables it reads, in the model's own order.
    pub inputs: Vec<u16>,
    /// The share of inputs, 0 to 1, that may be missing before it refuses to score.
    pub missing_allowed: f32,
    /// What it is made of. The first step reads the inputs, each other one the row that the step before
    /// made. Trees that come first name variables themselves, so that nothing is gathered for them
    /// ([`Model::place`]).
    pub steps: Vec<Step>,
    /// Which number of the last row is the score.
    pub output: u16,
}

/// What makes a row of numbers from a row.
#[derive(Archive, Serialize, Debug)]
pub enum Step {
    /// Decision trees that compare and add in 32 bits, as XGBoost does.
    Trees(Trees<f32>),
    /// Decision trees that compare and add in 64 bits, as LightGBM does.
    WideTrees(Trees<f64>),
    /// Likeness to a typical customer.
    Cosine(Cosine),
    /// From margins to what people read.
    Link(Link),
    /// A linear model, or a layer of a network.
    Dense(Dense),
    /// Each number by itself, moved and stretched.
    Scale(Scale),
    /// Division by the row's length.
    Norm(Norm),
    /// From scores to probabilities, by isotonic regression.
    Curve(Curve),
    /// A layer of LSTM or GRU cells; the row is a sequence of events.
    Recurrent(Recurrent),
    /// Of other scores, once all of them are made; nothing of a row.
    Pool(Pool),
}

/// How much each input moved a score, in the model's own units (log-odds for trees and linear models, cosine for
/// likeness). Position *i* belongs to the model's input *i*; their sum and the base make the score. Networks with
/// more than one layer and sequences have none: no exact method is cheap enough.
pub type Contributions = Vec<f64>;

impl Model {
    /// Gives a model whose inputs are counted from 0 its variables: `inputs` holds the position of each.
    pub fn place(&mut self, inputs: Vec<u16>) {
        match self.steps.first_mut() {
            Some(Step::Trees(trees)) => trees.place(&inputs),
            Some(Step::WideTrees(trees)) => trees.place(&inputs),
            _ => {}
        }
        self.inputs = inputs;
    }
}

impl ArchivedModel {
    /// The score for the customer in `row`, or NaN when too many inputs are missing.
    pub fn score(&self, row: &mut Row) -> f64 {
        let output = usize::from(self.output.to_native());
        self.outputs(row).get(output).copied().unwrap_or(f64::NAN)
    }

    /// All numbers that the model makes for the customer in `row`; none when too many inputs are missing.
    pub fn outputs<'r>(&self, row: &'r mut Row) -> &'r [f64] {
        row.made.clear();
        if self.answers(row) {
            for (i, step) in self.steps.iter().enumerate() {
                if i == 0 {
                    self.first(step, row);
                } else {
                    step.then(row);
                }
            }
        }
        &row.made
    }

    /// What carried the score; empty when the model refuses to score.
    pub fn contributions(&self, row: &mut Row) -> Contributions {
        self.contributions_to(self.output.to_native(), row)
    }

    /// What carried one of the numbers that the model makes.
    pub fn contributions_to(&self, output: u16, row: &mut Row) -> Contributions {
        if !self.answers(row) {
            return Vec::new();
        }
        let by_variable = match self.steps.first() {
            Some(ArchivedStep::Trees(trees)) => {
                let columns = trees.columns(&row.given.single, &mut row.regiven.single);
                trees.contributions(columns, output)
            }
            Some(ArchivedStep::WideTrees(trees)) => {
                let columns = trees.columns(&row.given.double, &mut row.regiven.double);
                trees.contributions(columns, output)
            }
            Some(ArchivedStep::Cosine(cosine)) => {
                row.gather(&self.inputs);
                return cosine.contributions(&row.made);
            }
            _ => return self.products(output, row),
        };
        let own = |input: &Archived<u16>| {
            let moved = by_variable.get(usize::from(input.to_native()));
            moved.copied().unwrap_or(0.0)
        };
        self.inputs.iter().map(own).collect()
    }

    /// Of a linear model, what each input adds: its weight times the input as the steps before prepare it, so that
    /// one that is standardised counts from its mean. Nothing where a network follows.
    fn products(&self, output: u16, row: &mut Row) -> Contributions {
        row.gather(&self.inputs);
        let mut steps = self.steps.iter();
        for step in &mut steps {
            match step {
                ArchivedStep::Scale(_) => step.then(row),
                ArchivedStep::Dense(dense)
                    if steps.as_slice().iter().all(ArchivedStep::is_link) =>
                {
                    row.narrow();
                    return dense.matrix.products(output, &row.narrow);
                }
                _ => break,
            }
        }
        Vec::new()
    }

    /// The pool that it is, if it is one.
    pub(crate) fn pool(&self) -> Option<&ArchivedPool> {
        match self.steps.first() {
            Some(ArchivedStep::Pool(pool)) => Some(pool),
            _ => None,
        }
    }

    fn first(&self, step: &ArchivedStep, row: &mut Row) {
        match step {
            ArchivedStep::Trees(trees) => {
                let columns = trees.columns(&row.given.single, &mut row.regiven.single);
                trees.sum(columns, &mut row.made);
            }
            ArchivedStep::WideTrees(trees) => {
                let columns = trees.columns(&row.given.double, &mut row.regiven.double);
                trees.sum(columns, &mut row.made);
            }
            _ => {
                row.gather(&self.inputs);
                step.then(row);
            }
        }
    }

    /// Whether enough inputs are known.
    fn answers(&self, row: &Row) -> bool {
        row.knows(self.missing_allowed, &self.inputs)
    }
}

impl ArchivedStep {
    /// Whether each number that it makes follows from one margin, or from all alike.
    fn is_link(&self) -> bool {
        matches!(self, Self::Link(_) | Self::Curve(_))
    }

    /// Makes a row from the row that the step before made.
    fn then(&self, row: &mut Row) {
        match self {
            Self::Trees(trees) => {
                row.regiven.fill(&row.made);
                let mut spare = Vec::new();
                let columns = trees.columns(&row.regiven.single, &mut spare);
                trees.sum(columns, &mut row.made);
            }
            Self::WideTrees(trees) => {
                row.regiven.fill(&row.made);
                let mut spare = Vec::new();
                let columns = trees.columns(&row.regiven.double, &mut spare);
                trees.sum(columns, &mut row.made);
            }
            Self::Cosine(cosine) => {
                let score = cosine.score(&row.made);
                row.made.clear();
                row.made.push(score);
            }
            Self::Link(link) => link.apply(&mut row.made),
            Self::Dense(dense) => dense.apply(row),
            Self::Scale(scale) => scale.apply(row),
            Self::Norm(norm) => norm.apply(&mut row.made),
            Self::Curve(curve) => curve.apply(&mut row.made),
            Self::Recurrent(recurrent) => recurrent.apply(row),
            Self::Pool(_) => row.made.clear(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a model of these steps makes of a row.
    pub(super) fn outputs(steps: Vec<Step>, values: &[f64]) -> Vec<f64> {
        let model = Model {
            id: "made-up".to_owned(),
            inputs: (0..).take(values.len()).collect(),
            missing_allowed: 1.0,
            steps,
            output: 0,
        };
        let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&model).unwrap();
        let model = rkyv::access::<ArchivedModel, rkyv::rancor::Error>(&bytes).unwrap();
        let mut row = Row::default();
        row.fill(values);
        model.outputs(&mut row).to_vec()
    }
}
