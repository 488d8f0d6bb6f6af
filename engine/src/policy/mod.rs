//! What the bank wrote down: conditions that hold or not, formulas, texts with values in them, and how
//! actions are weighed against each other.
//!
//! ```
//! use engine::policy::{ArchivedCondition, Condition, Operands, Subject, Test};
//! // `balance >= 1000`: who passes leaps over one place, to where a condition holds.
//! let subject = Subject::Variable(0);
//! let test = Test { subject, low: 1_000.0, high: f64::INFINITY, pass: 1, fail: 0 };
//! let condition = Condition { tests: vec![test], ..Condition::default() };
//! let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&condition).unwrap();
//! let condition = rkyv::access::<ArchivedCondition, rkyv::rancor::Error>(&bytes).unwrap();
//! assert!(condition.holds(Operands { variables: &[2_500.0], ..Operands::default() }));
//! assert!(!condition.holds(Operands { variables: &[f64::NAN], ..Operands::default() }));
//! ```

mod chance;
mod condition;
mod conditions;
pub mod contact;
pub(crate) mod engagement;
pub(crate) mod experiment;
mod formula;
pub mod intent;
mod template;
pub mod triangulation;

pub use condition::{
    ArchivedCondition, ArchivedSubject, ArchivedTest, Condition, Operands, Subject, Test,
};
pub use conditions::{ArchivedConditions, COLUMNS, Conditions};
pub use formula::{ArchivedFormula, ArchivedOp, Formula, Op};
pub use template::{ArchivedPart, ArchivedTemplate, Format, Numbers, Part, Template};
