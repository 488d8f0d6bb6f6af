//! Why a command failed, and its exit code.

use std::{io, path::PathBuf};

use authoring::{
    PolicyErrors, SignError,
    berka::ImportError,
    evaluation::EvaluationError,
    keys::KeyError,
    shown::{counted, message, quoted},
};
use engine::profile::MergeError;
use harness::{
    Part, Refusal,
    edge::EdgeError,
    population::{CrewError, Place, SideError, SourceError},
    wasm::WasmError,
};

/// Why there is no good answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The engine refused a file.
    #[error("{}: {}", message(path.display()), message(cause))]
    Refused {
        /// The file.
        path: PathBuf,
        /// What was refused, and why.
        cause: Refusal,
    },
    /// Cases came out otherwise than they say.
    #[error("{failed} of {} failed", counted(*of, "case"))]
    Cases {
        /// How many.
        failed: usize,
        /// Of how many.
        of: usize,
    },
    /// A bundle costs more than its policy allows.
    #[error(
        "{place}: the bundle takes {found} {what}, its budget is {limit}: the largest parts are {largest}; make them smaller or raise the budget"
    )]
    Budget {
        /// Where the budget is.
        place: String,
        /// Of what.
        what: &'static str,
        /// How much it takes.
        found: String,
        /// How much it may.
        limit: String,
        /// The largest parts.
        largest: String,
    },
    /// A bundle has a budget to keep, and the cases that it is measured over cannot be read.
    #[error(
        "the budget cannot be checked, as costs are measured over the cases, and they cannot be read: mend them, or take `[budget]` away\n{0}"
    )]
    CostCases(PolicyErrors),
    /// A policy set has something to mend.
    #[error("{} and {}: mend them", counted(*errors, "error"), counted(*warnings, "warning"))]
    Findings {
        /// How many errors.
        errors: usize,
        /// How many warnings.
        warnings: usize,
    },
    /// A folder that should be empty.
    #[error("{}: is not empty, so nothing is written there: name a folder that does not exist yet", message(directory.display()))]
    NotEmpty {
        /// The folder.
        directory: PathBuf,
    },
    /// A policy changes more than it may.
    #[error(
        "{found:.1} % of the customers see something else or other words, {allowed} % may: look at the examples, or raise --max-changed"
    )]
    Gate {
        /// The share found, in per cent.
        found: f64,
        /// The share allowed, in per cent.
        allowed: f64,
    },
    /// A file where a policy set is asked for.
    #[error("{}: is a file, and a policy set is a folder: give {remedy}", message(path.display()))]
    NotASet {
        /// The file.
        path: PathBuf,
        /// What to give instead.
        remedy: String,
    },
    /// The engine refused something that is in no file.
    #[error("{}", message(.0))]
    Call(Refusal),
    /// The edge worker cannot serve.
    #[error("{}", message(.0))]
    Edge(#[from] EdgeError),
    /// A file cannot be read or written.
    #[error("{}: {cause}: check the path and its permissions", message(path.display()))]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A file that should be JSON.
    #[error("{}: is not JSON ({}): give a file as `nearfield decide --format json` prints it", message(path.display()), message(cause))]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
    /// A file is larger than what is read of its sort.
    #[error("{}: has more bytes than the limit of {limit}: give a smaller file", message(path.display()))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How many are read.
        limit: usize,
    },
    /// A model or a table cannot be used.
    #[error("{}: {}", message(path.display()), message(cause))]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, where, and what to do.
        cause: String,
    },
    /// A model cannot be evaluated.
    #[error("{}", message(.0))]
    Evaluation(#[from] EvaluationError),
    /// An import failed.
    #[error("{}", message(.0))]
    Import(#[from] ImportError),
    /// A signing key cannot be used.
    #[error("{}", message(.0))]
    Key(#[from] KeyError),
    /// A file of trusted keys cannot be used.
    #[error("{}:{line}: is not a public key: write 64 hexadecimal digits a line", message(path.display()))]
    TrustKey {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// A file of trusted keys without any.
    #[error("{}: holds no key: write at least one, 64 hexadecimal digits a line", message(path.display()))]
    NoTrustKey {
        /// The file.
        path: PathBuf,
    },
    /// An output that is no file.
    #[error("{}: is not a file, so it is left as it is: give the path of a file, or of none yet", message(path.display()))]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// A file without a receipt.
    #[error("{}: has no `{field}` of a receipt: give a decision or its receipt, as `nearfield decide` prints it", message(path.display()))]
    NotAReceipt {
        /// The file.
        path: PathBuf,
        /// What it lacks.
        field: &'static str,
    },
    /// Something else than what decided.
    #[error(
        "{field} differs: the receipt says {}, this is {}: {remedy}",
        message(expected),
        message(found)
    )]
    Replay {
        /// The field of the receipt.
        field: &'static str,
        /// What the receipt says.
        expected: String,
        /// What was found.
        found: String,
        /// What to do.
        remedy: &'static str,
    },
    /// All hashes agree, but the decision does not.
    #[error("{}: the decision in it was altered: another comes out of the same bundle, profile, context, clock and seed", message(path.display()))]
    Differs {
        /// The file.
        path: PathBuf,
    },
    /// An action that the bundle does not have.
    #[error("no action is called `{}`: {remedy}", quoted(action))]
    NoSuchAction {
        /// What was asked for.
        action: String,
        /// Those there are.
        remedy: String,
    },
    /// Profiles that cannot be used.
    #[error("{} cannot be used: mend or remove the first of them\n{named}", counted(*refused, "profile"))]
    Profiles {
        /// How many.
        refused: usize,
        /// The first of them, one a line.
        named: String,
    },
    /// A population in which nobody could be asked.
    #[error(
        "no customer is left to decide for, {} refused: give profiles as `nearfield profile import` writes them",
        counted(usize::try_from(*refused).unwrap_or(usize::MAX), "profile")
    )]
    Nobody {
        /// How many were refused.
        refused: u64,
    },
    /// A customer who is given twice.
    #[error(
        "{}: customer `{}` stands at {} already: give each customer once",
        message(place),
        quoted(customer),
        message(before)
    )]
    SameCustomer {
        /// Where the customer stands again.
        place: Place,
        /// The customer number.
        customer: String,
        /// Where the customer stands first.
        before: Place,
    },
    /// An output that would take the place of an input, or of another output.
    #[error("{}: is read or written twice by this command: name another file", message(path.display()))]
    Twice {
        /// The path.
        path: PathBuf,
    },
    /// A policy set without cases.
    #[error("{}: has no cases: write some in tests/*.yaml of it", message(directory.display()))]
    NoCases {
        /// The policy set.
        directory: PathBuf,
    },
    /// No case is left to run.
    #[error(
        "no case has `{}` in its name or file: leave `--filter` out to run all",
        quoted(filter)
    )]
    NoSuchCase {
        /// What was asked for.
        filter: String,
    },
    /// Two profiles cannot become one.
    #[error("{}", message(.0))]
    Merge(#[from] MergeError),
    /// Profiles cannot be read.
    #[error("{0}")]
    Source(#[from] SourceError),
    /// A population cannot be worked through.
    #[error("{0}")]
    Crew(#[from] CrewError),
    /// A bundle cannot be asked.
    #[error("{}", message(.0))]
    Side(SideError),
    /// A policy set has errors.
    #[error("the policy set has errors\n{0}")]
    Policy(#[from] PolicyErrors),
    /// A bundle cannot be signed.
    #[error("{}", message(.0))]
    Sign(#[from] SignError),
    /// The component failed.
    #[error("{}", message(.0))]
    Wasm(WasmError),
    /// Something of this machine failed.
    #[error("{0}")]
    System(#[from] io::Error),
}

impl Failure {
    /// 1 when a bundle is refused, a case failed or a replay differs, 2 otherwise.
    pub fn code(&self) -> u8 {
        match self {
            Self::Budget { .. }
            | Self::Cases { .. }
            | Self::Findings { .. }
            | Self::Gate { .. }
            | Self::Replay { .. }
            | Self::Differs { .. } => 1,
            Self::Refused { cause, .. } if matches!(cause.part, Part::Trust | Part::Bundle) => 1,
            _ => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use authoring::shown::MESSAGE;

    use super::*;

    #[test]
    fn no_failure_is_endless_or_acts_on_the_terminal() {
        let hostile = format!("\u{1b}[2J{}", "x".repeat(100_000));
        let refusal = || Refusal {
            part: Part::Profile,
            message: hostile.clone(),
        };
        let path = PathBuf::from(&hostile);
        for failure in [
            Failure::Call(refusal()),
            Failure::NoTrustKey { path: path.clone() },
            Failure::Refused {
                path,
                cause: refusal(),
            },
        ] {
            let said = failure.to_string();
            assert!(!said.contains(char::is_control), "{said}");
            assert!(said.len() < 3 * MESSAGE, "{}", said.len());
        }
    }
}
