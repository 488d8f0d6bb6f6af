//! CEL's tokens, as far as the subset has them.

use super::{ConditionError, ConditionProblem};

/// A token and where it starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'s> {
    pub(super) kind: Kind<'s>,
    pub(super) start: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind<'s> {
    Name(&'s str),
    Double(f64),
    Int(f64),
    Text(&'s str),
    /// An operator or a bracket.
    Sign(&'static str),
    End,
}

/// Longest first, so that `<=` is not read as `<`.
const SIGNS: &[&str] = &[
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", "(", ")",
    ".", ",", "[", "]", "{", "}",
];

/// Signs that other languages have, and what CEL writes.
const MEANT: &[(&str, &str)] = &[
    ("=>", ">="),
    ("=<", "<="),
    ("=", "=="),
    ("<>", "!="),
    ("&", "&&"),
    ("|", "||"),
    ("≠", "!="),
    ("≤", "<="),
    ("≥", ">="),
];

/// The tokens of a condition; the last is [`Kind::End`].
pub(super) fn tokens(source: &str) -> Result<Vec<Token<'_>>, ConditionError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        let start = at;
        let length = |test: fn(char) -> bool| rest.find(|c| !test(c)).unwrap_or(rest.len());
        let first = rest.chars().next().unwrap_or(' ');
        let second = rest.chars().nth(1).unwrap_or(' ');
        let kind = if matches!(first, ' ' | '\t' | '\n' | '\r' | '\u{c}') {
            at += 1;
            continue;
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if first.is_ascii_alphabetic() || first == '_' {
            let name = rest
                .get(..length(|c| c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(rest);
            at += name.len();
            if matches!(source.get(at..at + 1), Some("'" | "\"")) {
                return Err(error(start, ConditionProblem::Text("take the prefix away")));
            }
            Kind::Name(name)
        } else if first.is_ascii_digit() || (first == '.' && second.is_ascii_digit()) {
            let (kind, length) = number(rest, start)?;
            at += length;
            kind
        } else if first == '"' || first == '\'' {
            let inner = rest.get(1..).unwrap_or_default();
            let end = inner
                .find([first, '\n', '\\'])
                .map(|end| (end, inner.get(end..end + 1)));
            let Some((end, _)) = end.filter(|(_, stop)| *stop == Some(quote(first))) else {
                let remedy = "close the quote on the same line, and use no backslash";
                return Err(error(start, ConditionProblem::Text(remedy)));
            };
            at += end + 2;
            Kind::Text(inner.get(..end).unwrap_or_default())
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            at += sign.len();
            Kind::Sign(sign)
        } else if let Some(meant) = MEANT.iter().find(|meant| rest.starts_with(meant.0)) {
            return Err(error(start, ConditionProblem::Meant(meant.0, meant.1)));
        } else {
            return Err(error(start, ConditionProblem::Character(first)));
        };
        tokens.push(Token { kind, start });
    }
    tokens.push(Token {
        kind: Kind::End,
        start: source.len(),
    });
    Ok(tokens)
}

fn quote(first: char) -> &'static str {
    if first == '"' { "\"" } else { "'" }
}

/// The largest whole number that is read: a double holds it, and every smaller one.
pub(super) const WHOLE: f64 = 9_007_199_254_740_991.0;

/// A decimal number: `12`, `1.5`, `.5`, `1e3`, `2.5E-1`.
fn number(rest: &str, start: usize) -> Result<(Kind<'static>, usize), ConditionError> {
    let digits = |from: usize| {
        rest.get(from..)
            .unwrap_or_default()
            .bytes()
            .take_while(u8::is_ascii_digit)
            .count()
    };
    let mut length = digits(0);
    let mut whole = true;
    if rest.get(length..length + 1) == Some(".") && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
        whole = false;
    }
    if matches!(rest.get(length..length + 1), Some("e" | "E")) {
        let sign = usize::from(matches!(rest.get(length + 1..length + 2), Some("+" | "-")));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
            whole = false;
        }
    }
    let text = rest.get(..length).unwrap_or_default();
    let stuck = rest.get(length..).and_then(|rest| rest.chars().next());
    if stuck.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(error(start, ConditionProblem::Number));
    }
    let value: f64 = text
        .parse()
        .map_err(|_| error(start, ConditionProblem::Number))?;
    if !value.is_finite() || (whole && value > WHOLE) {
        return Err(error(start, ConditionProblem::Number));
    }
    Ok((
        if whole {
            Kind::Int(value)
        } else {
            Kind::Double(value)
        },
        length,
    ))
}

pub(super) fn error(offset: usize, problem: ConditionProblem) -> ConditionError {
    ConditionError { offset, problem }
}
