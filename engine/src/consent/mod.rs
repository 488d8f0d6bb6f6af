//! What the customer allowed, and the lens that shows the engine no more than that.
//!
//! Names follow ISO/IEC TS 27560:2023 (consent record: events with a state, a time and the notice
//! that was shown). The record lists events, not a state, so that it can demonstrate consent
//! (GDPR art. 7(1)); what is granted now is a fold over them.
//!
//! ```
//! use engine::consent::{ConsentRecord, State};
//! let mut record = ConsentRecord::default();
//! record.give("insights", "2026-1", "2026-01-05".parse().unwrap());
//! record.withdraw("insights", "2026-02-01".parse().unwrap());
//! assert!(record.granted("insights", "2026-1", "2026-01-20".parse().unwrap()));
//! assert!(!record.granted("insights", "2026-1", "2026-02-01".parse().unwrap()));
//! ```

mod digest;
mod lens;

pub use lens::{Lens, View};

use serde::{Deserialize, Serialize};

use crate::{
    Profile, ProfileError, Timestamp, limits,
    profile::{SCHEMA_VERSION, at_most, object},
    time::DAY,
};

/// Everything the customer said about the use of their data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConsentRecord {
    /// Consent given and withdrawn, in any order.
    #[serde(default)]
    pub events: Vec<ConsentEvent>,
}

/// One act of giving or withdrawing consent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConsentEvent {
    /// When it happened.
    pub event_time: Timestamp,
    /// The purpose, by the name the bundle gives it.
    pub purpose: String,
    /// Given or withdrawn.
    pub event_state: State,
    /// The version of the notice that the customer saw; empty for a withdrawal.
    #[serde(default)]
    pub notice_version: String,
    /// When the consent lapses by itself; never, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
}

/// Given or withdrawn. Of two events at one instant the withdrawal counts: it sorts last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Consent was given.
    Given,
    /// Consent was withdrawn.
    Withdrawn,
}

impl ConsentRecord {
    /// Reads and checks a record's JSON (UTF-8). Its limits are those of the profile that it is a part of.
    #[inline]
    pub fn from_json(json: &[u8]) -> Result<Self, ProfileError> {
        at_most("bytes", json.len(), limits::PROFILE_BYTES)?;
        let record = Profile {
            schema_version: SCHEMA_VERSION,
            consent: object(json)?,
            ..Profile::default()
        };
        Ok(record.checked()?.consent)
    }

    /// Notes that consent was given after the notice of that version was shown.
    pub fn give(&mut self, purpose: &str, notice_version: &str, at: Timestamp) {
        self.events.push(ConsentEvent {
            event_time: at,
            purpose: purpose.to_owned(),
            event_state: State::Given,
            notice_version: notice_version.to_owned(),
            valid_until: None,
        });
    }

    /// Notes that consent was withdrawn.
    pub fn withdraw(&mut self, purpose: &str, at: Timestamp) {
        self.events.push(ConsentEvent {
            event_time: at,
            purpose: purpose.to_owned(),
            event_state: State::Withdrawn,
            notice_version: String::new(),
            valid_until: None,
        });
    }

    /// Whether `purpose` is allowed at `at`, under the notice that is in force: consent to another
    /// version of the notice was consent to something else.
    pub fn granted(&self, purpose: &str, notice_version: &str, at: Timestamp) -> bool {
        self.notice(purpose, at) == Some(notice_version)
    }

    /// The version of the notice under which `purpose` is allowed at `at`, if it is.
    pub fn notice(&self, purpose: &str, at: Timestamp) -> Option<&str> {
        self.events
            .iter()
            .filter(|event| event.purpose == purpose && event.event_time <= at)
            .max_by_key(|event| (event.counts_until(), event.event_state))
            .filter(|last| {
                last.event_state == State::Given && last.valid_until.is_none_or(|until| at < until)
            })
            .map(|last| last.notice_version.as_str())
    }
}

impl ConsentEvent {
    /// A withdrawal that gives a date only covers the whole day: nothing given on that day outlasts it.
    fn counts_until(&self) -> Timestamp {
        let seconds = self.event_time.seconds();
        if self.event_state == State::Withdrawn && seconds.rem_euclid(DAY) == 0 {
            Timestamp::from_seconds(seconds + DAY - 1)
        } else {
            self.event_time
        }
    }

    pub(crate) fn problem(&self) -> Option<&'static str> {
        (self.purpose.len().max(self.notice_version.len()) > limits::TEXT_BYTES)
            .then_some("has a text over 256 bytes: shorten it")
    }
}
