//! Tree ensembles: `TreeEnsembleClassifier` and `TreeEnsembleRegressor`, and `TreeEnsemble` that came after
//! them.

use std::collections::{BTreeMap, BTreeSet};

use engine::models::{Link, Step};

use super::super::{
    ModelProblem, at_most,
    forest::{Forest, Plain, Test, Width},
};
use super::graph::Node;
use super::{Stage, refused};
use crate::limits;

/// A node of a tree, with what each of its leaves adds to which output.
enum Part {
    Leaf(Vec<(usize, f64)>),
    Split {
        input: usize,
        mode: u8,
        value: f64,
        yes: usize,
        no: usize,
        tracks: bool,
    },
}

/// The modes of splits in the order of their numbers.
const MODES: [&str; 7] = [
    "BRANCH_LEQ",
    "BRANCH_LT",
    "BRANCH_GTE",
    "BRANCH_GT",
    "BRANCH_EQ",
    "BRANCH_NEQ",
    "BRANCH_MEMBER",
];
const LEAF: u8 = u8::MAX;

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
            Self::Softmax => Some(Stage::Made(Step::Link(Link::Softmax))),
            Self::Logistic => Some(Stage::Made(Step::Link(Link::Logistic(1.0)))),
        }
    }
}

/// The stages of an ensemble, and how many numbers it makes.
pub(super) fn ensemble(node: &Node, inputs: usize) -> Result<(Vec<Stage>, usize), ModelProblem> {
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
            let stages = stages(&trees, inputs, &vec![0.0; targets], average, double)?;
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
            let stages = stages(&trees, inputs, &base, average, double)?;
            Ok((stages.into_iter().chain(after.stage()).collect(), targets))
        }
        _ => classifier(node, inputs),
    }
}

fn classifier(node: &Node, inputs: usize) -> Result<(Vec<Stage>, usize), ModelProblem> {
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
        let stages = stages(&trees, inputs, &base, false, double)?;
        return Ok((stages.into_iter().chain(after.stage()).collect(), classes));
    }
    // Two classes and one sum s: of the second class.
    let trees: Vec<Vec<Part>> = trees
        .into_iter()
        .map(|tree| tree.into_iter().map(Part::alone).collect())
        .collect();
    let given = base(node, node.floats("base_values")?.len().clamp(1, 2))?;
    let base = given.last().copied().unwrap_or(0.0);
    let positive = trees.iter().flatten().all(|part| match part {
        Part::Leaf(adds) => adds.iter().all(|(_, weight)| *weight >= 0.0),
        Part::Split { .. } => true,
    });
    let mut made = stages(&trees, inputs, &[base], false, double)?;
    match after {
        After::None if positive => made.push(Stage::complement()),
        After::None => made.push(Stage::linear(
            1,
            vec![vec![-1.0], vec![1.0]],
            vec![0.0, 0.0],
        )),
        After::Logistic => {
            made.push(Stage::linear(
                1,
                vec![vec![-1.0], vec![1.0]],
                vec![0.0, 0.0],
            ));
            made.extend(after.stage());
        }
        After::Softmax => {
            return Err(refused(
                node,
                "attribute `post_transform`: SOFTMAX of one sum is not read",
            ));
        }
    }
    Ok((made, 2))
}

