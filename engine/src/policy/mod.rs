//! What the bank wrote down: conditions that hold or not, texts with values in them, and how actions
//! are weighed against each other.

mod condition;
mod template;
pub mod triangulation;

pub use condition::{ArchivedCondition, Condition, Op, Operands};
pub use template::{ArchivedTemplate, Format, Numbers, Part, Template};
