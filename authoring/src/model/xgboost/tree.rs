//! A tree as XGBoost writes it: arrays with an entry for each node.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};

use super::super::{
    ModelProblem, at_most,
    forest::{Plain, Test},
    unsupported,
};
use crate::limits;

/// The arrays.
#[derive(Deserialize)]
pub(super) struct Tree {
    left_children: Vec<i64>,
    right_children: Vec<i64>,
    split_indices: Vec<u64>,
    split_conditions: Vec<f32>,
    default_left: Vec<Truth>,
    sum_hessian: Vec<f32>,
    #[serde(default)]
    split_type: Vec<i64>,
    #[serde(default)]
    categories: Vec<u32>,
    #[serde(default)]
    categories_nodes: Vec<usize>,
    #[serde(default)]
    categories_segments: Vec<usize>,
    #[serde(default)]
    categories_sizes: Vec<usize>,
    #[serde(default)]
    tree_param: TreeParam,
}

#[derive(Default, Deserialize)]
struct TreeParam {
    #[serde(default)]
    size_leaf_vector: String,
}

/// XGBoost writes truths as 0 and 1, older versions as `true` and `false`.
struct Truth(bool);

impl<'de> Deserialize<'de> for Truth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Truth;
            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("true, false, 0 or 1")
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Truth, E> {
                Ok(Truth(value))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Truth, E> {
                Ok(Truth(value != 0))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Truth, E> {
                Ok(Truth(value != 0))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// The nodes of a tree whose leaves count that much.
pub(super) fn plain(tree: &Tree, number: usize, weight: f32) -> Result<Vec<Plain>, ModelProblem> {
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
    if !matches!(tree.tree_param.size_leaf_vector.as_str(), "" | "0" | "1") {
        let found = &tree.tree_param.size_leaf_vector;
        return Err(unsupported(
            "size_leaf_vector",
            found,
            "a tree for each target (`multi_strategy` one_output_per_tree)",
        ));
    }
    let mut sets = sets(tree, number)?;
    let place = |position: i64| usize::try_from(position).unwrap_or(usize::MAX);
    let mut nodes = Vec::with_capacity(length);
    let children = tree.left_children.iter().zip(&tree.right_children);
    let splits = tree.split_indices.iter().zip(&tree.default_left);
    let numbers = tree.split_conditions.iter().zip(&tree.sum_hessian);
    for (at, (((left, right), (input, default)), (number, cover))) in
        children.zip(splits).zip(numbers).enumerate()
    {
        let cover = f64::from(*cover);
        if (*left, *right) == (-1, -1) {
            // `dart` multiplies in 32 bits.
            let value = f64::from(number * weight);
            nodes.push(Plain::Leaf { value, cover });
            continue;
        }
        let input = usize::try_from(*input).unwrap_or(usize::MAX);
        let (left, right, missing_left) = (place(*left), place(*right), default.0);
        nodes.push(match tree.split_type.get(at) {
            None | Some(0) => Plain::Split {
                input,
                test: Test::Below(f64::from(*number)),
                yes: left,
                no: right,
                missing_yes: missing_left,
                cover,
            },
            // Members go right.
            Some(1) => Plain::Split {
                input,
                test: Test::In(
                    sets.remove(&at)
                        .ok_or_else(|| broken("a categorical split has no categories"))?,
                ),
                yes: right,
                no: left,
                missing_yes: !missing_left,
                cover,
            },
            Some(other) => {
                return Err(unsupported(
                    "split_type",
                    &other.to_string(),
                    "0 (numeric) or 1 (categorical)",
                ));
            }
        });
    }
    Ok(nodes)
}

/// The categories of each categorical split, a bit each, by the split's position.
fn sets(tree: &Tree, number: usize) -> Result<BTreeMap<usize, Vec<u32>>, ModelProblem> {
    let broken = |what| ModelProblem::BrokenTree { tree: number, what };
    let nodes = tree.categories_nodes.len();
    if tree.categories_segments.len() != nodes || tree.categories_sizes.len() != nodes {
        return Err(broken("its lists of categories are of different lengths"));
    }
    let segments = tree.categories_segments.iter().zip(&tree.categories_sizes);
    let mut sets = BTreeMap::new();
    let mut words = 0;
    for (node, (start, size)) in tree.categories_nodes.iter().zip(segments) {
        let end = start.checked_add(*size);
        let members = end.and_then(|end| tree.categories.get(*start..end));
        let members = members.ok_or_else(|| broken("a list of categories is out of range"))?;
        let set = bits(members)?;
        words += set.len();
        at_most("words of categories", words, limits::NODES)?;
        sets.insert(*node, set);
    }
    Ok(sets)
}

/// Numbers to bits.
fn bits(members: &[u32]) -> Result<Vec<u32>, ModelProblem> {
    let mut words = Vec::new();
    for member in members {
        let word = usize::try_from(member / 32).unwrap_or(usize::MAX);
        at_most("categories", word.saturating_mul(32), limits::CATEGORIES)?;
        if words.len() <= word {
            words.resize(word + 1, 0u32);
        }
        if let Some(slot) = words.get_mut(word) {
            *slot |= 1 << (member % 32);
        }
    }
    Ok(words)
}
