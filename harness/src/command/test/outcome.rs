//! What came out of cases, for programs and for people.

use std::{fmt, io};

use authoring::{
    cases::{self, Case, Coverage, Covered, Mismatch},
    place::Place,
    shown::{message, quoted},
};
use harness::{Refusal, wasm};
use serde::Serialize;
use serde_json::Value;

use super::Failure;

/// Columns of a list of names.
const WIDTH: usize = 100;

/// All that is printed.
#[derive(Debug, Serialize)]
pub struct Report {
    pub passed: usize,
    pub failed: usize,
    pub cases: Vec<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Covering>,
}

/// What came out of one case.
#[derive(Debug, Serialize)]
pub struct Outcome {
    pub case: String,
    pub place: Place,
    /// What is not as the case says; empty when it passed.
    pub mismatches: Vec<Mismatch>,
}

/// What the cases that ran cover.
#[derive(Debug, Serialize)]
pub struct Covering {
    /// Seen to fire and not to fire.
    triggers: Covered,
    /// Placed.
    actions: Covered,
    /// Filled.
    placeholders: Covered,
}

/// Decides a case and compares.
pub fn run(
    engine: &mut wasm::Engine,
    case: &Case,
    coverage: Option<&mut Coverage>,
) -> Result<Outcome, Failure> {
    let mismatches = match answer(engine, case, case.asks_why())? {
        Ok(found) => {
            if let Some(coverage) = coverage {
                coverage.add(&found);
            }
            let mismatches = cases::check(case, &found);
            // Whoever reads of a failure asks next what stopped the action.
            match mismatches.is_empty() || case.asks_why() {
                true => mismatches,
                false => match answer(engine, case, true)? {
                    Ok(explained) => cases::check(case, &explained),
                    Err(_) => mismatches,
                },
            }
        }
        Err(refusal) => vec![Mismatch {
            place: case.place.clone(),
            subject: "decision".to_owned(),
            expected: "one".to_owned(),
            found: refusal.message,
        }],
    };
    Ok(Outcome {
        case: case.name.clone(),
        place: case.place.clone(),
        mismatches,
    })
}

/// What the engine answers to a case, or why it refuses it.
fn answer(
    engine: &mut wasm::Engine,
    case: &Case,
    why: bool,
) -> Result<Result<Value, Refusal>, Failure> {
    let profile = serde_json::to_vec(&case.profile).map_err(io::Error::from)?;
    let context = serde_json::to_vec(&case.context).map_err(io::Error::from)?;
    let at = case.at.to_string();
    let answer = if why {
        engine.explain(&profile, &context, &at, case.seed)
    } else {
        engine.decide(&profile, &context, &at, case.seed)
    };
    match answer {
        Ok(json) => Ok(Ok(serde_json::from_slice(&json).map_err(io::Error::from)?)),
        Err(wasm::WasmError::Refused(refusal)) => Ok(Err(refusal)),
        Err(error) => Err(error.into()),
    }
}

impl Report {
    pub fn new(cases: Vec<Outcome>, coverage: Option<&Coverage>) -> Self {
        let passed = cases.iter().filter(|case| case.passed()).count();
        Self {
            passed,
            failed: cases.len() - passed,
            cases,
            coverage: coverage.map(|coverage| Covering {
                triggers: coverage.triggers(),
                actions: coverage.actions(),
                placeholders: coverage.placeholders(),
            }),
        }
    }
}

impl Outcome {
    pub fn passed(&self) -> bool {
        self.mismatches.is_empty()
    }
}

/// As a person reads it.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for case in &self.cases {
            if case.passed() {
                writeln!(f, "ok      {}", quoted(&case.case))?;
                continue;
            }
            writeln!(f, "FAILED  {}  ({})", quoted(&case.case), case.place)?;
            for Mismatch {
                place,
                subject,
                expected,
                found,
            } in &case.mismatches
            {
                writeln!(f, "        {}  ({})", message(subject), place)?;
                writeln!(f, "          expected  {}", message(expected))?;
                writeln!(f, "          found     {}", message(found))?;
            }
        }
        if let Some(coverage) = &self.coverage {
            coverage.fmt(f)?;
        }
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

impl fmt::Display for Covering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, covered, seen) in [
            ("triggers", &self.triggers, "seen to fire and not to fire"),
            ("actions", &self.actions, "placed"),
            ("placeholders", &self.placeholders, "filled"),
        ] {
            let Covered {
                all,
                covered: count,
                never,
                always,
            } = covered;
            let percent = covered.percent();
            writeln!(
                f,
                "covered {count} of {all} {what} ({percent:.0} %): {seen}"
            )?;
            list(f, "never", never)?;
            list(f, "always", always)?;
        }
        Ok(())
    }
}

/// A word and names behind it, over as many lines as they need.
fn list(f: &mut fmt::Formatter<'_>, word: &str, names: &[String]) -> fmt::Result {
    let mut column = WIDTH;
    for (i, name) in names.iter().enumerate() {
        let width = name.chars().count() + 2;
        if column + width > WIDTH {
            let word = if i == 0 { word } else { "" };
            let end = if i == 0 { "" } else { "\n" };
            write!(f, "{end}        {word:<7}")?;
            column = 15;
        }
        let comma = if i + 1 == names.len() { "" } else { "," };
        write!(f, " {}{comma}", quoted(name))?;
        column += width;
    }
    if names.is_empty() {
        Ok(())
    } else {
        f.write_str("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|i| format!("name-{i}")).collect()
    }

    #[test]
    fn lists_of_names_are_broken_into_lines() {
        let covered = |never, always| Covered {
            all: 100,
            covered: 60,
            never,
            always,
        };
        let covering = Covering {
            triggers: covered(names(39), names(1)),
            actions: covered(names(40), vec![]),
            placeholders: covered(vec![], vec![]),
        };
        let text = covering.to_string();
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(
            text.starts_with(
                "covered 60 of 100 triggers (60 %): seen to fire and not to fire\n        never   name-0, name-1, "
            ),
            "{text}"
        );
        assert!(text.contains("name-38\n        always  name-0\n"), "{text}");
        assert_eq!(text.matches("name-39").count(), 1, "{text}");
        assert!(text.ends_with("placeholders (60 %): filled\n"), "{text}");
    }
}
