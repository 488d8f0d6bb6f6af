//! XGBoost's own files (`Booster.save_model("….json")` or `"….ubj"`): `gbtree` and `dart`, any number of
//! outputs, numeric and categorical splits.
//!
//! A model without names of features has inputs by position, `f0`, `f1` and so on, as XGBoost itself calls
//! them. `multi:softmax` gives the shares of its classes, as `multi:softprob` does.

use engine::models::{Link, Step};
use serde::{Deserialize, Deserializer, de};

use super::{
    Imported, ModelProblem, at_most, bytes, calibrated,
    forest::{Forest, Plain, Test},
    inputs, ubjson, unsupported,
};
use crate::limits;

#[derive(Deserialize)]
struct File {
    learner: Learner,
}

#[derive(Deserialize)]
struct Learner {
    #[serde(default)]
    attributes: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    feature_names: Vec<String>,
    gradient_booster: Booster,
    learner_model_param: LearnerParam,
    objective: Objective,
}

#[derive(Deserialize)]
struct Booster {
    name: String,
    model: Option<Model>,
    /// The trees of `dart`, which weighs each.
    gbtree: Option<Box<Booster>>,
    #[serde(default)]
    weight_drop: Vec<f32>,
}

#[derive(Deserialize)]
struct Model {
    trees: Vec<Tree>,
    #[serde(default)]
    tree_info: Vec<usize>,
}

#[derive(Deserialize)]
struct LearnerParam {
    base_score: String,
    #[serde(default)]
    num_class: String,
    #[serde(default)]
    num_target: String,
    #[serde(default)]
    num_feature: String,
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

/// How an objective goes from `base_score` to a margin and from margins to its output.
#[derive(Clone, Copy)]
enum Scale {
    Same,
    Odds,
    Log,
    Classes,
    Sides,
}

/// Reads an XGBoost model, JSON or UBJSON.
pub fn xgboost(file: &[u8]) -> Result<Imported, ModelProblem> {
    bytes(file)?;
    // Both begin with a brace; only UBJSON says next how long a name is.
    let binary = matches!(
        file,
        [
            b'{',
            b'i' | b'U' | b'I' | b'l' | b'L' | b'$' | b'#' | b'N',
            ..
        ]
    );
    let File { learner } = if binary {
        ubjson::from_slice(file)?
    } else {
        serde_json::from_slice(file)?
    };
    let scale = scale(&learner.objective.name)?;
    let width = width(&learner.learner_model_param)?;
    let named = !learner.feature_names.is_empty();
    let names = if named {
        learner.feature_names
    } else {
        let count = count("num_feature", &learner.learner_model_param.num_feature)?;
        at_most("inputs", count, limits::INPUTS)?;
        (0..count).map(|i| format!("f{i}")).collect()
    };
    inputs(&names)?;
    let base = base(&learner.learner_model_param.base_score, scale, width)?;
    let mut forest = Forest::new(names.len(), base)?;
    let (model, weights) = trees(learner.gradient_booster)?;
    for (i, tree) in model.trees.iter().enumerate() {
        let output = model.tree_info.get(i).copied().unwrap_or(0);
        let weight = weights.get(i).copied().unwrap_or(1.0);
        forest.plant(&plain(tree, i, weight)?, output)?;
    }
    let mut steps = vec![Step::Trees(forest.grown(1))];
    match (learner.attributes.get("calibration"), scale) {
        (Some(text), Scale::Odds) if width == 1 => steps.extend(calibrated::steps(text)?),
        (Some(_), _) => {
            let expected = "a logistic objective of one output can be calibrated";
            return Err(unsupported("objective", &learner.objective.name, expected));
        }
        (None, Scale::Same) => {}
        (None, Scale::Odds) => steps.push(Step::Link(Link::Logistic(1.0))),
        (None, Scale::Log) => steps.push(Step::Link(Link::Exp)),
        (None, Scale::Classes) => steps.push(Step::Link(Link::Softmax)),
        (None, Scale::Sides) => steps.push(Step::Link(Link::Positive)),
    }
    Ok(Imported {
        inputs: names,
        named,
        texts: Vec::new(),
        steps,
        output: 0,
        outputs: width,
    })
}

fn scale(objective: &str) -> Result<Scale, ModelProblem> {
    Ok(match objective {
        "reg:squarederror"
        | "reg:linear"
        | "reg:squaredlogerror"
        | "reg:pseudohubererror"
        | "reg:absoluteerror"
        | "reg:quantileerror"
        | "reg:expectileerror"
        | "rank:pairwise"
        | "rank:ndcg"
        | "rank:map"
        | "binary:logitraw" => Scale::Same,
        "binary:logistic" | "reg:logistic" => Scale::Odds,
        "binary:hinge" => Scale::Sides,
        "count:poisson" | "reg:gamma" | "reg:tweedie" | "survival:cox" | "survival:aft" => {
            Scale::Log
        }
        "multi:softprob" | "multi:softmax" => Scale::Classes,
        other => {
            let expected = "a regression, count, survival, ranking, logistic or softmax objective of XGBoost's own";
            return Err(unsupported("objective", other, expected));
        }
    })
}

/// How many numbers the model makes.
fn width(param: &LearnerParam) -> Result<usize, ModelProblem> {
    let classes = count("num_class", &param.num_class)?;
    let targets = count("num_target", &param.num_target)?;
    if classes > 1 && targets > 1 {
        return Err(unsupported(
            "num_target",
            &param.num_target,
            "one target of several classes",
        ));
    }
    let width = classes.max(targets).max(1);
    at_most("outputs", width, limits::OUTPUTS)?;
    Ok(width)
}

fn count(what: &'static str, text: &str) -> Result<usize, ModelProblem> {
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| ModelProblem::Number {
        what: what.to_owned(),
        found: shortened(text),
        remedy: "it must be a whole number",
    })
}

