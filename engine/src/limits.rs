//! How much of anything the engine accepts. Larger input is a typed error, never a slow page.

/// Bytes of a bundle: header and body.
pub const BUNDLE_BYTES: usize = 16 << 20;
/// Bytes of a profile as JSON.
pub const PROFILE_BYTES: usize = 8 << 20;
/// Bytes of a context as JSON.
pub const CONTEXT_BYTES: usize = 64 << 10;
/// Facts in a profile.
pub const FACTS: usize = 1_000;
/// Holdings in a profile.
pub const HOLDINGS: usize = 1_000;
/// Events in a profile.
pub const EVENTS: usize = 50_000;
/// Consent events in a profile.
pub const CONSENT_EVENTS: usize = 1_000;
/// Preferences in a profile.
pub const PREFERENCES: usize = 1_000;
/// Linked identities of one customer.
pub const IDS: usize = 64;
/// Bytes of any one text in a profile or a context.
pub const TEXT_BYTES: usize = 256;
/// Placeholders that one context may ask for.
pub const PLACEHOLDERS: usize = 256;
/// Values that a condition may hold at once.
pub const CONDITION_STACK: usize = 32;
/// Contenders, seats and limits that one placement may look at, over and over: some 20 milliseconds, 30 at
/// worst. After that it takes the best answer found.
pub const PLACEMENT_STEPS: u64 = 12_000_000;
/// The same, to say what all the contenders of a view lacked that were not placed.
pub const OUTSCORED_STEPS: u64 = PLACEMENT_STEPS / 5;
/// Instructions of one condition.
pub const CONDITION_OPS: usize = 1_024;
/// Comparisons on the way to a leaf: a walk that goes on longer is cut off.
pub const TREE_DEPTH: usize = 128;
/// Events that a network reads of one sequence.
pub const SEQUENCE: usize = 1_024;
/// Transactions after which a network that goes along with a customer begins anew.
pub const ANEW: usize = 25;
/// Steps of a journey.
pub const MILESTONES: usize = 16;
/// Numbers that the states after all events of a sequence may be together.
pub const STATES: usize = 1 << 18;
/// The largest amount of money, in either direction, in whole units: sums of a profile's events then
/// stay exact.
pub const AMOUNT: f64 = 1e11;
/// The largest seed: what every host's JSON number holds exactly.
pub const SEED: u64 = (1 << 53) - 1;
