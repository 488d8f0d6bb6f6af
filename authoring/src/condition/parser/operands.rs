//! What operators stand between: literals, names, parentheses, `has(…)` and `math.…(…)`.

use engine::policy::{Op, Subject};

use super::Parser;
use crate::{
    condition::{
        ConditionError, ConditionProblem,
        lexer::{Kind, error},
        piece::{Piece, ill_typed, wrong},
        tree::Truth,
    },
    suggest::suggest,
};

impl<'s> Parser<'s, '_> {
    pub(super) fn primary(&mut self) -> Result<Piece<'s>, ConditionError> {
        let token = self.next();
        match token.kind {
            Kind::Double(value) => Ok(Piece::Double(vec![Op::Constant(value)])),
            Kind::Int(value) => Ok(Piece::Whole(vec![Op::Constant(value)])),
            Kind::Text(text) => Ok(Piece::Text(text, token.start)),
            Kind::Name(name @ ("true" | "false")) => {
                let value = f64::from(u8::from(name == "true"));
                Ok(Piece::Truth(Truth::program(vec![Op::Constant(value)])))
            }
            Kind::Name("has") => self.has(token.start),
            Kind::Name("math") => self.math(),
            Kind::Name(name) => self.name(name, token.start),
            Kind::Sign("(") => {
                let piece = self.expression()?;
                if !self.sign(")") {
                    return Err(self.unexpected("close the bracket with `)`"));
                }
                Ok(piece)
            }
            _ => {
                self.at = self.at.saturating_sub(1);
                Err(self.unexpected("a variable, a number or `(` stands here"))
            }
        }
    }

    fn has(&mut self, start: usize) -> Result<Piece<'s>, ConditionError> {
        let remedy = "write `has(balance)`";
        if !self.sign("(") {
            return Err(self.unexpected(remedy));
        }
        let name = self.next();
        let Kind::Name(text) = name.kind else {
            self.at = self.at.saturating_sub(1);
            return Err(self.unexpected(remedy));
        };
        let piece = self.name(text, name.start)?;
        let ops = match piece {
            Piece::Double(ops) => ops,
            Piece::Cause(model) => vec![Op::Read(Subject::Cause(model))],
            piece => {
                let rule = "`has` asks whether a variable, a score or a cause is known";
                return Err(wrong(start, rule, &piece));
            }
        };
        if !self.sign(")") {
            return Err(self.unexpected(remedy));
        }
        Ok(Piece::Truth(Truth::Has(ops)))
    }

    /// `math.least(…)` and `math.greatest(…)`, after `math`.
    fn math(&mut self) -> Result<Piece<'s>, ConditionError> {
        let remedy = "write `math.least(…)` or `math.greatest(…)`";
        if !self.sign(".") {
            return Err(self.unexpected(remedy));
        }
        let start = self.peek().start;
        let op = match self.peek().kind {
            Kind::Name("least") => Op::Least,
            Kind::Name("greatest") => Op::Greatest,
            _ => return Err(self.unexpected(remedy)),
        };
        self.at += 1;
        if !self.sign("(") {
            return Err(self.unexpected(remedy));
        }
        let mut result = self.expression()?;
        while self.sign(",") {
            let next = self.expression()?;
            match (&mut result, next) {
                (Piece::Double(ops), Piece::Double(next))
                | (Piece::Whole(ops), Piece::Whole(next)) => {
                    ops.extend(next);
                    ops.push(op);
                }
                (Piece::Double(_) | Piece::Whole(_), Piece::Double(_) | Piece::Whole(_)) => {
                    let problem = "whole numbers do not mix with others here: write `2.0`, not `2`";
                    return Err(ill_typed(start, problem.to_owned()));
                }
                (_, next) => result = next,
            }
        }
        if !matches!(result, Piece::Double(_) | Piece::Whole(_)) {
            return Err(wrong(start, "it chooses between numbers", &result));
        }
        if !self.sign(")") {
            return Err(self.unexpected("close the bracket with `)`"));
        }
        Ok(result)
    }

    fn name(&mut self, name: &'s str, start: usize) -> Result<Piece<'s>, ConditionError> {
        if matches!(self.peek().kind, Kind::Sign("(")) {
            let problem = ConditionProblem::Expected {
                found: format!("`{name}(…)`"),
                remedy: "the functions are `has(…)`, `math.least(…)` and `math.greatest(…)`"
                    .to_owned(),
            };
            return Err(error(start, problem));
        }
        let read = |subject| Piece::Double(vec![Op::Read(subject)]);
        let dotted = matches!(self.peek().kind, Kind::Sign("."));
        if !dotted && let Some(i) = position(self.scope.factors.iter().copied(), name) {
            return Ok(read(Subject::Factor(i)));
        }
        match name {
            "persona" => Ok(Piece::Persona),
            "channel" => Ok(Piece::Channel),
            "score" => {
                let remedy = "write `score.` and a model's name, e.g. `score.activation > 0.6`";
                let i = self.member("model", self.scope.models, remedy)?;
                Ok(read(Subject::Score(i)))
            }
            "intent" => {
                let remedy =
                    "write `intent.` and an intent's name, e.g. `intent.travel_soon > 0.6`";
                let i = self.member("intent", self.scope.intents, remedy)?;
                Ok(read(Subject::Intent(i)))
            }
            "cause" => {
                let remedy =
                    "write `cause.` and a model's name, e.g. `cause.activation == 'income'`";
                let i = self.member("model with causes", self.scope.explained, remedy)?;
                Ok(Piece::Cause(i))
            }
            _ => {
                let variables = self.scope.variables.iter().copied();
                let Some(i) = position(variables.clone(), name) else {
                    let factors = self.scope.factors.iter().copied();
                    let known = factors
                        .chain(variables)
                        .chain(["score", "intent", "cause", "persona", "channel"]);
                    return Err(unknown("variable", name, start, known));
                };
                Ok(read(Subject::Variable(i)))
            }
        }
    }

    /// The position of the name after a point; hyphens of names are underscores.
    fn member(
        &mut self,
        what: &'static str,
        ids: &[&str],
        remedy: &str,
    ) -> Result<u16, ConditionError> {
        if !self.sign(".") {
            return Err(self.unexpected(remedy));
        }
        let token = self.next();
        let Kind::Name(name) = token.kind else {
            self.at = self.at.saturating_sub(1);
            return Err(self.unexpected(remedy));
        };
        let names: Vec<String> = ids.iter().map(|id| id.replace('-', "_")).collect();
        let names = names.iter().map(String::as_str);
        position(names.clone(), name).ok_or_else(|| unknown(what, name, token.start, names))
    }
}

pub(super) fn position<'a>(mut names: impl Iterator<Item = &'a str>, name: &str) -> Option<u16> {
    names
        .position(|candidate| candidate == name)
        .and_then(|position| u16::try_from(position).ok())
}

pub(super) fn unknown<'a>(
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
