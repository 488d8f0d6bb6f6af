//! The wasmtime host: where developers and data scientists run exactly the WebAssembly that ships.
//!
//! [`wasm`] hosts the engine's component, [`edge`] hosts the edge worker behind a real port, and
//! [`native`] runs the same engine as machine code, to compare. The command `nearfield` stands over
//! these and `authoring`. Decision logic belongs in `engine`; what a bundle is made of, in `authoring`.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use engine::bundle::Body;
//! let key = authoring::keys::development();
//! let body = Body { locales: vec!["en".to_owned()], ..Body::default() };
//! let bundle = authoring::sign(&body, &key)?;
//!
//! let keys = [key.verifying_key().to_bytes()];
//! let mut engine = harness::wasm::Runtime::new()?.open(&bundle, &keys)?;
//! let decision = engine.decide(br#"{"schema_version": 1}"#, b"{}", "1994-03-31", 0)?;
//! assert!(decision.starts_with(br#"{"placements":[]"#));
//! # Ok(()) }
//! ```
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "a test may fail by panicking"
    )
)]

pub mod cost;
pub mod edge;
mod epoch;
pub mod native;
pub mod population;
mod refusal;
pub mod wasm;

pub use refusal::{Part, Refusal};

/// The bytes of an Ed25519 public key.
pub type KeyBytes = [u8; 32];
