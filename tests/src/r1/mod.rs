//! The reference workload R1: one bank of a fixed size, made up from a fixed seed.
//!
//! 44 placeholders, 512 variables of the registry, 24 tree models of 100 trees of depth 6, an LSTM of 32
//! inputs and 64 cells, 320 triggers, 200 actions, the retail policies' personas, and customers with 400
//! transactions each. Everything that is not here (texts, purposes, contact policy, formats of placeholders)
//! is the retail policies'. All numbers are synthetic: they stand for the amount of work, not for a bank.
//!
//! The same models are written for others to run: as XGBoost files, which [`authoring`] imports, and as ONNX.
//!
//! ```
//! use tests::r1::{Forest, Numbers, VARIABLES};
//! let values = vec![vec![0.25; VARIABLES], vec![f64::NAN; VARIABLES]];
//! let forest = Forest::new(&mut Numbers::new(1), &values);
//! assert_eq!(forest.trees.len(), 100);
//! assert!(forest.margin(&values[1]).abs() < 10.0);
//! ```
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    reason = "its numbers are its own, and small"
)]

mod bank;
mod customers;
mod forest;
mod network;
mod numbers;
pub mod onnx;
mod triggers;

pub use bank::{Bank, megabyte, open_to_all, signed};
pub use customers::{Customer, coming, customers};
pub use forest::{Forest, Split, Tree};
pub use network::Network;
pub use numbers::Numbers;

/// How many placeholders.
pub const PLACEHOLDERS: usize = 44;
/// How many variables.
pub const VARIABLES: usize = 512;
/// How many tree models.
pub const FORESTS: usize = 24;
/// How many trees in each.
pub const TREES: usize = 100;
/// Comparisons on each way through a tree.
pub const DEPTH: usize = 6;
/// How many numbers of an event the LSTM reads.
pub const INPUTS: usize = 32;
/// How many cells it has.
pub const HIDDEN: usize = 64;
/// How many events a sequence has.
pub const EVENTS: usize = 50;
/// How many triggers.
pub const TRIGGERS: usize = 320;
/// How many actions.
pub const ACTIONS: usize = 200;
/// How many transactions in a profile.
pub const TRANSACTIONS: usize = 400;
/// How many customers take turns.
pub const CUSTOMERS: usize = 64;

/// What the generator of pseudo-random numbers starts from.
pub const SEED: u64 = 1;
