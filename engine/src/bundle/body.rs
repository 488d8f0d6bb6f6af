//! The tables of a bundle: what the bank's repository compiles to.
//!
//! These are the archived types that the engine reads in place (rkyv: little-endian, unaligned, 32-bit
//! relative pointers); `authoring` builds the plain ones. Tables refer to each other by position.
//! A position out of range reads as absent, so a body that lies cannot make the engine panic.

use rkyv::{Archive, Portable, Serialize, bytecheck::CheckBytes};

use super::{
    Action, Contact, Experiments, Group, Intent, Market, PageLimit, Personas, Placeholder,
    Triangulation, Trigger,
};
use crate::{
    models::{Journey, Model, Sequence},
    policy::{Conditions, Template},
    variables::Measure,
};

/// One text in each of the bundle's locales, in their order.
pub type Texts = Vec<String>;

/// The same in a bundle.
pub type ArchivedTexts = rkyv::vec::ArchivedVec<rkyv::string::ArchivedString>;

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
    /// Networks over the transactions.
    pub sequences: Vec<Sequence>,
    /// Ways to becoming active.
    pub journeys: Vec<Journey>,
    /// Segments over the variables.
    pub personas: Personas,
    /// What customers may be about to want.
    pub intents: Vec<Intent>,
    /// Conditions over variables and signals.
    pub triggers: Vec<Trigger>,
    /// When each trigger fires, in their order.
    pub trigger_conditions: Conditions,
    /// Whom product teams want to reach.
    pub market: Market,
    /// Sets of actions with rules in common.
    pub groups: Vec<Group>,
    /// What can be shown.
    pub actions: Vec<Action>,
    /// How often it can be shown, and when.
    pub contact: Contact,
    /// Where it can be shown.
    pub placeholders: Vec<Placeholder>,
    /// What may not stand together on a page.
    pub page_limits: Vec<PageLimit>,
    /// How actions are weighed against each other.
    pub triangulation: Triangulation,
    /// What chance decides.
    pub experiments: Experiments,
    /// Why something is not shown, in words: for each [`Kind`](crate::explain::Kind) a sentence in which
    /// `{}` stands for what stopped the action.
    pub explanations: Vec<Texts>,
    /// What moves scores, in words; variables say which they belong to.
    pub causes: Vec<Texts>,
    /// The names of those in policies.
    pub cause_ids: Vec<String>,
    /// Positions of the models of which conditions ask what raised their score, ascending.
    pub explained: Vec<u16>,
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
    /// Position of the cause that it has in common with others.
    pub cause: Option<u16>,
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
