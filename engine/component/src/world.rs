//! The exports of the world, over `engine`.

use std::cell::RefCell;

use engine::{
    Bundle, Context, Engine, Profile, Snapshot, Timestamp,
    trust::{PublicKey, Verified},
};

use bindings::exports::nearfield::engine::decisions::{
    Engine as EngineHandle, Error, ErrorCode, Guest, GuestEngine, GuestProfile, GuestSnapshot,
    Place, Profile as ProfileHandle, ProfileBorrow, Snapshot as SnapshotHandle, SnapshotBorrow,
    Tally,
};

#[allow(
    missing_docs,
    unsafe_code,
    reason = "generated from engine.wit, where the documentation is; the canonical ABI is raw memory"
)]
mod bindings {
    wit_bindgen::generate!({ path: "../wit", world: "nearfield" });
    export!(Component with_types_in self);

    use super::Component;
}

struct Component;

impl Guest for Component {
    type Engine = OpenEngine;
    type Profile = ReadProfile;
    type Snapshot = Snapshot;
}

/// Borrows its bundle for as long as the instance lives: see `open`.
struct OpenEngine(RefCell<Engine<'static>>);

struct ReadProfile(Profile);

impl GuestSnapshot for Snapshot {}

impl GuestProfile for ReadProfile {
    fn parse(json: String) -> Result<ProfileHandle, Error> {
        let profile =
            Profile::from_json(json.as_bytes()).map_err(|e| error(ErrorCode::Profile, e))?;
        Ok(ProfileHandle::new(Self(profile)))
    }
}

impl GuestEngine for OpenEngine {
    fn open(bundle: Vec<u8>, keys: Vec<Vec<u8>>) -> Result<EngineHandle, Error> {
        let keys = keys
            .iter()
            .map(|key| PublicKey::from_bytes(key))
            .collect::<Result<Vec<_>, _>>();
        let keys = keys.map_err(|e| error(ErrorCode::Key, e))?;
        // A bundle is read in place, so it must outlive the resource. The instance keeps what it was
        // given; a host that changes bundles makes a new instance.
        let verified =
            Verified::new(bundle.leak(), &keys).map_err(|e| error(ErrorCode::Trust, e))?;
        let bundle = Bundle::open(verified).map_err(|e| error(ErrorCode::Bundle, e))?;
        Ok(EngineHandle::new(Self(RefCell::new(Engine::new(bundle)))))
    }

    fn decide(
        &self,
        profile: ProfileBorrow<'_>,
        context: String,
        at: String,
        seed: u64,
    ) -> Result<String, Error> {
        let context =
            Context::from_json(context.as_bytes()).map_err(|e| error(ErrorCode::Context, e))?;
        let at: Timestamp = at.parse().map_err(|e| error(ErrorCode::Time, e))?;
        let profile = &profile.get::<ReadProfile>().0;
        // Nothing is imported, so no call can come in while another holds the engine.
        let mut engine = self.0.borrow_mut();
        let decision = engine.decide(profile, &context, at, seed);
        text(decision.map_err(|e| error(ErrorCode::Decide, e))?.to_json())
    }

    fn look(&self, profile: ProfileBorrow<'_>, at: String) -> Result<SnapshotHandle, Error> {
        let at: Timestamp = at.parse().map_err(|e| error(ErrorCode::Time, e))?;
        let profile = &profile.get::<ReadProfile>().0;
        Ok(SnapshotHandle::new(
            self.0.borrow_mut().snapshot(profile, at),
        ))
    }

    fn decide_for(
        &self,
        snapshot: SnapshotBorrow<'_>,
        context: String,
        seed: u64,
    ) -> Result<String, Error> {
        let context =
            Context::from_json(context.as_bytes()).map_err(|e| error(ErrorCode::Context, e))?;
        let mut engine = self.0.borrow_mut();
        let decision = engine.decide_for(snapshot.get::<Snapshot>(), &context, seed);
        text(decision.map_err(|e| error(ErrorCode::Decide, e))?.to_json())
    }

    fn explain(
        &self,
        snapshot: SnapshotBorrow<'_>,
        context: String,
        seed: u64,
    ) -> Result<String, Error> {
        let context =
            Context::from_json(context.as_bytes()).map_err(|e| error(ErrorCode::Context, e))?;
        let mut engine = self.0.borrow_mut();
        let explanation = engine.explain(snapshot.get::<Snapshot>(), &context, seed);
        text(
            explanation
                .map_err(|e| error(ErrorCode::Decide, e))?
                .to_json(),
        )
    }

    fn tally(
        &self,
        snapshot: SnapshotBorrow<'_>,
        context: String,
        seed: u64,
    ) -> Result<Tally, Error> {
        let context =
            Context::from_json(context.as_bytes()).map_err(|e| error(ErrorCode::Context, e))?;
        let mut engine = self.0.borrow_mut();
        let tally = engine
            .tally(snapshot.get::<Snapshot>(), &context, seed)
            .map_err(|e| error(ErrorCode::Decide, e))?;
        let place = |place: engine::tally::Placed| Place {
            placeholder: place.placeholder,
            action: place.action,
            score: place.score,
        };
        Ok(Tally {
            places: tally.places.into_iter().map(place).collect(),
            optimal: tally.optimal,
            stops: tally.outcomes.iter().map(|outcome| outcome.kind).collect(),
            stopped_by: tally.outcomes.iter().map(|outcome| outcome.by).collect(),
            fired: tally.fired,
            persona: tally.persona,
        })
    }
}

fn text(json: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(json).map_err(|e| error(ErrorCode::Decide, e))
}

fn error(code: ErrorCode, cause: impl std::fmt::Display) -> Error {
    Error {
        code,
        message: cause.to_string(),
    }
}
