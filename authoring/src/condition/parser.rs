//! CEL's grammar by precedence climbing, checking types and emitting instructions on the way.

use engine::{bundle::Channel, policy::Op};

use super::{
    ConditionError, ConditionProblem, Scope,
    lexer::{Kind, Token, error, tokens},
};
use crate::{limits, suggest::suggest};

/// The channels, as conditions name them.
const CHANNELS: [(&str, Channel); 4] = [
    ("web", Channel::Web),
    ("app", Channel::App),
    ("call-centre", Channel::CallCentre),
    ("relationship-manager", Channel::RelationshipManager),
];

/// What an expression is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Type<'s> {
    Truth,
    Double,
    /// A whole number: in CEL it compares with doubles but does not add to them.
    Int,
    /// A literal, to be compared with `persona` or `channel`.
    Text(&'s str, usize),
    Persona,
    Channel,
}

struct Parser<'s, 'n> {
    tokens: Vec<Token<'s>>,
    at: usize,
    depth: usize,
    scope: &'n Scope<'n>,
    ops: Vec<Op>,
}

/// A whole condition.
pub(super) fn parse(source: &str, scope: &Scope<'_>) -> Result<Vec<Op>, ConditionError> {
    let mut parser = Parser {
        tokens: tokens(source)?,
        at: 0,
        depth: 0,
        scope,
        ops: Vec::new(),
    };
    let kind = parser.expression()?;
    let next = parser.peek();
    if next.kind != Kind::End {
        return Err(parser.unexpected("join two conditions with `&&` or `||`"));
    }
    if kind != Type::Truth {
        let problem = ConditionProblem::Type(format!(
            "a condition is true or false, this is {}: compare it with something, e.g. `balance > 1000`",
            describe(kind)
        ));
        return Err(error(0, problem));
    }
    Ok(parser.ops)
}

