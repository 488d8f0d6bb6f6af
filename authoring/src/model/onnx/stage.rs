//! Steps in the making.

use std::rc::Rc;

use engine::models::{self, Activation, Curve, Dense, Link, Matrix, Norm, Recurrent, Step};

use super::super::ModelProblem;
use super::{damaged, trees::Grove};

/// A step in the making.
pub(super) enum Stage {
    /// A matrix whose bias and activation may still come.
    Linear {
        inputs: usize,
        rows: Vec<Vec<f32>>,
        bias: Vec<f32>,
        activation: Activation,
    },
    /// Numbers filled in, moved and stretched.
    Scale(Scale),
    /// Trees.
    Trees(Grove),
    /// A function of each number, or of all.
    Link(Link),
    /// Division by the row's length.
    Norm(Norm),
    /// The nearest number in between.
    Clip(f32, f32),
    /// 2x − 1: what was from 0 to 1 is from −1 to 1.
    Signed,
    /// A layer of cells, and whether it gives the states after all events.
    Recurrent(Rc<Recurrent>, bool),
}

/// (x − offset) × factor, as [`models::Scale`] has it. A list that is empty changes nothing.
#[derive(Clone, Default)]
pub(super) struct Scale {
    pub(super) missing: Vec<f32>,
    pub(super) offsets: Vec<f32>,
    pub(super) factors: Vec<f32>,
}

impl Scale {
    /// One that changes nothing, with all lists written out.
    pub(super) fn identity(width: usize) -> Self {
        Self {
            missing: vec![f32::NAN; width],
            offsets: vec![0.0; width],
            factors: vec![1.0; width],
        }
    }

    /// Adds what is done with the next number.
    pub(super) fn push(&mut self, missing: f32, offset: f32, factor: f32) {
        self.missing.push(missing);
        self.offsets.push(offset);
        self.factors.push(factor);
    }

    /// The same with all lists written out.
    pub(super) fn full(&self, width: usize) -> Self {
        let mut full = Self::identity(width);
        let lists = [
            (&mut full.missing, &self.missing),
            (&mut full.offsets, &self.offsets),
            (&mut full.factors, &self.factors),
        ];
        for (to, from) in lists {
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
        full
    }
}

impl Stage {
    pub(super) fn linear(inputs: usize, rows: Vec<Vec<f32>>, bias: Vec<f32>) -> Self {
        Self::Linear {
            inputs,
            rows,
            bias,
            activation: Activation::None,
        }
    }

    pub(super) fn scale(offsets: Vec<f32>, factors: Vec<f32>) -> Self {
        Self::Scale(Scale {
            missing: Vec::new(),
            offsets,
            factors,
        })
    }

    /// From p to 1 − p and p.
    pub(super) fn complement() -> Self {
        Self::linear(1, vec![vec![-1.0], vec![1.0]], vec![1.0, 0.0])
    }

    /// Some numbers of a row, in any order; the same may come again.
    pub(super) fn choice(width: usize, places: &[usize]) -> Self {
        let row = |place: &usize| {
            let chosen = |at| f32::from(u8::from(at == *place));
            (0..width).map(chosen).collect()
        };
        let rows = places.iter().map(row).collect();
        Self::linear(width, rows, vec![0.0; places.len()])
    }

    /// How many numbers it makes of a row of that many.
    pub(super) fn outputs(&self, width: usize) -> usize {
        match self {
            Self::Linear { rows, .. } => rows.len(),
            Self::Trees(trees) => trees.outputs(),
            Self::Recurrent(layer, all) => {
                let inputs = usize::try_from(layer.of_input.inputs).unwrap_or(1).max(1);
                let events = if *all { width / inputs } else { 1 };
                events.saturating_mul(usize::from(layer.hidden))
            }
            Self::Scale(_) | Self::Link(_) | Self::Norm(_) | Self::Clip(..) | Self::Signed => width,
        }
    }

    /// How much room it takes, in numbers.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Linear { inputs, rows, .. } => inputs.saturating_mul(rows.len()),
            Self::Trees(grove) => grove.size(),
            Self::Scale(scale) => 3 * scale.offsets.len().max(scale.missing.len()),
            _ => 1,
        }
    }

    /// How many weights of a network it has.
    pub(super) fn weights(&self) -> usize {
        match self {
            Self::Linear { inputs, rows, .. } => inputs.saturating_mul(rows.len()),
            _ => 0,
        }
    }

    /// Whether it does nothing.
    pub(super) fn idle(&self) -> bool {
        let Self::Linear {
            inputs,
            rows,
            bias,
            activation: Activation::None,
        } = self
        else {
            return false;
        };
        let one = |(at, row): (usize, &Vec<f32>)| {
            let mut row = row.iter().enumerate();
            row.all(|(to, weight)| *weight == f32::from(u8::from(at == to)))
        };
        rows.len() == *inputs
            && bias.iter().all(|bias| *bias == 0.0)
            && rows.iter().enumerate().all(one)
    }

    /// The step.
    pub(super) fn step(self) -> Result<Step, ModelProblem> {
        Ok(match self {
            Self::Linear {
                inputs,
                rows,
                bias,
                activation,
            } => {
                finite(rows.iter().flatten().chain(&bias))?;
                let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
                let matrix = Matrix::new(inputs, &rows, &bias);
                Step::Dense(Dense { matrix, activation })
            }
            Self::Scale(scale) => {
                finite(scale.offsets.iter().chain(&scale.factors))?;
                let given = scale.missing.iter().filter(|missing| !missing.is_nan());
                finite(given)?;
                let none = scale.missing.iter().all(|missing| missing.is_nan());
                Step::Scale(models::Scale {
                    missing: if none { Vec::new() } else { scale.missing },
                    offsets: scale.offsets,
                    factors: scale.factors,
                })
            }
            Self::Trees(grove) => grove.step()?,
            Self::Link(link) => Step::Link(link),
            Self::Norm(norm) => Step::Norm(norm),
            Self::Clip(least, most) => {
                let x = ladder(least, most);
                Step::Curve(Curve { y: x.clone(), x })
            }
            Self::Signed => Step::Curve(Curve {
                x: vec![0.0, 1.0],
                y: vec![-1.0, 1.0],
            }),
            Self::Recurrent(layer, all) => {
                let layer = Rc::try_unwrap(layer);
                let layer = layer.map_err(|_| damaged("a layer of cells is there twice"))?;
                Step::Recurrent(Recurrent { all, ..layer })
            }
        })
    }
}

/// Points of a curve that leaves what is between two bounds as it is. A line is drawn from the lower end of each
/// part, so below −1 the points stand so close that no bit of a number is lost.
fn ladder(least: f32, most: f32) -> Vec<f64> {
    // No bound: a power of two beyond all numbers.
    let far = |bound: f32| {
        if bound.abs() == f32::MAX {
            f64::from(bound.signum()) * 2f64.powi(128)
        } else {
            f64::from(bound)
        }
    };
    let (least, most) = (far(least), far(most));
    let rungs = (0..128).rev().map(|rung| -2f64.powi(rung));
    let between = rungs.filter(|rung| (least..most).contains(rung) && *rung > least);
    [least].into_iter().chain(between).chain([most]).collect()
}

/// Refuses weights that are not finite.
pub(super) fn finite<'f>(mut numbers: impl Iterator<Item = &'f f32>) -> Result<(), ModelProblem> {
    numbers.try_for_each(|number| super::super::finite(|| "a weight".to_owned(), *number).map(drop))
}
