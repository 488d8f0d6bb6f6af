//! Operators that prepare columns: filling, scaling, cutting, and numbers for categories.

use std::{collections::BTreeMap, rc::Rc};

use super::super::{ModelProblem, at_most};
use super::feature::{Code, Feature, Op};
use super::graph::Node;
use super::reading::Site;
use super::row::Made;
use super::{finite, narrow, refused};
use crate::limits;

impl Made {
    /// Fills what is missing.
    pub(super) fn imputed(&mut self, node: &Node) -> Result<(), ModelProblem> {
        if !node.wholes("imputed_value_int64s")?.is_empty() {
            return Err(refused(
                node,
                "attribute `imputed_value_int64s`: whole numbers are never missing, export the column as floats",
            ));
        }
        if !node.float("replaced_value_float", 0.0)?.is_nan() {
            return Err(refused(
                node,
                "attribute `replaced_value_float`: only NaN is read, an empty cell is a missing value",
            ));
        }
        let fills = node.floats("imputed_value_floats")?;
        let fills = spread(node, fills, self.width())?;
        let ops: Vec<Op> = fills.into_iter().map(Op::Fill).collect();
        self.each(node, &ops)
    }

    /// Moves and stretches.
    pub(super) fn scaled(&mut self, node: &Node) -> Result<(), ModelProblem> {
        let width = self.width();
        let list = |name: &str, what: &str| {
            let numbers = node.floats(name)?;
            finite(node, what, &numbers)?;
            spread(node, numbers, width)
        };
        let offsets = list("offset", "attribute `offset`")?;
        let factors = list("scale", "attribute `scale`")?;
        let pairs = offsets.into_iter().zip(factors);
        let ops: Vec<Op> = pairs
            .map(|(offset, factor)| Op::Move { offset, factor })
            .collect();
        self.each(node, &ops)
    }

    /// The nearest number in between.
    pub(super) fn clipped(&mut self, site: &Site) -> Result<(), ModelProblem> {
        let bound = |input: usize, name: &str, none: f32| -> Result<f32, ModelProblem> {
            let bound = match site.bound(input)? {
                Some(bound) => bound.floats().first().copied().unwrap_or(none),
                None => site.node.float(name, none)?,
            };
            Ok(bound.clamp(f32::MIN, f32::MAX))
        };
        let (least, most) = (bound(1, "min", f32::MIN)?, bound(2, "max", f32::MAX)?);
        // Of a bound that is NaN, neither holds.
        if least.partial_cmp(&most) != Some(core::cmp::Ordering::Less) {
            return Err(site.refused("its bounds are no numbers in ascending order"));
        }
        self.each(site.node, &vec![Op::Clip(least, most); self.width()])
    }

    /// Another kind of number.
    pub(super) fn cast(&mut self, node: &Node) -> Result<(), ModelProblem> {
        match node.whole("to", 0)? {
            FLOAT | DOUBLE => Ok(()),
            INT32 | INT64 if self.is_columns() => {
                self.each(node, &vec![Op::Truncate; self.width()])
            }
            _ => Err(refused(
                node,
                "attribute `to`: only floats are read, and whole numbers of columns of the input",
            )),
        }
    }

    pub(super) fn binarised(&mut self, node: &Node) -> Result<(), ModelProblem> {
        let bound = node.float("threshold", 0.0)?;
        self.each(node, &vec![Op::Above(bound); self.width()])
    }
}

/// Kinds of numbers that a cast goes to.
const FLOAT: i64 = 1;
const INT32: i64 = 6;
const INT64: i64 = 7;
const DOUBLE: i64 = 11;

/// What an encoder makes of columns. `texts`: those that each column of texts is known to hold; the encoder
/// adds its own.
pub(super) fn encoded<'a>(
    node: &Node<'a>,
    row: &Made,
    texts: &mut BTreeMap<usize, Vec<&'a str>>,
) -> Result<Made, ModelProblem> {
    let category = |feature: &Feature| feature.is_category();
    if !row.is_columns() || !row.features.iter().all(category) {
        return Err(refused(
            node,
            "it is read only of columns of the input, of which nothing else was made",
        ));
    }
    let mut features = Vec::new();
    for feature in &*row.features {
        let keys = keys(node, feature, texts.get_mut(&feature.input))?;
        at_most("categories", keys.len(), limits::CATEGORIES)?;
        let codes = if node.operator == "OneHotEncoder" {
            let hot = |key: &Option<u16>| Code {
                keys: key.map(|key| (key, 1.0)).into_iter().collect(),
                other: 0.0,
                missing: if key.is_none() { 1.0 } else { 0.0 },
            };
            keys.iter().map(hot).collect()
        } else {
            vec![labels(node, &keys)?]
        };
        for code in codes {
            features.push(feature.then(Op::Code(Rc::new(code)))?);
        }
        at_most("numbers in a row", features.len(), limits::INPUTS)?;
    }
    let dims = vec![1, features.len()];
    Ok(Made::of(features, dims))
}

