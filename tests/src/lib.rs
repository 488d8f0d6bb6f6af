//! What the tests across rooms share: the cases, the demo's bundle, an HTTP client, a browser, and what the
//! benches are measured on.
//!
//! The tests themselves are in `tests/tests/`: `hosts` compares the engine's answers on all four hosts
//! byte for byte, `edge` breaks the edge worker in every way we know. Tests of one room stay in it.
//!
//! ```
//! let cases = tests::cases::all();
//! assert!(cases.len() >= 100);
//! ```
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the crate is nothing but tests, and a test fails by panicking"
)]

pub mod browser;
pub mod cases;
pub mod difference;
pub mod instance;
pub mod measure;
pub mod r1;
pub mod web;

use std::path::PathBuf;

use harness::KeyBytes;

/// A path in the project.
pub fn project(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}

/// The retail policies as a bundle, and the key that signed it.
pub fn retail() -> (Vec<u8>, KeyBytes) {
    let body = authoring::build(&project("policies/retail"));
    let body = body.unwrap_or_else(|errors| panic!("policies/retail does not build\n{errors}"));
    let key = authoring::keys::development();
    let bundle = authoring::sign(&body, &key).expect("the development key signs");
    (bundle, key.verifying_key().to_bytes())
}
