//! Trees that are not planted yet: others may still be put beside them, and columns before them.

use std::collections::BTreeSet;

use engine::models::Step;

use super::super::super::{
    ModelProblem, at_most,
    forest::{Forest, Plain, Test, Width},
};
use super::super::feature::Feature;
use super::part::Part;
use crate::limits;

/// An ensemble of trees.
pub(in super::super) struct Grove {
    /// The nodes of each tree, and the output that it adds to.
    trees: Vec<(Vec<Plain>, usize)>,
    /// What each output is before the first tree.
    base: Vec<f64>,
    divisor: u32,
    double: bool,
    /// How many numbers a row has that it reads.
    inputs: usize,
    /// Whether it is of several ensembles.
    several: bool,
}

impl Grove {
    /// Every tree once for each output that it adds to.
    pub(super) fn of(
        trees: &[Vec<Part>],
        base: Vec<f64>,
        divisor: u32,
        double: bool,
    ) -> Result<Self, ModelProblem> {
        let mut grown = Vec::new();
        let mut total = 0usize;
        for tree in trees {
            let leaves = tree.iter().filter_map(|part| match part {
                Part::Leaf(adds) => Some(adds),
                Part::Split { .. } => None,
            });
            let outputs: BTreeSet<usize> = leaves.flatten().map(|(output, _)| *output).collect();
            for output in outputs {
                total = total.saturating_add(tree.len());
                at_most("nodes", total, limits::NODES)?;
                grown.push((tree.iter().map(|part| part.plain(output)).collect(), output));
            }
        }
        Ok(Self {
            trees: grown,
            base,
            divisor,
            double,
            inputs: 0,
            several: false,
        })
    }

    /// Steps that go up or down where the bounds are: below the first bound the first height, and so on.
    pub(in super::super) fn stairs(bounds: &[f32], heights: &[f32]) -> Self {
        let mut nodes = Vec::new();
        let leaf = |at: usize| Plain::Leaf {
            value: f64::from(heights.get(at).copied().unwrap_or_default()),
            cover: 0.0,
        };
        // Which bounds are still to be told apart at a node, first and one past the last.
        let mut open = vec![(0, bounds.len())];
        let mut next = 0;
        while let Some((first, end)) = open.get(next).copied() {
            next += 1;
            let middle = first + (end - first) / 2;
            nodes.push(match bounds.get(middle).filter(|_| first < end) {
                None => leaf(first),
                Some(bound) => {
                    let yes = open.len();
                    open.extend([(first, middle), (middle + 1, end)]);
                    Plain::Split {
                        input: 0,
                        test: Test::Below(f64::from(*bound)),
                        yes,
                        no: yes + 1,
                        missing_yes: true,
                        cover: 0.0,
                    }
                }
            });
        }
        Self {
            trees: vec![(nodes, 0)],
            base: vec![0.0],
            divisor: 1,
            double: false,
            inputs: 1,
            several: false,
        }
    }

    /// The same for rows of that many numbers.
    pub(in super::super) fn reading(self, inputs: usize) -> Self {
        Self { inputs, ..self }
    }

    /// How many numbers it makes.
    pub(in super::super) fn outputs(&self) -> usize {
        self.base.len()
    }

    /// Whether it is of several ensembles, of which no one's reasons are the score's.
    pub(in super::super) fn is_several(&self) -> bool {
        self.several
    }

    pub(in super::super) fn size(&self) -> usize {
        let nodes = self.trees.iter().map(|(nodes, _)| nodes.len());
        nodes.sum::<usize>().saturating_mul(16)
    }

    /// Both, the outputs of the other behind its own; none where they cannot be added up alike. `apart`:
    /// how far on in the row the inputs of the other are.
    pub(in super::super) fn beside(&self, other: &Self, apart: usize) -> Option<Self> {
        if self.divisor != other.divisor || self.double || other.double {
            return None;
        }
        let mut trees = self.trees.clone();
        for (nodes, output) in &other.trees {
            let mut nodes = nodes.clone();
            for node in &mut nodes {
                if let Plain::Split { input, .. } = node {
                    *input = input.saturating_add(apart);
                }
            }
            trees.push((nodes, output.saturating_add(self.base.len())));
        }
        Some(Self {
            trees,
            base: [&*self.base, &other.base].concat(),
            divisor: self.divisor,
            double: self.double,
            inputs: self.inputs.max(other.inputs + apart),
            several: true,
        })
    }

    /// The same trees on what the columns are made of.
    pub(in super::super) fn rooted(
        self,
        features: &[Feature],
        inputs: usize,
    ) -> Result<Self, ModelProblem> {
        let mut work = 0;
        let mut trees = Vec::new();
        for (tree, (nodes, output)) in self.trees.into_iter().enumerate() {
            let ask = |node: &Plain| match node {
                Plain::Leaf { .. } => Ok(node.clone()),
                Plain::Split { input, .. } => {
                    let feature = features.get(*input).ok_or(ModelProblem::BrokenTree {
                        tree,
                        what: "it asks about an input that the model does not have",
                    })?;
                    feature.asked(node, self.double, &mut work)
                }
            };
            let nodes = nodes.iter().map(ask).collect::<Result<_, _>>()?;
            trees.push((nodes, output));
        }
        Ok(Self {
            trees,
            inputs,
            ..self
        })
    }

    pub(in super::super) fn step(self) -> Result<Step, ModelProblem> {
        Ok(if self.double {
            Step::WideTrees(self.planted::<f64>()?.grown(self.divisor))
        } else {
            Step::Trees(self.planted::<f32>()?.grown(self.divisor))
        })
    }

    fn planted<T: Width>(&self) -> Result<Forest<T>, ModelProblem> {
        let base = self.base.iter().map(|base| T::nearest(*base)).collect();
        let mut forest = Forest::new(self.inputs, base)?;
        for (nodes, output) in &self.trees {
            forest.plant(nodes, *output)?;
        }
        Ok(forest)
    }
}
