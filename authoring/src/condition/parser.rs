//! CEL's grammar by precedence climbing, checking types and making trees and instructions on the way.

mod operands;

use engine::{
    bundle::Channel,
    policy::{Op, Subject},
};

use super::{
    ConditionError, ConditionProblem, Scope,
    lexer::{Kind, Token, error, tokens},
    piece::{Piece, apart, calculate, compare, describe, ill_typed, join, wrong},
    tree::Truth,
};
use crate::limits;
use operands::{position, unknown};

/// The channels, as conditions name them.
const CHANNELS: [(&str, Channel); 4] = [
    ("web", Channel::Web),
    ("app", Channel::App),
    ("call-centre", Channel::CallCentre),
    ("relationship-manager", Channel::RelationshipManager),
];

/// Binary operators from the weakest to the strongest. All group to the left.
const LEVELS: [&[&str]; 5] = [
    &["||"],
    &["&&"],
    &["==", "!=", "<=", ">=", "<", ">", "in"],
    &["+", "-"],
    &["*", "/", "%"],
];

struct Parser<'s, 'n> {
    tokens: Vec<Token<'s>>,
    at: usize,
    depth: usize,
    scope: &'n Scope<'n>,
}

/// A whole condition.
pub(super) fn condition(source: &str, scope: &Scope<'_>) -> Result<Truth, ConditionError> {
    match whole(source, scope)? {
        Piece::Truth(truth) => Ok(truth),
        piece => Err(ill_typed(
            0,
            format!(
                "a condition is true or false, this is {}: compare it with something, e.g. `balance > 1000`",
                describe(&piece)
            ),
        )),
    }
}

/// A whole formula.
pub(super) fn number(source: &str, scope: &Scope<'_>) -> Result<Vec<Op>, ConditionError> {
    match whole(source, scope)? {
        Piece::Double(ops) | Piece::Whole(ops) => Ok(ops),
        piece => Err(ill_typed(
            0,
            format!(
                "a formula is a number, this is {}: choose between numbers with it, e.g. `balance > 1000 ? 1.0 : 0.5`",
                describe(&piece)
            ),
        )),
    }
}

fn whole<'s>(source: &'s str, scope: &Scope<'_>) -> Result<Piece<'s>, ConditionError> {
    let mut parser = Parser {
        tokens: tokens(source)?,
        at: 0,
        depth: 0,
        scope,
    };
    let piece = parser.expression()?;
    if parser.peek().kind != Kind::End {
        return Err(parser.unexpected("join two conditions with `&&` or `||`"));
    }
    Ok(piece)
}

