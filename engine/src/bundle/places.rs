//! Where something can be shown.

use rkyv::{Archive, Portable, Serialize, bytecheck::CheckBytes};

/// What may not stand together on one page.
#[derive(Archive, Serialize, Debug, Default)]
pub struct PageLimit {
    /// Its name in explanations: a group or a product.
    pub id: String,
    /// How many of its actions a page may show.
    pub at_most: u8,
    /// Whether two of them may not be neighbours.
    pub apart: bool,
}

/// A named slot on a channel.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Placeholder {
    /// Its name: channel, page, slot.
    pub id: String,
    /// The channel it is on.
    pub channel: Channel,
    /// The page it is on; an action stands on one page once.
    pub page: String,
    /// How many actions it takes.
    pub capacity: u8,
    /// Formats it accepts, a bit each.
    pub formats: u32,
    /// Topics it accepts, a bit each.
    pub topics: u32,
    /// How much it is noticed, above 0, 1 for a usual slot.
    pub prominence: f32,
}

/// How the bank reaches the customer.
#[derive(
    Archive,
    Serialize,
    Portable,
    CheckBytes,
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Channel {
    /// The internet bank.
    #[default]
    Web,
    /// The banking app.
    App,
    /// The call centre's desk.
    CallCentre,
    /// The relationship manager's desk.
    RelationshipManager,
}

impl Channel {
    /// All channels, in the order of their numbers.
    pub const ALL: [Self; 4] = [
        Self::Web,
        Self::App,
        Self::CallCentre,
        Self::RelationshipManager,
    ];

    /// Its number in compiled conditions.
    #[must_use]
    pub fn number(self) -> f64 {
        f64::from(self as u8)
    }
}
