//! Conditions: a small stack machine that reads its program in place.
//!
//! `authoring` compiles CEL to these instructions. Every value is an `f64`; a truth is 1 or 0, and
//! NaN is *missing*. Missing is CEL's error value: arithmetic and comparisons with it give it back,
//! `&&` and `||` absorb it when the other side decides, and a condition whose result is missing does
//! not hold. A program runs each instruction once, in order: its length bounds its time.

use rkyv::{Archive, Serialize};

use crate::{
    bundle::Channel,
    limits::{CONDITION_OPS, CONDITION_STACK},
};

/// A compiled condition.
#[derive(Archive, Serialize, Clone, Debug, Default, PartialEq)]
pub struct Condition {
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
    /// Pushes the variable in that position.
    Variable(u16),
    /// Pushes the score of the model in that position.
    Score(u16),
    /// Pushes 1 if the persona in that position is the customer's, else 0; missing when there is none.
    Persona(u16),
    /// Pushes 1 if that channel is the request's, else 0; missing when it named none.
    Channel(Channel),
    /// Replaces a value by 1 if it is there, by 0 if it is missing.
    Has,
    /// Logical not.
    Not,
    /// Negation.
    Negate,
    /// Logical and.
    And,
    /// Logical or.
    Or,
    /// Equality.
    Equal,
    /// Inequality.
    NotEqual,
    /// Left below right.
    Less,
    /// Left below or equal to right.
    LessEqual,
    /// Left above right.
    Greater,
    /// Left above or equal to right.
    GreaterEqual,
    /// Sum.
    Add,
    /// Difference.
    Subtract,
    /// Product.
    Multiply,
    /// Quotient; missing when the right side is zero.
    Divide,
    /// `condition ? left : right`, three operands; missing when the condition is.
    Select,
}

/// What a condition reads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Operands<'a> {
    /// Values of the bundle's variables, NaN when missing.
    pub variables: &'a [f64],
    /// Scores of the bundle's models, NaN when missing.
    pub scores: &'a [f64],
    /// Position of the customer's persona.
    pub persona: Option<u16>,
    /// The request's channel, when it named one.
    pub channel: Option<Channel>,
}

impl ArchivedCondition {
    /// Whether the condition holds; missing counts as no, and so does a program that is not one.
    pub fn holds(&self, operands: Operands<'_>) -> bool {
        run(&self.ops, operands) == Some(1.0)
    }
}

fn run(ops: &[ArchivedOp], operands: Operands<'_>) -> Option<f64> {
    let mut stack = Stack::default();
    for op in ops.iter().take(CONDITION_OPS) {
        let value = match *op {
            ArchivedOp::Constant(value) => value.to_native(),
            ArchivedOp::Variable(i) => read(operands.variables, i.to_native()),
            ArchivedOp::Score(i) => read(operands.scores, i.to_native()),
            ArchivedOp::Persona(i) => operands
                .persona
                .map_or(f64::NAN, |p| truth(p == i.to_native())),
            ArchivedOp::Channel(channel) => operands
                .channel
                .map_or(f64::NAN, |asked| truth(asked == channel)),
            ArchivedOp::Has => truth(!stack.pop()?.is_nan()),
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
        ArchivedOp::NotEqual => truth(left != right),
        ArchivedOp::Less => truth(left < right),
        ArchivedOp::LessEqual => truth(left <= right),
        ArchivedOp::Greater => truth(left > right),
        ArchivedOp::GreaterEqual => truth(left >= right),
        ArchivedOp::Add => left + right,
        ArchivedOp::Subtract => left - right,
        ArchivedOp::Multiply => left * right,
        ArchivedOp::Divide if right != 0.0 => left / right,
        _ => f64::NAN,
    }
}

fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

fn read(values: &[f64], i: u16) -> f64 {
    values.get(usize::from(i)).copied().unwrap_or(f64::NAN)
}

#[derive(Default)]
struct Stack {
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
