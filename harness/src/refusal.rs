//! Why the engine gave no decision, the same from every host.

/// The part of a call that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The bundle is trusted but cannot be read.
    Bundle,
    /// The context is not valid.
    Context,
    /// No decision could be made.
    Decide,
    /// A public key is not usable.
    Key,
    /// The profile is not valid.
    Profile,
    /// The clock is not a time.
    Time,
    /// The bundle is not signed by a trusted key, or not what was signed.
    Trust,
}

/// The engine's answer when it refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What was refused.
    pub part: Part,
    /// Why, and the remedy.
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(part: Part, cause: impl std::fmt::Display) -> Self {
        Self {
            part,
            message: cause.to_string(),
        }
    }
}
