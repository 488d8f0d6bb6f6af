//! What has been made of one customer so far: columns of the input, then stages.

use std::rc::Rc;

use engine::models::{Activation, Link};

use super::super::{ModelProblem, at_most};
use super::feature::{Feature, Op};
use super::graph::Node;
use super::refused;
use super::stage::{Scale, Stage};
use crate::limits;

/// A row of numbers in the making. Others share its stages, so none is changed: a changed one is put in its
/// place.
#[derive(Clone)]
pub(super) struct Made {
    /// The columns that the first stage reads; the row itself while there is no stage.
    pub(super) features: Rc<Vec<Feature>>,
    pub(super) stages: Vec<Rc<Stage>>,
    /// The extents of what has been made, for one customer.
    pub(super) dims: Vec<usize>,
    /// Whether it is a number for each class.
    pub(super) classes: bool,
}

impl Made {
    /// Columns, side by side.
    pub(super) fn of(features: Vec<Feature>, dims: Vec<usize>) -> Self {
        Self {
            features: Rc::new(features),
            stages: Vec::new(),
            dims,
            classes: false,
        }
    }

    /// How many numbers a row has.
    pub(super) fn width(&self) -> usize {
        let dims = self.dims.iter();
        dims.fold(1, |width, dim| width.saturating_mul(*dim))
    }

    /// Whether it is of a size that is accepted.
    pub(super) fn bounded(&self) -> Result<(), ModelProblem> {
        at_most("numbers in a row", self.width(), limits::INPUTS)?;
        at_most("steps", self.stages.len(), limits::STEPS)?;
        let weights = self.stages.iter().map(|stage| stage.weights());
        let weights = weights.fold(0, usize::saturating_add);
        at_most("weights", weights, limits::WEIGHTS)
    }

    /// How much of it is its own, in numbers.
    pub(super) fn own(&self) -> usize {
        let own = |stage: &&Rc<Stage>| Rc::strong_count(stage) == 1;
        let stages = self.stages.iter().filter(own).map(|stage| stage.size());
        let features = if Rc::strong_count(&self.features) == 1 {
            let ops = self.features.iter().map(|feature| 2 + feature.ops.len());
            ops.sum()
        } else {
            0
        };
        stages.fold(features, usize::saturating_add)
    }

    /// Whether nothing but columns of the input has been made.
    pub(super) fn is_columns(&self) -> bool {
        self.stages.is_empty()
    }

    /// Adds a stage for the whole row.
    pub(super) fn push(&mut self, node: &Node, stage: Stage) -> Result<(), ModelProblem> {
        if self.is_columns() && !matches!(stage, Stage::Trees(_)) {
            let mut features = self.features.iter();
            features.try_for_each(|feature| feature.layered(node))?;
        }
        if !stage.idle() || self.is_columns() {
            self.stages.push(Rc::new(stage));
        }
        Ok(())
    }

    /// Does one thing with each column; where there are stages already, with each number.
    pub(super) fn each(&mut self, node: &Node, ops: &[Op]) -> Result<(), ModelProblem> {
        if self.is_columns() {
            let columns = self.features.iter().zip(ops);
            let features: Result<_, _> = columns.map(|(of, op)| of.then(op.clone())).collect();
            self.features = Rc::new(features?);
            return Ok(());
        }
        let mut scale = Scale::default();
        for op in ops {
            match op {
                Op::Move { offset, factor } => scale.push(f32::NAN, *offset, *factor),
                Op::Divide(by) => scale.push(f32::NAN, 0.0, by.recip()),
                Op::Fill(with) => scale.push(*with, 0.0, 1.0),
                Op::Clip(least, most) => return self.push(node, Stage::Clip(*least, *most)),
                _ => return Err(refused(node, "it is read only of columns of the input")),
            }
        }
        // What is added to a product is its bias.
        if let Some(Stage::Linear {
            inputs,
            rows,
            bias,
            activation: Activation::None,
        }) = self.stages.last().map(|stage| &**stage)
            && bias.iter().all(|bias| *bias == 0.0)
            && ops
                .iter()
                .all(|op| matches!(op, Op::Move { factor: 1.0, .. }))
        {
            let bias = scale.offsets.iter().map(|offset| -offset).collect();
            let stage = Stage::linear(*inputs, rows.clone(), bias);
            self.replace(stage);
            return Ok(());
        }
        scale.missing.retain(|missing| !missing.is_nan());
        let width = scale.offsets.len();
        if !matches!(scale.missing.len(), 0) && scale.missing.len() != width {
            return Err(refused(node, "it is read only of columns of the input"));
        }
        self.push(node, Stage::Scale(scale))
    }

    /// Puts another last stage in the place of the last one.
    pub(super) fn replace(&mut self, stage: Stage) {
        self.stages.pop();
        self.stages.push(Rc::new(stage));
    }

