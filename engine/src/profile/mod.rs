//! What is known of one customer: facts, holdings, events and the consent record.
//!
//! A profile is what a host hands over, as JSON. It is only ever read through a consent
//! [`Lens`](crate::consent::Lens); nothing else in the engine takes one.
//!
//! ```
//! use engine::Profile;
//! let profile = Profile::from_json(br#"{
//!   "schema_version": 1,
//!   "ids": [{"kind": "customer", "value": "c-17"}],
//!   "events": [{"at": "1994-03-01", "kind": "transaction", "direction": "credit",
//!               "operation": "transfer-in", "category": "pension", "amount": 5200.0}]
//! }"#).unwrap();
//! assert_eq!(profile.events.len(), 1);
//! ```

mod event;
mod fact;
mod merge;
mod order;
mod preference;

pub use event::{Category, Direction, Event, EventKind, Operation};
pub use fact::{DataClass, Fact, FactName, Holding, HoldingKind, Value};
pub use merge::MergeError;
pub(crate) use order::{same_holding, sort};
pub(crate) use preference::unwanted;
pub use preference::{Preference, Wanted};

use core::str::{self, Utf8Error};

use serde::{
    Deserialize, Serialize,
    de::{self, DeserializeOwned},
};

use crate::{consent::ConsentRecord, limits};

/// The version of the profile's JSON form.
pub const SCHEMA_VERSION: u32 = 1;

/// One customer's data, as a host hands it over. Order within the lists does not matter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Version of this form: 1.
    pub schema_version: u32,
    /// The names this customer is known by; none for an anonymous visitor.
    #[serde(default)]
    pub ids: Vec<LinkedId>,
    /// What the customer allowed, and when.
    #[serde(default)]
    pub consent: ConsentRecord,
    /// Single values, such as the year of birth.
    #[serde(default)]
    pub facts: Vec<Fact>,
    /// Products and agreements held.
    #[serde(default)]
    pub holdings: Vec<Holding>,
    /// What happened, in any order.
    #[serde(default)]
    pub events: Vec<Event>,
    /// What the customer does not want to see. It needs no consent: it only takes away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preferences: Vec<Preference>,
}

/// One name of a customer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LinkedId {
    /// What sort of name it is.
    pub kind: IdKind,
    /// The name itself, unique within its kind.
    pub value: String,
}

/// What sort of name an id is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum IdKind {
    /// The bank's own customer number; two different ones are two customers.
    Customer,
    /// A browser or an app installation.
    Device,
    /// A login name.
    Login,
}

/// Why a profile was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// Larger than the engine reads.
    #[error("profile has {found} {what}, the limit is {limit}: keep the newest")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much was found.
        found: usize,
        /// How much is allowed.
        limit: usize,
    },
    /// Not the JSON of a profile.
    #[error("profile is not valid: {0}")]
    Json(#[from] serde_json::Error),
    /// Written for another engine.
    #[error(
        "profile has schema_version {found}, this engine reads {SCHEMA_VERSION}: export it again"
    )]
    Version {
        /// The version found.
        found: u32,
    },
    /// A value that makes no sense.
    #[error("profile: {place} {problem}")]
    Invalid {
        /// Where: the list and the position in it.
        place: String,
        /// What is wrong, and the remedy.
        problem: &'static str,
    },
}

impl Profile {
    /// Reads and checks a profile's JSON (UTF-8).
    #[inline]
    pub fn from_json(json: &[u8]) -> Result<Self, ProfileError> {
        at_most("bytes", json.len(), limits::PROFILE_BYTES)?;
        let profile: Self = object(json)?;
        profile.checked()
    }

    /// Checks limits and values, and puts the lists in their canonical order; a profile that did not
    /// come from [`Profile::from_json`] needs this before it is used.
    #[inline]
    pub fn checked(mut self) -> Result<Self, ProfileError> {
        self.check()?;
        self.sort();
        Ok(self)
    }

