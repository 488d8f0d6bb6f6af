//! Texts with values: `"You keep {balance|money} on your account"`.
//!
//! A value is a variable's name and, after a bar, how it is written: `count`, `money`, `percent` or
//! `decimal`; without one, the variable's unit decides. `{{` and `}}` stand for braces.
//!
//! ```
//! use authoring::template;
//! use engine::{policy::{Format, Part}, variables::registry};
//! let text = template::parse("You have {balance}.", &registry()).unwrap();
//! assert!(matches!(text.parts[1], Part::Value { format: Format::Money, .. }));
//! let error = template::parse("{balanse}", &registry()).unwrap_err();
//! assert_eq!(error.problem.to_string(), "there is no variable `balanse`: did you mean `balance`?");
//! ```

use engine::{
    bundle::Unit,
    policy::{Format, Part, Template},
    variables::Entry,
};

use crate::suggest::suggest;

/// Why a text was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("text, byte {offset}: {problem}")]
pub struct TemplateError {
    /// Byte offset in the text.
    pub offset: usize,
    /// What is wrong, and the remedy.
    pub problem: TemplateProblem,
}

/// What is wrong with a text, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateProblem {
    /// A brace without its other half.
    #[error("`{0}` has no other half: write a value as `{{balance|money}}`, a brace itself twice")]
    Brace(char),
    /// A way of writing numbers that does not exist.
    #[error("there is no format `{name}`: {remedy}")]
    Format {
        /// Its name.
        name: String,
        /// What there is.
        remedy: String,
    },
    /// A way of writing that would lie about the unit.
    #[error("`{variable}` counts {unit}, which `{format}` does not show: write `{{{variable}}}`")]
    Unit {
        /// The variable.
        variable: String,
        /// What it counts.
        unit: &'static str,
        /// The format asked for.
        format: String,
    },
    /// Values where there must be none.
    #[error("no values may stand here: they may be missing, and this text is what is shown then")]
    Values,
    /// A variable that does not exist.
    #[error("there is no variable `{name}`: {remedy}")]
    Variable {
        /// Its name.
        name: String,
        /// What there is.
        remedy: String,
    },
}

const FORMATS: [(&str, Format); 4] = [
    ("count", Format::Count),
    ("money", Format::Money),
    ("percent", Format::Percent),
    ("decimal", Format::Decimal),
];

/// Parses a text. Positions of variables are those in `registry`.
pub fn parse(text: &str, registry: &[Entry]) -> Result<Template, TemplateError> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(brace) = rest.find(['{', '}']) else {
            literal.push_str(rest);
            break;
        };
        literal.push_str(rest.get(..brace).unwrap_or_default());
        at += brace;
        let from = text.get(at..).unwrap_or_default();
        if from.starts_with("{{") || from.starts_with("}}") {
            literal.push_str(from.get(..1).unwrap_or_default());
            at += 2;
            continue;
        }
        let end = from.find('}').filter(|_| from.starts_with('{'));
        let Some(end) = end else {
            let half = if from.starts_with('{') { '{' } else { '}' };
            return Err(TemplateError {
                offset: at,
                problem: TemplateProblem::Brace(half),
            });
        };
        let inner = from.get(1..end).unwrap_or_default();
        let part = value(inner, registry).map_err(|problem| TemplateError {
            offset: at,
            problem,
        })?;
        if !literal.is_empty() {
            parts.push(Part::Literal(core::mem::take(&mut literal)));
        }
        parts.push(part);
        at += end + 1;
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(Template { parts })
}

/// Whether a text shows any value.
pub fn has_values(template: &Template) -> bool {
    template
        .parts
        .iter()
        .any(|part| matches!(part, Part::Value { .. }))
}

fn value(inner: &str, registry: &[Entry]) -> Result<Part, TemplateProblem> {
    let (name, format) = match inner.split_once('|') {
        Some((name, format)) => (name.trim(), Some(format.trim())),
        None => (inner.trim(), None),
    };
    let found = registry
        .iter()
        .enumerate()
        .find(|(_, entry)| entry.name == name);
    let Some((position, entry)) = found else {
        let remedy = suggest(name, registry.iter().map(|entry| entry.name.as_str()));
        return Err(TemplateProblem::Variable {
            name: name.to_owned(),
            remedy,
        });
    };
    let format = match format {
        None => natural(entry.unit),
        Some(format) => {
            let known = FORMATS.iter().find(|(name, _)| *name == format);
            let (_, chosen) = known.ok_or_else(|| TemplateProblem::Format {
                name: format.to_owned(),
                remedy: suggest(format, FORMATS.iter().map(|(name, _)| *name)),
            })?;
            if !suits(*chosen, entry.unit) {
                return Err(TemplateProblem::Unit {
                    variable: name.to_owned(),
                    unit: unit_name(entry.unit),
                    format: format.to_owned(),
                });
            }
            *chosen
        }
    };
    // The registry is far smaller than 65,536.
    let variable = u16::try_from(position).unwrap_or(u16::MAX);
    Ok(Part::Value { variable, format })
}

fn natural(unit: Unit) -> Format {
    match unit {
        Unit::Money => Format::Money,
        Unit::Share => Format::Percent,
        Unit::Number => Format::Decimal,
        Unit::Count | Unit::Days | Unit::Years | Unit::Flag => Format::Count,
    }
}

fn suits(format: Format, unit: Unit) -> bool {
    match format {
        Format::Money => unit == Unit::Money,
        Format::Percent => unit == Unit::Share,
        Format::Count => unit != Unit::Share,
        Format::Decimal => unit != Unit::Flag,
    }
}

fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "things",
        Unit::Money => "money",
        Unit::Days => "days",
        Unit::Years => "years",
        Unit::Share => "a share",
        Unit::Number => "a plain number",
        Unit::Flag => "yes or no",
    }
}

#[cfg(test)]
mod tests {
    use engine::variables::registry;

    use super::*;

    fn problem(text: &str) -> (usize, String) {
        let error = parse(text, &registry()).unwrap_err();
        (error.offset, error.problem.to_string())
    }

    #[test]
    fn literals_and_values_alternate() {
        let template = parse("a {{b}} {age} {balance|count}!", &registry()).unwrap();
        let shape: Vec<String> = template
            .parts
            .iter()
            .map(|part| match part {
                Part::Literal(text) => text.clone(),
                Part::Value { variable, format } => {
                    format!("<{} {format:?}>", registry()[usize::from(*variable)].name)
                }
            })
            .collect();
        assert_eq!(
            shape,
            ["a {b} ", "<age Count>", " ", "<balance Count>", "!"]
        );
        assert!(has_values(&template));
        assert!(!has_values(&parse("plain", &registry()).unwrap()));
    }

    #[test]
    fn mistakes_name_the_byte_and_the_remedy() {
        assert_eq!(
            problem("x {balance|mony}"),
            (
                2,
                "there is no format `mony`: did you mean `money`?".to_owned()
            )
        );
        assert_eq!(problem("x {balance").0, 2);
        assert_eq!(problem("x } y").0, 2);
        assert_eq!(
            problem("{age|money}").1,
            "`age` counts years, which `money` does not show: write `{age}`"
        );
        assert!(problem("{}").1.starts_with("there is no variable ``"));
    }
}
