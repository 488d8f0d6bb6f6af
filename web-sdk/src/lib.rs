//! The engine in a page: a Web Worker that answers the page's questions.
//!
//! What belongs here: the worker's message handling ([`serve`]) and the [`Session`] it keeps, which
//! turns JSON texts into calls of the engine and back; in `js/`, the page's side of it: the placeholder
//! filler, the consent record and the encrypted profile store. What does not: any decision, and any
//! request that carries data of the customer.
//!
//! Profiles and contexts cross as JSON text and go through the engine's own parsers, so the page
//! accepts and refuses exactly what the other hosts do; `serde-wasm-bindgen`, which would pass over
//! fields that they refuse, carries the questions around them. The decision comes back as the engine's
//! canonical text.
//!
//! ```
//! use web_sdk::Session;
//! let refused = Session::open(b"something else".to_vec(), &[]).unwrap_err();
//! assert_eq!(refused.code, "bundle-untrusted");
//! assert_eq!(refused.message, "not a bundle: it does not start with `NEARFLD`");
//! ```
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )
)]

mod failure;
mod session;
mod worker;

pub use failure::Failure;
pub use session::{About, Asked, Session};
pub use worker::serve;
