//! XGBoost's own JSON (`Booster.save_model("….json")`): `gbtree`, `binary:logistic`, numeric splits.
//!
//! Inner nodes get the mean of the leaves below, weighted by `sum_hessian` (the cover), which is what
//! contributions are measured from. Nodes that no path reaches (XGBoost leaves pruned ones in the
//! arrays) are dropped.

use engine::models::{Link, Step};
use serde::Deserialize;

use super::{
    Imported, ModelProblem, bytes,
    forest::{Forest, Plain, Test},
    inputs,
};

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
    let base_margin = base_margin(&learner.learner_model_param.base_score)?;
    let mut forest = Forest::new(learner.feature_names.len(), vec![base_margin])?;
    for (i, tree) in trees.iter().enumerate() {
        forest.plant(&plain(tree, i)?, 0)?;
    }
    Ok(Imported {
        inputs: learner.feature_names,
        steps: vec![
            Step::Trees(forest.grown(1)),
            Step::Link(Link::Logistic(1.0)),
        ],
        output: 0,
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

/// The nodes of a tree.
fn plain(tree: &Tree, number: usize) -> Result<Vec<Plain>, ModelProblem> {
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
    let place = |position: i64| usize::try_from(position).unwrap_or(usize::MAX);
    let children = tree.left_children.iter().zip(&tree.right_children);
    let splits = tree.split_indices.iter().zip(&tree.default_left);
    let numbers = tree.split_conditions.iter().zip(&tree.sum_hessian);
    let nodes = children.zip(splits).zip(numbers);
    Ok(nodes
        .map(|(((left, right), (input, default)), (number, cover))| {
            let (number, cover) = (f64::from(*number), f64::from(*cover));
            if (*left, *right) == (-1, -1) {
                return Plain::Leaf {
                    value: number,
                    cover,
                };
            }
            Plain::Split {
                input: usize::try_from(*input).unwrap_or(usize::MAX),
                test: Test::Below(number),
                yes: place(*left),
                no: place(*right),
                missing_yes: match default {
                    Truth::Flag(flag) => *flag,
                    Truth::Number(flag) => *flag != 0,
                },
                cover,
            }
        })
        .collect())
}
