//! What can be shown.

use rkyv::{Archive, Portable, Serialize, bytecheck::CheckBytes};

use super::Engagement;
use crate::policy::Template;

/// Part of the customer's life with the bank that an action belongs to.
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
pub enum LifeStage {
    /// Becoming an active customer.
    #[default]
    Activation,
    /// Using the bank more, and better.
    Engagement,
    /// Taking another product.
    CrossSell,
    /// Staying.
    AttritionPrevention,
}

/// Something that can be shown.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Action {
    /// Its name.
    pub id: String,
    /// Where in the customer's life it belongs.
    pub life_stage: LifeStage,
    /// The product or service it is about.
    pub product: String,
    /// Position of the purpose without which it is not shown; none for service messages.
    pub purpose: Option<u8>,
    /// Triggers of which one must have fired, unless a want is met. Without any it waits for nothing.
    pub triggers: Vec<u16>,
    /// Wants that name it. An action with a purpose and without triggers waits for one of them.
    pub wants: Vec<u16>,
    /// What must hold.
    pub engagement: Engagement,
    /// Groups that it is in, ascending.
    pub groups: Vec<u16>,
    /// Limits that it counts for on a page, ascending.
    pub page_limits: Vec<u16>,
    /// How likely the customer is to take it up.
    pub propensity: Propensity,
    /// What it is worth to the bank when taken up, in the bundle's currency.
    pub value: f32,
    /// How pressing it is by itself, 0 to 1.
    pub urgency: f32,
    /// A factor for each persona; 1 is neutral.
    pub persona_affinity: Vec<f32>,
    /// Formats it can be shown in, a bit each.
    pub formats: u32,
    /// Topics it belongs to, a bit each.
    pub topics: u32,
    /// Channels it may be shown on, a bit each.
    pub channels: u8,
    /// Whether one page may show it twice.
    pub repeat_on_page: bool,
    /// What it says, in each locale.
    pub pitches: Vec<Pitch>,
}

/// How likely a customer is to take an action up.
#[derive(Archive, Serialize, Clone, Copy, Debug, Default, PartialEq)]
pub struct Propensity {
    /// Position of the model whose score it is, if there is one.
    pub model: Option<u16>,
    /// The share that took it up before, 0 to 1: used without a model, and when the model cannot score.
    pub base: f32,
}

/// What an action says in one locale.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Pitch {
    /// Heading.
    pub title: String,
    /// Sentence with the customer's values.
    pub body: Template,
    /// The sentence when a value is missing; it has none itself.
    pub plain: String,
    /// Words on the button.
    pub call_to_action: String,
}
