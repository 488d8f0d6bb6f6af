//! The engine's component in wasmtime.
//!
//! Nothing is linked: the component imports nothing, so there is nothing it could ask for. Each instance has a
//! limit of memory, and each call a deadline, unless somebody stands by who stops the whole run.
//!
//! ```
//! let runtime = harness::wasm::Runtime::new().unwrap();
//! let refused = runtime.open(b"not a bundle", &[]).err().unwrap();
//! assert_eq!(refused.to_string(), "not a bundle: it does not start with `NEARFLD`");
//! ```

use std::{fmt, io, time::Duration};

use engine::{
    Context,
    tally::{Outcome, Placed, Tally},
};
use wasmtime::{
    Config, ResourceLimiter, Store, StoreLimits, StoreLimitsBuilder, Trap,
    component::{Component, Linker, ResourceAny},
};

use bindings::{Nearfield, NearfieldPre, exports::nearfield::engine::decisions as wit};

use crate::{KeyBytes, Part, Refusal, epoch};

/// The engine's component, as it ships.
pub const COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/engine.wasm"));

/// Time for one call; a profile of the largest size takes a small part of it.
pub const DEADLINE: Duration = Duration::from_secs(5);

/// Memory of one instance.
pub const MEMORY_BYTES: usize = 256 << 20;

#[allow(
    missing_docs,
    reason = "generated from engine.wit, where the documentation is"
)]
mod bindings {
    wasmtime::component::bindgen!({ path: "../engine/wit", world: "nearfield" });
}

/// The compiled component: made once, it opens any number of bundles.
pub struct Runtime {
    engine: wasmtime::Engine,
    component: NearfieldPre<Limits>,
    watch: Watch,
}

/// What is watched while the component runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Watch {
    Clock,
    ClockAndFuel,
    Nothing,
}

/// One instance with an open bundle.
pub struct Engine {
    store: Store<Limits>,
    world: Nearfield,
    engine: ResourceAny,
}

/// The limits of an instance, and how much of the memory it took.
struct Limits {
    limits: StoreLimits,
    memory: usize,
}

/// A customer's data inside the instance that read it.
#[derive(Debug)]
pub struct Profile(ResourceAny);

/// What the engine made of a profile at one moment, inside its instance.
#[derive(Debug)]
pub struct Snapshot(ResourceAny);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WasmError {
    /// The clock behind deadlines does not start.
    #[error("the clock behind deadlines does not start: {0}")]
    Clock(#[from] io::Error),
    /// The call took too long; the instance is of no further use.
    #[error("the engine took more than {} s and was stopped: ask for less", DEADLINE.as_secs())]
    Deadline,
    /// The engine refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The component failed; the instance is of no further use.
    #[error("the engine's component failed: {0:#}")]
    Component(wasmtime::Error),
}

impl Runtime {
    /// Compiles the component.
    pub fn new() -> Result<Self, WasmError> {
        Self::with(Watch::Clock)
    }

    /// Compiles the component so that it counts the instructions it runs, which takes time.
    pub fn metered() -> Result<Self, WasmError> {
        Self::with(Watch::ClockAndFuel)
    }

    /// Compiles the component without deadlines, for long runs that a person can stop: looking at the clock in
    /// each turn of each loop takes a sixth of their time.
    pub fn unhurried() -> Result<Self, WasmError> {
        Self::with(Watch::Nothing)
    }

    fn with(watch: Watch) -> Result<Self, WasmError> {
        let has_deadline = watch != Watch::Nothing;
        let mut config = Config::new();
        config.consume_fuel(watch == Watch::ClockAndFuel);
        // Relaxed SIMD differs between processors; nothing that decides may use it.
        config
            .epoch_interruption(has_deadline)
            .wasm_relaxed_simd(false);
        let engine = wasmtime::Engine::new(&config)?;
        if has_deadline {
            epoch::start(&engine)?;
        }
        let component = Component::new(&engine, COMPONENT)?;
        let component = NearfieldPre::new(Linker::new(&engine).instantiate_pre(&component)?)?;
        Ok(Self {
            engine,
            component,
            watch,
        })
    }