impl<'s> Parser<'s, '_> {
    /// `condition ? left : right`, the weakest binding; it groups to the right.
    fn expression(&mut self) -> Result<Type<'s>, ConditionError> {
        self.deeper(|parser| {
            let start = parser.peek().start;
            let kind = parser.binary(0)?;
            if !parser.sign("?") {
                return Ok(kind);
            }
            if kind != Type::Truth {
                return Err(wrong(start, "before `?` stands a condition", kind));
            }
            // CEL's grammar: the middle is an `||` expression, the end any expression.
            let middle = parser.peek().start;
            let left = parser.binary(0)?;
            if !parser.sign(":") {
                return Err(parser.unexpected("write `condition ? this : that`"));
            }
            let right = parser.expression()?;
            match (left, right) {
                (Type::Truth, Type::Truth)
                | (Type::Double, Type::Double)
                | (Type::Int, Type::Int) => {}
                _ => {
                    let problem = ConditionProblem::Type(format!(
                        "both sides of `:` must be of one type, here they are {} and {}: \
                         write whole numbers with a point, e.g. `1.0`",
                        describe(left),
                        describe(right)
                    ));
                    return Err(error(middle, problem));
                }
            }
            parser.ops.push(Op::Select);
            Ok(left)
        })
    }

    /// Binary operators from `level` up: `||`, `&&`, comparisons, sums, products. All group to the left.
    fn binary(&mut self, level: usize) -> Result<Type<'s>, ConditionError> {
        const LEVELS: [&[(&str, Op)]; 5] = [
            &[("||", Op::Or)],
            &[("&&", Op::And)],
            &[
                ("==", Op::Equal),
                ("!=", Op::NotEqual),
                ("<=", Op::LessEqual),
                (">=", Op::GreaterEqual),
                ("<", Op::Less),
                (">", Op::Greater),
            ],
            &[("+", Op::Add), ("-", Op::Subtract)],
            &[("*", Op::Multiply), ("/", Op::Divide)],
        ];
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.binary(level + 1)?;
        loop {
            let start = self.peek().start;
            let Some((sign, op)) = operators.iter().find(|(sign, _)| self.sign(sign)) else {
                return Ok(left);
            };
            let right = self.binary(level + 1)?;
            left = self.combine(start, sign, *op, left, right)?;
        }
    }

    fn combine(
        &mut self,
        start: usize,
        sign: &str,
        op: Op,
        left: Type<'s>,
        right: Type<'s>,
    ) -> Result<Type<'s>, ConditionError> {
        let numbers = |kind| matches!(kind, Type::Double | Type::Int);
        match (op, left, right) {
            (Op::And | Op::Or | Op::Equal | Op::NotEqual, Type::Truth, Type::Truth) => {}
            (Op::And | Op::Or, ..) => {
                let other = if left == Type::Truth { right } else { left };
                return Err(wrong(start, &format!("`{sign}` joins conditions"), other));
            }
            (Op::Equal | Op::NotEqual, Type::Persona | Type::Channel, Type::Text(text, at))
            | (Op::Equal | Op::NotEqual, Type::Text(text, at), Type::Persona | Type::Channel) => {
                let is_persona = left == Type::Persona || right == Type::Persona;
                self.ops.push(if is_persona {
                    self.persona(text, at)?
                } else {
                    channel(text, at)?
                });
                if op == Op::NotEqual {
                    self.ops.push(Op::Not);
                }
                return Ok(Type::Truth);
            }
            (Op::Add | Op::Subtract | Op::Multiply | Op::Divide, Type::Double, Type::Double) => {
                self.ops.push(op);
                return Ok(Type::Double);
            }
            (Op::Add | Op::Subtract | Op::Multiply | Op::Divide, ..)
                if numbers(left) && numbers(right) =>
            {
                let problem = ConditionProblem::Type(format!(
                    "`{sign}` needs a decimal point on both sides: write whole numbers as `2.0`, not `2`"
                ));
                return Err(error(start, problem));
            }
            (
                Op::Equal
                | Op::NotEqual
                | Op::Less
                | Op::LessEqual
                | Op::Greater
                | Op::GreaterEqual,
                ..,
            ) if numbers(left) && numbers(right) => {}
            (Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual, Type::Truth, _) => {
                let problem = ConditionProblem::Type(format!(
                    "`{sign}` compares two numbers: join two comparisons with `&&`, e.g. `10 < age && age < 20`"
                ));
                return Err(error(start, problem));
            }
            _ => {
                let problem = ConditionProblem::Type(format!(
                    "`{sign}` does not go between {} and {}",
                    describe(left),
                    describe(right)
                ));
                return Err(error(start, problem));
            }
        }
        self.ops.push(op);
        Ok(Type::Truth)
    }

    fn unary(&mut self) -> Result<Type<'s>, ConditionError> {
        let start = self.peek().start;
        if self.sign("!") {
            let kind = self.deeper(Self::unary)?;
            if kind != Type::Truth {
                return Err(wrong(start, "`!` turns a condition round", kind));
            }
            self.ops.push(Op::Not);
            return Ok(Type::Truth);
        }
        if self.sign("-") {
            let kind = self.deeper(Self::unary)?;
            if !matches!(kind, Type::Double | Type::Int) {
                return Err(wrong(start, "`-` stands before a number", kind));
            }
            if let Some(Op::Constant(value)) = self.ops.last_mut() {
                *value = -*value;
            } else {
                self.ops.push(Op::Negate);
            }
            return Ok(kind);
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Type<'s>, ConditionError> {
        let token = self.next();
        match token.kind {
            Kind::Double(value) => {
                self.ops.push(Op::Constant(value));
                Ok(Type::Double)
            }
            Kind::Int(value) => {
                self.ops.push(Op::Constant(value));
                Ok(Type::Int)
            }
            Kind::Text(text) => Ok(Type::Text(text, token.start)),
            Kind::Name(name @ ("true" | "false")) => {
                self.ops
                    .push(Op::Constant(f64::from(u8::from(name == "true"))));
                Ok(Type::Truth)
            }
            Kind::Name("has") => self.has(token.start),
            Kind::Name(name) => self.name(name, token.start),
            Kind::Sign("(") => {
                let kind = self.expression()?;
                if !self.sign(")") {
                    return Err(self.unexpected("close the bracket with `)`"));
                }
                Ok(kind)
            }
            _ => {
                self.at = self.at.saturating_sub(1);
                Err(self.unexpected("a variable, a number or `(` stands here"))
            }
        }
    }

    fn has(&mut self, start: usize) -> Result<Type<'s>, ConditionError> {
        let remedy = "write `has(balance)`";
        if !self.sign("(") {
            return Err(self.unexpected(remedy));
        }
        let name = self.next();
        let Kind::Name(text) = name.kind else {
            self.at = self.at.saturating_sub(1);
            return Err(self.unexpected(remedy));
        };
        let kind = self.name(text, name.start)?;
        if kind != Type::Double {
            return Err(wrong(
                start,
                "`has` asks whether a variable or a score is known",
                kind,
            ));
        }
        if !self.sign(")") {
            return Err(self.unexpected(remedy));
        }
        self.ops.push(Op::Has);
        Ok(Type::Truth)
    }

    fn name(&mut self, name: &'s str, start: usize) -> Result<Type<'s>, ConditionError> {
        if matches!(self.peek().kind, Kind::Sign("(")) {
            let problem = ConditionProblem::Expected {
                found: format!("`{name}(…)`"),
                remedy: "the only function is `has(…)`".to_owned(),
            };
            return Err(error(start, problem));
        }
        match name {
            "persona" => Ok(Type::Persona),
            "channel" => Ok(Type::Channel),
            "score" => self.score(),
            _ => {
                let position = position(self.scope.variables.iter().copied(), name);
                let Some(position) = position else {
                    let known = self
                        .scope
                        .variables
                        .iter()
                        .copied()
                        .chain(["score", "persona", "channel"]);
                    return Err(unknown("variable", name, start, known));
                };
                self.ops.push(Op::Variable(position));
                Ok(Type::Double)
            }
        }
    }

    fn score(&mut self) -> Result<Type<'s>, ConditionError> {
        let remedy = "write `score.` and a model's name, e.g. `score.activation > 0.6`";
        if !self.sign(".") {
            return Err(self.unexpected(remedy));
        }
        let token = self.next();
        let Kind::Name(name) = token.kind else {
            self.at = self.at.saturating_sub(1);
            return Err(self.unexpected(remedy));
        };
        let names: Vec<String> = self
            .scope
            .models
            .iter()
            .map(|model| model.replace('-', "_"))
            .collect();
        let Some(position) = position(names.iter().map(String::as_str), name) else {
            return Err(unknown(
                "model",
                name,
                token.start,
                names.iter().map(String::as_str),
            ));
        };
        self.ops.push(Op::Score(position));
        Ok(Type::Double)
    }

    fn persona(&self, id: &str, at: usize) -> Result<Op, ConditionError> {
        let personas = self.scope.personas.iter().copied();
        position(personas.clone(), id)
            .map(Op::Persona)
            .ok_or_else(|| unknown("persona", id, at, personas))
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
        let found = matches!(self.peek().kind, Kind::Sign(next) if next == sign);
        self.at += usize::from(found);
        found
    }

    fn unexpected(&self, remedy: &str) -> ConditionError {
        let token = self.peek();
        let found = match token.kind {
            Kind::Name("in") => "`in`".to_owned(),
            Kind::Name(name) => format!("`{name}`"),
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

fn channel(id: &str, at: usize) -> Result<Op, ConditionError> {
    let known = CHANNELS.iter().find(|(name, _)| *name == id);
    let names = CHANNELS.iter().map(|(name, _)| *name);
    known
        .map(|(_, channel)| Op::Channel(*channel))
        .ok_or_else(|| unknown("channel", id, at, names))
}

fn position<'a>(mut names: impl Iterator<Item = &'a str>, name: &str) -> Option<u16> {
    names
        .position(|candidate| candidate == name)
        .and_then(|position| u16::try_from(position).ok())
}

fn unknown<'a>(
    what: &'static str,
    name: &str,
    start: usize,
    known: impl IntoIterator<Item = &'a str>,
) -> ConditionError {
    let remedy = suggest(name, known);
    error(
        start,
        ConditionProblem::Unknown {
            what,
            name: name.to_owned(),
            remedy,
        },
    )
}

fn wrong(start: usize, rule: &str, found: Type<'_>) -> ConditionError {
    let remedy = match found {
        Type::Double | Type::Int => ": compare it, e.g. `in_arrears == 1`",
        _ => "",
    };
    error(
        start,
        ConditionProblem::Type(format!("{rule}, this is {}{remedy}", describe(found))),
    )
}

fn describe(kind: Type<'_>) -> &'static str {
    match kind {
        Type::Truth => "a condition",
        Type::Double => "a number",
        Type::Int => "a whole number",
        Type::Text(..) => "a text",
        Type::Persona => "the persona",
        Type::Channel => "the channel",
    }
}
