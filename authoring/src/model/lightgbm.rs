//! LightGBM's own text (`Booster.save_model("….txt")`), formats v3 and v4: all boostings, any number of
//! outputs, numeric and categorical splits, all three ways to treat missing values.
//!
//! Where LightGBM takes a missing value for zero, the side that zero goes to is found here; where it takes
//! zero for missing, for the whole model, so does the engine.

use engine::models::{Link, Step};

use super::{
    Imported, ModelProblem, at_most, bytes,
    forest::{Forest, Plain, Test},
    inputs, unsupported,
};
use crate::limits;

/// Bits of `decision_type`: categorical, missing goes left; then two that say what is missing.
const CATEGORICAL: u8 = 1;
const DEFAULT_LEFT: u8 = 2;

/// What counts as missing at a split.
#[derive(Clone, Copy, PartialEq)]
enum Missing {
    /// Nothing: NaN is 0.
    None,
    /// Zero and NaN.
    Zero,
    /// NaN.
    Nan,
}

/// The lines `key=value` of the header or of a tree.
struct Section<'a> {
    lines: std::collections::BTreeMap<&'a str, (usize, &'a str)>,
    start: usize,
}

/// Reads a LightGBM model.
pub fn lightgbm(text: &[u8]) -> Result<Imported, ModelProblem> {
    let text = bytes(text)?;
    let text = core::str::from_utf8(text).map_err(|error| ModelProblem::Line {
        line: text
            .get(..error.valid_up_to())
            .unwrap_or_default()
            .split(|byte| *byte == b'\n')
            .count(),
        what: "it is not text in UTF-8".to_owned(),
    })?;
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(i, line)| (i + 1, line.trim_end()));
    match lines.next() {
        Some((_, "tree")) => {}
        _ => {
            return Err(line(
                1,
                "`tree` is expected: is it a model that LightGBM saved?",
            ));
        }
    }
    let header = Section::read(&mut lines, 1)?;
    let names: Vec<String> = header
        .text("feature_names")?
        .split(' ')
        .map(str::to_owned)
        .collect();
    let named = !names
        .iter()
        .enumerate()
        .all(|(i, name)| *name == format!("Column_{i}"));
    inputs(&names)?;
    let version = header.text("version")?;
    if !matches!(version, "v3" | "v4") {
        return Err(unsupported("version", version, "v3 or v4"));
    }
    let width: usize = header.one("num_tree_per_iteration")?;
    let (width_line, _) = header.get("num_tree_per_iteration")?;
    if width == 0 {
        return Err(line(width_line, "`num_tree_per_iteration` is 0"));
    }
    at_most("outputs", width, limits::OUTPUTS)?;
    let links = match header.lines.get("objective") {
        Some((_, objective)) => links(objective)?,
        None => Vec::new(),
    };
    let average = header.lines.contains_key("average_output");
    let mut forest = Forest::new(names.len(), vec![0.0; width])?;
    let mut zero_is_missing = None;
    let mut count = 0usize;
    loop {
        let Some((at, head)) = lines.by_ref().find(|(_, line)| !line.is_empty()) else {
            return Err(line(
                text.lines().count(),
                "the file ends before `end of trees`",
            ));
        };
        if head == "end of trees" {
            break;
        }
        if head != format!("Tree={count}") {
            return Err(line(at, &format!("`Tree={count}` is expected")));
        }
        let section = Section::read(&mut lines, at)?;
        let nodes = nodes(&section, count, &mut zero_is_missing)?;
        forest.plant(&nodes, count % width)?;
        count += 1;
    }
    let rounds = count
        .checked_div(width)
        .filter(|rounds| rounds * width == count);
    let rounds = rounds.ok_or_else(|| {
        line(
            width_line,
            "the number of trees is no multiple of `num_tree_per_iteration`",
        )
    })?;
    let divisor = if average {
        u32::try_from(rounds).unwrap_or(1).max(1)
    } else {
        1
    };
    categories(lines)?;
    let mut trees = forest.grown(divisor);
    trees.zero_is_missing = zero_is_missing == Some(true);
    if trees.zero_is_missing && !trees.sets.is_empty() {
        return Err(unsupported(
            "decision_type",
            "categories where zero is missing",
            "categories with `zero_as_missing=false`",
        ));
    }
    let mut steps = vec![Step::WideTrees(trees)];
    steps.extend(links.into_iter().map(Step::Link));
    Ok(Imported {
        inputs: names,
        named,
        texts: Vec::new(),
        steps,
        output: 0,
        outputs: width,
    })
}

