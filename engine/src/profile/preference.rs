//! Preferences: what the customer does not want to see, or where.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, limits};

/// One wish of the customer about being addressed. The newest about a thing counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Preference {
    /// When it was said.
    pub at: Timestamp,
    /// What it is about: the name of an action, a product, a group or a channel, or `everything`.
    pub about: String,
    /// Whether it is wanted.
    pub state: Wanted,
    /// When the wish lapses by itself; never, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Whether something is wanted. Of two wishes at one instant `stop` counts: it sorts last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// It may be shown again.
    Allow,
    /// It is not to be shown.
    Stop,
}

impl Preference {
    /// The name that stands for all that the bank's policy lets a customer switch off.
    pub const EVERYTHING: &str = "everything";

    pub(super) fn problem(&self) -> Option<&'static str> {
        (self.about.is_empty() || self.about.len() > limits::TEXT_BYTES)
            .then_some("`about` is empty or too long: give 1 to 256 bytes")
    }
}

/// Whether the customer does not want to see what is called `name`, at `at`.
pub(crate) fn unwanted(preferences: &[Preference], name: &str, at: Timestamp) -> bool {
    preferences
        .iter()
        .filter(|wish| wish.about == name && wish.at <= at)
        .max_by_key(|wish| (wish.at, wish.state))
        .is_some_and(|wish| wish.state == Wanted::Stop && wish.until.is_none_or(|end| at < end))
}
