//! Policies at work: what analysts write, decided by the engine and explained.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed test may say so bluntly"
)]

mod bank;
mod contact;
mod experiments;
mod market;
mod stops;
