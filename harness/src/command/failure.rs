//! Why a command failed, and its exit code.

use std::{io, path::PathBuf};

use authoring::{PolicyErrors, SignError, berka::ImportError, keys::KeyError};
use engine::profile::MergeError;
use harness::{Part, Refusal, edge::EdgeError, wasm::WasmError};

/// Why there is no good answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The engine refused a file.
    #[error("{}: {cause}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What was refused, and why.
        cause: Refusal,
    },
    /// Cases came out otherwise than they say.
    #[error("{failed} of {of} cases failed")]
    Cases {
        /// How many.
        failed: usize,
        /// Of how many.
        of: usize,
    },
    /// The engine refused something that is in no file.
    #[error("{0}")]
    Call(Refusal),
    /// The edge worker cannot serve.
    #[error(transparent)]
    Edge(#[from] EdgeError),
    /// A file cannot be read or written.
    #[error("{}: {cause}: check the path and its permissions", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A file is larger than what is read of its sort.
    #[error("{}: has {found} bytes, the limit is {limit}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        found: u64,
        /// How many are read.
        limit: u64,
    },
    /// An import failed.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A signing key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A file of trusted keys cannot be used.
    #[error("{}:{line}: is not a public key: write 64 hexadecimal digits a line", path.display())]
    TrustKey {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// A policy set without cases.
    #[error("{}: has no cases: write some in tests/*.toml of it", directory.display())]
    NoCases {
        /// The policy set.
        directory: PathBuf,
    },
    /// Two profiles cannot become one.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// A policy set has errors.
    #[error("the policy set has errors\n{0}")]
    Policy(#[from] PolicyErrors),
    /// A bundle cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The component failed.
    #[error(transparent)]
    Wasm(WasmError),
    /// Something of this machine failed.
    #[error("{0}")]
    System(#[from] io::Error),
}

impl Failure {
    /// 1 when a bundle is refused or a case failed, 2 otherwise.
    pub fn code(&self) -> u8 {
        match self {
            Self::Cases { .. } => 1,
            Self::Refused { cause, .. } if matches!(cause.part, Part::Trust | Part::Bundle) => 1,
            _ => 2,
        }
    }
}
