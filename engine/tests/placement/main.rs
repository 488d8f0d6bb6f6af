//! Placements, against every possible one where there are few, and against others' solvers at full size.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod brute;
mod hostile;
mod oracle;
mod outscored;
mod view;
