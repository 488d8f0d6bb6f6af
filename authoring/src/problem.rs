//! What can be wrong with a policy set: the place, the problem, the remedy.
//!
//! All problems that can be found in one go are reported together, up to [`limits::PROBLEMS`]: those of
//! `policy.toml` first, as what is wrong there is often why others are, then in the order of their places.

use std::{cell::RefCell, fmt};

use crate::{
    condition::ConditionProblem,
    limits,
    model::ModelProblem,
    place::{Place, Spot},
    shown::{message, quoted},
    template::TemplateProblem,
};

/// Something wrong with a policy set.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}", message(place), message(problem))]
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
    #[error(
        "{what} `{}` is already defined at {}: give one of them another id",
        quoted(id),
        message(first)
    )]
    Duplicate {
        /// What kind of thing.
        what: &'static str,
        /// Its id.
        id: String,
        /// Where it is defined first.
        first: Place,
    },
    /// The same key twice in one table.
    #[error(
        "the key `{}` is already written at {}: keep one of them",
        quoted(key),
        message(first)
    )]
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it is written first.
        first: Place,
    },
    /// A directory or file that cannot be read.
    #[error("cannot be read: {0}")]
    File(#[from] std::io::Error),
    /// A value that cannot be right.
    #[error("`{}` is {}: {remedy}", quoted(key), quoted(found))]
    Invalid {
        /// The key.
        key: String,
        /// What was found.
        found: String,
        /// What to write.
        remedy: String,
    },
    /// A required key that is not there.
    #[error("{} has no `{}`: add {remedy}", quoted(what), quoted(key))]
    Missing {
        /// What it is missing from.
        what: String,
        /// The key.
        key: String,
        /// What to write.
        remedy: String,
    },
    /// Nothing by itself: more was wrong than is named in one go.
    #[error("and more: mend these first")]
    More,
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
    #[error("unknown key `{}` in {}: {remedy}", quoted(key), quoted(what))]
    UnknownKey {
        /// The key.
        key: String,
        /// Where it stands.
        what: String,
        /// What is allowed.
        remedy: String,
    },
    /// A reference to something that does not exist.
    #[error("no {what} is called `{}`: {remedy}", quoted(name))]
    UnknownName {
        /// What kind of thing.
        what: &'static str,
        /// The name used.
        name: String,
        /// What there is.
        remedy: String,
    },
    /// A value of the wrong type.
    #[error("`{}` is {found}: write {expected}", quoted(key))]
    WrongType {
        /// The key.
        key: String,
        /// The type found.
        found: &'static str,
        /// What it should be, with an example.
        expected: &'static str,
    },
    /// Not YAML, and so not JSON either.
    #[error("not valid YAML: {0}")]
    Yaml(String),
}

/// Collects what is wrong while reading goes on.
#[derive(Debug, Default)]
pub(crate) struct Log(RefCell<Vec<PolicyError>>);

/// The file that all others depend on.
const MAIN: &str = "policy.toml";

// One more than is named tells that there is more.
const NOTED: usize = limits::PROBLEMS + 1;

impl Log {
    /// Notes a problem, once: the triggers of one template share its texts, and their mistakes.
    pub(crate) fn add(&self, place: Place, problem: impl Into<Problem>) {
        let mut errors = self.0.borrow_mut();
        let problem = problem.into();
        let is_noted = |error: &PolicyError| {
            error.place == place && error.problem.to_string() == problem.to_string()
        };
        if errors.len() < NOTED && !errors.iter().any(is_noted) {
            errors.push(PolicyError { place, problem });
        }
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Whether nothing more will be named, so that looking for it is in vain.
    pub(crate) fn is_full(&self) -> bool {
        self.0.borrow().len() >= NOTED
    }

    /// `value` if nothing was wrong.
    pub(crate) fn close<T>(self, value: T) -> Result<T, PolicyErrors> {
        let mut errors = self.0.into_inner();
        let more = errors.len() > limits::PROBLEMS;
        let is_other = |error: &PolicyError| error.place.file != MAIN;
        errors.sort_by(|a, b| (is_other(a), &a.place).cmp(&(is_other(b), &b.place)));
        errors.truncate(limits::PROBLEMS);
        if let Some(last) = errors.last().filter(|_| more) {
            let (place, problem) = (last.place.clone(), Problem::More);
            errors.push(PolicyError { place, problem });
        }
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
            match error.problem {
                Problem::More => write!(f, "{}", error.problem)?,
                _ => write!(f, "{error}")?,
            }
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
        if log.is_full() {
            return;
        }
        if let Some(first) = seen.insert(spot.value.as_str(), spot.place()) {
            let id = spot.value.clone();
            log.add(spot.place(), Problem::Duplicate { what, id, first });
        }
    }
}