    /// Some of its numbers.
    pub(super) fn chosen(&mut self, node: &Node, places: &[usize]) -> Result<(), ModelProblem> {
        at_most("numbers in a row", places.len(), limits::INPUTS)?;
        let width = self.width();
        if places.iter().any(|place| *place >= width) {
            return Err(refused(node, "it asks for a column that is not there"));
        }
        self.dims = vec![1, places.len()];
        self.classes = false;
        if self.is_columns() {
            let features = places.iter().filter_map(|place| self.features.get(*place));
            self.features = Rc::new(features.cloned().collect());
            return Ok(());
        }
        let size = width.saturating_mul(places.len());
        at_most("weights", size, limits::WEIGHTS)?;
        let rows = match self.stages.last().map(|stage| &**stage) {
            Some(Stage::Linear {
                inputs,
                rows,
                bias,
                activation,
            }) => {
                let pick = |place: &usize| Some((rows.get(*place)?.clone(), *bias.get(*place)?));
                let (rows, bias) = places.iter().filter_map(pick).unzip();
                Some(Stage::Linear {
                    inputs: *inputs,
                    rows,
                    bias,
                    activation: *activation,
                })
            }
            _ => None,
        };
        match rows {
            Some(rows) if rows.idle() => drop(self.stages.pop()),
            Some(rows) => self.replace(rows),
            None => self.push(node, Stage::choice(width, places))?,
        }
        Ok(())
    }

    /// The row and 1 minus it, in the order other, one.
    pub(super) fn complements(&self, one: &Self) -> bool {
        let Some((last, before)) = self.stages.split_last() else {
            return false;
        };
        let flipped = matches!(&**last, Stage::Scale(scale)
            if scale.missing.is_empty() && scale.offsets == [1.0] && scale.factors == [-1.0]);
        let same = before.len() == one.stages.len()
            && before
                .iter()
                .zip(&one.stages)
                .all(|(a, b)| Rc::ptr_eq(a, b));
        flipped && same && Rc::ptr_eq(&self.features, &one.features)
    }

    /// This row with another behind it. Both go through stages of the same kinds, side by side.
    pub(super) fn beside(self, node: &Node, other: Self) -> Result<Self, ModelProblem> {
        let classes = self.classes || other.classes;
        let dims = vec![1, self.width().saturating_add(other.width())];
        let same = Rc::ptr_eq(&self.features, &other.features) || self.features == other.features;
        if self.is_columns() && other.is_columns() {
            let features = [&**self.features, &**other.features].concat();
            let of = Self::of(features, dims);
            return Ok(Self { classes, ..of });
        }
        let shared = if same {
            let pairs = self.stages.iter().zip(&other.stages);
            pairs.take_while(|(a, b)| Rc::ptr_eq(a, b)).count()
        } else {
            0
        };
        let mut joined = Self {
            features: if same {
                Rc::clone(&self.features)
            } else {
                Rc::new([&**self.features, &**other.features].concat())
            },
            stages: self.stages.get(..shared).unwrap_or_default().to_vec(),
            dims,
            classes,
        };
        let enter = |made: &Self| {
            let before = made.stages.get(..shared).unwrap_or_default();
            let width = made.features.len();
            before
                .iter()
                .fold(width, |width, stage| stage.outputs(width))
        };
        let mut pair = Pair {
            left: self.stages.get(shared..).unwrap_or_default(),
            right: other.stages.get(shared..).unwrap_or_default(),
            widths: (enter(&self), enter(&other)),
            one_row: same,
        };
        while let Some(stage) = pair.next(node)? {
            joined.push(node, stage)?;
            joined.bounded_stages()?;
        }
        Ok(joined)
    }

    fn bounded_stages(&self) -> Result<(), ModelProblem> {
        at_most("steps", self.stages.len(), limits::STEPS)
    }
}

/// Stages that are still to be put side by side.
struct Pair<'s> {
    left: &'s [Rc<Stage>],
    right: &'s [Rc<Stage>],
    /// How many numbers each reads.
    widths: (usize, usize),
    /// Whether both read the same row; else the right one's numbers stand behind the left one's.
    one_row: bool,
}

