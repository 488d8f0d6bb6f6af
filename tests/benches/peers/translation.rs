//! The triggers' conditions in the words of other engines.
//!
//! Only what the retail triggers are written with: conjunctions of comparisons of sums, differences,
//! products and quotients. A comparison with a missing value is false here, an error in ZEN and a
//! comparison with 0 in `JsonLogic`, so before a variable that some customer lacks they are asked for its
//! presence, once in a conjunction. The JavaScript reads NaN, which is enough.

use std::collections::{BTreeMap, BTreeSet};

use cel::{
    Program,
    common::ast::{Expr, LiteralValue},
};
use serde_json::{Value, json};

/// One condition for each peer.
pub struct Translation {
    pub logic: Value,
    pub zen: String,
    pub script: String,
}

/// Names and what is known of them.
pub struct Names {
    /// Where the hand-written JavaScript finds each.
    pub places: BTreeMap<String, usize>,
    /// Those that some customer lacks.
    pub lacking: BTreeSet<String>,
}

impl Names {
    /// A condition in CEL; none when it is written with anything else.
    pub fn translate(&self, source: &str) -> Option<Translation> {
        // CEL's parser has no `has` of a plain name.
        let program = Program::compile(&source.replace("has(", "known(")).ok()?;
        let mut conjunction = Conjunction {
            names: self,
            present: BTreeSet::new(),
            parts: Vec::new(),
        };
        conjunction.truth(&program.expression().expr)?;
        let parts = conjunction.parts;
        let texts = |text: fn(&Translation) -> &str, and: &str| {
            let texts = parts.iter().map(text).filter(|text| !text.is_empty());
            texts.collect::<Vec<_>>().join(and)
        };
        Some(Translation {
            zen: texts(|part| &part.zen, " and "),
            script: texts(|part| &part.script, " && "),
            logic: match &*parts {
                [part] => part.logic.clone(),
                parts => {
                    json!({ "and": parts.iter().map(|part| &part.logic).collect::<Vec<_>>() })
                }
            },
        })
    }
}

struct Conjunction<'n> {
    names: &'n Names,
    present: BTreeSet<String>,
    parts: Vec<Translation>,
}

impl Conjunction<'_> {
    fn truth(&mut self, expression: &Expr) -> Option<()> {
        let Expr::Call(call) = expression else {
            return None;
        };
        let sign = match call.func_name.as_str() {
            "_&&_" => return call.args.iter().try_for_each(|arg| self.truth(&arg.expr)),
            "known" => {
                let name = name(&call.args.first()?.expr)?;
                return self.present(&name);
            }
            "_==_" => "==",
            "_<_" => "<",
            "_<=_" => "<=",
            "_>_" => ">",
            "_>=_" => ">=",
            _ => return None,
        };
        let [left, right] = call.args.as_slice() else {
            return None;
        };
        let (left, right) = (self.number(&left.expr)?, self.number(&right.expr)?);
        let strict = if sign == "==" { "===" } else { sign };
        self.parts.push(Translation {
            zen: format!("{} {sign} {}", left.zen, right.zen),
            script: format!("{} {strict} {}", left.script, right.script),
            logic: json!({ strict: [left.logic, right.logic] }),
        });
        Some(())
    }

    /// Asks for a variable's presence, unless that is known.
    fn present(&mut self, name: &str) -> Option<()> {
        if self.names.lacking.contains(name) && self.present.insert(name.to_owned()) {
            let place = self.names.places.get(name)?;
            self.parts.push(Translation {
                zen: format!("{name} != null"),
                script: format!("v[{place}] === v[{place}]"),
                logic: json!({ "!==": [{ "var": name }, null] }),
            });
        }
        Some(())
    }

    fn number(&mut self, expression: &Expr) -> Option<Translation> {
        if let Some(name) = name(expression) {
            // The JavaScript needs no such question.
            let asked = self.parts.len();
            self.present(&name)?;
            if let Some(part) = self.parts.get_mut(asked) {
                part.script.clear();
            }
            return Some(Translation {
                script: format!("v[{}]", self.names.places.get(&name)?),
                logic: json!({ "var": name }),
                zen: name,
            });
        }
        match expression {
            Expr::Literal(LiteralValue::Int(whole)) => literal(whole.to_string().parse().ok()?),
            Expr::Literal(LiteralValue::Double(double)) => literal(*double.inner()),
            Expr::Call(call) => {
                let sign = match call.func_name.as_str() {
                    "_+_" => "+",
                    "_-_" => "-",
                    "_*_" => "*",
                    // A quotient by zero is missing here and an error there.
                    "_/_" if matches!(call.args.get(1)?.expr, Expr::Literal(_)) => "/",
                    "-_" => {
                        let number = self.number(&call.args.first()?.expr)?;
                        return literal(-number.logic.as_f64()?);
                    }
                    _ => return None,
                };
                let [left, right] = call.args.as_slice() else {
                    return None;
                };
                let (left, right) = (self.number(&left.expr)?, self.number(&right.expr)?);
                Some(Translation {
                    zen: format!("({} {sign} {})", left.zen, right.zen),
                    script: format!("({} {sign} {})", left.script, right.script),
                    logic: json!({ sign: [left.logic, right.logic] }),
                })
            }
            _ => None,
        }
    }
}

fn literal(number: f64) -> Option<Translation> {
    number.is_finite().then(|| Translation {
        zen: number.to_string(),
        script: number.to_string(),
        logic: json!(number),
    })
}

/// A variable, or a model's score with a `_` for its point.
fn name(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => {
            Some(format!("{}_{}", name(&select.operand.expr)?, select.field))
        }
        _ => None,
    }
}