    #[inline]
    fn check(&self) -> Result<(), ProfileError> {
        if self.schema_version != SCHEMA_VERSION {
            return Err(ProfileError::Version {
                found: self.schema_version,
            });
        }
        at_most("ids", self.ids.len(), limits::IDS)?;
        at_most("facts", self.facts.len(), limits::FACTS)?;
        at_most("holdings", self.holdings.len(), limits::HOLDINGS)?;
        at_most("events", self.events.len(), limits::EVENTS)?;
        at_most("preferences", self.preferences.len(), limits::PREFERENCES)?;
        at_most(
            "consent events",
            self.consent.events.len(),
            limits::CONSENT_EVENTS,
        )?;
        for (i, id) in self.ids.iter().enumerate() {
            let problem = (id.value.is_empty() || id.value.len() > limits::TEXT_BYTES)
                .then_some("value is empty or too long: give 1 to 256 bytes");
            invalid("ids", i, problem)?;
        }
        let mut customers = self.ids.iter().filter(|id| id.kind == IdKind::Customer);
        if let Some(first) = customers.next()
            && let Some(other) = customers.find(|id| id.value != first.value)
        {
            let place = format!("ids: `{}`", other.value);
            let problem = "is a second customer number: one profile is one customer";
            return Err(ProfileError::Invalid { place, problem });
        }
        for (i, fact) in self.facts.iter().enumerate() {
            invalid("facts", i, fact.problem())?;
        }
        for (i, holding) in self.holdings.iter().enumerate() {
            invalid("holdings", i, holding.problem())?;
        }
        for (i, event) in self.events.iter().enumerate() {
            invalid("events", i, event.problem())?;
        }
        for (i, event) in self.consent.events.iter().enumerate() {
            invalid("consent.events", i, event.problem())?;
        }
        for (i, wish) in self.preferences.iter().enumerate() {
            invalid("preferences", i, wish.problem())?;
        }
        Ok(())
    }
}

/// Reads a JSON object; `serde` would take a list of the fields' values for one, which no schema allows.
pub(crate) fn object<T: DeserializeOwned>(json: &[u8]) -> Result<T, serde_json::Error> {
    match json.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => Err(de::Error::custom(
            "not an object: write `{` and `}` around it",
        )),
        // Looked at as a whole, and not each text for itself.
        _ => match str::from_utf8(json) {
            Ok(json) => serde_json::from_str(json),
            Err(cause) => Err(not_utf8(json, &cause)),
        },
    }
}

/// With line and column, as the other errors of JSON.
#[cold]
fn not_utf8(json: &[u8], cause: &Utf8Error) -> serde_json::Error {
    let (before, _) = json.split_at(cause.valid_up_to().min(json.len()));
    let mut lines = before.split(|byte| *byte == b'\n').rev();
    let column = lines.next().map_or(0, <[u8]>::len) + 1;
    let line = lines.count() + 1;
    de::Error::custom(format_args!(
        "not UTF-8 at line {line} column {column}: write the text in UTF-8"
    ))
}

pub(crate) fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), ProfileError> {
    if found > limit {
        Err(ProfileError::TooMuch { what, found, limit })
    } else {
        Ok(())
    }
}

fn invalid(list: &str, i: usize, problem: Option<&'static str>) -> Result<(), ProfileError> {
    match problem {
        None => Ok(()),
        Some(problem) => Err(ProfileError::Invalid {
            place: format!("{list}[{i}]"),
            problem,
        }),
    }
}

fn text_problem(text: &str) -> Option<&'static str> {
    (text.len() > limits::TEXT_BYTES).then_some("has a text over 256 bytes: shorten it")
}

fn money_problem(amount: f64) -> Option<&'static str> {
    (!amount.is_finite() || amount.abs() > limits::AMOUNT)
        .then_some("has an amount outside ±1e11: give whole units of the account's currency")
}
