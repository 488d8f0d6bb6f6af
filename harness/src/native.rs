//! The engine as machine code, behind the same calls as the component.

use engine::{
    Bundle, Context, Profile, Snapshot, Timestamp,
    trust::{PublicKey, Verified},
};

use crate::{KeyBytes, Part, Refusal};

/// Verifies a bundle against the trusted keys and opens it in place.
pub fn open<'b>(bundle: &'b [u8], keys: &[KeyBytes]) -> Result<Bundle<'b>, Refusal> {
    let keys = keys
        .iter()
        .map(|key| PublicKey::from_bytes(key))
        .collect::<Result<Vec<_>, _>>();
    let keys = keys.map_err(|cause| Refusal::new(Part::Key, cause))?;
    let verified =
        Verified::new(bundle, &keys).map_err(|cause| Refusal::new(Part::Trust, cause))?;
    Bundle::open(verified).map_err(|cause| Refusal::new(Part::Bundle, cause))
}

/// An open bundle, ready to decide.
#[derive(Debug)]
pub struct Engine<'b>(engine::Engine<'b>);

impl<'b> Engine<'b> {
    /// Verifies a bundle against the trusted keys and opens it in place.
    pub fn open(bundle: &'b [u8], keys: &[KeyBytes]) -> Result<Self, Refusal> {
        Ok(Self(engine::Engine::new(open(bundle, keys)?)))
    }

    /// Decides for a profile and a context (JSON, UTF-8) at a time (RFC 3339); gives canonical JSON.
    pub fn decide(
        &mut self,
        profile: &[u8],
        context: &[u8],
        at: &str,
        seed: u64,
    ) -> Result<Vec<u8>, Refusal> {
        let (snapshot, context) = self.look(profile, context, at)?;
        let decision = self.0.decide_for(&snapshot, &context, seed);
        Ok(decision
            .map_err(|cause| Refusal::new(Part::Decide, cause))?
            .to_json())
    }

    /// As [`Engine::decide`], and says why each other action is not shown.
    pub fn explain(
        &mut self,
        profile: &[u8],
        context: &[u8],
        at: &str,
        seed: u64,
    ) -> Result<Vec<u8>, Refusal> {
        let (snapshot, context) = self.look(profile, context, at)?;
        let explanation = self.0.explain(&snapshot, &context, seed);
        Ok(explanation
            .map_err(|cause| Refusal::new(Part::Decide, cause))?
            .to_json())
    }

    fn look(
        &mut self,
        profile: &[u8],
        context: &[u8],
        at: &str,
    ) -> Result<(Snapshot, Context), Refusal> {
        let profile =
            Profile::from_json(profile).map_err(|cause| Refusal::new(Part::Profile, cause))?;
        let at: Timestamp = at
            .parse()
            .map_err(|cause| Refusal::new(Part::Time, cause))?;
        let context =
            Context::from_json(context).map_err(|cause| Refusal::new(Part::Context, cause))?;
        Ok((self.0.snapshot(&profile, at), context))
    }
}