    /// Verifies a bundle against the trusted keys and opens it in an instance of its own.
    pub fn open(&self, bundle: &[u8], keys: &[KeyBytes]) -> Result<Engine, WasmError> {
        let limits = Limits {
            limits: StoreLimitsBuilder::new().memory_size(MEMORY_BYTES).build(),
            memory: 0,
        };
        let mut store = Store::new(&self.engine, limits);
        if self.watch == Watch::ClockAndFuel {
            store.set_fuel(u64::MAX)?;
        }
        store.limiter(|limits| limits);
        store.set_epoch_deadline(epoch::steps(DEADLINE));
        let world = self.component.instantiate(&mut store)?;
        let keys: Vec<_> = keys.iter().map(|key| key.to_vec()).collect();
        let guest = world.nearfield_engine_decisions().engine();
        let engine = guest.call_open(&mut store, bundle, &keys)??;
        Ok(Engine {
            store,
            world,
            engine,
        })
    }
}

impl Engine {
    /// Instructions run so far, when the runtime is metered.
    pub fn fuel(&self) -> Option<u64> {
        Some(u64::MAX - self.store.get_fuel().ok()?)
    }

    /// Bytes of memory that the instance has taken so far.
    pub fn memory(&self) -> usize {
        self.store.data().memory
    }

    /// Decides for a profile and a context (JSON, UTF-8) at a time (RFC 3339); gives canonical JSON.
    pub fn decide(
        &mut self,
        profile: &[u8],
        context: &[u8],
        at: &str,
        seed: u64,
    ) -> Result<Vec<u8>, WasmError> {
        self.with(profile, at, |engine, snapshot| {
            engine.decide_for(snapshot, context, seed)
        })
    }

    /// As [`Engine::decide`], and says why each other action is not shown.
    pub fn explain(
        &mut self,
        profile: &[u8],
        context: &[u8],
        at: &str,
        seed: u64,
    ) -> Result<Vec<u8>, WasmError> {
        self.with(profile, at, |engine, snapshot| {
            engine.explain_for(snapshot, context, seed)
        })
    }

    /// Looks at a profile (JSON, UTF-8) at a time (RFC 3339), does something with what is seen, and
    /// forgets it.
    pub fn with<T>(
        &mut self,
        profile: &[u8],
        at: &str,
        run: impl FnOnce(&mut Self, &Snapshot) -> Result<T, WasmError>,
    ) -> Result<T, WasmError> {
        let profile = self.profile(profile)?;
        let snapshot = self.look(&profile, at);
        let forgotten = self.forget(profile);
        let snapshot = snapshot?;
        forgotten?;
        let result = run(self, &snapshot);
        let forgotten = self.let_go(snapshot);
        // Why there is no answer says more than that a stopped instance cannot forget.
        let result = result?;
        forgotten?;
        Ok(result)
    }

    /// Reads a profile's JSON (UTF-8), to look at it several times.
    pub fn profile(&mut self, json: &[u8]) -> Result<Profile, WasmError> {
        let json = text(json, Part::Profile, engine::Profile::from_json)?;
        let (decisions, store) = self.call();
        Ok(Profile(decisions.profile().call_parse(store, json)??))
    }

    /// Looks at a profile that this instance has read, at a time (RFC 3339).
    pub fn look(&mut self, profile: &Profile, at: &str) -> Result<Snapshot, WasmError> {
        let engine = self.engine;
        let (decisions, store) = self.call();
        let look = decisions.engine().call_look(store, engine, profile.0, at);
        Ok(Snapshot(look??))
    }

    /// Decides for a snapshot of this instance; gives canonical JSON.
    pub fn decide_for(
        &mut self,
        snapshot: &Snapshot,
        context: &[u8],
        seed: u64,
    ) -> Result<Vec<u8>, WasmError> {
        let context = text(context, Part::Context, Context::from_json)?;
        let engine = self.engine;
        let (decisions, store) = self.call();
        let guest = decisions.engine();
        let json = guest.call_decide_for(store, engine, snapshot.0, context, seed)??;
        Ok(json.into_bytes())
    }