/// The categories that an encoder tells apart, in its order; none for the missing one.
fn keys<'a>(
    node: &Node<'a>,
    feature: &Feature,
    texts: Option<&mut Vec<&'a str>>,
) -> Result<Vec<Option<u16>>, ModelProblem> {
    let names = if node.operator == "OneHotEncoder" {
        ["cats_strings", "cats_int64s", "cats_floats"]
    } else {
        ["keys_strings", "keys_int64s", "keys_floats"]
    };
    if node.has("keys_tensor") {
        return Err(refused(
            node,
            "attribute `keys_tensor`: only `keys_strings`, `keys_int64s` and `keys_floats` are read",
        ));
    }
    let strings = node.texts(names[0])?;
    if let Some(texts) = texts {
        if strings.is_empty() || !feature.ops.is_empty() {
            return Err(refused(
                node,
                "it encodes a column of texts, but not by texts, or after something else was done with it",
            ));
        }
        return strings
            .into_iter()
            .map(|text| {
                let place = texts.iter().position(|known| *known == text);
                let place = place.unwrap_or_else(|| {
                    texts.push(text);
                    texts.len() - 1
                });
                at_most("texts of a column", place, limits::TEXTS)?;
                Ok(u16::try_from(place).ok())
            })
            .collect();
    }
    if !strings.is_empty() {
        return Err(refused(
            node,
            "it encodes texts of a column of numbers: give the graph the column as texts",
        ));
    }
    let wholes = node.wholes(names[1])?;
    #[expect(clippy::cast_precision_loss, reason = "what is too large is refused")]
    let wholes = wholes.into_iter().map(|key| key as f64);
    let floats = node.floats(names[2])?.into_iter().map(f64::from);
    let numbers = wholes.chain(floats).map(|key| {
        if key.is_nan() {
            return Ok(None);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is in range"
        )]
        let place = (key.trunc() == key && (0.0..65_536.0).contains(&key)).then_some(key as u16);
        place.map(Some).ok_or_else(|| {
            refused(
                node,
                &format!("category {key}: only whole numbers from 0 to 65,535 are read"),
            )
        })
    });
    numbers.collect()
}

/// The numbers that a `LabelEncoder` gives.
fn labels(node: &Node, keys: &[Option<u16>]) -> Result<Code, ModelProblem> {
    let wholes = node.wholes("values_int64s")?;
    #[expect(clippy::cast_precision_loss, reason = "labels are small")]
    let whole = |number: i64| number as f64;
    let (values, other) = if wholes.is_empty() {
        let floats = node.floats("values_floats")?;
        (floats, node.float("default_float", -0.0)?)
    } else {
        let values = wholes.into_iter().map(|value| narrow(whole(value)));
        let other = narrow(whole(node.whole("default_int64", -1)?));
        (values.collect(), other)
    };
    if values.len() != keys.len() {
        return Err(refused(
            node,
            "attributes `values_int64s` and `values_floats`: one number for each key is needed",
        ));
    }
    let own = keys.iter().zip(&values).find(|(key, _)| key.is_none());
    let missing = own.map_or(other, |(_, value)| *value);
    let pairs = keys.iter().zip(values);
    let keys = pairs.filter_map(|(key, value)| Some(((*key)?, value)));
    Ok(Code {
        keys: keys.collect(),
        other,
        missing,
    })
}

/// A number for each, or one for all.
fn spread(node: &Node, numbers: Vec<f32>, width: usize) -> Result<Vec<f32>, ModelProblem> {
    match numbers.as_slice() {
        [one] => Ok(vec![*one; width]),
        _ if numbers.len() == width => Ok(numbers),
        _ => Err(refused(
            node,
            "a list of it has not one number for each column",
        )),
    }
}
