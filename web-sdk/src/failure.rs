//! What went wrong, as the page gets to see it.

use engine::{BundleError, ContextError, DecideError, ProfileError, TimeError, TrustError};

/// A failure with a name that programs can compare and a sentence that people can read.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Its name; stable.
    pub code: &'static str,
    /// What was wrong, where, and the remedy.
    pub message: String,
}

impl Failure {
    /// The page asked for something that makes no sense.
    pub(crate) fn request(message: impl Into<String>) -> Self {
        Self {
            code: "request",
            message: message.into(),
        }
    }
}

macro_rules! codes {
    ($($error:ty => $code:literal),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self { code: $code, message: error.to_string() }
            }
        }
    )*};
}

codes! {
    TrustError => "bundle-untrusted",
    BundleError => "bundle-unreadable",
    ProfileError => "profile",
    ContextError => "context",
    TimeError => "clock",
    DecideError => "decide",
}
