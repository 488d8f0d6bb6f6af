//! What can be wrong with a policy set: the place, the problem, the remedy.
//!
//! All problems that can be found in one go are reported together, in the order of their places.

use std::{cell::RefCell, fmt};

use crate::{
    condition::ConditionProblem,
    model::ModelProblem,
    place::{Place, Spot},
    template::TemplateProblem,
};

/// Something wrong with a policy set.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct PolicyError {
    /// Where.
    pub place: Place,
    /// What, and how to put it right.
    pub problem: Problem,
}

/// Everything wrong with a policy set; never empty.
#[derive(Debug, Default)]
pub struct PolicyErrors(pub Vec<PolicyError>);

/// What is wrong, and the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A condition that cannot be compiled.
    #[error("condition: {0}")]
    Condition(#[from] ConditionProblem),
    /// The same id twice.
    #[error("{what} `{id}` is already defined at {first}: give one of them another id")]
    Duplicate {
        /// What kind of thing.
        what: &'static str,
        /// Its id.
        id: String,
        /// Where it is defined first.
        first: Place,
    },
    /// A directory or file that cannot be read.
    #[error("cannot be read: {0}")]
    File(#[from] std::io::Error),
    /// A value that cannot be right.
    #[error("`{key}` is {found}: {remedy}")]
    Invalid {
        /// The key.
        key: String,
        /// What was found.
        found: String,
        /// What to write.
        remedy: String,
    },
    /// A required key that is not there.
    #[error("{what} has no `{key}`: add {remedy}")]
    Missing {
        /// What it is missing from.
        what: String,
        /// The key.
        key: String,
        /// What to write.
        remedy: String,
    },
    /// A model file that cannot be used.
    #[error("model: {0}")]
    Model(#[from] ModelProblem),
    /// Not TOML.
    #[error("not valid TOML: {0}")]
    Syntax(String),
    /// A text that cannot be filled in.
    #[error("text: {0}")]
    Template(#[from] TemplateProblem),
    /// More than is accepted.
    #[error("{found} {what}, the limit is {limit}: {remedy}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much was found.
        found: usize,
        /// How much is allowed.
        limit: usize,
        /// What to do.
        remedy: &'static str,
    },
    /// A key that means nothing here.
    #[error("unknown key `{key}` in {what}: {remedy}")]
    UnknownKey {
        /// The key.
        key: String,
        /// Where it stands.
        what: String,
        /// What is allowed.
        remedy: String,
    },
    /// A reference to something that does not exist.
    #[error("no {what} is called `{name}`: {remedy}")]
    UnknownName {
        /// What kind of thing.
        what: &'static str,
        /// The name used.
        name: String,
        /// What there is.
        remedy: String,
    },
    /// A value of the wrong type.
    #[error("`{key}` is {found}: write {expected}")]
    WrongType {
        /// The key.
        key: String,
        /// The type found.
        found: &'static str,
        /// What it should be, with an example.
        expected: &'static str,
    },
}

/// Collects what is wrong while reading goes on.
#[derive(Debug, Default)]
pub(crate) struct Log(RefCell<Vec<PolicyError>>);

impl Log {
    pub(crate) fn add(&self, place: Place, problem: impl Into<Problem>) {
        self.0.borrow_mut().push(PolicyError {
            place,
            problem: problem.into(),
        });
    }

    /// `value` if nothing was wrong.
    pub(crate) fn close<T>(self, value: T) -> Result<T, PolicyErrors> {
        let mut errors = self.0.into_inner();
        errors.sort_by(|a, b| a.place.cmp(&b.place));
        if errors.is_empty() {
            Ok(value)
        } else {
            Err(PolicyErrors(errors))
        }
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyErrors {}

/// Notes the ids that are there twice.
pub(crate) fn unique<'a>(
    what: &'static str,
    ids: impl Iterator<Item = &'a Spot<String>>,
    log: &Log,
) {
    let mut seen = std::collections::BTreeMap::new();
    for spot in ids {
        if let Some(first) = seen.insert(spot.value.as_str(), spot.place()) {
            let id = spot.value.clone();
            log.add(spot.place(), Problem::Duplicate { what, id, first });
        }
    }
}

/// "did you mean" with the nearest of `known`, or all of them when they are few.
pub(crate) fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let length = |name: &str| name.chars().count();
    let allowed = |candidate: &str| 1 + length(name).max(length(candidate)) / 4;
    let mut near: Vec<(usize, &str)> = known
        .iter()
        // Lengths that differ by more cannot be near, and are far cheaper to compare.
        .filter(|candidate| length(name).abs_diff(length(candidate)) <= allowed(candidate))
        .map(|candidate| (distance(name, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= allowed(candidate))
        .collect();
    near.sort_unstable();
    near.truncate(3);
    if !near.is_empty() {
        return format!("did you mean {}?", list(near.iter().map(|(_, name)| *name)));
    }
    match known.len() {
        0 => "there are none yet".to_owned(),
        1..=16 => format!("there is {}", list(known)),
        _ => {
            // Longer lists: those that share a word with what was written.
            let shares = |candidate: &&str| {
                name.split(['_', '-', '.'])
                    .any(|word| word.len() > 2 && candidate.contains(word))
            };
            let alike: Vec<&str> = known.iter().copied().filter(shares).take(6).collect();
            if alike.is_empty() {
                format!(
                    "there are {} to choose from, such as {}",
                    known.len(),
                    list(known.into_iter().take(3))
                )
            } else {
                format!("there is {}", list(alike))
            }
        }
    }
}

fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// Damerau-Levenshtein distance (optimal string alignment), in characters.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().take(64).collect();
    let mut two_back: Vec<usize> = Vec::new();
    let mut back: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&back, j + 1) + 1).min(at(&row, j) + 1);
            best = best.min(at(&back, j) + usize::from(from != to));
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(to) && b.get(j - 1) == Some(from);
            if swapped {
                best = best.min(at(&two_back, j - 1) + 1);
            }
            row.push(best);
        }
        two_back = core::mem::replace(&mut back, row);
    }
    back.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_literature() {
        // Levenshtein's usual pairs, and one swap (Damerau).
        for (a, b, expected) in [
            ("kitten", "sitting", 3),
            ("", "abc", 3),
            ("flaw", "lawn", 2),
            ("ab", "ba", 1),
            ("ca", "abc", 3),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn the_nearest_names_are_offered() {
        let known = ["balance", "balance_mean_30d", "age"];
        assert_eq!(suggest("balnace", known), "did you mean `balance`?");
        assert_eq!(
            suggest("shoe_size", known),
            "there is `balance`, `balance_mean_30d`, `age`"
        );
        assert_eq!(suggest("x", []), "there are none yet");
    }
}