    /// As [`Engine::decide_for`], and says why each other action is not shown.
    pub fn explain_for(
        &mut self,
        snapshot: &Snapshot,
        context: &[u8],
        seed: u64,
    ) -> Result<Vec<u8>, WasmError> {
        let context = text(context, Part::Context, Context::from_json)?;
        let engine = self.engine;
        let (decisions, store) = self.call();
        let guest = decisions.engine();
        let json = guest.call_explain(store, engine, snapshot.0, context, seed)??;
        Ok(json.into_bytes())
    }

    /// As [`Engine::decide_for`], in numbers.
    pub fn tally_for(
        &mut self,
        snapshot: &Snapshot,
        context: &[u8],
        seed: u64,
    ) -> Result<Tally, WasmError> {
        let context = text(context, Part::Context, Context::from_json)?;
        let engine = self.engine;
        let (decisions, store) = self.call();
        let guest = decisions.engine();
        let tally = guest.call_tally(store, engine, snapshot.0, context, seed)??;
        let placed = |place: wit::Place| Placed {
            placeholder: place.placeholder,
            action: place.action,
            score: place.score,
        };
        let outcome = |(kind, by)| Outcome { kind, by };
        Ok(Tally {
            places: tally.places.into_iter().map(placed).collect(),
            optimal: tally.optimal,
            outcomes: tally
                .stops
                .into_iter()
                .zip(tally.stopped_by)
                .map(outcome)
                .collect(),
            fired: tally.fired,
            persona: tally.persona,
        })
    }

    /// Gives a profile's memory back.
    pub fn forget(&mut self, profile: Profile) -> Result<(), WasmError> {
        Ok(profile.0.resource_drop(&mut self.store)?)
    }

    /// Gives a snapshot's memory back.
    pub fn let_go(&mut self, snapshot: Snapshot) -> Result<(), WasmError> {
        Ok(snapshot.0.resource_drop(&mut self.store)?)
    }

    /// What the component offers, with a fresh deadline.
    fn call(&mut self) -> (&wit::Guest, &mut Store<Limits>) {
        self.store.set_epoch_deadline(epoch::steps(DEADLINE));
        (self.world.nearfield_engine_decisions(), &mut self.store)
    }
}

/// JSON as the text that the component takes. What is none is refused in the words of the engine that reads bytes.
fn text<T, E: fmt::Display>(
    json: &[u8],
    part: Part,
    read: impl Fn(&[u8]) -> Result<T, E>,
) -> Result<&str, Refusal> {
    str::from_utf8(json).map_err(|cause| match read(json) {
        Err(refused) => Refusal::new(part, refused),
        Ok(_) => Refusal::new(part, cause),
    })
}

impl ResourceLimiter for Limits {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let grows = self.limits.memory_growing(current, desired, maximum)?;
        if grows {
            self.memory = self.memory.max(desired);
        }
        Ok(grows)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.limits.table_growing(current, desired, maximum)
    }
}

impl From<wasmtime::Error> for WasmError {
    fn from(cause: wasmtime::Error) -> Self {
        match cause.downcast_ref() {
            Some(Trap::Interrupt) => Self::Deadline,
            _ => Self::Component(cause),
        }
    }
}

impl From<wit::Error> for WasmError {
    fn from(error: wit::Error) -> Self {
        let part = match error.code {
            wit::ErrorCode::Bundle => Part::Bundle,
            wit::ErrorCode::Context => Part::Context,
            wit::ErrorCode::Decide => Part::Decide,
            wit::ErrorCode::Key => Part::Key,
            wit::ErrorCode::Profile => Part::Profile,
            wit::ErrorCode::Time => Part::Time,
            wit::ErrorCode::Trust => Part::Trust,
        };
        Self::Refused(Refusal {
            part,
            message: error.message,
        })
    }
}

#[cfg(test)]
mod tests {
    use engine::bundle::Body;
    use wasmtime::component::types::ComponentItem;

    use super::*;

