//! The command `nearfield` as its users meet it: what it prints and writes, and with which exit code.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod cases;
mod command;
mod difference;
mod policy;
mod population;
mod replay;
mod support;
