//! Formulas: numbers from numbers, by a small stack machine that reads its program in place.
//!
//! `authoring` compiles CEL to these instructions. Every value is an `f64`; a truth is 1 or 0, and
//! NaN is *missing*. Missing is CEL's error value: arithmetic and comparisons with it give it back,
//! and `&&` and `||` absorb it when the other side decides. A program runs each instruction once, in
//! order: its length bounds its time.

use rkyv::{Archive, Serialize};

use super::condition::{Operands, Subject};
use crate::limits::{CONDITION_OPS, CONDITION_STACK};

/// A compiled formula.
#[derive(Archive, Serialize, Clone, Debug, Default, PartialEq)]
pub struct Formula {
    /// The program, in postfix order.
    pub ops: Vec<Op>,
    /// The CEL text it came from.
    pub source: String,
    /// Positions of the variables that it reads, ascending, each once.
    pub variables: Vec<u16>,
}

/// An instruction. Binary ones take the right operand from the top of the stack, the left below it.
#[derive(Archive, Serialize, Clone, Copy, Debug, PartialEq)]
#[rkyv(derive(Clone, Copy))]
pub enum Op {
    /// Pushes a number; truths are 1 and 0.
    Constant(f64),
    /// Pushes a number that is asked for by name.
    Read(Subject),
    /// Replaces a value by 1 if it is there, by 0 if it is missing.
    Has,
    /// Replaces a value by 1 if it lies between the two, both included, else by 0.
    Within(f64, f64),
    /// Logical not.
    Not,
    /// Negation.
    Negate,
    /// Logical and.
    And,
    /// Logical or.
    Or,
    /// Equality, also of truths.
    Equal,
    /// Left below right.
    Less,
    /// Left below or equal to right.
    LessEqual,
    /// Sum.
    Add,
    /// Difference.
    Subtract,
    /// Product.
    Multiply,
    /// Quotient; missing when the right side is zero.
    Divide,
    /// The lesser.
    Least,
    /// The greater.
    Greatest,
    /// `condition ? left : right`, three operands; missing when the condition is.
    Select,
}

impl ArchivedFormula {
    /// The formula's value; NaN when it is missing, and for a program that is not one.
    pub fn value(&self, operands: Operands<'_>) -> f64 {
        run(&self.ops, &operands, &mut Stack::default())
    }
}

/// The value of a program; NaN when it is missing, and for a program that is not one.
pub(super) fn run(ops: &[ArchivedOp], operands: &Operands<'_>, stack: &mut Stack) -> f64 {
    steps(ops, operands, stack).unwrap_or(f64::NAN)
}

fn steps(ops: &[ArchivedOp], operands: &Operands<'_>, stack: &mut Stack) -> Option<f64> {
    if ops.len() > CONDITION_OPS {
        return None;
    }
    stack.depth = 0;
    for op in ops {
        let value = match *op {
            ArchivedOp::Constant(value) => value.to_native(),
            ArchivedOp::Read(subject) => operands.read(subject),
            ArchivedOp::Has => truth(!stack.pop()?.is_nan()),
            ArchivedOp::Within(low, high) => {
                let value = stack.pop()?;
                if value.is_nan() {
                    value
                } else {
                    truth(low.to_native() <= value && value <= high.to_native())
                }
            }
            ArchivedOp::Not => 1.0 - stack.pop()?,
            ArchivedOp::Negate => -stack.pop()?,
            ArchivedOp::Select => {
                let (right, left, condition) = (stack.pop()?, stack.pop()?, stack.pop()?);
                if condition.is_nan() {
                    f64::NAN
                } else if condition == 1.0 {
                    left
                } else {
                    right
                }
            }
            binary => {
                let right = stack.pop()?;
                let left = stack.pop()?;
                apply(binary, left, right)
            }
        };
        stack.push(value)?;
    }
    let result = stack.pop()?;
    (stack.depth == 0).then_some(result)
}

fn apply(op: ArchivedOp, left: f64, right: f64) -> f64 {
    match op {
        ArchivedOp::And if left == 0.0 || right == 0.0 => return 0.0,
        ArchivedOp::Or if left == 1.0 || right == 1.0 => return 1.0,
        _ if left.is_nan() || right.is_nan() => return f64::NAN,
        _ => {}
    }
    match op {
        ArchivedOp::And => 1.0,
        ArchivedOp::Or => 0.0,
        ArchivedOp::Equal => truth(left == right),
        ArchivedOp::Less => truth(left < right),
        ArchivedOp::LessEqual => truth(left <= right),
        ArchivedOp::Add => left + right,
        ArchivedOp::Subtract => left - right,
        ArchivedOp::Multiply => left * right,
        ArchivedOp::Divide if right != 0.0 => left / right,
        // Of two zeros the left one, so that the sign is the same on every host.
        ArchivedOp::Least => {
            if right < left {
                right
            } else {
                left
            }
        }
        ArchivedOp::Greatest => {
            if right > left {
                right
            } else {
                left
            }
        }
        _ => f64::NAN,
    }
}

fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

/// Where a program keeps its values. To clear it costs as much as a short program.
#[derive(Default)]
pub(super) struct Stack {
    values: [f64; CONDITION_STACK],
    depth: usize,
}

impl Stack {
    fn push(&mut self, value: f64) -> Option<()> {
        *self.values.get_mut(self.depth)? = value;
        self.depth += 1;
        Some(())
    }

    fn pop(&mut self) -> Option<f64> {
        self.depth = self.depth.checked_sub(1)?;
        self.values.get(self.depth).copied()
    }
}
