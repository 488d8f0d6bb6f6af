//! Authoring: from a bank's policy set to a signed bundle.
//!
//! A policy set is a directory of TOML that an analyst edits ([`policy`]); models come from elsewhere
//! as files ([`model`]). [`build`] reads, checks and compiles everything, and says all that is wrong with
//! file, line and remedy; [`sign`] makes the file that engines open. This room runs on the bank's own
//! machines, never in the page.
//!
//! ```
//! use std::fs;
//! let dir = tempfile::tempdir().unwrap();
//! fs::write(dir.path().join("policy.toml"), "name = 'small'\nlocales = ['en']\ncurrency = 'CZK'").unwrap();
//! let body = authoring::build(dir.path()).unwrap();
//! let bundle = authoring::sign(&body, &authoring::keys::development()).unwrap();
//! assert!(bundle.starts_with(b"NEARFLD\0"));
//! ```
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        reason = "a failed test may say so bluntly"
    )
)]

pub mod berka;
pub mod bundle;
pub mod cases;
pub mod condition;
pub mod cost;
pub mod encoding;
pub mod evaluation;
pub mod keys;
pub mod limits;
pub mod lint;
pub mod matrix;
pub mod model;
pub mod place;
pub mod policy;
mod problem;
mod reading;
pub mod reference;
mod score;
pub mod shown;
mod sign;
pub mod suggest;
pub mod template;

use std::path::Path;

use engine::bundle::Body;

pub use problem::{PolicyError, PolicyErrors, Problem};
pub use score::{Difference, ScoreError, Scoring, difference, score};
pub use sign::{SignError, sign};

/// Reads and compiles the policy set in a directory.
pub fn build(dir: &Path) -> Result<Body, PolicyErrors> {
    Ok(bundle::compile(&policy::read(dir)?)?.body)
}
