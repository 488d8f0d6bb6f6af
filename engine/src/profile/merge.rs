//! Linking: two profiles of one customer become one.
//!
//! A visitor's profile on a new phone and the one behind the login are the same person once they
//! share an id. Merging is commutative, associative and idempotent, so devices may meet in any order:
//! the lists are sets. Nothing is dropped for being older: which observation counts depends on what the
//! lens shows and on the clock, so the view chooses, at each decision.

use core::cmp::Ordering;

use super::{IdKind, LinkedId, Profile, ProfileError, SCHEMA_VERSION, order};

/// Why two profiles are not merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// No id in common: nothing says that this is one customer.
    #[error("the profiles share no id: link them first by adding the id that both should have")]
    Strangers,
    /// The bank gave them two customer numbers.
    #[error("the profiles belong to customers `{left}` and `{right}`: they are not one person")]
    TwoCustomers {
        /// Customer number of one.
        left: String,
        /// Customer number of the other.
        right: String,
    },
    /// Together they are larger than a profile may be.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

impl Profile {
    /// Joins what two profiles of one customer know.
    ///
    /// ```
    /// use engine::Profile;
    /// let phone = br#"{"schema_version": 1, "ids": [{"kind": "login", "value": "eva"}, {"kind": "device", "value": "p1"}]}"#;
    /// let bank = br#"{"schema_version": 1, "ids": [{"kind": "login", "value": "eva"}, {"kind": "customer", "value": "17"}]}"#;
    /// let both = Profile::from_json(phone).unwrap().merge(Profile::from_json(bank).unwrap()).unwrap();
    /// assert_eq!(both.ids.len(), 3);
    /// ```
    pub fn merge(self, other: Self) -> Result<Self, MergeError> {
        if !self.ids.iter().any(|id| other.ids.contains(id)) {
            return Err(MergeError::Strangers);
        }
        if let (Some(left), Some(right)) = (self.customer(), other.customer())
            && left != right
        {
            return Err(MergeError::TwoCustomers {
                left: left.to_owned(),
                right: right.to_owned(),
            });
        }
        let mut merged = Self {
            schema_version: SCHEMA_VERSION,
            ids: union(self.ids, other.ids, LinkedId::cmp),
            facts: union(self.facts, other.facts, order::facts),
            holdings: union(self.holdings, other.holdings, order::holdings),
            events: union(self.events, other.events, order::events),
            preferences: union(self.preferences, other.preferences, Ord::cmp),
            consent: self.consent,
        };
        merged.consent.events = union(merged.consent.events, other.consent.events, Ord::cmp);
        merged.check()?;
        Ok(merged)
    }

    fn customer(&self) -> Option<&str> {
        self.ids
            .iter()
            .find(|id| id.kind == IdKind::Customer)
            .map(|id| id.value.as_str())
    }
}

/// Sorted, each thing once.
fn union<T>(mut left: Vec<T>, right: Vec<T>, compare: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    left.extend(right);
    order::sort(&mut left, &compare);
    left.dedup_by(|a, b| compare(a, b) == Ordering::Equal);
    left
}
