//! One bundle, with everything that its decisions over a population depend on.

use engine::{Bundle, Timestamp, decision::Arms, limits, tally::Tally};
use serde::Deserialize;

use super::{
    catalogue::Catalogue,
    grant::{self, GrantError, Grants},
    source::Customer,
    texts,
};
use crate::{
    KeyBytes, Part, Refusal, native,
    wasm::{self, Runtime, Snapshot, WasmError},
};

/// What is asked for every customer.
#[derive(Clone, Debug)]
pub struct Question {
    /// The circumstances, JSON (UTF-8).
    pub context: Vec<u8>,
    /// The decisions' clock.
    pub at: Timestamp,
    /// What each customer's seed is made of, with the customer's position.
    pub seed: u64,
    /// Purposes to count as granted at the clock, besides what the profiles grant.
    pub consent: Vec<String>,
}

/// An open bundle and a question to it.
pub struct Side<'b> {
    runtime: &'b Runtime,
    bytes: &'b [u8],
    keys: Vec<KeyBytes>,
    bundle: Bundle<'b>,
    question: &'b Question,
    at: String,
    grants: Grants,
    catalogue: Catalogue,
    requested: Vec<bool>,
}

/// Why a bundle cannot be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SideError {
    /// The bundle, the context or the clock is refused, or the component fails.
    #[error(transparent)]
    Wasm(#[from] WasmError),
    /// Consent to something that the bundle does not ask for.
    #[error("--consent: {0}")]
    Grant(#[from] GrantError),
}

/// What an answer says of the placeholders that were asked for.
#[derive(Deserialize)]
struct Answer {
    placements: Vec<Stands>,
    unfilled: Vec<String>,
}

#[derive(Deserialize)]
struct Stands {
    placeholder: String,
}

impl Question {
    /// Asks at a time, and for no consent beyond the profiles'.
    pub fn new(context: &[u8], at: Timestamp, seed: u64) -> Self {
        Self {
            context: context.to_vec(),
            at,
            seed,
            consent: Vec::new(),
        }
    }

    /// A customer's seed: two rounds of the finaliser of SplitMix64 (Steele, Lea and Flood 2014) over the
    /// question's seed and the customer's position, cut to what a seed may be. So customers spread over
    /// the arms of experiments, and a run with the same seed draws the same arms.
    pub fn seed_of(&self, customer: &Customer) -> u64 {
        mix(mix(self.seed) ^ customer.position) & limits::SEED
    }
}

impl<'b> Side<'b> {
    /// Verifies a bundle against the trusted keys and asks it once, for a customer of whom nothing is
    /// known, so that a context or clock that it refuses is found before any profile is read.
    pub fn open(
        runtime: &'b Runtime,
        bytes: &'b [u8],
        keys: &[KeyBytes],
        question: &'b Question,
    ) -> Result<Self, SideError> {
        // For its names; the component verifies it again for itself.
        let bundle = native::open(bytes, keys).map_err(WasmError::from)?;
        let at = question.at.to_string();
        let catalogue = Catalogue::new(&bundle);
        let grants = Grants::new(&question.consent, &bundle.body().purposes, question.at)?;
        let nobody = br#"{"schema_version":1}"#;
        let answer = runtime
            .open(bytes, keys)?
            .decide(nobody, &question.context, &at, 0)?;
        let answer: Answer = serde_json::from_slice(&answer)
            .map_err(|cause| WasmError::from(Refusal::new(Part::Decide, cause)))?;
        let requested = catalogue.placeholders.iter().map(|slot| {
            answer.unfilled.contains(&slot.id)
                || answer.placements.iter().any(|p| p.placeholder == slot.id)
        });
        Ok(Self {
            runtime,
            bytes,
            keys: keys.to_vec(),
            bundle,
            question,
            at,
            requested: requested.collect(),
            grants,
            catalogue,
        })
    }

    /// What the bundle calls things.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The language of its answers.
    pub fn language(&self) -> &str {
        texts::language(&self.catalogue.locales, &self.question.context)
    }

    /// What is asked.
    pub fn question(&self) -> &Question {
        self.question
    }

    /// For each placeholder of the bundle whether it was asked for.
    pub fn requested(&self) -> &[bool] {
        &self.requested
    }

    /// What a customer's seed draws in the bundle's experiments.
    pub fn arms(&self, customer: &Customer) -> Arms<'b> {
        Arms::drawn(self.bundle, self.question.seed_of(customer))
    }

    /// Whether a customer grants a purpose of the bundle, or counts as if.
    pub fn grants(&self, customer: &Customer) -> bool {
        !self.grants.is_empty() || {
            let purposes = &self.bundle.body().purposes;
            grant::any(&customer.json, purposes, self.question.at)
        }
    }

    /// An instance of its own.
    pub fn instance(&self) -> Result<wasm::Engine, WasmError> {
        self.runtime.open(self.bytes, &self.keys)
    }

    /// Decides for a customer, in numbers.
    pub fn tally(
        &self,
        engine: &mut wasm::Engine,
        customer: &Customer,
    ) -> Result<Tally, WasmError> {
        self.look(engine, customer, |engine, snapshot, seed| {
            engine.tally_for(snapshot, &self.question.context, seed)
        })
    }

    /// Decides for a customer and says why; gives canonical JSON.
    pub fn explain(
        &self,
        engine: &mut wasm::Engine,
        customer: &Customer,
    ) -> Result<Vec<u8>, WasmError> {
        self.look(engine, customer, |engine, snapshot, seed| {
            engine.explain_for(snapshot, &self.question.context, seed)
        })
    }

    fn look<T>(
        &self,
        engine: &mut wasm::Engine,
        customer: &Customer,
        run: impl Fn(&mut wasm::Engine, &Snapshot, u64) -> Result<T, WasmError>,
    ) -> Result<T, WasmError> {
        let seed = self.question.seed_of(customer);
        let mut ask = |profile: &[u8]| {
            engine.with(profile, &self.at, |engine, snapshot| {
                run(engine, snapshot, seed)
            })
        };
        match ask(&self.grants.give(&customer.json)) {
            Err(WasmError::Refused(refusal)) if refusal.part == Part::Profile => {
                ask(&self.grants.give_by_reading(&customer.json)?)
            }
            answer => answer,
        }
    }
}

fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc};

    use super::super::source::Place;
    use super::*;

    /// The reference sequence of SplitMix64 from seed 1234567, as published with the Java and C versions.
    #[test]
    fn the_mixer_is_splitmix64() {
        let step = 0x9e37_79b9_7f4a_7c15u64;
        let first = mix(1_234_567);
        let second = mix(1_234_567u64.wrapping_add(step));
        assert_eq!(first, 6_457_827_717_110_365_317);
        assert_eq!(second, 3_203_168_211_198_807_973);
    }

    #[test]
    fn seeds_are_in_range_and_differ() {
        let question = Question::new(b"{}", Timestamp::from_seconds(0), 7);
        let seed = |position| {
            question.seed_of(&Customer {
                position,
                place: Place {
                    file: Arc::from(Path::new("x")),
                    line: None,
                },
                json: Vec::new(),
            })
        };
        let mut seeds: Vec<_> = (0..1_000).map(seed).collect();
        assert!(seeds.iter().all(|seed| *seed <= limits::SEED));
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), 1_000);
    }
}