impl Pair<'_> {
    fn next(&mut self, node: &Node) -> Result<Option<Stage>, ModelProblem> {
        let (left, right) = (self.left.first(), self.right.first());
        let (a, b) = (left.map(|stage| &**stage), right.map(|stage| &**stage));
        let plain = |stage: Option<&Stage>| {
            matches!(
                stage,
                None | Some(Stage::Linear {
                    activation: Activation::None,
                    ..
                })
            )
        };
        let stage = match (a, b) {
            (None, None) if self.one_row => self.doubled(),
            (None, None) => return Ok(None),
            (Some(Stage::Trees(one)), Some(Stage::Trees(two))) => {
                let apart = if self.one_row { 0 } else { self.widths.0 };
                let both = one.beside(two, apart);
                let both = both.ok_or_else(|| {
                    refused(node, "it joins trees of 64 bits, or sums and means: export with `FloatTensorType`")
                })?;
                self.took(true, true);
                Stage::Trees(both)
            }
            (
                Some(Stage::Linear { activation: x, .. }),
                Some(Stage::Linear { activation: y, .. }),
            ) if x == y => self.matrix(a, b)?,
            _ if plain(a) && plain(b) => self.matrix(a, b)?,
            (Some(Stage::Scale(_)), Some(Stage::Scale(_)) | None)
            | (None, Some(Stage::Scale(_))) => self.scale(a, b),
            _ if plain(a) && a.is_some() => self.matrix(a, None)?,
            _ if plain(b) && b.is_some() => self.matrix(None, b)?,
            (Some(Stage::Scale(_)), _) => self.scale(a, None),
            (_, Some(Stage::Scale(_))) => self.scale(None, b),
            (Some(Stage::Link(one)), Some(Stage::Link(two)))
                if one == two && *one != Link::Softmax =>
            {
                self.alike(Stage::Link(*one))
            }
            (Some(Stage::Clip(low, high)), Some(Stage::Clip(l, h))) if (low, high) == (l, h) => {
                self.alike(Stage::Clip(*low, *high))
            }
            (Some(Stage::Signed), Some(Stage::Signed)) => self.alike(Stage::Signed),
            _ => {
                return Err(refused(
                    node,
                    "it joins values that were not made alike: only branches of the same operators are read",
                ));
            }
        };
        Ok(Some(stage))
    }

    /// What is done with each number, and the same on both sides.
    fn alike(&mut self, stage: Stage) -> Stage {
        if self.one_row {
            return self.doubled();
        }
        self.took(true, true);
        stage
    }

    /// The row twice, for two that read it apart.
    fn doubled(&mut self) -> Stage {
        let width = self.widths.0;
        self.one_row = false;
        let places: Vec<usize> = (0..width).chain(0..width).collect();
        Stage::choice(width, &places)
    }

    fn took(&mut self, left: bool, right: bool) {
        if let (true, Some((stage, rest))) = (left, self.left.split_first()) {
            self.widths.0 = stage.outputs(self.widths.0);
            self.left = rest;
        }
        if let (true, Some((stage, rest))) = (right, self.right.split_first()) {
            self.widths.1 = stage.outputs(self.widths.1);
            self.right = rest;
        }
        self.one_row = false;
    }

    /// One matrix for two; a side that has none lets its row pass.
    fn matrix(&mut self, a: Option<&Stage>, b: Option<&Stage>) -> Result<Stage, ModelProblem> {
        let (left, right) = self.widths;
        let inputs = if self.one_row {
            left
        } else {
            left.saturating_add(right)
        };
        let apart = if self.one_row { 0 } else { left };
        let (mut rows, mut biases, mut with) = (Vec::new(), Vec::new(), Activation::None);
        for (side, width, at) in [(a, left, 0), (b, right, apart)] {
            let own;
            let (from, bias) = match side {
                Some(Stage::Linear {
                    rows,
                    bias,
                    activation,
                    ..
                }) => {
                    with = *activation;
                    (rows, bias.clone())
                }
                _ => {
                    let places: Vec<usize> = (0..width).collect();
                    let Stage::Linear { rows, .. } = Stage::choice(width, &places) else {
                        continue;
                    };
                    own = rows;
                    (&own, vec![0.0; width])
                }
            };
            let size = (rows.len() + from.len()).saturating_mul(inputs);
            at_most("weights", size, limits::WEIGHTS)?;
            for row in from {
                let mut full = vec![0.0; at];
                full.extend(row);
                full.resize(inputs, 0.0);
                rows.push(full);
            }
            biases.extend(bias);
        }
        self.took(a.is_some(), b.is_some());
        Ok(Stage::Linear {
            inputs,
            rows,
            bias: biases,
            activation: with,
        })
    }

    fn scale(&mut self, a: Option<&Stage>, b: Option<&Stage>) -> Stage {
        if self.one_row {
            return self.doubled();
        }
        let full = |stage: Option<&Stage>, width| match stage {
            Some(Stage::Scale(scale)) => scale.full(width),
            _ => Scale::identity(width),
        };
        let (one, two) = (full(a, self.widths.0), full(b, self.widths.1));
        self.took(a.is_some(), b.is_some());
        Stage::Scale(Scale {
            missing: [one.missing, two.missing].concat(),
            offsets: [one.offsets, two.offsets].concat(),
            factors: [one.factors, two.factors].concat(),
        })
    }
}