impl<'s> Parser<'s, '_> {
    /// `condition ? left : right`, the weakest binding; it groups to the right.
    fn expression(&mut self) -> Result<Piece<'s>, ConditionError> {
        self.deeper(|parser| {
            let start = parser.peek().start;
            let piece = parser.binary(0)?;
            if !parser.sign("?") {
                return Ok(piece);
            }
            let Piece::Truth(condition) = piece else {
                return Err(wrong(start, "before `?` stands a condition", &piece));
            };
            // CEL's grammar: the middle is an `||` expression, the end any expression.
            let middle = parser.peek().start;
            let left = parser.binary(0)?;
            if !parser.sign(":") {
                return Err(parser.unexpected("write `condition ? this : that`"));
            }
            let right = parser.expression()?;
            let select = |left: Vec<Op>, right: Vec<Op>| {
                let mut ops = condition.ops();
                ops.extend(left);
                ops.extend(right);
                ops.push(Op::Select);
                ops
            };
            Ok(match (left, right) {
                (Piece::Truth(left), Piece::Truth(right)) => {
                    Piece::Truth(Truth::program(select(left.ops(), right.ops())))
                }
                (Piece::Double(left), Piece::Double(right)) => Piece::Double(select(left, right)),
                (Piece::Whole(left), Piece::Whole(right)) => Piece::Whole(select(left, right)),
                (left, right) => {
                    let problem = format!(
                        "both sides of `:` must be of one type, here they are {} and {}: \
                         write whole numbers with a point, e.g. `1.0`",
                        describe(&left),
                        describe(&right)
                    );
                    return Err(ill_typed(middle, problem));
                }
            })
        })
    }

    /// Binary operators from `level` up.
    fn binary(&mut self, level: usize) -> Result<Piece<'s>, ConditionError> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.binary(level + 1)?;
        loop {
            let start = self.peek().start;
            let Some(sign) = operators.iter().find(|sign| self.sign(sign)) else {
                return Ok(left);
            };
            left = if *sign == "in" {
                Piece::Truth(self.among(start, left)?)
            } else {
                let right = self.binary(level + 1)?;
                match level {
                    0 | 1 => Piece::Truth(join(start, sign, left, right)?),
                    2 => Piece::Truth(self.compare(start, sign, left, right)?),
                    _ => calculate(start, sign, left, right)?,
                }
            };
        }
    }

    fn compare(
        &mut self,
        start: usize,
        sign: &str,
        left: Piece<'s>,
        right: Piece<'s>,
    ) -> Result<Truth, ConditionError> {
        let equality = matches!(sign, "==" | "!=");
        match (left, right) {
            (
                Piece::Double(left) | Piece::Whole(left),
                Piece::Double(right) | Piece::Whole(right),
            ) => Ok(compare(sign, left, right)),
            (Piece::Truth(left), Piece::Truth(right)) if equality => {
                let mut ops = left.ops();
                ops.extend(right.ops());
                ops.push(Op::Equal);
                let same = Truth::program(ops);
                Ok(if sign == "==" { same } else { same.not() })
            }
            (
                piece @ (Piece::Persona | Piece::Channel | Piece::Cause(_)),
                Piece::Text(text, at),
            )
            | (
                Piece::Text(text, at),
                piece @ (Piece::Persona | Piece::Channel | Piece::Cause(_)),
            ) if equality => {
                let (subject, number) = self.named(&piece, text, at)?;
                let same = Truth::among(vec![Op::Read(subject)], vec![number]);
                Ok(if sign == "==" { same } else { same.not() })
            }
            (Piece::Truth(_), _) if !equality => Err(ill_typed(
                start,
                format!(
                    "`{sign}` compares two numbers: join two comparisons with `&&`, e.g. `10 < age && age < 20`"
                ),
            )),
            (left, right) => Err(apart(start, sign, &left, &right)),
        }
    }

    /// `left in [1, 2]`, after the `in`.
    fn among(&mut self, start: usize, left: Piece<'s>) -> Result<Truth, ConditionError> {
        if !self.sign("[") {
            return Err(self.unexpected("write a list, e.g. `in [1, 2]`"));
        }
        let mut numbers = Vec::new();
        while !self.sign("]") {
            let item = self.peek();
            let negative = self.sign("-");
            let token = self.next();
            numbers.push(match (token.kind, &left) {
                (Kind::Double(number) | Kind::Int(number), Piece::Double(_) | Piece::Whole(_)) => {
                    if negative {
                        -number
                    } else {
                        number
                    }
                }
                (Kind::Text(text), Piece::Persona | Piece::Channel | Piece::Cause(_))
                    if !negative =>
                {
                    self.named(&left, text, token.start)?.1
                }
                _ => {
                    self.at = self
                        .tokens
                        .iter()
                        .take_while(|token| token.start < item.start)
                        .count();
                    return Err(self.unexpected(match left {
                        Piece::Persona | Piece::Channel | Piece::Cause(_) => {
                            "its names stand here, e.g. `in [\"web\", \"app\"]`"
                        }
                        _ => "a list holds numbers as they are, e.g. `in [1, 2]`",
                    }));
                }
            });
            if !self.sign(",") && !matches!(self.peek().kind, Kind::Sign("]")) {
                return Err(self.unexpected("close the list with `]`"));
            }
        }
        let subject = match left {
            Piece::Double(ops) | Piece::Whole(ops) => ops,
            Piece::Persona => vec![Op::Read(Subject::Persona)],
            Piece::Channel => vec![Op::Read(Subject::Channel)],
            Piece::Cause(model) => vec![Op::Read(Subject::Cause(model))],
            piece => {
                return Err(wrong(
                    start,
                    "`in` looks for a number, the persona, the channel or a cause",
                    &piece,
                ));
            }
        };
        Ok(Truth::among(subject, numbers))
    }

    /// The number that a persona, a channel or a cause goes by.
    fn named(
        &self,
        piece: &Piece<'_>,
        id: &str,
        at: usize,
    ) -> Result<(Subject, f64), ConditionError> {
        if matches!(piece, Piece::Channel) {
            let names = CHANNELS.iter().map(|(name, _)| *name);
            return CHANNELS
                .iter()
                .find(|(name, _)| *name == id)
                .map(|(_, channel)| (Subject::Channel, channel.number()))
                .ok_or_else(|| unknown("channel", id, at, names));
        }
        let (what, subject, names) = match piece {
            Piece::Cause(model) => ("cause", Subject::Cause(*model), self.scope.causes),
            _ => ("persona", Subject::Persona, self.scope.personas),
        };
        let names = names.iter().copied();
        position(names.clone(), id)
            .map(|position| (subject, f64::from(position)))
            .ok_or_else(|| unknown(what, id, at, names))
    }

    fn unary(&mut self) -> Result<Piece<'s>, ConditionError> {
        let start = self.peek().start;
        if self.sign("!") {
            return match self.deeper(Self::unary)? {
                Piece::Truth(truth) => Ok(Piece::Truth(truth.not())),
                piece => Err(wrong(start, "`!` turns a condition round", &piece)),
            };
        }
        if self.sign("-") {
            return match self.deeper(Self::unary)? {
                Piece::Double(mut ops) => {
                    if let [Op::Constant(number)] = &mut *ops {
                        *number = -*number;
                    } else {
                        ops.push(Op::Negate);
                    }
                    Ok(Piece::Double(ops))
                }
                // A whole number has one zero, which a difference keeps.
                Piece::Whole(mut ops) => {
                    if let [Op::Constant(number)] = &mut *ops {
                        *number = 0.0 - *number;
                    } else {
                        ops.insert(0, Op::Constant(0.0));
                        ops.push(Op::Subtract);
                    }
                    Ok(Piece::Whole(ops))
                }
                piece => Err(wrong(start, "`-` stands before a number", &piece)),
            };
        }
        self.primary()
    }

    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, ConditionError>,
    ) -> Result<T, ConditionError> {
        self.depth += 1;
        if self.depth > limits::CONDITION_DEPTH {
            return Err(error(self.peek().start, ConditionProblem::Depth));
        }
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn peek(&self) -> Token<'s> {
        let last = Token {
            kind: Kind::End,
            start: 0,
        };
        self.tokens
            .get(self.at)
            .or(self.tokens.last())
            .cloned()
            .unwrap_or(last)
    }

    fn next(&mut self) -> Token<'s> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek().kind, Kind::Sign(next) | Kind::Name(next) if next == sign);
        self.at += usize::from(found);
        found
    }

    fn unexpected(&self, remedy: &str) -> ConditionError {
        let token = self.peek();
        let mut remedy = remedy;
        let found = match token.kind {
            Kind::Name(name) => {
                remedy = match name {
                    "and" | "AND" => "write `&&`",
                    "or" | "OR" => "write `||`",
                    "not" | "NOT" => "write `!`",
                    _ => remedy,
                };
                format!("`{name}`")
            }
            Kind::Double(value) | Kind::Int(value) => format!("`{value}`"),
            Kind::Text(text) => format!("`\"{text}\"`"),
            Kind::Sign(sign) => format!("`{sign}`"),
            Kind::End => "the end".to_owned(),
        };
        error(
            token.start,
            ConditionProblem::Expected {
                found,
                remedy: remedy.to_owned(),
            },
        )
    }
}