/// Rows hold the trees' own numbers for categories, from 0 on; pandas may have had other names for them.
fn categories<'t>(lines: impl Iterator<Item = (usize, &'t str)>) -> Result<(), ModelProblem> {
    for (_, line) in lines {
        let Some(lists) = line.strip_prefix("pandas_categorical:") else {
            continue;
        };
        let lists: Option<Vec<Vec<serde_json::Value>>> = serde_json::from_str(lists)?;
        let own = |list: &Vec<serde_json::Value>| {
            let values = list.iter().map(serde_json::Value::as_f64).zip(0u32..);
            values
                .into_iter()
                .all(|(value, i)| value == Some(f64::from(i)))
        };
        if !lists.unwrap_or_default().iter().all(own) {
            let expected = "a column whose categories are the whole numbers from 0 on (`column.cat.codes` in pandas)";
            return Err(unsupported("pandas_categorical", line, expected));
        }
    }
    Ok(())
}

/// From margins to what LightGBM predicts.
fn links(objective: &str) -> Result<Vec<Link>, ModelProblem> {
    let mut words = objective.split(' ');
    let name = words.next().unwrap_or_default();
    let mut slope = 1.0;
    let mut root = false;
    for word in words {
        if let Some(text) = word.strip_prefix("sigmoid:") {
            slope = text
                .parse()
                .ok()
                .filter(|slope: &f64| *slope > 0.0 && slope.is_finite())
                .ok_or_else(|| ModelProblem::Number {
                    what: "sigmoid".to_owned(),
                    found: text.chars().take(40).collect(),
                    remedy: "it must be above zero",
                })?;
        }
        root |= word == "sqrt";
    }
    Ok(match name {
        "regression" if root => vec![Link::SignedSquare],
        "regression" | "regression_l1" | "huber" | "fair" | "quantile" | "mape" | "lambdarank"
        | "rank_xendcg" | "custom" => Vec::new(),
        "poisson" | "gamma" | "tweedie" => vec![Link::Exp],
        "binary" | "multiclassova" => vec![Link::Logistic(slope)],
        "cross_entropy" => vec![Link::Logistic(1.0)],
        "cross_entropy_lambda" => vec![Link::SoftPlus],
        "multiclass" => vec![Link::Softmax],
        other => {
            let expected = "a regression, ranking, binary, multiclass or cross-entropy objective of LightGBM's own";
            return Err(unsupported("objective", other, expected));
        }
    })
}

/// The splits of a tree, then its leaves.
fn nodes(
    section: &Section<'_>,
    tree: usize,
    zero_is_missing: &mut Option<bool>,
) -> Result<Vec<Plain>, ModelProblem> {
    let leaves: usize = section.one("num_leaves")?;
    at_most("nodes", leaves, limits::NODES)?;
    let categories: usize = section.one("num_cat")?;
    if section
        .lines
        .get("is_linear")
        .is_some_and(|(_, value)| *value == "1")
    {
        return Err(unsupported(
            "is_linear",
            "1",
            "trees with constant leaves (`linear_tree=false`)",
        ));
    }
    let splits = leaves
        .checked_sub(1)
        .ok_or_else(|| line(section.start, "`num_leaves` is 0"))?;
    let values: Vec<f64> = section.list("leaf_value", leaves)?;
    if splits == 0 {
        let value = values.first().copied().unwrap_or(f64::NAN);
        return Ok(vec![Plain::Leaf { value, cover: 1.0 }]);
    }
    let leaf_covers: Vec<f64> = section.list("leaf_count", leaves)?;
    let covers: Vec<f64> = section.list("internal_count", splits)?;
    let features: Vec<usize> = section.list("split_feature", splits)?;
    let thresholds: Vec<f64> = section.list("threshold", splits)?;
    let decisions: Vec<u8> = section.list("decision_type", splits)?;
    let left: Vec<i64> = section.list("left_child", splits)?;
    let right: Vec<i64> = section.list("right_child", splits)?;
    let (boundaries, words): (Vec<usize>, Vec<u32>) = if categories > 0 {
        at_most("sets of categories", categories, limits::NODES)?;
        let boundaries: Vec<usize> = section.list("cat_boundaries", categories + 1)?;
        let last = boundaries.last().copied().unwrap_or(0);
        at_most("words of categories", last, limits::NODES)?;
        (boundaries, section.list("cat_threshold", last)?)
    } else {
        (Vec::new(), Vec::new())
    };
    // A child below zero is the leaf −1 − child.
    let place = |child: i64| {
        let position = if child < 0 {
            usize::try_from(-1 - child)
                .ok()
                .filter(|leaf| *leaf < leaves)
                .map(|leaf| splits + leaf)
        } else {
            usize::try_from(child).ok().filter(|split| *split < splits)
        };
        position.unwrap_or(usize::MAX)
    };
    let mut nodes = Vec::with_capacity(splits + leaves);
    let children = left.iter().zip(&right).zip(&covers);
    let tests = features.iter().zip(&thresholds).zip(&decisions);
    for (((left, right), cover), ((input, threshold), decision)) in children.zip(tests) {
        let (test, missing_yes) = if decision & CATEGORICAL != 0 {
            let set = position(*threshold)
                .and_then(|set| words.get(*boundaries.get(set)?..*boundaries.get(set + 1)?));
            let set = set.ok_or(ModelProblem::BrokenTree {
                tree,
                what: "a set of categories is out of range",
            })?;
            (Test::In(set.to_vec()), false)
        } else {
            let missing = match decision >> 2 & 3 {
                0 => Missing::None,
                1 => Missing::Zero,
                2 => Missing::Nan,
                _ => {
                    return Err(unsupported(
                        "decision_type",
                        &decision.to_string(),
                        "missing types 0 to 2",
                    ));
                }
            };
            let zero = missing == Missing::Zero;
            if missing != Missing::None && *zero_is_missing.get_or_insert(zero) != zero {
                return Err(unsupported(
                    "decision_type",
                    "zero as missing at some splits, only NaN at others",
                    "one of both in a model",
                ));
            }
            let left = match missing {
                Missing::None => 0.0 <= *threshold,
                Missing::Zero | Missing::Nan => decision & DEFAULT_LEFT != 0,
            };
            (Test::AtMost(*threshold), left)
        };
        nodes.push(Plain::Split {
            input: *input,
            test,
            yes: place(*left),
            no: place(*right),
            missing_yes,
            cover: *cover,
        });
    }
    let leaves = values.iter().zip(&leaf_covers);
    nodes.extend(leaves.map(|(value, cover)| Plain::Leaf {
        value: *value,
        cover: *cover,
    }));
    Ok(nodes)
}

