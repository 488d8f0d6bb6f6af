//! What speaks for showing something: intents, triggers, wants of product teams, personas.

use rkyv::{Archive, Serialize};

use super::Texts;
use crate::policy::{Condition, Template};

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

/// Something that a customer may be about to want. Its strength is 0 to 1, and fades.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Intent {
    /// Its name in policies.
    pub id: String,
    /// Days in which its strength halves, above zero.
    pub half_life_days: f32,
    /// Days after which it is gone.
    pub shelf_life_days: f32,
    /// Its name in reasons.
    pub title: Texts,
}

/// A condition that, when it holds, is a reason to show something.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Trigger {
    /// Its name in policies.
    pub id: String,
    /// When it fires, in CEL; compiled, it is one of the body's `trigger_conditions`.
    pub when: String,
    /// Position of the intent that it raises.
    pub intent: Option<u16>,
    /// How strongly it speaks for the intent, 0 to 1.
    pub strength: f32,
    /// Position of the variable that counts the days since what it saw; none: it sees the present.
    pub since: Option<u16>,
    /// How pressing it is when it fires, 0 to 1.
    pub urgency: f32,
    /// The reason it gives the customer, one in each locale.
    pub because: Vec<Template>,
}

/// What product teams want: each wish is for customers with an intent.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Market {
    /// Who wants.
    pub teams: Vec<Team>,
    /// What they want.
    pub wants: Vec<Want>,
}

/// A product team.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Team {
    /// Its name in policies.
    pub id: String,
    /// Its name in reasons.
    pub title: Texts,
}

/// A team's wish to reach customers with an intent.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Want {
    /// Its name within the team.
    pub id: String,
    /// Position of the team.
    pub team: u16,
    /// Position of the intent.
    pub intent: u16,
    /// The strength from which on it is wanted, 0 to 1.
    pub at_least: f32,
    /// Must hold as well, when there is one.
    pub condition: Option<Condition>,
    /// How much the team presses, above zero; 1 is neutral.
    pub bid: f32,
}
