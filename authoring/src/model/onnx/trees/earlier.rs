//! Trees of the operators of the first version, `TreeEnsembleClassifier` and `TreeEnsembleRegressor`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::{ModelProblem, at_most};
use super::super::{graph::Node, refused};
use super::part::{LEAF, Part, mode, position};
use crate::limits;

/// The trees; whether they are in 64 bits.
pub(super) fn earlier(node: &Node, kind: &str) -> Result<(Vec<Vec<Part>>, bool), ModelProblem> {
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
            let name = modes.get(*at).copied().unwrap_or_default();
            Ok(match mode(node, name)? {
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
