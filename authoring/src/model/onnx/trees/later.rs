//! Trees of `TreeEnsemble`, the operator of the second version.

use super::super::super::{ModelProblem, at_most};
use super::super::{graph::Node, refused};
use super::part::{Part, known, position};
use crate::limits;

/// The trees.
pub(super) fn later(node: &Node) -> Result<Vec<Vec<Part>>, ModelProblem> {
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
