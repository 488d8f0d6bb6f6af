//! The circumstances of one request: where the customer is, and in which language.
//!
//! ```
//! use engine::Context;
//! let context = Context::from_json(br#"{"channel": "web", "page": "dashboard", "locale": "cs"}"#).unwrap();
//! assert_eq!(context.page.as_deref(), Some("dashboard"));
//! ```

use serde::{Deserialize, Serialize};

use crate::{bundle::Channel, limits, profile::object};

const DAY_MINUTES: u16 = 1_440;

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
    /// How far the customer's clock is ahead of UTC, in minutes, at most a day either way; 0 when
    /// absent. Quiet hours go by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc_offset_minutes: Option<i16>,
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
    /// A clock that is nowhere on Earth.
    #[error(
        "context has utc_offset_minutes {found}: give minutes between -{DAY_MINUTES} and {DAY_MINUTES}"
    )]
    Offset {
        /// The offset found.
        found: i16,
    },
    /// Not the JSON of a context.
    #[error("context is not valid: {0}")]
    Json(#[from] serde_json::Error),
}

impl Context {
    /// Reads and checks a context's JSON (UTF-8).
    #[inline]
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
        match self.utc_offset_minutes {
            Some(found) if found.unsigned_abs() > DAY_MINUTES => {
                Err(ContextError::Offset { found })
            }
            _ => Ok(self),
        }
    }
}

fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), ContextError> {
    if found > limit {
        Err(ContextError::TooMuch { what, found, limit })
    } else {
        Ok(())
    }
}
