//! The bundle: models, policies, catalogue and texts as one signed file that is read in place.
//!
//! Opening checks every offset once (rkyv's validation) and copies nothing: a [`Bundle`] borrows the
//! bytes that the host holds.
//!
//! ```
//! use engine::{Bundle, Context, Engine, Profile, trust::{PublicKey, Verified}};
//! # fn read(_: &str) -> Vec<u8> { Vec::new() }
//! # fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let (bundle, key) = (read("retail.nearfield"), read("public-key"));
//! let verified = Verified::new(&bundle, &[PublicKey::from_bytes(&key)?])?;
//! let mut engine = Engine::new(Bundle::open(verified)?);
//! let profile = Profile::from_json(&read("customer.json"))?;
//! let decision = engine.decide(&profile, &Context::default(), "1994-03-31".parse()?, 0)?;
//! println!("{} placements", decision.placements.len());
//! # Ok(()) }
//! # assert!(run().is_err());
//! ```

mod body;
mod catalogue;
mod engagement;
mod places;
mod reasons;
mod weighing;

pub use body::*;
pub use catalogue::*;
pub use engagement::*;
pub use places::*;
pub use reasons::*;
pub use weighing::*;

use core::fmt;

use crate::trust::{Verified, hex};

/// An open bundle.
#[derive(Clone, Copy)]
pub struct Bundle<'a> {
    body: &'a ArchivedBody,
    hash: [u8; 32],
}

/// Why a trusted bundle cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// An offset, a length or a tag that does not fit.
    #[error("bundle body is malformed: it was made by a faulty builder; build it again")]
    Malformed,
    /// Nothing in it could ever be said.
    #[error("bundle names no locale: add one to the policy set")]
    NoLocale,
}

impl<'a> Bundle<'a> {
    /// Opens a verified bundle in place.
    pub fn open(verified: Verified<'a>) -> Result<Self, BundleError> {
        let body = rkyv::access::<ArchivedBody, rkyv::rancor::Failure>(verified.body())
            .map_err(|_| BundleError::Malformed)?;
        if body.locales.is_empty() {
            return Err(BundleError::NoLocale);
        }
        Ok(Self {
            body,
            hash: verified.hash(),
        })
    }

    /// Its tables.
    pub fn body(&self) -> &'a ArchivedBody {
        self.body
    }

    /// BLAKE3 hash of its body: its identity in receipts.
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }
}

impl fmt::Debug for Bundle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bundle({} {})", self.body.name, hex(&self.hash))
    }
}
