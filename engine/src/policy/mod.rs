//! What the bank wrote down: conditions that hold or not, texts with values in them, and how actions
//! are weighed against each other.
//!
//! ```
//! use engine::policy::{ArchivedCondition, Condition, Op, Operands};
//! let source = "balance > 1000.0".to_owned();
//! let ops = vec![Op::Variable(0), Op::Constant(1_000.0), Op::Greater];
//! let condition = Condition { ops, source, variables: vec![0] };
//! let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&condition).unwrap();
//! let condition = rkyv::access::<ArchivedCondition, rkyv::rancor::Error>(&bytes).unwrap();
//! assert!(condition.holds(Operands { variables: &[2_500.0], ..Operands::default() }));
//! assert!(!condition.holds(Operands { variables: &[f64::NAN], ..Operands::default() }));
//! ```

mod condition;
mod template;
pub mod triangulation;

pub use condition::{ArchivedCondition, Condition, Op, Operands};
pub use template::{ArchivedTemplate, Format, Numbers, Part, Template};
