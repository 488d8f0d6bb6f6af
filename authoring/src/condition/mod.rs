//! Conditions: a typed subset of CEL, compiled to the engine's stack machine.
//!
//! What compiles here is CEL and means what CEL says, with these differences, all of them towards
//! simplicity: `has(name)` takes a variable as it is; a division by zero is missing, not infinite; and a
//! condition whose result is an error does not hold.
//!
//! | written | is |
//! | --- | --- |
//! | `balance`, `age` | a variable of the registry, a double; missing is CEL's error |
//! | `score.loan_propensity` | a model's score, 0 to 1; hyphens of the model's id are underscores |
//! | `persona == "saver"`, `channel != "web"` | who the customer is, where they are |
//! | `has(balance)`, `has(score.activation)` | whether it is known |
//! | `&& \|\| ! == != < <= > >= + - * / ?:` | CEL's operators, on doubles and truths |
//!
//! Whole numbers (`50000`) compare with doubles, as in CEL; in arithmetic CEL does not mix the two, so
//! write `2.0 * balance`.
//!
//! ```
//! use authoring::condition::{Scope, compile};
//! use engine::policy::Op;
//! let scope = Scope { variables: &["age", "balance"], ..Scope::default() };
//! let condition = compile("balance > 50000", &scope).unwrap();
//! assert_eq!(condition.ops, [Op::Variable(1), Op::Constant(50_000.0), Op::Greater]);
//! let error = compile("balanse > 50000", &scope).unwrap_err();
//! assert_eq!(error.problem.to_string(), "there is no variable `balanse`: did you mean `balance`?");
//! ```

mod lexer;
mod parser;

use engine::{
    limits::{CONDITION_OPS, CONDITION_STACK},
    policy::{Condition, Op},
};

use crate::limits;

/// The names that a condition may use, by position.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope<'a> {
    /// Variables.
    pub variables: &'a [&'a str],
    /// Models.
    pub models: &'a [&'a str],
    /// Personas.
    pub personas: &'a [&'a str],
}

/// Why a condition was refused, and where.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("condition, byte {offset}: {problem}")]
pub struct ConditionError {
    /// Byte offset in the condition's text.
    pub offset: usize,
    /// What is wrong, and the remedy.
    pub problem: ConditionProblem,
}

/// What is wrong with a condition, and the remedy.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConditionProblem {
    /// A character that means nothing.
    #[error("`{0}` means nothing here: take it away")]
    Character(char),
    /// Nested too deeply.
    #[error(
        "it nests over {} deep: split it into triggers",
        limits::CONDITION_DEPTH
    )]
    Depth,
    /// A piece of CEL that is not in the subset, or not CEL.
    #[error("{found} is not expected here: {remedy}")]
    Expected {
        /// What was found.
        found: String,
        /// What to write.
        remedy: String,
    },
    /// Too long.
    #[error("it is too long: split it into triggers")]
    Long,
    /// A number in a form that is not read.
    #[error("this number is not read: write a decimal number such as `1500` or `0.25`")]
    Number,
    /// Text in a form that is not read.
    #[error("this text is not read: {0}")]
    Text(&'static str),
    /// Operands of types that do not go together.
    #[error("{0}")]
    Type(String),
    /// A name that is not known.
    #[error("there is no {what} `{name}`: {remedy}")]
    Unknown {
        /// What kind of thing it should be.
        what: &'static str,
        /// The name.
        name: String,
        /// What there is.
        remedy: String,
    },
}

/// Compiles a condition. Positions of variables, models and personas are those in `scope`.
pub fn compile(source: &str, scope: &Scope<'_>) -> Result<Condition, ConditionError> {
    let long = ConditionError {
        offset: 0,
        problem: ConditionProblem::Long,
    };
    if source.len() > limits::CONDITION_BYTES {
        return Err(long);
    }
    let ops = parser::parse(source, scope)?;
    if ops.len() > CONDITION_OPS || deepest(&ops) > CONDITION_STACK {
        return Err(long);
    }
    let mut variables: Vec<u16> = ops
        .iter()
        .filter_map(|op| {
            if let Op::Variable(position) = op {
                Some(*position)
            } else {
                None
            }
        })
        .collect();
    variables.sort_unstable();
    variables.dedup();
    Ok(Condition {
        ops,
        source: one_line(source),
        variables,
    })
}

/// The text in one line, without comments, as reasons show it.
fn one_line(source: &str) -> String {
    // A comment would swallow what the joined line has after it.
    let lines = source
        .lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ")
}

/// How many values the program holds at once, at most.
fn deepest(ops: &[Op]) -> usize {
    let mut depth = 0usize;
    let mut deepest = 0;
    for op in ops {
        depth = match op {
            Op::Constant(_) | Op::Variable(_) | Op::Score(_) | Op::Persona(_) | Op::Channel(_) => {
                depth + 1
            }
            Op::Has | Op::Not | Op::Negate => depth,
            Op::Select => depth.saturating_sub(2),
            _ => depth.saturating_sub(1),
        };
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests;