/// A whole number that is written as a threshold.
fn position(number: f64) -> Option<usize> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked on the same line"
    )]
    ((0.0..1e9).contains(&number) && number.fract() == 0.0).then_some(number as usize)
}

impl<'a> Section<'a> {
    /// Reads lines up to an empty one.
    fn read(
        lines: &mut impl Iterator<Item = (usize, &'a str)>,
        start: usize,
    ) -> Result<Self, ModelProblem> {
        let mut section = Self {
            lines: std::collections::BTreeMap::new(),
            start,
        };
        for (at, text) in lines.take_while(|(_, line)| !line.is_empty()) {
            // `average_output` has no value.
            let (key, value) = text.split_once('=').unwrap_or((text, ""));
            if section.lines.insert(key, (at, value)).is_some() {
                return Err(line(at, "this key is there already"));
            }
        }
        Ok(section)
    }

    fn get(&self, key: &str) -> Result<(usize, &'a str), ModelProblem> {
        let found = self.lines.get(key).copied();
        found.ok_or_else(|| {
            line(
                self.start,
                &format!("`{key}` is missing in the part that begins here"),
            )
        })
    }

    fn text(&self, key: &str) -> Result<&'a str, ModelProblem> {
        Ok(self.get(key)?.1)
    }

    fn one<T: core::str::FromStr>(&self, key: &str) -> Result<T, ModelProblem> {
        let (at, text) = self.get(key)?;
        text.parse().map_err(|_| not_a_number(at, key, text))
    }

    fn list<T: core::str::FromStr>(
        &self,
        key: &str,
        expected: usize,
    ) -> Result<Vec<T>, ModelProblem> {
        let (at, text) = self.get(key)?;
        let words = text.split(' ').filter(|word| !word.is_empty());
        let number = |word: &str| word.parse().map_err(|_| not_a_number(at, key, word));
        let numbers: Vec<T> = words.map(number).collect::<Result<_, _>>()?;
        if numbers.len() == expected {
            Ok(numbers)
        } else {
            let what = format!(
                "`{key}` has {} numbers, {expected} are needed",
                numbers.len()
            );
            Err(line(at, &what))
        }
    }
}

fn not_a_number(at: usize, key: &str, found: &str) -> ModelProblem {
    let found: String = found.chars().take(40).collect();
    line(at, &format!("`{found}` is no number that `{key}` can have"))
}

fn line(line: usize, what: &str) -> ModelProblem {
    ModelProblem::Line {
        line,
        what: what.to_owned(),
    }
}
