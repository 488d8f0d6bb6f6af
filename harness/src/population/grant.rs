//! Consent for a simulation: what customers would see had they agreed.
//!
//! The grants are spliced into the profile's text where its consent record starts: reading a whole
//! profile only to write it again would cost more than the decision. The engine reads the result as it
//! reads any profile, so a splice that goes wrong is a refused profile, never a wrong decision; then it is read
//! and written all the same, which tells where it is wrong itself.

use engine::{
    Profile, Timestamp,
    bundle::ArchivedPurpose,
    consent::{ConsentEvent, ConsentRecord},
    profile::ProfileError,
};
use memchr::memmem;
use serde::Deserialize;

use crate::{Part, Refusal};

/// Consent events to add to each profile.
#[derive(Clone, Debug)]
pub struct Grants {
    /// JSON of the events, with commas between.
    events: Vec<u8>,
}

/// A purpose that the bundle does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bundle has no purpose `{unknown}`: give some of {known}")]
pub struct GrantError {
    /// What was asked for.
    pub unknown: String,
    /// What there is.
    pub known: String,
}

impl Grants {
    /// Consent to purposes, given at an instant to the notices in force.
    pub fn new(
        purposes: &[String],
        known: &[ArchivedPurpose],
        at: Timestamp,
    ) -> Result<Self, GrantError> {
        let mut record = ConsentRecord::default();
        for name in purposes {
            let purpose = known.iter().find(|purpose| purpose.id == name.as_str());
            let purpose = purpose.ok_or_else(|| GrantError {
                unknown: name.clone(),
                known: known
                    .iter()
                    .map(|purpose| purpose.id.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            })?;
            record.give(name, &purpose.notice_version, at);
        }
        let events = record
            .events
            .iter()
            .filter_map(|e| serde_json::to_vec(e).ok());
        Ok(Self {
            events: events.collect::<Vec<_>>().join(&b','),
        })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The profile with the grants in it.
    pub fn give(&self, profile: &[u8]) -> Vec<u8> {
        if self.events.is_empty() {
            return profile.to_vec();
        }
        self.splice(profile).unwrap_or_else(|| profile.to_vec())
    }

    /// As [`Grants::give`], by reading the profile: it is slower, and names the place in the profile as it is.
    pub fn give_by_reading(&self, profile: &[u8]) -> Result<Vec<u8>, Refusal> {
        self.read(profile)
            .map_err(|cause| Refusal::new(Part::Profile, cause))
    }

    fn read(&self, profile: &[u8]) -> Result<Vec<u8>, ProfileError> {
        let mut profile = Profile::from_json(profile)?;
        let events = [b"[", self.events.as_slice(), b"]"].concat();
        let events: Vec<ConsentEvent> = serde_json::from_slice(&events)?;
        profile.consent.events.extend(events);
        Ok(serde_json::to_vec(&profile)?)
    }

    fn splice(&self, profile: &[u8]) -> Option<Vec<u8>> {
        let (at, before, after): (usize, &[u8], &[u8]) = match record(profile) {
            None => {
                let (at, _) = skip(profile, 0, b'{')?;
                let more = next(profile, at)? != b'}';
                let after: &[u8] = if more { b"]}," } else { b"]}" };
                (at, br#""consent":{"events":["#, after)
            }
            Some(inside) if next(profile, inside)? == b'}' => (inside, br#""events":["#, b"]"),
            Some(inside) => {
                let at = list(profile, inside)?;
                let more = next(profile, at)? != b']';
                (at, b"", if more { b"," } else { b"" })
            }
        };
        let (start, end) = profile.split_at_checked(at)?;
        Some([start, before, self.events.as_slice(), after, end].concat())
    }
}

/// Whether a profile's own record grants a purpose at an instant.
pub fn any(profile: &[u8], purposes: &[ArchivedPurpose], at: Timestamp) -> bool {
    let read = || {
        let rest = profile.get(field(profile, br#""consent""#)?..)?;
        ConsentRecord::deserialize(&mut serde_json::Deserializer::from_slice(rest)).ok()
    };
    read().is_some_and(|record| {
        let mut purposes = purposes.iter();
        purposes.any(|purpose| record.granted(&purpose.id, &purpose.notice_version, at))
    })
}

/// Where the consent record's fields start.
fn record(profile: &[u8]) -> Option<usize> {
    let value = field(profile, br#""consent""#)?;
    skip(profile, value, b'{').map(|(inside, _)| inside)
}

/// Where the value of a profile's own field starts; `key` comes with its quotes. Quotes inside texts are
/// escaped, so bare ones before a colon are a key's, and the fields of a profile that hold lists and
/// records have names that no object within it uses.
pub fn field(profile: &[u8], key: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = profile.get(from..)?;
        let found = memmem::find(rest, key)?;
        from += found + key.len();
        if let Some((value, _)) = skip(profile, from, b':') {
            return Some(value);
        }
    }
}

/// Where the list of consent events starts.
fn list(profile: &[u8], inside: usize) -> Option<usize> {
    const KEY: &[u8] = br#""events""#;
    let (quote, _) = skip(profile, inside, b'"')?;
    let key = profile.get(quote - 1..)?.starts_with(KEY);
    let (colon, _) = skip(profile, quote - 1 + KEY.len(), b':').filter(|_| key)?;
    skip(profile, colon, b'[').map(|(at, _)| at)
}

/// Skips white space and then one byte, if it is the expected one.
fn skip(text: &[u8], from: usize, byte: u8) -> Option<(usize, u8)> {
    let rest = text.get(from..)?;
    let blank = rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
    (*rest.get(blank)? == byte).then_some((from + blank + 1, byte))
}

/// The next byte that is no white space.
fn next(text: &[u8], from: usize) -> Option<u8> {
    let rest = text.get(from..)?;
    rest.iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use engine::Profile;

    use super::*;

    fn grants() -> Grants {
        let mut record = engine::consent::ConsentRecord::default();
        record.give("offers", "2026-1", "1994-03-31".parse().unwrap());
        Grants {
            events: serde_json::to_vec(&record.events[0]).unwrap(),
        }
    }

    #[test]
    fn grants_are_added_wherever_the_record_is() {
        let given = r#"{"event_time":"1990-01-01","purpose":"x","event_state":"given","notice_version":"1"}"#;
        for (text, events) in [
            (r#"{"schema_version":1}"#.to_owned(), 1),
            (r#" { "schema_version" : 1 } "#.to_owned(), 1),
            (r#"{"schema_version":1,"consent":{}}"#.to_owned(), 1),
            (r#"{"consent" : { "events" : [ ] },"schema_version":1}"#.to_owned(), 1),
            (format!(r#"{{"consent":{{"events":[{given}]}},"schema_version":1}}"#), 2),
            // The word as a value, and quoted within one.
            (
                r#"{"ids":[{"kind":"login","value":"consent"},{"kind":"login","value":"\"consent\":{"}],"schema_version":1}"#
                    .to_owned(),
                1,
            ),
        ] {
            let mut expected = Profile::from_json(text.as_bytes()).unwrap();
            expected
                .consent
                .give("offers", "2026-1", "1994-03-31".parse().unwrap());
            let found = Profile::from_json(&grants().give(text.as_bytes())).unwrap();
            assert_eq!(found, expected.checked().unwrap(), "{text}");
            assert_eq!(found.consent.events.len(), events);
            let read = grants().give_by_reading(text.as_bytes()).unwrap();
            assert_eq!(Profile::from_json(&read).unwrap(), found, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_spliced_is_read() {
        for text in [
            r#"{"schema_version":1,"\u0063onsent":{"events":[]}}"#,
            r#"{"schema_version":1,"consent":[[]]}"#,
        ] {
            assert!(Profile::from_json(&grants().give(text.as_bytes())).is_err());
            let read = grants().give_by_reading(text.as_bytes()).unwrap();
            let read = Profile::from_json(&read).unwrap();
            assert_eq!(read.consent.events.len(), 1, "{text}");
        }
        let refused = grants().give_by_reading(br#"{"schema_version":1,"x":7}"#);
        let refused = refused.unwrap_err().message;
        assert!(refused.contains("line 1 column 23"), "{refused}");
    }

    #[test]
    fn what_is_no_profile_stays_none() {
        for text in [
            "",
            "7",
            "[",
            "{",
            r#"{"consent":"#,
            r#"{"consent":7}"#,
            r#"{"consent":{"#,
        ] {
            assert!(
                Profile::from_json(&grants().give(text.as_bytes())).is_err(),
                "{text}"
            );
        }
    }
}
