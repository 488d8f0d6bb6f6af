//! Constants of a graph: numbers with extents.

use super::super::{ModelProblem, at_most};
use super::wire::{Fields, Value};
use crate::limits;

/// A constant, not read yet.
#[derive(Clone, Copy)]
pub(super) struct Constant<'a>(pub(super) Fields<'a>);

/// A constant.
pub(super) struct Tensor {
    pub(super) dims: Vec<usize>,
    pub(super) numbers: Vec<f64>,
    /// Whether its numbers have 64 bits.
    pub(super) double: bool,
}

/// Kinds of numbers.
pub(super) const FLOAT: i64 = 1;
pub(super) const DOUBLE: i64 = 11;
pub(super) const TEXT: i64 = 8;

impl<'a> Constant<'a> {
    pub(super) fn name(self) -> Result<&'a str, ModelProblem> {
        self.0.field(8)?.map_or(Ok(""), Value::text)
    }

    /// The numbers of it; `name` is what messages call it.
    pub(super) fn read(self, name: &str) -> Result<Tensor, ModelProblem> {
        let wrong = |what| named("constant", name, what);
        let mut fields = self.0;
        let (mut dims, mut wholes, mut floats, mut numbers) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut kind, mut raw) = (0, None);
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => value.wholes(&mut dims)?,
                2 => kind = value.whole()?,
                4 => value.floats(&mut floats)?,
                5 | 7 => value.wholes(&mut wholes)?,
                9 => raw = Some(value.bytes()?),
                10 => value.doubles(&mut numbers)?,
                13 => {
                    return Err(wrong("it is in another file: save the model in one file"));
                }
                _ => {}
            }
        }
        if kind == TEXT {
            return Err(wrong("it holds texts, where numbers are needed"));
        }
        #[expect(clippy::cast_precision_loss, reason = "positions and labels are small")]
        let whole = |number: i64| number as f64;
        numbers.extend(floats.into_iter().map(f64::from));
        numbers.extend(wholes.into_iter().map(whole));
        if let Some(raw) = raw {
            match kind {
                FLOAT => numbers.extend(
                    raw.as_chunks()
                        .0
                        .iter()
                        .map(|bytes| f64::from(f32::from_le_bytes(*bytes))),
                ),
                DOUBLE => numbers.extend(
                    raw.as_chunks()
                        .0
                        .iter()
                        .map(|bytes| f64::from_le_bytes(*bytes)),
                ),
                6 => numbers.extend(
                    raw.as_chunks()
                        .0
                        .iter()
                        .map(|bytes| f64::from(i32::from_le_bytes(*bytes))),
                ),
                7 => numbers.extend(
                    raw.as_chunks()
                        .0
                        .iter()
                        .map(|bytes| whole(i64::from_le_bytes(*bytes))),
                ),
                2 | 9 => numbers.extend(raw.iter().map(|byte| f64::from(*byte))),
                _ => {
                    return Err(wrong(
                        "it is of a kind that is not read: export the model in 32-bit floats",
                    ));
                }
            }
        }
        at_most("weights", numbers.len(), limits::WEIGHTS)?;
        let dims: Vec<usize> = dims
            .into_iter()
            .map(|dim| usize::try_from(dim).unwrap_or(usize::MAX))
            .collect();
        let count = dims
            .iter()
            .try_fold(1usize, |count, dim| count.checked_mul(*dim));
        if count == Some(numbers.len()) {
            Ok(Tensor {
                dims,
                numbers,
                double: kind == DOUBLE,
            })
        } else {
            Err(wrong(
                "it has not as many numbers as its shape says: export the model again",
            ))
        }
    }
}

impl Tensor {
    /// Its numbers for each place of a row of those extents, as ONNX spreads them; none where they do not fit.
    pub(super) fn over(&self, dims: &[usize]) -> Option<Vec<f32>> {
        let behind = dims.len().checked_sub(self.dims.len())?;
        let pairs = dims.iter().skip(behind).zip(&self.dims);
        if pairs.clone().any(|(row, own)| own != row && *own != 1) {
            return None;
        }
        let width = dims
            .iter()
            .try_fold(1usize, |width, dim| width.checked_mul(*dim))?;
        let pairs: Vec<(usize, usize)> = pairs.map(|(row, own)| (*row, *own)).collect();
        let numbers = self.floats();
        let at = |place: usize| {
            // From the last extent to the first, both count on; where its own is 1, it stays.
            let (mut rest, mut own, mut step) = (place, 0, 1);
            for (row, extent) in pairs.iter().rev() {
                own += rest.checked_rem(*row)? % extent * step;
                (rest, step) = (rest / row, step * extent);
            }
            numbers.get(own).copied()
        };
        (0..width).map(at).collect()
    }

    /// Where its first number is that has no place among 32-bit numbers, and that number.
    pub(super) fn odd(&self) -> Option<(Vec<usize>, f64)> {
        let odd = |number: &&f64| !super::narrow(**number).is_finite();
        let at = self.numbers.iter().position(|number| odd(&number))?;
        let mut rest = at;
        let mut place: Vec<usize> = Vec::new();
        for dim in self.dims.iter().rev() {
            place.push(rest.checked_rem(*dim)?);
            rest /= dim;
        }
        place.reverse();
        Some((place, *self.numbers.get(at)?))
    }

    #[expect(clippy::cast_possible_truncation, reason = "models count in 32 bits")]
    pub(super) fn floats(&self) -> Vec<f32> {
        self.numbers.iter().map(|number| *number as f32).collect()
    }
}

/// The refusal of a value by its name.
pub(super) fn named(thing: &'static str, name: &str, what: &str) -> ModelProblem {
    ModelProblem::OnnxValue {
        thing,
        name: name.chars().take(80).collect(),
        what: what.to_owned(),
    }
}
