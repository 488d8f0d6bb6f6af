//! Nearfield's engine: from a consented profile to a page's placements, in microseconds.
//!
//! The same crate runs in the bank's page, at the CDN edge and on a developer's machine, and gives the
//! same bytes in each: no I/O, no clock, no chance, no host types. The way of a decision:
//!
//! ```text
//! profile ─▶ consent lens ─▶ variables ─▶ signals ─▶ candidates ─▶ triangulate ─▶ place ─▶ decision
//!                                            ▲            ▲             ▲
//!                 trust (verify) ─▶ bundle ──┴─ models ───┴─ catalogue ─┴─ policy
//! ```
//!
//! The doors: [`Profile`] and [`Context`] come in, a [`Bundle`] is opened once it is
//! [`Verified`](trust::Verified), an [`Engine`] makes a [`Snapshot`] of the profile and a [`Decision`].
//!
//! ```
//! use engine::{Bundle, BundleError, TrustError, trust::Verified};
//! // Nothing unsigned runs: there is no other way to a bundle than through the checks.
//! let refused = Verified::new(b"not a bundle", &[]).unwrap_err();
//! assert_eq!(refused, TrustError::NotABundle);
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::cast_precision_loss,
        reason = "a failed test may say so bluntly"
    )
)]

pub mod assistant;
pub mod bundle;
mod candidates;
pub mod consent;
pub mod context;
pub mod decision;
mod describe;
mod engine;
pub mod explain;
pub mod forecast;
pub mod limits;
pub mod models;
pub mod personas;
pub mod placement;
pub mod policy;
pub mod profile;
mod snapshot;
pub mod tally;
mod time;
pub mod trust;
pub mod variables;
mod view;

pub use bundle::{Bundle, BundleError};
pub use context::{Context, ContextError};
pub use decision::Decision;
pub use engine::{DecideError, Engine, VERSION};
pub use profile::{Profile, ProfileError};
pub use snapshot::Snapshot;
pub use time::{TimeError, Timestamp};
pub use trust::TrustError;
