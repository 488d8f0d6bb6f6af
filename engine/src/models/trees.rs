//! Gradient-boosted trees as XGBoost defines them: `x < threshold` goes left, a missing value goes the
//! node's default way, the leaves' values and the base margin add up (in tree order, as `f32`, which is
//! what XGBoost's own predictor does), and the logistic function makes a probability.
//!
//! Contributions follow Saabas ("Interpreting random forests", 2014): on the way down, each split moves
//! the expected value of its node to the expected value of the child; the difference is the split
//! feature's.

use rkyv::{Archive, Serialize};

use super::{Contributions, logistic};
use crate::limits::TREE_DEPTH;

/// An ensemble of trees.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Trees {
    /// Log-odds before the first tree.
    pub base_margin: f32,
    /// Position of each tree's root among the nodes.
    pub roots: Vec<u32>,
    /// The nodes of all trees.
    pub nodes: Vec<Node>,
}

/// A split or a leaf.
#[derive(Archive, Serialize, Clone, Copy, Debug, Default, PartialEq)]
pub struct Node {
    /// Input it splits on.
    pub input: u16,
    /// Whether a missing value goes left.
    pub missing_left: bool,
    /// A value below goes left.
    pub threshold: f32,
    /// Position of the left child; 0, which can never be a child, marks a leaf.
    pub left: u32,
    /// Position of the right child.
    pub right: u32,
    /// A leaf's value, or the mean of the leaves below weighted by how many training rows reach them.
    pub value: f32,
}

impl ArchivedTrees {
    /// The probability of the positive class.
    pub fn score(&self, row: &[f32]) -> f64 {
        let mut margin = self.base_margin.to_native();
        for root in self.roots.iter() {
            let mut value = 0.0;
            self.walk(root.to_native(), row, |node, _| {
                value = node.value.to_native()
            });
            margin += value;
        }
        logistic(f64::from(margin))
    }

    /// What each input added to the log-odds.
    pub fn contributions(&self, row: &[f32]) -> Contributions {
        let mut moved = vec![0.0; row.len()];
        for root in self.roots.iter() {
            let mut above: Option<(f32, u16)> = None;
            self.walk(root.to_native(), row, |node, input| {
                let value = node.value.to_native();
                if let Some((expected, split)) = above
                    && let Some(slot) = moved.get_mut(usize::from(split))
                {
                    *slot += f64::from(value) - f64::from(expected);
                }
                above = Some((value, input));
            });
        }
        moved
    }

    /// Visits the nodes from a root to the leaf that `row` reaches.
    fn walk(&self, root: u32, row: &[f32], mut visit: impl FnMut(&ArchivedNode, u16)) {
        let mut position = root;
        for _ in 0..TREE_DEPTH {
            let Some(node) = usize::try_from(position)
                .ok()
                .and_then(|p| self.nodes.get(p))
            else {
                return;
            };
            let input = node.input.to_native();
            visit(node, input);
            if node.left == 0 {
                return;
            }
            let value = row.get(usize::from(input)).copied().unwrap_or(f32::NAN);
            let left = if value.is_nan() {
                node.missing_left
            } else {
                value < node.threshold.to_native()
            };
            position = if left {
                node.left.to_native()
            } else {
                node.right.to_native()
            };
        }
    }
}
