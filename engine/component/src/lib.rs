//! The engine as a component of the WIT world `nearfield:engine` (`engine/wit/engine.wit`).
//!
//! Translation only: bytes in, bytes out, errors as records. The component imports nothing, so any
//! component host can run it. Decision logic belongs in `engine`, hosts in `harness`.

#[cfg(target_family = "wasm")]
mod world;
