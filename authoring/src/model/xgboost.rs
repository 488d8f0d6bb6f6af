//! XGBoost's own files (`Booster.save_model("….json")` or `"….ubj"`): `gbtree` and `dart`, any number of
//! outputs, numeric and categorical splits.
//!
//! A model without names of features has inputs by position, `f0`, `f1` and so on, as XGBoost itself calls
//! them. `multi:softmax` gives the shares of its classes, as `multi:softprob` does.

mod calibrated;
mod tree;

use engine::models::{Link, Step};
use serde::Deserialize;

use super::{Imported, ModelProblem, at_most, bytes, forest::Forest, inputs, ubjson, unsupported};
use crate::limits;
use tree::{Tree, plain};

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
    /// Of `gblinear` there are none.
    #[serde(default)]
    trees: Vec<Tree>,
    #[serde(default)]
    tree_info: Vec<usize>,
    #[serde(default)]
    gbtree_model_param: ModelParam,
    #[serde(default)]
    cats: Categories,
}

#[derive(Default, Deserialize)]
struct ModelParam {
    #[serde(default)]
    num_trees: String,
    #[serde(default)]
    num_parallel_tree: String,
}

/// What the library was given for categories, and counts from 0 in the trees.
#[derive(Default, Deserialize)]
struct Categories {
    #[serde(default)]
    enc: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    /// Of texts, where each begins.
    #[serde(default)]
    offsets: Vec<f64>,
    #[serde(default)]
    values: Vec<f64>,
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
    let file = bytes(file)?;
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
    let (mut model, weights) = trees(learner.gradient_booster)?;
    whole(&model, width)?;
    categories(&model.cats)?;
    stop(&mut model, &learner.attributes, width)?;
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

/// Every tree is there, and each says which output it adds to.
fn whole(model: &Model, width: usize) -> Result<(), ModelProblem> {
    let found = model.trees.len();
    let broken = |expected: usize, what| ModelProblem::BrokenTree {
        tree: found.min(expected),
        what,
    };
    let told = &model.gbtree_model_param.num_trees;
    if !told.is_empty() {
        let expected = count("num_trees", told)?;
        if expected != found {
            return Err(broken(expected, "`num_trees` counts others than are there"));
        }
    }
    let named = model.tree_info.len();
    if named != found && (named > 0 || width > 1) {
        return Err(broken(
            named,
            "`tree_info` does not say to which output each adds",
        ));
    }
    Ok(())
}

/// Rows hold the trees' own numbers for categories, from 0 on.
fn categories(given: &Categories) -> Result<(), ModelProblem> {
    let own = |named: &Named| {
        named
            .values
            .iter()
            .zip(0u32..)
            .all(|(value, i)| *value == f64::from(i))
    };
    if given
        .enc
        .iter()
        .any(|named| !named.offsets.is_empty() || !own(named))
    {
        let expected = "a column whose categories are the whole numbers from 0 on (`column.cat.codes` in pandas)";
        return Err(unsupported(
            "cats",
            "a list of categories by other names",
            expected,
        ));
    }
    Ok(())
}

/// After early stopping only the trees up to the best round count, as `XGBClassifier` and `XGBRegressor` predict.
fn stop(
    model: &mut Model,
    attributes: &std::collections::BTreeMap<String, String>,
    width: usize,
) -> Result<(), ModelProblem> {
    if let Some(best) = attributes.get("best_iteration") {
        let parallel = &model.gbtree_model_param.num_parallel_tree;
        let parallel = if parallel.is_empty() {
            1
        } else {
            count("num_parallel_tree", parallel)?
        };
        let rounds = count("best_iteration", best)?.saturating_add(1);
        model
            .trees
            .truncate(rounds.saturating_mul(width).saturating_mul(parallel.max(1)));
    }
    Ok(())
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
    let (model, weights) = match booster.name.as_str() {
        "dart" => (
            booster.gbtree.and_then(|trees| trees.model),
            booster.weight_drop,
        ),
        "gbtree" => return Ok((grown(booster.model)?, Vec::new())),
        other => return Err(unsupported("booster", other, "gbtree or dart")),
    };
    let model = grown(model)?;
    if weights.len() != model.trees.len() {
        return Err(ModelProblem::Length {
            what: "weight_drop".to_owned(),
            each: "tree",
            found: weights.len(),
            expected: model.trees.len(),
        });
    }
    Ok((model, weights))
}

fn grown(model: Option<Model>) -> Result<Model, ModelProblem> {
    let model = model.filter(|model| !model.trees.is_empty());
    model.ok_or(ModelProblem::BrokenTree {
        tree: 0,
        what: "there is none",
    })
}

/// The margins of `base_score`: one number, `5E-1`, or since 3.1 one for each output, `[5E-1,2E-1]`.
fn base(text: &str, scale: Scale, width: usize) -> Result<Vec<f32>, ModelProblem> {
    let wrong = |remedy| ModelProblem::Number {
        what: "base_score".to_owned(),
        found: shortened(text),
        remedy,
    };
    let inner = text.strip_prefix('[');
    let list = match inner.map(|inner| inner.strip_suffix(']')) {
        Some(Some(list)) => list,
        Some(None) => return Err(wrong("it is cut short: export the model again")),
        None => text,
    };
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
            each: "output",
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

/// What a message can hold.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
