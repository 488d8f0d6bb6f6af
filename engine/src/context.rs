//! The circumstances of one request: where the customer is, and in which language.
//!
//! ```
//! use engine::Context;
//! let context = Context::from_json(br#"{"channel": "web", "page": "dashboard", "locale": "cs"}"#).unwrap();
//! assert_eq!(context.page.as_deref(), Some("dashboard"));
//! ```

use serde::{Deserialize, Serialize};

use crate::{bundle::Channel, limits, profile::object};

/// What a request says about itself. With nothing given: all placeholders of all channels, in the
/// bundle's first language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// Only placeholders of this channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Only placeholders of this page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Only these placeholders; a name that the bundle does not know is passed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholders: Option<Vec<String>>,
    /// Language of the texts as a BCP 47 tag; an unknown one gives the bundle's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

/// Why a context was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContextError {
    /// Larger than the engine reads.
    #[error("context has {found} {what}, the limit is {limit}: ask for less")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much was found.
        found: usize,
        /// How much is allowed.
        limit: usize,
    },
    /// Not the JSON of a context.
    #[error("context is not valid: {0}")]
    Json(#[from] serde_json::Error),
}

impl Context {
    /// Reads and checks a context's JSON (UTF-8).
    pub fn from_json(json: &[u8]) -> Result<Self, ContextError> {
        at_most("bytes", json.len(), limits::CONTEXT_BYTES)?;
        let context: Self = object(json)?;
        context.checked()
    }

    /// Checks the limits; a context that did not come from [`Context::from_json`] needs this.
    pub fn checked(self) -> Result<Self, ContextError> {
        let names = self.placeholders.as_deref().unwrap_or_default();
        at_most("placeholders", names.len(), limits::PLACEHOLDERS)?;
        let texts = [&self.page, &self.locale].into_iter().flatten();
        for text in texts.chain(names) {
            at_most("bytes in one name", text.len(), limits::TEXT_BYTES)?;
        }
        Ok(self)
    }
}

fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), ContextError> {
    if found > limit {
        Err(ContextError::TooMuch { what, found, limit })
    } else {
        Ok(())
    }
}
