//! The edge worker: a Spin component that personalises the bank's pages as they stream past, and
//! answers the other channels with JSON.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /…` | the bank's own page; elements with `data-placeholder` filled |
//! | `POST /v1/decisions` | the engine's decision, canonical JSON |
//! | `GET /v1/bundle` | the signed bundle, for the page's engine |
//! | `GET /healthz` | whether the bundle can be used |
//!
//! It fails open on content: whatever goes wrong, a page passes through as it came, with the header
//! `nearfield-diagnostic` and one line in the log. It fails closed on trust: without a bundle that a
//! trusted key signed nothing is decided. Without a customer's token it knows no customer, and decides
//! for a visitor without a profile.
//!
//! Decision logic belongs in `engine`; this crate translates HTTP. Everything but the glue to Spin
//! (`worker`) builds and is tested on any target.
//!
//! ```
//! use edge_worker::routes::{Route, route};
//! assert_eq!(route("GET", "/cards.html").unwrap(), Route::Page);
//! assert_eq!(route("POST", "/healthz").unwrap_err().status, 405);
//! ```
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "a test may fail by panicking"
    )
)]

pub mod decisions;
mod markup;
pub mod mounted;
pub mod problem;
pub mod rewrite;
pub mod routes;
pub mod visit;
#[cfg(target_family = "wasm")]
mod worker;
