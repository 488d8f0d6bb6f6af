//! How much of anything a policy set may hold. More is an error that says so.

/// Bytes of one policy file.
pub const FILE_BYTES: usize = 1 << 20;
/// Bytes of all policy files and cases of one policy set.
pub const FILES_BYTES: usize = 32 << 20;
/// Bytes of one model file.
pub const MODEL_BYTES: usize = 64 << 20;
/// Bytes of all model files of one policy set; a file named twice counts twice, as it is compiled twice.
pub const MODELS_BYTES: usize = 128 << 20;
/// Files of one policy set.
pub const FILES: usize = 512;
/// Entries of one kind: actions, triggers, intents, placeholders, models, questions, names of variables; also
/// entries of one list.
pub const ENTRIES: usize = 4_096;
/// Parameters of one trigger template.
pub const PARAMETERS: usize = 64;
/// Bytes of all triggers that templates make: their texts, and 64 for each value.
pub const TEMPLATE_BYTES: usize = 16 << 20;
/// Days in which an intent halves, or after which it is gone.
pub const INTENT_DAYS: u32 = 3_650;
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
/// Days that contact policy may look back.
pub const CONTACT_DAYS: u32 = 3_650;
/// How deep a case may nest.
pub const CASE_DEPTH: usize = 32;
/// Values, single ones and lists and mappings, in all cases of one policy set.
pub const CASE_VALUES: usize = 1 << 19;
/// Bytes of the profiles of all cases of one policy set; a customer that is shared counts for each case.
pub const CASE_PROFILES_BYTES: usize = 256 << 20;
/// The largest constant that a name may be multiplied by in a comparison of the short kind.
pub const FACTOR: f64 = 1e9;
/// Inputs of one model: the engine counts two columns for each in 15 bits.
pub const INPUTS: usize = 16_382;
/// Categories that one split may tell apart.
pub const CATEGORIES: usize = 1 << 16;
/// Numbers that one model makes of a customer.
pub const OUTPUTS: usize = 1_024;
/// Bytes of one line of a table.
pub const LINE_BYTES: usize = 16 << 20;
/// Columns of a table to score.
pub const CELLS: usize = 65_536;
/// Bytes of one table to evaluate a model on, unpacked.
pub const TABLE_BYTES: u64 = 256 << 20;
/// Rows of such a table.
pub const TABLE_ROWS: usize = 2_000_000;
/// Columns of such a table.
pub const TABLE_COLUMNS: usize = 4_096;
/// Features of one encoding.
pub const FEATURES: usize = 4_096;
/// Members of one ensemble.
pub const MEMBERS: usize = 64;
/// Units in one layer of a recurrent network, and things it tells apart.
pub const UNITS: usize = 1_024;
/// Nodes of the graph of one ONNX model, and constants.
pub const OPERATORS: usize = 4_096;
/// Weights of one network.
pub const WEIGHTS: usize = 1 << 22;
/// Operations on one column before a model.
pub const OPERATIONS: usize = 16;
/// Texts that one column may hold.
pub const TEXTS: usize = 65_534;
/// Categories looked at while the questions of trees are moved to what their columns are made of.
pub const QUESTIONS: usize = 1 << 26;
/// Numbers kept while a graph is read.
pub const SPENT: usize = 1 << 26;
/// Points of one calibration.
pub const POINTS: usize = 4_096;
/// Steps of one model.
pub const STEPS: usize = 64;
