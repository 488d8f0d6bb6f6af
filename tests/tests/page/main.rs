//! The demonstration's page in Chromium, as a customer uses it: filled, asked why, refused, broken.
//!
//! The page comes from the edge worker through a front that writes down every request and can lose or
//! alter a file (`front`). What the page shows is compared with the native engine (`native`).
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod blocked;
mod consent;
mod explained;
mod filled;
mod front;
mod native;
mod remembered;
mod sealed;
mod stage;