    fn bundle() -> (Vec<u8>, KeyBytes) {
        let key = authoring::keys::development();
        let body = Body {
            locales: vec!["en".to_owned()],
            ..Body::default()
        };
        (
            authoring::sign(&body, &key).unwrap(),
            key.verifying_key().to_bytes(),
        )
    }

    #[test]
    fn the_component_imports_nothing_and_exports_its_world() {
        let runtime = Runtime::new().unwrap();
        let component = Component::new(&runtime.engine, COMPONENT).unwrap();
        let world = component.component_type();
        let imports: Vec<_> = world
            .imports(&runtime.engine)
            .map(|(name, _)| name.to_owned())
            .collect();
        assert_eq!(imports, Vec::<String>::new());
        let exports: Vec<_> = world.exports(&runtime.engine).collect();
        assert_eq!(exports.len(), 1);
        assert_eq!(exports[0].0, "nearfield:engine/decisions@0.1.0");
        assert!(matches!(
            exports[0].1.ty,
            ComponentItem::ComponentInstance(_)
        ));
    }

    #[test]
    fn refuses_with_the_same_words_as_the_native_engine() {
        let (bundle, key) = bundle();
        let mut altered = bundle.clone();
        *altered.last_mut().unwrap() ^= 1;
        let runtime = Runtime::new().unwrap();
        for (bundle, keys) in [
            (&altered[..], vec![key]),
            (&bundle, vec![]),
            (&bundle, vec![[0; 32]]),
            (b"", vec![]),
        ] {
            let native = crate::native::Engine::open(bundle, &keys).unwrap_err();
            let Err(WasmError::Refused(wasm)) = runtime.open(bundle, &keys) else {
                panic!("opened")
            };
            assert_eq!(wasm, native);
        }
        let mut native = crate::native::Engine::open(&bundle, &[key]).unwrap();
        let mut wasm = runtime.open(&bundle, &[key]).unwrap();
        let good = (
            &br#"{"schema_version": 1}"#[..],
            &b"{}"[..],
            "1994-03-31",
            0,
        );
        let calls = [
            (&b"{"[..], good.1, good.2, 0),
            (good.0, &b"7"[..], good.2, 0),
            (good.0, good.1, "now", 0),
            (good.0, good.1, good.2, u64::MAX),
        ];
        for (profile, context, at, seed) in calls {
            let expected = native.decide(profile, context, at, seed).unwrap_err();
            let Err(WasmError::Refused(found)) = wasm.decide(profile, context, at, seed) else {
                panic!("decided")
            };
            assert_eq!(found, expected);
        }
        // A refusal leaves the instance as it was.
        let (profile, context, at, seed) = good;
        let expected = native.decide(profile, context, at, seed).unwrap();
        assert_eq!(wasm.decide(profile, context, at, seed).unwrap(), expected);
    }

    #[test]
    fn a_call_past_its_deadline_is_stopped_where_there_is_one() {
        let (bundle, key) = bundle();
        let call_late = |runtime: Runtime| {
            let mut engine = runtime.open(&bundle, &[key]).unwrap();
            engine.store.set_epoch_deadline(0);
            let guest = engine.world.nearfield_engine_decisions().profile();
            let parsed = guest.call_parse(&mut engine.store, r#"{"schema_version": 1}"#);
            parsed.map(drop).map_err(WasmError::from)
        };
        let stopped = call_late(Runtime::new().unwrap());
        assert!(matches!(stopped, Err(WasmError::Deadline)), "{stopped:?}");
        let unhurried = call_late(Runtime::unhurried().unwrap());
        assert!(unhurried.is_ok(), "{unhurried:?}");
    }

    #[test]
    fn a_profile_over_the_memory_limit_is_an_error() {
        let (bundle, key) = bundle();
        let mut engine = Runtime::new().unwrap().open(&bundle, &[key]).unwrap();
        engine
            .store
            .data_mut()
            .limits
            .clone_from(&StoreLimitsBuilder::new().memory_size(1).build());
        let large = vec![b' '; 4 << 20];
        assert!(matches!(
            engine.decide(&large, b"{}", "1994-03-31", 0),
            Err(WasmError::Component(_))
        ));
    }
}
