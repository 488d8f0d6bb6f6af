//! How much of anything a policy set may hold. More is an error that says so.

/// Bytes of one policy file.
pub const FILE_BYTES: usize = 1 << 20;
/// Bytes of one model file.
pub const MODEL_BYTES: usize = 64 << 20;
/// Bytes of all model files of one policy set; a file named twice counts twice, as it is compiled twice.
pub const MODELS_BYTES: usize = 128 << 20;
/// Files of one policy set.
pub const FILES: usize = 512;
/// Entries of one kind: actions, triggers, placeholders, models, questions, names of variables; also
/// entries of one list.
pub const ENTRIES: usize = 4_096;
/// Actions times placeholders: a decision may weigh every pair.
pub const PAIRS: usize = 1 << 18;
/// Actions that one placeholder takes.
pub const CAPACITY: u8 = 16;
/// Problems named in one go.
pub const PROBLEMS: usize = 100;
/// Languages.
pub const LOCALES: usize = 16;
/// Purposes; the consent lens holds a bit for each.
pub const PURPOSES: usize = 32;
/// Formats, and topics; the bundle holds a bit for each.
pub const BITS: usize = 32;
/// Bytes of one text.
pub const TEXT_BYTES: usize = 2_000;
/// Trees of one model.
pub const TREES: usize = 10_000;
/// Nodes of one model, all trees together.
pub const NODES: usize = 1 << 20;
/// How deep a condition may nest.
pub const CONDITION_DEPTH: usize = 64;
/// Bytes of one condition.
pub const CONDITION_BYTES: usize = 8_000;