/// The trees, and the weight of each.
fn trees(booster: Booster) -> Result<(Model, Vec<f32>), ModelProblem> {
    let (booster, weights) = match (booster.name.as_str(), booster.gbtree) {
        ("dart", Some(trees)) => (*trees, Some(booster.weight_drop)),
        ("gbtree", _) => {
            let model = booster.model.ok_or(NO_TREES)?;
            return Ok((model, Vec::new()));
        }
        (other, _) => return Err(unsupported("booster", other, "gbtree or dart")),
    };
    let model = booster.model.ok_or(NO_TREES)?;
    let weights = weights.unwrap_or_default();
    if weights.len() != model.trees.len() {
        return Err(ModelProblem::Length {
            what: "weight_drop".to_owned(),
            found: weights.len(),
            expected: model.trees.len(),
        });
    }
    Ok((model, weights))
}

const NO_TREES: ModelProblem = ModelProblem::BrokenTree {
    tree: 0,
    what: "the model has no list of trees",
};

/// The margins of `base_score`: one number, `5E-1`, or since 3.1 one for each output, `[5E-1,2E-1]`.
fn base(text: &str, scale: Scale, width: usize) -> Result<Vec<f32>, ModelProblem> {
    let wrong = |remedy| ModelProblem::Number {
        what: "base_score".to_owned(),
        found: shortened(text),
        remedy,
    };
    let list = text.trim_start_matches('[').trim_end_matches(']');
    let number = |part: &str| {
        let number: Option<f32> = part.trim().parse().ok();
        let number = number.filter(|number| number.is_finite());
        let number = number.ok_or_else(|| wrong("it must be a finite number"))?;
        // In 32 bits, as XGBoost does it.
        let margin = match scale {
            Scale::Same | Scale::Classes | Scale::Sides => number,
            Scale::Odds if number > 0.0 && number < 1.0 => -ln(1.0 / number - 1.0),
            Scale::Odds => return Err(wrong("it must be a probability between 0 and 1")),
            Scale::Log if number > 0.0 => ln(number),
            Scale::Log => return Err(wrong("it must be above zero")),
        };
        // A base score of one half gives −0.0; a margin has no use for the sign.
        Ok(if margin == 0.0 { 0.0 } else { margin })
    };
    let margins = list.split(',').take(limits::OUTPUTS + 1).map(number);
    let margins: Vec<f32> = margins.collect::<Result<_, _>>()?;
    match margins.as_slice() {
        [one] => Ok(vec![*one; width]),
        several if several.len() == width => Ok(margins),
        several => Err(ModelProblem::Length {
            what: "base_score".to_owned(),
            found: several.len(),
            expected: width,
        }),
    }
}

/// The natural logarithm, rounded correctly.
fn ln(number: f32) -> f32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "margins are 32-bit in XGBoost"
    )]
    let ln = f64::from(number).ln() as f32;
    ln
}

/// The nodes of a tree.
fn plain(tree: &Tree, number: usize, weight: f32) -> Result<Vec<Plain>, ModelProblem> {
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
fn sets(
    tree: &Tree,
    number: usize,
) -> Result<std::collections::BTreeMap<usize, Vec<u32>>, ModelProblem> {
    let broken = |what| ModelProblem::BrokenTree { tree: number, what };
    let nodes = tree.categories_nodes.len();
    if tree.categories_segments.len() != nodes || tree.categories_sizes.len() != nodes {
        return Err(broken("its lists of categories are of different lengths"));
    }
    let segments = tree.categories_segments.iter().zip(&tree.categories_sizes);
    let mut sets = std::collections::BTreeMap::new();
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

/// What a message can hold.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
