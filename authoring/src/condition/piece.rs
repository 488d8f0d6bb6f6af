//! Typed pieces of conditions, and what operators make of two of them.

use engine::policy::Op;

use super::{
    ConditionError, ConditionProblem,
    lexer::{WHOLE, error},
    tree::Truth,
};
use crate::limits;

/// A piece of a condition, typed.
#[derive(Clone, Debug)]
pub(super) enum Piece<'s> {
    Truth(Truth),
    Double(Vec<Op>),
    /// A whole number: in CEL it compares with doubles but does not add to them.
    Whole(Vec<Op>),
    /// A literal, to be compared with a name.
    Text(&'s str, usize),
    Persona,
    Channel,
    /// What raised the score of the model in that position most.
    Cause(u16),
}

/// `&&` and `||`.
pub(super) fn join<'s>(
    start: usize,
    sign: &str,
    left: Piece<'s>,
    right: Piece<'s>,
) -> Result<Truth, ConditionError> {
    match (left, right) {
        (Piece::Truth(left), Piece::Truth(right)) => Ok(match (sign, left) {
            ("&&", Truth::All(mut parts)) => {
                parts.push(right);
                Truth::All(parts)
            }
            ("||", Truth::Any(mut parts)) => {
                parts.push(right);
                Truth::Any(parts)
            }
            ("&&", left) => Truth::All(vec![left, right]),
            (_, left) => Truth::Any(vec![left, right]),
        }),
        (Piece::Truth(_), other) | (other, _) => {
            Err(wrong(start, &format!("`{sign}` joins conditions"), &other))
        }
    }
}

/// Two numbers. With a constant on one side it is an interval.
pub(super) fn compare(sign: &str, left: Vec<Op>, right: Vec<Op>) -> Truth {
    let (sign, subject, c) = match (&*left, &*right) {
        (_, [Op::Constant(number)]) => (sign, left, *number),
        ([Op::Constant(number)], _) => (turned(sign), right, *number),
        (first, second) if is_term(first) && is_term(second) => {
            // The sign of a difference is exact, and the engine has a short way to it.
            let mut ops = left;
            ops.extend(right);
            ops.push(Op::Subtract);
            (sign, ops, 0.0)
        }
        _ => {
            let (first, second) = match sign {
                ">" | ">=" => (right, left),
                _ => (left, right),
            };
            let mut ops = first;
            ops.extend(second);
            ops.push(match sign {
                "<" | ">" => Op::Less,
                "<=" | ">=" => Op::LessEqual,
                _ => Op::Equal,
            });
            let truth = Truth::program(ops);
            return if sign == "!=" { truth.not() } else { truth };
        }
    };
    let (above, below) = (f64::INFINITY, f64::NEG_INFINITY);
    match sign {
        "<" => Truth::within(subject, (below, c.next_down()), (c, above)),
        "<=" => Truth::within(subject, (below, c), (c.next_up(), above)),
        ">" => Truth::within(subject, (c.next_up(), above), (below, c)),
        ">=" => Truth::within(subject, (c, above), (below, c.next_down())),
        "!=" => Truth::among(subject, vec![c]).not(),
        _ => Truth::among(subject, vec![c]),
    }
}

/// Whether it is a name, or a name times a constant that is small enough not to make it infinite.
fn is_term(ops: &[Op]) -> bool {
    match ops {
        [Op::Read(_)] => true,
        [Op::Constant(by), Op::Read(_), Op::Multiply]
        | [Op::Read(_), Op::Constant(by), Op::Multiply] => by.abs() <= limits::FACTOR,
        _ => false,
    }
}

/// The sign that says the same with the sides exchanged.
fn turned(sign: &str) -> &str {
    match sign {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        _ => sign,
    }
}

/// Arithmetic. Of doubles it is done when the decision is made, of whole numbers here.
pub(super) fn calculate<'s>(
    start: usize,
    sign: &str,
    left: Piece<'s>,
    right: Piece<'s>,
) -> Result<Piece<'s>, ConditionError> {
    let (left, right) = match (left, right) {
        (Piece::Double(mut ops), Piece::Double(right)) => {
            let op = match sign {
                "+" => Op::Add,
                "-" => Op::Subtract,
                "*" => Op::Multiply,
                "/" => Op::Divide,
                _ => {
                    let problem = "`%` is for whole numbers only, as in CEL: use `/` and compare";
                    return Err(ill_typed(start, problem.to_owned()));
                }
            };
            ops.extend(right);
            ops.push(op);
            return Ok(Piece::Double(ops));
        }
        (Piece::Whole(left), Piece::Whole(right)) => match (&*left, &*right) {
            ([Op::Constant(left)], [Op::Constant(right)]) => (*left, *right),
            _ => {
                let problem = format!(
                    "`{sign}` of whole numbers needs both as they are: write `2.0`, not `2`"
                );
                return Err(ill_typed(start, problem));
            }
        },
        (Piece::Double(_) | Piece::Whole(_), Piece::Double(_) | Piece::Whole(_)) => {
            let problem = format!(
                "`{sign}` needs a decimal point on both sides: write whole numbers as `2.0`, not `2`"
            );
            return Err(ill_typed(start, problem));
        }
        (left, right) => return Err(apart(start, sign, &left, &right)),
    };
    // Whole numbers up to `WHOLE` are exact as doubles, and so is what is made of them below it.
    let number = match sign {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        _ if right == 0.0 => {
            let problem = format!("`{sign}` by zero is an error: take it away");
            return Err(ill_typed(start, problem));
        }
        "/" => (left - left % right) / right,
        _ => left % right,
    };
    if number.abs() > WHOLE {
        return Err(error(start, ConditionProblem::Number));
    }
    // A whole number has one zero.
    Ok(Piece::Whole(vec![Op::Constant(number + 0.0)]))
}

pub(super) fn ill_typed(start: usize, problem: String) -> ConditionError {
    error(start, ConditionProblem::Type(problem))
}

pub(super) fn apart(
    start: usize,
    sign: &str,
    left: &Piece<'_>,
    right: &Piece<'_>,
) -> ConditionError {
    let (left, right) = (describe(left), describe(right));
    ill_typed(
        start,
        format!("`{sign}` does not go between {left} and {right}"),
    )
}

pub(super) fn wrong(start: usize, rule: &str, found: &Piece<'_>) -> ConditionError {
    let remedy = match found {
        Piece::Double(_) | Piece::Whole(_) => ": compare it, e.g. `in_arrears == 1`",
        _ => "",
    };
    ill_typed(
        start,
        format!("{rule}, this is {}{remedy}", describe(found)),
    )
}

pub(super) fn describe(piece: &Piece<'_>) -> &'static str {
    match piece {
        Piece::Truth(_) => "a condition",
        Piece::Double(_) => "a number",
        Piece::Whole(_) => "a whole number",
        Piece::Text(..) => "a text",
        Piece::Persona => "the persona",
        Piece::Channel => "the channel",
        Piece::Cause(_) => "a cause",
    }
}
