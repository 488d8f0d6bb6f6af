//! Columns on their way from the inputs: each is made of one input, by filling, scaling, encoding.
//!
//! Trees take such a column for nothing: a question about it becomes a question about its input, with the
//! threshold found to the last bit. For anything else the columns become layers, before it. A category is a
//! whole number from 0 up; its fraction is not looked at.

mod layers;

use std::{collections::BTreeMap, rc::Rc};

use super::super::{
    ModelProblem, at_most,
    forest::{Plain, Test},
};
use super::{damaged, graph::Node, refused};
use crate::limits;
pub(super) use layers::layers;

/// A column: an input and what is done with it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Feature {
    pub(super) input: usize,
    pub(super) ops: Vec<Op>,
}

/// Something done with each number of a column, in 32 bits.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Op {
    /// What stands for a missing number.
    Fill(f32),
    /// (x − offset) × factor.
    Move { offset: f32, factor: f32 },
    /// x over it.
    Divide(f32),
    /// The nearest number in between.
    Clip(f32, f32),
    /// 1 above it, else 0.
    Above(f32),
    /// Without the fraction.
    Truncate,
    /// A number for each category.
    Code(Rc<Code>),
}

/// Numbers for categories.
#[derive(Debug, PartialEq)]
pub(super) struct Code {
    pub(super) keys: BTreeMap<u16, f32>,
    /// For any other category.
    pub(super) other: f32,
    /// For none.
    pub(super) missing: f32,
}

impl Feature {
    /// An input as it is.
    pub(super) fn of(input: usize) -> Self {
        let ops = Vec::new();
        Self { input, ops }
    }

    /// The column after one more operation.
    pub(super) fn then(&self, op: Op) -> Result<Self, ModelProblem> {
        let mut ops = self.ops.clone();
        ops.push(op);
        at_most("operations on a column", ops.len(), limits::OPERATIONS)?;
        let input = self.input;
        Ok(Self { input, ops })
    }

    pub(super) fn encoded(&self) -> bool {
        self.code().is_some()
    }

    fn code(&self) -> Option<(&[Op], &Code, &[Op])> {
        let at = self.ops.iter().position(|op| matches!(op, Op::Code(_)))?;
        let (before, rest) = self.ops.split_at(at);
        match rest.split_first()? {
            (Op::Code(code), after) => Some((before, code, after)),
            _ => None,
        }
    }

    /// Whether the column can be encoded: nothing was done with it that would make another category of it.
    pub(super) fn is_category(&self) -> bool {
        let keeps = |op: &Op| matches!(op, Op::Fill(_) | Op::Truncate);
        self.ops.iter().all(keeps)
    }

    /// Refuses, for a node that is no tree, columns that only trees take.
    pub(super) fn layered(&self, node: &Node) -> Result<(), ModelProblem> {
        let ops = self.code().map_or(&*self.ops, |(_, _, after)| after);
        for op in ops {
            let what = match op {
                Op::Above(_) => "a `Binarizer`",
                Op::Truncate => "a `Cast` to whole numbers",
                _ => continue,
            };
            let what =
                format!("{what} stands before it: only trees are read behind that, leave it out");
            return Err(refused(node, &what));
        }
        Ok(())
    }

    /// A split of a tree on this column, as one on its input.
    pub(super) fn asked(
        &self,
        split: &Plain,
        double: bool,
        work: &mut usize,
    ) -> Result<Plain, ModelProblem> {
        let Plain::Split {
            test,
            yes,
            no,
            missing_yes,
            cover,
            ..
        } = split
        else {
            return Ok(split.clone());
        };
        if self.ops.is_empty() {
            let mut split = split.clone();
            if let Plain::Split { input, .. } = &mut split {
                *input = self.input;
            }
            return Ok(split);
        }
        if let Test::Below(threshold) | Test::AtMost(threshold) = test
            && threshold.is_nan()
        {
            return Err(damaged("a threshold of its trees is no number"));
        }
        let moves = |op: &Op| !matches!(op, Op::Fill(_) | Op::Code(_));
        if double && self.ops.iter().any(moves) {
            return Err(damaged(
                "its trees count in 64 bits behind columns that are scaled in 32: export it with `FloatTensorType`",
            ));
        }
        let holds = |x: f32| match test {
            Test::Below(threshold) => f64::from(x) < *threshold,
            Test::AtMost(threshold) => f64::from(x) <= *threshold,
            Test::In(_) => false,
        };
        let missing = apply(&self.ops, f32::NAN);
        let missing = if missing.is_nan() {
            *missing_yes
        } else {
            holds(missing)
        };
        let (test, here) = match self.code() {
            Some((_, code, after)) => {
                *work = work.saturating_add(code.keys.len());
                at_most("questions about categories", *work, limits::QUESTIONS)?;
                let other = holds(apply(after, code.other));
                let mut words = Vec::new();
                for (key, value) in &code.keys {
                    if holds(apply(after, *value)) != other {
                        let word = usize::from(key / 32);
                        words.resize(words.len().max(word + 1), 0u32);
                        if let Some(word) = words.get_mut(word) {
                            *word |= 1 << (key % 32);
                        }
                    }
                }
                (Test::In(words), !other)
            }
            None => boundary(|x| holds(apply(&self.ops, x))),
        };
        let (yes, no) = if here { (*yes, *no) } else { (*no, *yes) };
        Ok(Plain::Split {
            input: self.input,
            test,
            yes,
            no,
            missing_yes: missing == here,
            cover: *cover,
        })
    }
}

/// What the operations make of a number.
fn apply(ops: &[Op], x: f32) -> f32 {
    ops.iter().fold(x, |x, op| match op {
        Op::Fill(with) if x.is_nan() => *with,
        Op::Fill(_) => x,
        Op::Move { offset, factor } => (x - offset) * factor,
        Op::Divide(by) => x / by,
        Op::Clip(least, most) => {
            let x = if x < *least { *least } else { x };
            if x > *most { *most } else { x }
        }
        Op::Above(bound) if x.is_nan() => x * bound,
        Op::Above(bound) => f32::from(u8::from(x > *bound)),
        Op::Truncate => x.trunc(),
        Op::Code(code) => category(x).map_or(code.missing, |key| {
            let value = key.and_then(|key| code.keys.get(&key));
            value.copied().unwrap_or(code.other)
        }),
    })
}

/// The category that a number stands for; none when it is missing, and no such category as the inner none.
fn category(x: f32) -> Option<Option<u16>> {
    if x.is_nan() {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is in range"
    )]
    Some((0.0..65_536.0).contains(&x).then_some(x as u16))
}

/// Beyond it a column may overflow, and no boundary is looked for: 2¹⁰⁰.
const FARTHEST: f32 = 1.267_650_6e30;

/// Where a question whose answer changes at most once has another answer: the test, and its answer below.
fn boundary(holds: impl Fn(f32) -> bool) -> (Test, bool) {
    let (low, high) = (holds(-FARTHEST), holds(FARTHEST));
    if low == high {
        return (Test::AtMost(f64::INFINITY), low);
    }
    // Numbers in their order, as the bits count them.
    let number = |rank: i64| {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a rank is made of the bits of a number"
        )]
        let bits = rank.unsigned_abs() as u32;
        if rank < 0 {
            -f32::from_bits(bits)
        } else {
            f32::from_bits(bits)
        }
    };
    let most = i64::from(FARTHEST.to_bits());
    let (mut below, mut above) = (-most, most);
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if holds(number(middle)) == low {
            below = middle;
        } else {
            above = middle;
        }
    }
    (Test::Below(f64::from(number(above))), low)
}

#[cfg(test)]
mod tests;
