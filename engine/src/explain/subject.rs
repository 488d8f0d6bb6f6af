//! What a number that a condition asks about is called: in the words of conditions, CEL.

use std::borrow::Cow;

use crate::{
    bundle::ArchivedBody,
    policy::{ArchivedCondition, ArchivedOp, ArchivedSubject},
};

/// What conditions call a number.
pub(super) fn name<'b>(
    condition: &ArchivedCondition,
    subject: ArchivedSubject,
    body: &'b ArchivedBody,
) -> Cow<'b, str> {
    match subject {
        ArchivedSubject::Variable(i) => {
            let variable = body.variables.get(usize::from(i.to_native()));
            variable
                .map_or("", |variable| variable.name.as_str())
                .into()
        }
        ArchivedSubject::Score(i) => {
            let id = body.score_ids().nth(usize::from(i.to_native()));
            member("score", id.unwrap_or(""))
        }
        ArchivedSubject::Intent(i) => {
            let intent = body.intents.get(usize::from(i.to_native()));
            member("intent", intent.map_or("", |intent| &intent.id))
        }
        ArchivedSubject::Cause(i) => {
            let model = body.models.get(usize::from(i.to_native()));
            member("cause", model.map_or("", |model| &model.id))
        }
        ArchivedSubject::Persona => "persona".into(),
        ArchivedSubject::Channel => "channel".into(),
        // Conditions have no factors.
        ArchivedSubject::Factor(_) => "".into(),
        ArchivedSubject::Number(i) => {
            let program = condition.numbers.get(usize::from(i.to_native()));
            let ops: &[ArchivedOp] = program.map_or(&[], |ops| ops);
            expression(ops, |subject| name(condition, subject, body)).into()
        }
    }
}

/// As conditions write it.
fn member(of: &str, id: &str) -> Cow<'static, str> {
    format!("{of}.{}", id.replace('-', "_")).into()
}

/// A program as CEL: what it was compiled from, or the same in other words.
fn expression<'b>(ops: &[ArchivedOp], name: impl Fn(ArchivedSubject) -> Cow<'b, str>) -> String {
    let mut stack: Vec<String> = Vec::new();
    for op in ops {
        let mut pop = || stack.pop().unwrap_or_default();
        let text = match *op {
            ArchivedOp::Constant(value) => value.to_native().to_string(),
            // A number within a number is none.
            ArchivedOp::Read(ArchivedSubject::Number(_)) => String::new(),
            ArchivedOp::Read(subject) => name(subject).into_owned(),
            ArchivedOp::Has => format!("has({})", pop()),
            ArchivedOp::Not => format!("!{}", pop()),
            ArchivedOp::Negate => format!("-{}", pop()),
            ArchivedOp::Within(low, high) => {
                let value = pop();
                format!("({low} <= {value} && {value} <= {high})")
            }
            ArchivedOp::Select => {
                let (right, left, test) = (pop(), pop(), pop());
                format!("({test} ? {left} : {right})")
            }
            binary => {
                let (right, left) = (pop(), pop());
                let sign = match binary {
                    ArchivedOp::Least => {
                        stack.push(format!("math.least({left}, {right})"));
                        continue;
                    }
                    ArchivedOp::Greatest => {
                        stack.push(format!("math.greatest({left}, {right})"));
                        continue;
                    }
                    ArchivedOp::And => "&&",
                    ArchivedOp::Or => "||",
                    ArchivedOp::Equal => "==",
                    ArchivedOp::Less => "<",
                    ArchivedOp::LessEqual => "<=",
                    ArchivedOp::Add => "+",
                    ArchivedOp::Subtract => "-",
                    ArchivedOp::Multiply => "*",
                    _ => "/",
                };
                format!("({left} {sign} {right})")
            }
        };
        stack.push(text);
    }
    stack.pop().unwrap_or_default()
}
