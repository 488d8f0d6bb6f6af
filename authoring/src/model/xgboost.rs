//! XGBoost's own JSON (`Booster.save_model("….json")`): `gbtree`, `binary:logistic`, numeric splits.
//!
//! Inner nodes get the mean of the leaves below, weighted by `sum_hessian` (the cover), which is what
//! contributions are measured from. Nodes that no path reaches (XGBoost leaves pruned ones in the
//! arrays) are dropped.

use engine::{
    limits::TREE_DEPTH,
    models::{Kind, Node, Trees},
};
use serde::Deserialize;

use super::{Imported, ModelProblem, at_most, bytes, finite, inputs};
use crate::limits;

#[derive(Deserialize)]
struct File {
    learner: Learner,
}

#[derive(Deserialize)]
struct Learner {
    feature_names: Vec<String>,
    gradient_booster: Booster,
    learner_model_param: LearnerParam,
    objective: Objective,
}

#[derive(Deserialize)]
struct Booster {
    name: String,
    model: Option<Model>,
}

#[derive(Deserialize)]
struct Model {
    trees: Vec<Tree>,
}

#[derive(Deserialize)]
struct LearnerParam {
    base_score: String,
    #[serde(default)]
    num_class: String,
    #[serde(default)]
    num_target: String,
}

#[derive(Deserialize)]
struct Objective {
    name: String,
}

#[derive(Deserialize)]
struct Tree {
    left_children: Vec<i64>,
    right_children: Vec<i64>,
    split_indices: Vec<u64>,
    split_conditions: Vec<f32>,
    default_left: Vec<Truth>,
    sum_hessian: Vec<f32>,
    #[serde(default)]
    split_type: Vec<i64>,
}

/// XGBoost writes truths as 0 and 1, older versions as `true` and `false`.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Truth {
    Flag(bool),
    Number(i64),
}

/// Reads an XGBoost model.
pub fn xgboost(json: &[u8]) -> Result<Imported, ModelProblem> {
    bytes(json)?;
    let File { learner } = serde_json::from_slice(json)?;
    supported("objective", &learner.objective.name, "binary:logistic")?;
    supported("booster", &learner.gradient_booster.name, "gbtree")?;
    for (what, number) in [
        ("num_class", &learner.learner_model_param.num_class),
        ("num_target", &learner.learner_model_param.num_target),
    ] {
        if !matches!(number.as_str(), "" | "0" | "1") {
            return Err(unsupported(what, number, "one output"));
        }
    }
    inputs(&learner.feature_names)?;
    if learner.feature_names.is_empty() {
        return Err(unsupported(
            "feature_names",
            "empty",
            "a model that names its features",
        ));
    }
    let trees = learner
        .gradient_booster
        .model
        .map(|model| model.trees)
        .unwrap_or_default();
    at_most("trees", trees.len(), limits::TREES)?;
    let base_margin = base_margin(&learner.learner_model_param.base_score)?;
    let mut all = Trees {
        base_margin,
        ..Trees::default()
    };
    for (i, tree) in trees.iter().enumerate() {
        plant(tree, i, learner.feature_names.len(), &mut all)?;
    }
    Ok(Imported {
        inputs: learner.feature_names,
        kind: Kind::Trees(all),
    })
}

fn supported(what: &'static str, found: &str, expected: &'static str) -> Result<(), ModelProblem> {
    if found == expected {
        Ok(())
    } else {
        Err(unsupported(what, found, expected))
    }
}

fn unsupported(what: &'static str, found: &str, expected: &'static str) -> ModelProblem {
    ModelProblem::Unsupported {
        what,
        found: found.to_owned(),
        expected,
    }
}

/// The log-odds of `base_score`, a probability written as `5E-1` or, since 3.1, as `[5E-1]`.
fn base_margin(text: &str) -> Result<f32, ModelProblem> {
    let number: f64 = text
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok()
        .filter(|score| *score > 0.0 && *score < 1.0)
        .ok_or_else(|| ModelProblem::Number {
            what: "base_score".to_owned(),
            found: text.to_owned(),
            remedy: "it must be a probability between 0 and 1",
        })?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "margins are 32-bit in XGBoost"
    )]
    let margin = -((1.0 / number - 1.0).ln()) as f32;
    // A base score of one half gives −0.0; a margin has no use for the sign.
    Ok(if margin == 0.0 { 0.0 } else { margin })
}

