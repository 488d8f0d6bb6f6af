//! Why an action is where it is, and why every other is not, in data and in the customer's language.
//!
//! Explaining has no side effects and learns nothing, so it may be done in production.
//!
//! ```
//! use engine::decision::Reason;
//! let reason = Reason::Persona { id: "saver", affinity: 1.2, text: "Saver".into() };
//! assert_eq!(
//!     serde_json::to_string(&reason).unwrap(),
//!     r#"{"kind":"persona","id":"saver","affinity":1.2,"text":"Saver"}"#,
//! );
//! ```

mod change;
mod reasons;
mod stopped;
mod subject;

pub(crate) use change::changes;
pub use change::{Change, Level, Needs};
pub(crate) use reasons::{Evidence, cause};
pub use stopped::{Kind, Names, NotShown, Rule, Sentence, Stopped};

use serde::Serialize;

use crate::Decision;

/// A decision, and what stopped every action that it does not show.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explanation<'b> {
    /// The decision, as it would have been without an explanation.
    pub decision: Decision<'b>,
    /// Every action that stands nowhere, in the bundle's order.
    pub not_shown: Vec<NotShown<'b>>,
}

impl Explanation<'_> {
    /// The canonical JSON (UTF-8).
    pub fn to_json(&self) -> Vec<u8> {
        // Serialising plain structs with string keys to memory has no way to fail.
        serde_json::to_vec(self).unwrap_or_default()
    }
}