impl Part {
    fn alone(self) -> Self {
        match self {
            Self::Leaf(adds) => {
                Self::Leaf(adds.into_iter().map(|(_, weight)| (0, weight)).collect())
            }
            split => split,
        }
    }
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
    let mut base: Vec<f64> = node
        .floats("base_values")?
        .into_iter()
        .map(f64::from)
        .collect();
    if let Some(tensor) = node.tensor("base_values_as_tensor")? {
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
    inputs: usize,
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
    let step = if double {
        Step::WideTrees(planted::<f64>(trees, inputs, &within)?.grown(divisor))
    } else {
        Step::Trees(planted::<f32>(trees, inputs, &within)?.grown(divisor))
    };
    let mut stages = vec![Stage::Made(step)];
    if apart.iter().any(|base| *base != 0.0) {
        let offsets = apart.iter().map(|base| -f32::nearest(*base)).collect();
        stages.push(Stage::scale(offsets, Vec::new()));
    }
    Ok(stages)
}

fn planted<T: Width>(
    trees: &[Vec<Part>],
    inputs: usize,
    base: &[f64],
) -> Result<Forest<T>, ModelProblem> {
    let mut forest = Forest::new(inputs, base.iter().map(|base| T::nearest(*base)).collect())?;
    let mut total = 0usize;
    for tree in trees {
        let mut outputs: BTreeSet<usize> = BTreeSet::new();
        for part in tree {
            if let Part::Leaf(adds) = part {
                outputs.extend(adds.iter().map(|(output, _)| *output));
            }
        }
        for output in outputs {
            total = total.saturating_add(tree.len());
            at_most("nodes", total, limits::NODES)?;
            let nodes: Vec<Plain> = tree.iter().map(|part| part.plain(output)).collect();
            forest.plant(&nodes, output)?;
        }
    }
    Ok(forest)
}

impl Part {
    fn plain(&self, output: usize) -> Plain {
        match self {
            Self::Leaf(adds) => {
                let own = adds.iter().filter(|(to, _)| *to == output);
                Plain::Leaf {
                    value: own.map(|(_, weight)| weight).sum(),
                    cover: 0.0,
                }
            }
            Self::Split {
                input,
                mode,
                value,
                yes,
                no,
                tracks,
            } => {
                // Not below is at least, not at most is more.
                let opposite = matches!(mode, 2 | 3);
                let test = if matches!(mode, 0 | 3) {
                    Test::AtMost(*value)
                } else {
                    Test::Below(*value)
                };
                let (yes, no) = if opposite { (*no, *yes) } else { (*yes, *no) };
                Plain::Split {
                    input: *input,
                    test,
                    yes,
                    no,
                    missing_yes: *tracks != opposite,
                    cover: 0.0,
                }
            }
        }
    }
}

fn position(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Trees of the operators of the first version; whether they are in 64 bits.
fn earlier(node: &Node, kind: &str) -> Result<(Vec<Vec<Part>>, bool), ModelProblem> {
    let ids: Vec<(i64, i64)> = pairs(node, "nodes_treeids", "nodes_nodeids")?;
    at_most("nodes", ids.len(), limits::NODES)?;
    let length = |what: &str, found: usize| {
        if found == ids.len() {
            Ok(())
        } else {
            Err(refused(
                node,
                &format!(
                    "attribute `{what}`: it has {found} entries, there are {} nodes",
                    ids.len()
                ),
            ))
        }
    };
    let mut double = false;
    let mut numbers = |name: &str| -> Result<Vec<f64>, ModelProblem> {
        Ok(match node.tensor(&format!("{name}_as_tensor"))? {
            Some(tensor) => {
                double |= tensor.double;
                tensor.numbers
            }
            None => node.floats(name)?.into_iter().map(f64::from).collect(),
        })
    };
    let values = numbers("nodes_values")?;
    let weights = numbers(&format!("{kind}_weights"))?;
    let features = node.wholes("nodes_featureids")?;
    let modes = node.texts("nodes_modes")?;
    let yes = node.wholes("nodes_truenodeids")?;
    let no = node.wholes("nodes_falsenodeids")?;
    let mut tracks = node.wholes("nodes_missing_value_tracks_true")?;
    if tracks.is_empty() {
        tracks = vec![0; ids.len()];
    }
    length("nodes_values", values.len())?;
    length("nodes_featureids", features.len())?;
    length("nodes_modes", modes.len())?;
    length("nodes_truenodeids", yes.len())?;
    length("nodes_falsenodeids", no.len())?;
    length("nodes_missing_value_tracks_true", tracks.len())?;
    let mut adds: BTreeMap<(i64, i64), Vec<(usize, f64)>> = BTreeMap::new();
    let leaves = pairs(node, &format!("{kind}_treeids"), &format!("{kind}_nodeids"))?;
    let targets = node.wholes(&format!("{kind}_ids"))?;
    if leaves.len() != targets.len() || leaves.len() != weights.len() {
        return Err(refused(
            node,
            &format!("attributes `{kind}_…`: they are not of one length"),
        ));
    }
    for ((leaf, target), weight) in leaves.into_iter().zip(targets).zip(weights) {
        adds.entry(leaf)
            .or_default()
            .push((position(target), weight));
    }
    // Nodes by tree, the root, to which nothing leads, first.
    let children: BTreeSet<(i64, i64)> = ids
        .iter()
        .zip(&modes)
        .zip(yes.iter().zip(&no))
        .filter(|((_, mode), _)| **mode != "LEAF")
        .flat_map(|(((tree, _), _), (yes, no))| [(*tree, *yes), (*tree, *no)])
        .collect();
    let mut trees: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (at, (tree, id)) in ids.iter().enumerate() {
        let nodes = trees.entry(*tree).or_default();
        nodes.push(at);
        if !children.contains(&(*tree, *id)) {
            let last = nodes.len() - 1;
            nodes.swap(0, last);
        }
    }
    let mut made = Vec::new();
    for nodes in trees.values() {
        let places: BTreeMap<i64, usize> = nodes
            .iter()
            .enumerate()
            .filter_map(|(place, at)| Some((ids.get(*at)?.1, place)))
            .collect();
        let place = |id: Option<&i64>| {
            id.and_then(|id| places.get(id))
                .copied()
                .unwrap_or(usize::MAX)
        };
        let part = |at: &usize| -> Result<Part, ModelProblem> {
            let mode = modes.get(*at).copied().unwrap_or_default();
            Ok(match self::mode(node, mode)? {
                LEAF => Part::Leaf(
                    ids.get(*at)
                        .and_then(|id| adds.get(id))
                        .cloned()
                        .unwrap_or_default(),
                ),
                mode => Part::Split {
                    input: features
                        .get(*at)
                        .map_or(usize::MAX, |feature| position(*feature)),
                    mode,
                    value: values.get(*at).copied().unwrap_or(f64::NAN),
                    yes: place(yes.get(*at)),
                    no: place(no.get(*at)),
                    tracks: tracks.get(*at).is_some_and(|tracks| *tracks != 0),
                },
            })
        };
        made.push(nodes.iter().map(part).collect::<Result<_, _>>()?);
    }
    Ok((made, double))
}

fn pairs(node: &Node, first: &str, second: &str) -> Result<Vec<(i64, i64)>, ModelProblem> {
    let (one, other) = (node.wholes(first)?, node.wholes(second)?);
    if one.len() != other.len() {
        return Err(refused(
            node,
            &format!("attributes `{first}` and `{second}`: they are not of one length"),
        ));
    }
    Ok(one.into_iter().zip(other).collect())
}

fn mode(node: &Node, name: &str) -> Result<u8, ModelProblem> {
    if name == "LEAF" {
        return Ok(LEAF);
    }
    let number = MODES
        .iter()
        .position(|mode| *mode == name)
        .and_then(|mode| u8::try_from(mode).ok());
    known(node, number, name)
}

fn known(node: &Node, mode: Option<u8>, name: &str) -> Result<u8, ModelProblem> {
    mode.filter(|mode| *mode < 4).ok_or_else(|| {
        refused(
            node,
            &format!("attribute `nodes_modes`: `{name}`: only splits by less and more are read"),
        )
    })
}

/// Trees of the operator of the second version.
fn later(node: &Node) -> Result<Vec<Vec<Part>>, ModelProblem> {
    let tensor = |name: &str| {
        let tensor = node.tensor(name)?;
        tensor.ok_or_else(|| refused(node, &format!("attribute `{name}`: it is missing")))
    };
    let values = tensor("nodes_splits")?.numbers;
    let modes = tensor("nodes_modes")?.numbers;
    let weights = tensor("leaf_weights")?.numbers;
    let targets = node.wholes("leaf_targetids")?;
    let features = node.wholes("nodes_featureids")?;
    let yes = node.wholes("nodes_truenodeids")?;
    let no = node.wholes("nodes_falsenodeids")?;
    let yes_leaf = node.wholes("nodes_trueleafs")?;
    let no_leaf = node.wholes("nodes_falseleafs")?;
    let tracks = node.wholes("nodes_missing_value_tracks_true")?;
    let mut total = 0usize;
    let mut trees = Vec::new();
    for (tree, root) in node.wholes("tree_roots")?.into_iter().enumerate() {
        at_most("trees", tree + 1, limits::TREES)?;
        // Places in the file that are still to be laid out, and whether they are leaves.
        let mut order = vec![(root, false)];
        let mut parts = Vec::new();
        while let Some((at, leaf)) = order.get(parts.len()).copied() {
            total += 1;
            at_most("nodes", total, limits::NODES)?;
            let broken = || ModelProblem::BrokenTree {
                tree,
                what: "a child is out of range",
            };
            let at = position(at);
            if leaf {
                let target = targets.get(at).ok_or_else(broken)?;
                let weight = weights.get(at).ok_or_else(broken)?;
                parts.push(Part::Leaf(vec![(position(*target), *weight)]));
                continue;
            }
            let get = |list: &[i64]| list.get(at).copied().ok_or_else(broken);
            let mode = modes.get(at).ok_or_else(broken)?;
            let number = (0..4u8).find(|number| f64::from(*number) == *mode);
            let mode = known(node, number, &mode.to_string())?;
            let next = order.len();
            order.push((get(&yes)?, get(&yes_leaf)? != 0));
            order.push((get(&no)?, get(&no_leaf)? != 0));
            parts.push(Part::Split {
                input: position(get(&features)?),
                mode,
                value: values.get(at).copied().ok_or_else(broken)?,
                yes: next,
                no: next + 1,
                tracks: tracks.get(at).is_some_and(|tracks| *tracks != 0),
            });
        }
        trees.push(parts);
    }
    Ok(trees)
}
