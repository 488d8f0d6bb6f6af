//! Tree ensembles: `TreeEnsembleClassifier` and `TreeEnsembleRegressor`, and `TreeEnsemble` that came after
//! them.

mod earlier;
mod grove;
mod later;
mod part;

use std::collections::BTreeSet;

use engine::models::Link;

use super::super::{ModelProblem, at_most};
use super::graph::Node;
use super::{finite, refused, stage::Stage};
use crate::limits;
use earlier::earlier;
pub(super) use grove::Grove;
use later::later;
use part::Part;

/// What is done with the sums.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum After {
    None,
    Softmax,
    Logistic,
}

impl After {
    pub(super) fn named(node: &Node) -> Result<Self, ModelProblem> {
        match node.text("post_transform", "NONE")? {
            "NONE" => Ok(Self::None),
            "SOFTMAX" => Ok(Self::Softmax),
            "LOGISTIC" => Ok(Self::Logistic),
            _ => Err(refused(
                node,
                "attribute `post_transform`: only NONE, SOFTMAX and LOGISTIC are read",
            )),
        }
    }

    pub(super) fn stage(self) -> Option<Stage> {
        match self {
            Self::None => None,
            Self::Softmax => Some(Stage::Link(Link::Softmax)),
            Self::Logistic => Some(Stage::Link(Link::Logistic(1.0))),
        }
    }
}

/// The stages of an ensemble, and how many numbers it makes.
pub(super) fn ensemble(node: &Node) -> Result<(Vec<Stage>, usize), ModelProblem> {
    match node.operator {
        "TreeEnsemble" => {
            let trees = later(node)?;
            let targets = count(node, node.whole("n_targets", 1)?)?;
            if node.whole("post_transform", 0)? != 0 {
                // ONNX Runtime counts the functions in another order than the standard.
                return Err(refused(
                    node,
                    "attribute `post_transform`: only 0 is read, put the function in a node of its own",
                ));
            }
            let double = node
                .tensor("nodes_splits")?
                .is_some_and(|splits| splits.double);
            let average = match node.whole("aggregate_function", 1)? {
                0 => true,
                1 => false,
                _ => {
                    return Err(refused(
                        node,
                        "attribute `aggregate_function`: only sum and average are read",
                    ));
                }
            };
            let stages = stages(&trees, &vec![0.0; targets], average, double)?;
            Ok((stages, targets))
        }
        "TreeEnsembleRegressor" => {
            let (trees, double) = earlier(node, "target")?;
            let targets = count(node, node.whole("n_targets", 1)?)?;
            let average = match node.text("aggregate_function", "SUM")? {
                "SUM" => false,
                "AVERAGE" => true,
                _ => {
                    return Err(refused(
                        node,
                        "attribute `aggregate_function`: only SUM and AVERAGE are read",
                    ));
                }
            };
            let after = After::named(node)?;
            if targets == 1 && after != After::None {
                // The standard applies it, ONNX Runtime does not.
                return Err(refused(
                    node,
                    "attribute `post_transform`: of one target, put the function in a node of its own",
                ));
            }
            let base = base(node, targets)?;
            let stages = stages(&trees, &base, average, double)?;
            Ok((stages.into_iter().chain(after.stage()).collect(), targets))
        }
        _ => classifier(node),
    }
}

fn classifier(node: &Node) -> Result<(Vec<Stage>, usize), ModelProblem> {
    let (trees, double) = earlier(node, "class")?;
    let classes = node
        .wholes("classlabels_int64s")?
        .len()
        .max(node.texts("classlabels_strings")?.len());
    let classes = count(node, i64::try_from(classes).unwrap_or(i64::MAX))?;
    let after = After::named(node)?;
    let leaves = || {
        trees.iter().flatten().filter_map(|part| match part {
            Part::Leaf(adds) => Some(adds),
            Part::Split { .. } => None,
        })
    };
    let targets: BTreeSet<usize> = leaves().flatten().map(|(target, _)| *target).collect();
    if classes > 2 || targets.len() > 1 {
        let base = base(node, classes)?;
        let stages = stages(&trees, &base, false, double)?;
        return Ok((stages.into_iter().chain(after.stage()).collect(), classes));
    }
    // Two classes and one sum s, of the second class. It is the second of two outputs, as the score will be,
    // so that reasons are found by its place.
    let trees: Vec<Vec<Part>> = trees
        .into_iter()
        .map(|tree| tree.into_iter().map(Part::second).collect())
        .collect();
    let given = base(node, node.floats("base_values")?.len().clamp(1, 2))?;
    let base = given.last().copied().unwrap_or(0.0);
    let positive = trees.iter().flatten().all(|part| match part {
        Part::Leaf(adds) => adds.iter().all(|(_, weight)| *weight >= 0.0),
        Part::Split { .. } => true,
    });
    let mut made = stages(&trees, &[0.0, base], false, double)?;
    let rows = vec![vec![0.0, -1.0], vec![0.0, 1.0]];
    let rest = if after == After::None && positive {
        1.0
    } else {
        0.0
    };
    made.push(Stage::linear(2, rows, vec![rest, 0.0]));
    match after {
        After::None => {}
        After::Logistic => made.extend(after.stage()),
        After::Softmax => {
            return Err(refused(
                node,
                "attribute `post_transform`: SOFTMAX of one sum is not read",
            ));
        }
    }
    Ok((made, 2))
}

fn count(node: &Node, count: i64) -> Result<usize, ModelProblem> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    at_most("outputs", count, limits::OUTPUTS)?;
    if count == 0 {
        return Err(refused(node, "it has no output"));
    }
    Ok(count)
}

fn base(node: &Node, outputs: usize) -> Result<Vec<f64>, ModelProblem> {
    let given = node.floats("base_values")?;
    finite(node, "attribute `base_values`", &given)?;
    let mut base: Vec<f64> = given.into_iter().map(f64::from).collect();
    if let Some(tensor) = node.tensor("base_values_as_tensor")? {
        finite(node, "attribute `base_values_as_tensor`", &tensor.floats())?;
        base = tensor.numbers;
    }
    if base.is_empty() {
        base = vec![0.0; outputs];
    }
    if base.len() != outputs {
        return Err(refused(
            node,
            "attribute `base_values`: one number for each output is needed",
        ));
    }
    Ok(base)
}

fn stages(
    trees: &[Vec<Part>],
    base: &[f64],
    average: bool,
    double: bool,
) -> Result<Vec<Stage>, ModelProblem> {
    let divisor = if average {
        u32::try_from(trees.len()).unwrap_or(1).max(1)
    } else {
        1
    };
    // The base is added to the mean, not divided.
    let (within, apart) = if average {
        (vec![0.0; base.len()], base)
    } else {
        (base.to_vec(), &[][..])
    };
    let mut stages = vec![Stage::Trees(Grove::of(trees, within, divisor, double)?)];
    if apart.iter().any(|base| *base != 0.0) {
        let offsets = apart.iter().map(|base| -super::narrow(*base)).collect();
        stages.push(Stage::scale(offsets, Vec::new()));
    }
    Ok(stages)
}
