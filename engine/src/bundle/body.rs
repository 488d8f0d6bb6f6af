//! The tables of a bundle: what the bank's repository compiles to.
//!
//! These are the archived types that the engine reads in place (rkyv: little-endian, unaligned, 32-bit
//! relative pointers); `authoring` builds the plain ones. Tables refer to each other by position.
//! A position out of range reads as absent, so a body that lies cannot make the engine panic.

use rkyv::{Archive, Portable, Serialize, bytecheck::CheckBytes};

use crate::{
    models::Model,
    policy::{Condition, Template},
    variables::Measure,
};

/// One text in each of the bundle's locales, in their order.
pub type Texts = Vec<String>;

/// Everything in a bundle.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Body {
    /// The policy set's name, e.g. `retail`.
    pub name: String,
    /// Languages of all texts as BCP 47 tags; the first is the default.
    pub locales: Vec<String>,
    /// ISO 4217 code of all amounts.
    pub currency: String,
    /// What consent can be given for.
    pub purposes: Vec<Purpose>,
    /// The variables that this bundle computes.
    pub variables: Vec<Variable>,
    /// Models over the variables.
    pub models: Vec<Model>,
    /// Segments over the variables.
    pub personas: Personas,
    /// Conditions over variables and signals.
    pub triggers: Vec<Trigger>,
    /// What can be shown.
    pub actions: Vec<Action>,
    /// Where it can be shown.
    pub placeholders: Vec<Placeholder>,
    /// How actions are weighed against each other.
    pub triangulation: Triangulation,
    /// What customers may ask the assistant.
    pub questions: Vec<Question>,
}

/// A purpose that data may be used for, once the customer consents.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Purpose {
    /// Its name in consent records.
    pub id: String,
    /// The version of the notice in force; consent to another version does not count.
    pub notice_version: String,
    /// Data classes it opens: bit *n* is the class with discriminant *n*.
    pub classes: u8,
    /// Its name on screens.
    pub title: Texts,
    /// What the customer is asked.
    pub description: Texts,
}

/// A variable in use.
#[derive(Archive, Serialize, Debug)]
pub struct Variable {
    /// Its name in the registry.
    pub name: String,
    /// How it is computed.
    pub measure: Measure,
    /// Position of the purpose that it needs.
    pub purpose: u8,
    /// How people read it.
    pub unit: Unit,
    /// Its name in reasons.
    pub label: Texts,
}

/// What a number counts.
#[derive(Archive, Serialize, Portable, CheckBytes, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[repr(u8)]
pub enum Unit {
    /// Things.
    #[default]
    Count,
    /// Whole units of the bundle's currency.
    Money,
    /// Days.
    Days,
    /// Years.
    Years,
    /// A part of one.
    Share,
    /// No unit.
    Number,
    /// Yes (1) or no (0).
    Flag,
}

/// Segments: the nearest centroid wins.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Personas {
    /// The variables that span the space.
    pub inputs: Vec<u16>,
    /// Mean of each input over the population it was learnt from.
    pub means: Vec<f32>,
    /// Standard deviation of each input, above zero.
    pub scales: Vec<f32>,
    /// The segments.
    pub personas: Vec<Persona>,
    /// Their centres, in standard deviations from the mean: a row each, a column an input.
    pub centroids: Vec<f32>,
}

/// One segment.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Persona {
    /// Its name in policies.
    pub id: String,
    /// Its name on screens.
    pub title: Texts,
}

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

/// A condition that, when it holds, is a reason to show something.
#[derive(Archive, Serialize, Debug)]
pub struct Trigger {
    /// Its name in policies.
    pub id: String,
    /// When it fires.
    pub condition: Condition,
    /// How pressing it is when it fires, 0 to 1.
    pub urgency: f32,
    /// The reason it gives the customer, one in each locale.
    pub because: Vec<Template>,
}

/// Something that can be shown.
#[derive(Archive, Serialize, Debug)]
pub struct Action {
    /// Its name.
    pub id: String,
    /// Where in the customer's life it belongs.
    pub life_stage: LifeStage,
    /// The product or service it is about.
    pub product: String,
    /// Position of the purpose without which it is not shown; none for service messages.
    pub purpose: Option<u8>,
    /// Triggers of which one must have fired; none means always.
    pub triggers: Vec<u16>,
    /// Must hold, when there is one.
    pub eligibility: Option<Condition>,
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

/// How actions are weighed: the product of six factors, each within its bounds, each to the power of
/// its weight.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Triangulation {
    /// How likely.
    pub propensity: Factor,
    /// How much it is worth: an action's value over `value_scale`.
    pub value: Factor,
    /// How pressing: 1 + the urgency of the action or of its most urgent fired trigger.
    pub urgency: Factor,
    /// How much its life stage matters now.
    pub life_stage: Factor,
    /// How well it fits the customer's persona.
    pub persona: Factor,
    /// How much the bank wants the product sold.
    pub focus: Factor,
    /// The value at which the factor is 1, in the bundle's currency, above zero.
    pub value_scale: f32,
    /// Priority of each life stage, in their order; 1 is neutral.
    pub life_stages: [f32; 4],
    /// Products with a focus other than 1.
    pub products: Vec<ProductFocus>,
}

/// How much one factor counts.
#[derive(Archive, Serialize, Clone, Copy, Debug, PartialEq)]
pub struct Factor {
    /// Exponent, 0 (ignored) to 4.
    pub weight: f32,
    /// Lower bound before weighing, above zero.
    pub min: f32,
    /// Upper bound before weighing.
    pub max: f32,
}

impl Default for Factor {
    fn default() -> Self {
        Self {
            weight: 1.0,
            min: 0.001,
            max: 1_000.0,
        }
    }
}

/// A product that the bank wants to sell more, or less, of.
#[derive(Archive, Serialize, Debug, Default)]
pub struct ProductFocus {
    /// The product.
    pub product: String,
    /// Its factor.
    pub focus: f32,
}

/// Something a customer may ask, answered from the variables.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Question {
    /// Its name.
    pub id: String,
    /// Ways to ask it, in any locale, lower case.
    pub examples: Vec<String>,
    /// The answer, in each locale.
    pub answer: Vec<Template>,
}
