//! Conditions and formulas: a typed subset of CEL, compiled to what the engine reads in place.
//!
//! | written | is |
//! | --- | --- |
//! | `balance`, `age` | a variable of the registry, a double; missing is CEL's error |
//! | `score.loan_propensity` | a model's score, 0 to 1; hyphens of the model's id are underscores |
//! | `intent.travel_soon` | an intent's strength, 0 to 1; likewise |
//! | `need`, `bank` | in a formula: a factor, a double |
//! | `persona == "saver"`, `channel != "web"` | who the customer is, where they are |
//! | `cause.run_down == "income"` | what raised a model's score most, by the cause's id; missing when it has no score, nothing raised it, or what did belongs to no cause |
//! | `has(balance)`, `has(score.activation)`, `has(cause.run_down)` | whether it is known |
//! | `age in [18, 21]`, `persona in ["saver"]` | whether it is one of those; literals only |
//! | `&& \|\| ! == != < <= > >= ?:` | CEL's operators, on doubles, whole numbers and truths |
//! | `+ - * /`, `%` | on doubles; on whole numbers, where both sides are literals |
//! | `math.least(a, b, …)`, `math.greatest(…)` | CEL's mathematical extension, on numbers of one type |
//! | `1`, `0.5`, `1e3`, `true`, `'web'`, `"web"`, `// …` | literals and comments; of whole numbers those below 2^53 |
//!
//! That is all: no other types, functions, macros, lists or maps, no escapes in texts, no suffixes of
//! numbers, no names with a point in front. The rest of CEL is an error that says where and what to
//! write instead. A condition is a truth, a formula a number.
//!
//! What compiles here is CEL and means what CEL says, with these differences, all of them towards
//! simplicity: `has(name)` takes a variable as it is; a division by zero, and whatever else has no number
//! as its result (∞ − ∞), is missing; and a condition whose result is an error does not hold.
//!
//! Whole numbers (`50000`) compare with doubles, as in CEL; in arithmetic CEL does not mix the two, so
//! write `2.0 * balance`.
//!
//! ```
//! use authoring::condition::{Scope, compile};
//! let scope = Scope { variables: &["age", "balance"], ..Scope::default() };
//! let condition = compile("balance > 50000 && age >= 18", &scope).unwrap();
//! assert_eq!((condition.tests.len(), condition.variables), (2, vec![0, 1]));
//! let error = compile("balanse > 50000", &scope).unwrap_err();
//! assert_eq!(error.problem.to_string(), "there is no variable `balanse`: did you mean `balance`?");
//! ```

mod lexer;
mod parser;
mod piece;
mod tree;

use engine::{
    limits::{CONDITION_OPS, CONDITION_STACK},
    policy::{Condition, Formula, Op, Subject},
};

use crate::limits;

/// The names that a condition may use, by position.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope<'a> {
    /// Variables.
    pub variables: &'a [&'a str],
    /// Models.
    pub models: &'a [&'a str],
    /// Intents.
    pub intents: &'a [&'a str],
    /// Factors of a formula.
    pub factors: &'a [&'a str],
    /// Personas.
    pub personas: &'a [&'a str],
    /// Models that can say what raised their scores.
    pub explained: &'a [&'a str],
    /// Causes that raise scores.
    pub causes: &'a [&'a str],
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
    /// A sign of another language.
    #[error("`{0}` means nothing here: write `{1}`")]
    Meant(&'static str, &'static str),
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

/// Compiles a condition. Positions of variables, models, intents, factors and personas are those in
/// `scope`.
pub fn compile(source: &str, scope: &Scope<'_>) -> Result<Condition, ConditionError> {
    let truth = parser::condition(short(source)?, scope)?;
    let (tests, numbers) = tree::tests(&truth).ok_or_else(long)?;
    if numbers.iter().any(|ops| deepest(ops) > CONDITION_STACK) {
        return Err(long());
    }
    let subjects = tests.iter().map(|test| test.subject);
    let variables = positions(subjects.chain(numbers.iter().flatten().filter_map(read)));
    Ok(Condition {
        tests,
        numbers,
        source: one_line(source),
        variables,
    })
}

/// Compiles a formula: CEL whose result is a number. Positions are those in `scope`.
///
/// ```
/// use authoring::condition::{Scope, compile_number};
/// use engine::policy::{ArchivedFormula, Operands};
/// let scope = Scope { factors: &["need", "bank"], ..Scope::default() };
/// let formula = compile_number("need * math.least(bank, 2.0)", &scope).unwrap();
/// let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&formula).unwrap();
/// let formula = rkyv::access::<ArchivedFormula, rkyv::rancor::Error>(&bytes).unwrap();
/// let value = |factors: &[f64]| formula.value(Operands { factors, ..Operands::default() });
/// assert_eq!(value(&[0.5, 3.0]), 1.0);
/// assert!(value(&[0.5, f64::NAN]).is_nan());
/// ```
pub fn compile_number(source: &str, scope: &Scope<'_>) -> Result<Formula, ConditionError> {
    let ops = parser::number(short(source)?, scope)?;
    if ops.len() > CONDITION_OPS || deepest(&ops) > CONDITION_STACK {
        return Err(long());
    }
    Ok(Formula {
        variables: positions(ops.iter().filter_map(read)),
        ops,
        source: one_line(source),
    })
}

fn short(source: &str) -> Result<&str, ConditionError> {
    if source.len() > limits::CONDITION_BYTES {
        return Err(long());
    }
    Ok(source)
}

fn long() -> ConditionError {
    lexer::error(0, ConditionProblem::Long)
}

fn read(op: &Op) -> Option<Subject> {
    match op {
        Op::Read(subject) => Some(*subject),
        _ => None,
    }
}

/// Positions of the variables among those, ascending, each once.
fn positions(subjects: impl Iterator<Item = Subject>) -> Vec<u16> {
    let mut positions: Vec<u16> = subjects
        .filter_map(|subject| match subject {
            Subject::Variable(position) => Some(position),
            _ => None,
        })
        .collect();
    positions.sort_unstable();
    positions.dedup();
    positions
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
            Op::Constant(_) | Op::Read(_) => depth + 1,
            Op::Has | Op::Within(..) | Op::Not | Op::Negate => depth,
            Op::Select => depth.saturating_sub(2),
            _ => depth.saturating_sub(1),
        };
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests;
