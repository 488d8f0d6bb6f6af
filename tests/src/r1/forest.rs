//! Made-up trees, complete, as XGBoost writes them.

use serde_json::{Value, json};

use super::{DEPTH, Numbers, TREES};

/// The trees of one model with one output: a margin, whose logistic function is the score.
pub struct Forest {
    /// The trees.
    pub trees: Vec<Tree>,
}

/// A complete tree.
pub struct Tree {
    /// Its questions; the children of question *i* are nodes *2i + 1* and *2i + 2*.
    pub splits: Vec<Split>,
    /// What its leaves add: the nodes after the questions.
    pub leaves: Vec<f32>,
}

/// A question: is an input below the threshold? Yes leads to the first child, no to the second.
#[derive(Clone, Copy)]
pub struct Split {
    /// Position of the input.
    pub input: usize,
    /// The threshold.
    pub threshold: f32,
    /// Whether a missing value leads to the first child.
    pub missing_first: bool,
}

impl Forest {
    /// Trees whose thresholds are values that somebody has, so that questions divide customers.
    pub fn new(numbers: &mut Numbers, values: &[Vec<f64>]) -> Self {
        let inputs = values.first().map_or(0, Vec::len);
        let split = |numbers: &mut Numbers| {
            let input = numbers.below(inputs);
            let value = numbers.one(values)[input];
            Split {
                input,
                threshold: if value.is_nan() { 0.5 } else { value as f32 },
                missing_first: numbers.below(2) == 1,
            }
        };
        let splits = (1 << DEPTH) - 1;
        let trees = (0..TREES).map(|_| Tree {
            splits: (0..splits).map(|_| split(numbers)).collect(),
            leaves: (0..=splits).map(|_| numbers.around(0.05)).collect(),
        });
        Self {
            trees: trees.collect(),
        }
    }

    /// The sum of the leaves that a row reaches, in 32 bits and in the order of the trees, as XGBoost adds.
    pub fn margin(&self, row: &[f64]) -> f32 {
        let leaves = self.trees.iter().map(|tree| tree.leaf(row));
        leaves.fold(0.0, |sum, leaf| sum + leaf)
    }

    /// A file as `Booster.save_model("….json")` writes it.
    pub fn xgboost(&self, inputs: &[&str]) -> Vec<u8> {
        let trees: Vec<Value> = self.trees.iter().map(Tree::xgboost).collect();
        let file = json!({ "learner": {
            "feature_names": inputs,
            "gradient_booster": {
                "name": "gbtree",
                "model": { "trees": trees, "tree_info": vec![0; self.trees.len()] },
            },
            "learner_model_param": {
                "base_score": "5E-1", "num_class": "0", "num_target": "1",
                "num_feature": inputs.len().to_string(),
            },
            "objective": { "name": "binary:logistic" },
        } });
        file.to_string().into_bytes()
    }

    /// For a plain loop: how many trees, then for each how many nodes and the nodes: what is compared, the
    /// threshold or the leaf's value, both children (0 and 0 of a leaf) and where a missing value goes; 32
    /// bits each, little-endian.
    pub fn plain(&self) -> Vec<u8> {
        let word = |word: usize| (word as u32).to_le_bytes();
        let mut bytes = word(self.trees.len()).to_vec();
        for tree in &self.trees {
            bytes.extend(word(tree.splits.len() + tree.leaves.len()));
            for (i, split) in tree.splits.iter().enumerate() {
                let (first, second) = (2 * i + 1, 2 * i + 2);
                let missing = if split.missing_first { first } else { second };
                bytes.extend(word(split.input));
                bytes.extend(split.threshold.to_le_bytes());
                bytes.extend([first, second, missing].map(word).as_flattened());
            }
            for leaf in &tree.leaves {
                bytes.extend(word(0));
                bytes.extend(leaf.to_le_bytes());
                bytes.extend([0; 12]);
            }
        }
        bytes
    }
}

impl Tree {
    fn leaf(&self, row: &[f64]) -> f32 {
        let mut at = 0;
        while let Some(split) = self.splits.get(at) {
            let value = row[split.input] as f32;
            let first = if value.is_nan() {
                split.missing_first
            } else {
                value < split.threshold
            };
            at = 2 * at + if first { 1 } else { 2 };
        }
        self.leaves[at - self.splits.len()]
    }

    fn xgboost(&self) -> Value {
        let (splits, leaves) = (self.splits.len(), self.leaves.len());
        let children = |which: usize| {
            let children = (0..splits).map(|i| (2 * i + which) as i64);
            let children = children.chain(std::iter::repeat_n(-1, leaves));
            children.collect::<Vec<_>>()
        };
        let nodes = splits + leaves;
        let numbers = self.splits.iter().map(|split| split.threshold);
        let inputs = self.splits.iter().map(|split| split.input);
        let ways = self
            .splits
            .iter()
            .map(|split| i32::from(split.missing_first));
        // As many customers as leaves, one in each.
        let reached = (0..nodes).map(|i| leaves as f32 / (1 << (i + 1).ilog2()) as f32);
        json!({
            "left_children": children(1),
            "right_children": children(2),
            "split_conditions": numbers.chain(self.leaves.iter().copied()).collect::<Vec<_>>(),
            "split_indices": inputs.chain(std::iter::repeat_n(0, leaves)).collect::<Vec<_>>(),
            "default_left": ways.chain(std::iter::repeat_n(0, leaves)).collect::<Vec<_>>(),
            "sum_hessian": reached.collect::<Vec<_>>(),
            "tree_param": { "num_nodes": nodes.to_string(), "size_leaf_vector": "1" },
        })
    }
}
