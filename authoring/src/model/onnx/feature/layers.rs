//! Columns as layers, for what reads numbers and asks no questions.

use std::collections::BTreeMap;

use engine::models::Activation;

use super::super::super::{ModelProblem, at_most};
use super::super::{
    damaged,
    stage::{Scale, Stage},
};
use super::{Code, Feature, Op};
use crate::limits;

/// Where no category is near: what a missing one is set to before it is told from the others.
pub(super) const NOWHERE: f32 = -2.0;

/// The layers that make the columns of a row of all inputs.
pub(in super::super) fn layers(
    features: &[Feature],
    inputs: usize,
) -> Result<Vec<Stage>, ModelProblem> {
    let in_place = features.len() == inputs
        && features
            .iter()
            .enumerate()
            .all(|(at, feature)| feature.input == at && !feature.encoded());
    if in_place {
        return moved(features.iter().map(|feature| &*feature.ops).collect());
    }
    let (fills, rest) = fills(features, inputs)?;
    let mut stages = vec![Stage::Scale(Scale {
        missing: fills,
        ..Scale::default()
    })];
    stages.extend(spread(features, inputs)?);
    stages.extend(moved(rest)?);
    Ok(stages)
}

/// What stands for each input that is missing, and what is left to do with each column.
fn fills(features: &[Feature], inputs: usize) -> Result<(Vec<f32>, Vec<&[Op]>), ModelProblem> {
    let mut fills: Vec<Option<f32>> = vec![None; inputs];
    let mut rest = Vec::new();
    for feature in features {
        let (fill, left) = match (feature.code(), feature.ops.split_first()) {
            (Some((before, code, after)), _) => {
                let given = before.iter().find_map(|op| match op {
                    Op::Fill(with) => Some(*with),
                    _ => None,
                });
                (given.unwrap_or_else(|| code.nowhere()), after)
            }
            (None, Some((Op::Fill(with), after))) => (*with, after),
            (None, _) => (f32::NAN, &*feature.ops),
        };
        rest.push(left);
        if let Some(slot) = fills.get_mut(feature.input) {
            let same = |before: f32| before.to_bits() == fill.to_bits();
            if !slot.is_none_or(same) {
                return Err(damaged(
                    "one column is filled in two ways where it is missing: give the model the column twice",
                ));
            }
            *slot = Some(fill);
        }
    }
    // What no column reads must not make the others missing.
    let fills = fills.into_iter().map(|fill| fill.unwrap_or(0.0)).collect();
    Ok((fills, rest))
}

impl Code {
    /// What a missing category is set to: a place of its own.
    fn nowhere(&self) -> f32 {
        let last = self.keys.keys().next_back().copied().unwrap_or_default();
        if self.missing.to_bits() == self.other.to_bits() {
            NOWHERE
        } else {
            f32::from(last) + 2.0
        }
    }

    /// The places of categories and their numbers; the missing one's too where it has a number of its own.
    fn places(&self) -> impl Iterator<Item = (f32, f32)> {
        let own = self.nowhere();
        let own = (own != NOWHERE).then_some((own, self.missing));
        let keys = self.keys.iter();
        keys.map(|(key, value)| (f32::from(*key), *value))
            .chain(own)
    }
}