/// Appends the nodes that a path from the root reaches, parents before children.
fn plant(tree: &Tree, number: usize, features: usize, all: &mut Trees) -> Result<(), ModelProblem> {
    let broken = |what| ModelProblem::BrokenTree { tree: number, what };
    let length = tree.left_children.len();
    let lengths = [
        tree.right_children.len(),
        tree.split_indices.len(),
        tree.split_conditions.len(),
        tree.default_left.len(),
        tree.sum_hessian.len(),
    ];
    if length == 0 || lengths.iter().any(|other| *other != length) {
        return Err(broken("its arrays are empty or of different lengths"));
    }
    if tree.split_type.iter().any(|kind| *kind != 0) {
        return Err(unsupported("split_type", "categorical", "numeric splits"));
    }
    let first = all.nodes.len();
    // Positions in the file of the nodes in the order of the result, with their depth.
    let mut order = vec![(0usize, 1usize)];
    let mut seen = vec![false; length];
    let mut next = 0;
    while let Some((from, depth)) = order.get(next).copied() {
        if seen
            .get_mut(from)
            .is_none_or(|seen| core::mem::replace(seen, true))
        {
            return Err(broken("two branches lead to one node"));
        }
        if depth > TREE_DEPTH {
            return Err(broken("it is deeper than 64 nodes"));
        }
        let node = split(tree, from, number, features)?;
        let Some((node, left, right)) = node else {
            all.nodes.push(leaf(tree, from, number)?);
            next += 1;
            continue;
        };
        let position =
            |i: usize| u32::try_from(first + i).map_err(|_| broken("it has too many nodes"));
        all.nodes.push(Node {
            left: position(order.len())?,
            right: position(order.len() + 1)?,
            ..node
        });
        order.push((left, depth + 1));
        order.push((right, depth + 1));
        next += 1;
        at_most("nodes", first + order.len(), limits::NODES)?;
    }
    expect_values(tree, &order, first, number, all)?;
    all.roots
        .push(u32::try_from(first).map_err(|_| broken("it has too many nodes"))?);
    Ok(())
}

/// The split at a position, with its children; nothing for a leaf.
fn split(
    tree: &Tree,
    from: usize,
    number: usize,
    features: usize,
) -> Result<Option<(Node, usize, usize)>, ModelProblem> {
    let broken = |what| ModelProblem::BrokenTree { tree: number, what };
    let read = |children: &[i64]| children.get(from).copied();
    let (Some(left), Some(right)) = (read(&tree.left_children), read(&tree.right_children)) else {
        return Err(broken("a child is out of range"));
    };
    if left == -1 && right == -1 {
        return Ok(None);
    }
    let child = |position: i64| {
        let position = usize::try_from(position).ok();
        position
            .filter(|p| *p < tree.left_children.len())
            .ok_or_else(|| broken("a child is out of range"))
    };
    let (left, right) = (child(left)?, child(right)?);
    let input = tree
        .split_indices
        .get(from)
        .and_then(|i| u16::try_from(*i).ok());
    let input = input
        .filter(|input| usize::from(*input) < features)
        .ok_or_else(|| broken("it splits on a feature that is not named"))?;
    let missing_left = match tree.default_left.get(from) {
        Some(Truth::Flag(flag)) => *flag,
        Some(Truth::Number(flag)) => *flag != 0,
        None => false,
    };
    let threshold = tree.split_conditions.get(from).copied().unwrap_or(f32::NAN);
    let threshold = finite(|| format!("a threshold of tree {number}"), threshold)?;
    Ok(Some((
        Node {
            input,
            missing_left,
            threshold,
            ..Node::default()
        },
        left,
        right,
    )))
}

fn leaf(tree: &Tree, from: usize, number: usize) -> Result<Node, ModelProblem> {
    let value = tree.split_conditions.get(from).copied().unwrap_or(f32::NAN);
    Ok(Node {
        value: finite(|| format!("a leaf of tree {number}"), value)?,
        ..Node::default()
    })
}

/// Gives each inner node the cover-weighted mean of the leaves below it.
fn expect_values(
    tree: &Tree,
    order: &[(usize, usize)],
    first: usize,
    number: usize,
    all: &mut Trees,
) -> Result<(), ModelProblem> {
    // Children come after their parents, so one pass from the end meets them first. Pairs are
    // (cover, cover × value) of the leaves below.
    let mut below: Vec<(f64, f64)> = vec![(0.0, 0.0); order.len()];
    for (i, (from, _)) in order.iter().enumerate().rev() {
        let Some(node) = all.nodes.get_mut(first + i) else {
            continue;
        };
        let totals = if node.left == 0 {
            let cover = tree.sum_hessian.get(*from).copied().unwrap_or(f32::NAN);
            let cover = f64::from(finite(|| format!("a cover of tree {number}"), cover)?.max(0.0));
            (cover, cover * f64::from(node.value))
        } else {
            let at = |position: u32| {
                let position = usize::try_from(position)
                    .unwrap_or(usize::MAX)
                    .wrapping_sub(first);
                below.get(position).copied().unwrap_or_default()
            };
            let (left, right) = (at(node.left), at(node.right));
            let totals = (left.0 + right.0, left.1 + right.1);
            #[expect(clippy::cast_possible_truncation, reason = "node values are 32-bit")]
            let mean = if totals.0 > 0.0 {
                (totals.1 / totals.0) as f32
            } else {
                0.0
            };
            node.value = mean;
            totals
        };
        if let Some(slot) = below.get_mut(i) {
            *slot = totals;
        }
    }
    Ok(())
}
