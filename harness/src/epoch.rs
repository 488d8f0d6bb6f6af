//! The clock behind deadlines: wasmtime stops code when its engine's epoch passes a limit, and somebody
//! has to move the epoch.

use std::{io, thread, time::Duration};

use wasmtime::Engine;

/// Time between two steps of the epoch: how late a deadline can be.
const STEP: Duration = Duration::from_millis(10);

/// Moves the engine's epoch for as long as the engine lives.
pub(crate) fn start(engine: &Engine) -> io::Result<()> {
    let engine = engine.weak();
    let clock = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(STEP);
        }
    };
    thread::Builder::new()
        .name("epoch".to_owned())
        .spawn(clock)
        .map(drop)
}

/// A length of time in steps of the epoch.
pub(crate) fn steps(time: Duration) -> u64 {
    u64::try_from(time.as_millis() / STEP.as_millis()).unwrap_or(u64::MAX)
}
