//! A decision in numbers: who counts over many customers needs no names, texts and reasons.
//!
//! ```
//! use engine::{explain::Kind, tally::Outcome};
//! let outcome = Outcome { kind: 0, by: 2 };
//! assert_eq!(Kind::ALL[usize::from(outcome.kind)], Kind::Consent); // of the bundle's third purpose
//! assert!(!outcome.is_shown());
//! ```

use crate::explain::Kind;

/// A decision in numbers. Positions are those in the bundle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// What is shown where, ordered by placeholder, then by score.
    pub places: Vec<Placed>,
    /// Whether it is proven that no other placement scores more.
    pub optimal: bool,
    /// What became of each action, in the bundle's order.
    pub outcomes: Vec<Outcome>,
    /// The triggers that fired.
    pub fired: Vec<u16>,
    /// The customer's persona.
    pub persona: Option<u16>,
}

/// An action in a placeholder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// Position of the placeholder.
    pub placeholder: u16,
    /// Position of the action.
    pub action: u16,
    /// Its score.
    pub score: f64,
}

/// What became of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The position in [`Kind::ALL`] of what stopped it.
    pub kind: u8,
    /// Position of the purpose, group, cap or quiet hours that did; [`Outcome::NOTHING`] when the kind
    /// says it all.
    pub by: u16,
}

impl Outcome {
    /// No position.
    pub const NOTHING: u16 = u16::MAX;
    /// It stands somewhere.
    pub const SHOWN: Self = Self {
        kind: u8::MAX,
        by: Self::NOTHING,
    };

    pub(crate) fn stopped(kind: Kind, by: Option<u16>) -> Self {
        Self {
            kind: kind as u8,
            by: by.unwrap_or(Self::NOTHING),
        }
    }

    /// Whether the action stands somewhere.
    pub fn is_shown(self) -> bool {
        self == Self::SHOWN
    }
}