/// Every column from its input. A number x passes as max(x, 0) − max(−x, 0). A category k is told by
/// max(0, 1 − |x − k|), which is 1 or 0 for whole numbers, to the last bit.
fn spread(features: &[Feature], inputs: usize) -> Result<[Stage; 3], ModelProblem> {
    let (mut sides, mut tips, mut columns) = (Layer::default(), Layer::default(), Layer::default());
    // Two columns of an input share what tells its categories apart.
    let mut told: BTreeMap<(usize, u32), usize> = BTreeMap::new();
    for feature in features {
        let input = feature.input;
        let Some((_, code, _)) = feature.code() else {
            let [up, down] = [1.0, -1.0].map(|sign| sides.push(vec![(input, sign)], 0.0));
            let pair = [(up, 1.0), (down, -1.0)];
            let parts = pair.map(|(side, sign)| (tips.push(vec![(side, 1.0)], 0.0), sign));
            columns.push(parts.to_vec(), 0.0);
            continue;
        };
        let mut sum = Vec::new();
        for (place, value) in code.places() {
            let tip = *told.entry((input, place.to_bits())).or_insert_with(|| {
                let [up, down] =
                    [1.0, -1.0].map(|sign| sides.push(vec![(input, sign)], -sign * place));
                tips.push(vec![(up, -1.0), (down, -1.0)], 1.0)
            });
            sum.push((tip, value - code.other));
        }
        columns.push(sum, code.other);
        let weights = sides.rows.len().saturating_mul(tips.rows.len());
        at_most("weights of encoded columns", weights, limits::WEIGHTS)?;
    }
    let (wide, tall) = (sides.rows.len(), tips.rows.len());
    let weights = wide.saturating_mul(inputs) + tall.saturating_mul(wide.max(features.len()));
    at_most("weights of encoded columns", weights, limits::WEIGHTS)?;
    Ok([
        sides.stage(inputs, Activation::Relu),
        tips.stage(wide, Activation::Relu),
        columns.stage(tall, Activation::None),
    ])
}

/// Rows of a matrix that is nearly empty.
#[derive(Default)]
struct Layer {
    rows: Vec<Vec<(usize, f32)>>,
    bias: Vec<f32>,
}

impl Layer {
    /// Adds a row; its place.
    fn push(&mut self, row: Vec<(usize, f32)>, bias: f32) -> usize {
        self.rows.push(row);
        self.bias.push(bias);
        self.rows.len() - 1
    }

    fn stage(self, inputs: usize, activation: Activation) -> Stage {
        let full = |row: Vec<(usize, f32)>| {
            let mut weights = vec![0.0; inputs];
            for (at, weight) in row {
                if let Some(slot) = weights.get_mut(at) {
                    *slot = weight;
                }
            }
            weights
        };
        Stage::Linear {
            inputs,
            rows: self.rows.into_iter().map(full).collect(),
            bias: self.bias,
            activation,
        }
    }
}

/// Filling and moving, side by side; clipping where all columns are clipped alike.
fn moved(mut left: Vec<&[Op]>) -> Result<Vec<Stage>, ModelProblem> {
    let mut stages = Vec::new();
    while left.iter().any(|ops| !ops.is_empty()) {
        let mut scale = Scale::default();
        let mut any = false;
        for ops in &mut left {
            let (mut missing, mut by) = (f32::NAN, (0.0, 1.0));
            if let Some((Op::Fill(with), rest)) = ops.split_first() {
                (missing, *ops, any) = (*with, rest, true);
            }
            match ops.split_first() {
                Some((Op::Move { offset, factor }, rest)) => {
                    (by, *ops, any) = ((*offset, *factor), rest, true);
                }
                Some((Op::Divide(divisor), rest)) => {
                    (by, *ops, any) = ((0.0, divisor.recip()), rest, true);
                }
                _ => {}
            }
            scale.push(missing, by.0, by.1);
        }
        if any {
            stages.push(Stage::Scale(scale));
            continue;
        }
        let next: Vec<Option<&Op>> = left.iter().map(|ops| ops.first()).collect();
        let alike = next.iter().all(|op| *op == next.first().copied().flatten());
        let (operator, what) = match next.iter().flatten().next() {
            Some(Op::Clip(least, most)) if alike => {
                stages.push(Stage::Clip(*least, *most));
                for ops in &mut left {
                    *ops = ops.get(1..).unwrap_or_default();
                }
                continue;
            }
            Some(Op::Clip(..)) => (
                "Clip",
                "only some columns are clipped, before something that is no tree: clip all alike or none",
            ),
            Some(Op::Above(_)) => ("Binarizer", "no trees come after it: leave it out"),
            _ => (
                "Cast",
                "to whole numbers, and no trees come after it: leave it out",
            ),
        };
        return Err(ModelProblem::Operator {
            operator: operator.to_owned(),
            node: String::new(),
            what: what.to_owned(),
        });
    }
    Ok(stages)
}
