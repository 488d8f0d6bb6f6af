//! Policy sets: what a bank writes, as typed values with their places.
//!
//! A set is a directory of TOML files that an analyst edits:
//!
//! | file | holds |
//! | --- | --- |
//! | `policy.toml` | name, languages, currency, formats, topics |
//! | `purposes.toml` | what customers may consent to |
//! | `placeholders.toml` | where something can be shown |
//! | `intents.toml` | what customers may be about to do, and how long that lasts |
//! | `triggers/*.toml` | conditions that speak for an intent and are reasons to show something; a table with `for` stands for several |
//! | `actions/{activation,engagement,cross-sell,attrition-prevention}*.toml` | what can be shown, with its texts |
//! | `groups.toml` | sets of actions with rules in common |
//! | `market/<team>.toml` | which intents a product team wants to reach, with what |
//! | `contact.toml` | how often customers are addressed, and when not |
//! | `placement.toml` | what may not stand together on a page |
//! | `triangulation.toml` | how actions are weighed against each other |
//! | `experiments.toml`, `challengers/*.toml` | what chance decides: control group, exploration, other ways to weigh |
//! | `explanations.toml` | what is said of actions that are not shown |
//! | `models.toml`, `personas.toml` | which model files there are, and which scores are pooled |
//! | `causes.toml` | what several variables have in common in reasons |
//! | `variables.toml` | names of variables in reasons |
//! | `questions.toml` | what customers may ask |
//! | `tests/*.{yaml,yml,json}` | [cases](crate::cases): no part of the bundle |
//!
//! Only `policy.toml` must be there. [`read`] reports every wrong key, type and value of all files in
//! one go; whether names mean something is checked when the bundle is [built](crate::build).
//!
//! ```
//! let dir = tempfile::tempdir().unwrap();
//! std::fs::write(dir.path().join("policy.toml"), "name = 'x'\nlocale = ['en']\ncurrency = 'CZK'").unwrap();
//! let errors = authoring::policy::read(dir.path()).unwrap_err();
//! assert_eq!(errors.0[0].to_string(), "policy.toml:1:1: `policy.toml` has no `locales`: add e.g. `locales = [\"en\"]`");
//! assert_eq!(
//!     errors.0[1].to_string(),
//!     "policy.toml:2:1: unknown key `locale` in `policy.toml`: did you mean `locales`?"
//! );
//! ```

mod actions;
mod budget;
mod causes;
mod contact;
pub(crate) mod directory;
mod expand;
mod experiments;
mod explanations;
mod groups;
mod intents;
pub(crate) mod keys;
mod market;
mod models;
mod page_limits;
pub(crate) mod sets;
pub(crate) mod table;
mod triangulation;
mod twice;
mod value;

use std::{path::Path, sync::Arc};

use engine::{
    bundle::{Channel, LifeStage},
    profile::DataClass,
};

pub use budget::Budget;
pub use causes::Cause;
pub use contact::{Cap, Contact, QuietHours};
pub(crate) use directory::Directory;
pub use experiments::{Challenger, Experiments};
pub use groups::{Engagement, Group};
pub use market::{Team, Want};
pub use models::{Model, Pool};
pub use page_limits::PageLimits;
pub use triangulation::Triangulation;
pub(crate) use value::small;

use crate::{
    place::{File, Spot},
    problem::{Log, PolicyErrors},
};

/// One text in each language, in the order of the set's languages.
pub type Texts = Vec<Spot<String>>;

/// A policy set as it was written.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Its name.
    pub name: Spot<String>,
    /// Languages as BCP 47 tags, the default first.
    pub locales: Vec<Spot<String>>,
    /// ISO 4217 code.
    pub currency: Spot<String>,
    /// What a bundle of it may cost.
    pub budget: Budget,
    /// Shapes that a placeholder may accept and an action may be shown in.
    pub formats: Vec<Spot<String>>,
    /// Subjects of pages.
    pub topics: Vec<Spot<String>>,
    /// What customers may consent to.
    pub purposes: Vec<Purpose>,
    /// Where something can be shown.
    pub placeholders: Vec<Placeholder>,
    /// Model files.
    pub models: Vec<Model>,
    /// Scores made of scores.
    pub pools: Vec<Pool>,
    /// The persona file.
    pub personas: Option<ModelFile>,
    /// What customers may be about to do.
    pub intents: Vec<Intent>,
    /// Reasons to show something.
    pub triggers: Vec<Trigger>,
    /// What product teams want.
    pub market: Vec<Team>,
    /// Sets of actions with rules in common.
    pub groups: Vec<Group>,
    /// What can be shown.
    pub actions: Vec<Action>,
    /// How often customers are addressed, and when not.
    pub contact: Contact,
    /// What may not stand together on a page.
    pub page_limits: PageLimits,
    /// How actions are weighed.
    pub triangulation: Triangulation,
    /// What chance decides.
    pub experiments: Experiments,
    /// What is said of actions that are not shown.
    pub explanations: Vec<Texts>,
    /// What variables have in common when they move a score.
    pub causes: Vec<Cause>,
    /// Names of variables.
    pub labels: Vec<(Spot<String>, Texts)>,
    /// What customers may ask.
    pub questions: Vec<Question>,
}

/// What customers may consent to.
#[derive(Clone, Debug)]
pub struct Purpose {
    /// Its name in consent records.
    pub id: Spot<String>,
    /// Version of the notice in force.
    pub notice_version: Spot<String>,
    /// Data that it opens.
    pub classes: Vec<DataClass>,
    /// Its name on screens.
    pub title: Texts,
    /// What the customer is asked.
    pub description: Texts,
}

/// Where something can be shown.
#[derive(Clone, Debug)]
pub struct Placeholder {
    /// Prefix, page and slot with dots between.
    pub id: Spot<String>,
    /// The channel of its prefix.
    pub channel: Channel,
    /// Its page.
    pub page: String,
    /// What its page is about.
    pub topic: Option<Spot<String>>,
    /// Formats it accepts.
    pub formats: Vec<Spot<String>>,
    /// How many actions it takes.
    pub capacity: u8,
    /// How much it is noticed.
    pub prominence: f32,
}

/// How a model file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelKind {
    /// XGBoost's JSON or UBJSON.
    Xgboost,
    /// LightGBM's text.
    Lightgbm,
    /// ONNX.
    Onnx,
    /// Nearfield's cosine JSON.
    Cosine,
    /// Nearfield's JSON of a network over transactions.
    Sequence,
    /// Nearfield's JSON of the steps to being active.
    Journey,
}

/// The bytes of a model file.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// Its path below the policy directory, where the policy names it.
    pub path: Spot<String>,
    /// What is in it.
    pub bytes: Arc<Vec<u8>>,
}

/// What a customer may be about to do.
#[derive(Clone, Debug)]
pub struct Intent {
    /// Its name.
    pub id: Spot<String>,
    /// Its name on screens.
    pub title: Texts,
    /// Days after the evidence in which its strength halves.
    pub half_life_days: f32,
    /// Days after the evidence from which it is gone.
    pub shelf_life_days: f32,
}

/// A reason to show something, and a sign of an intent.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// Its name. Triggers of one template have the place of its name.
    pub id: Spot<String>,
    /// What it tells the bank, in the words of its author.
    pub description: Spot<String>,
    /// Where in the relationship it matters.
    pub life_stage: LifeStage,
    /// The intent that it speaks for.
    pub intent: Spot<String>,
    /// How strongly, 0 to 1.
    pub strength: f32,
    /// The variable that counts the days since the evidence; without it the evidence is as old as now.
    pub since: Option<Spot<String>>,
    /// The condition, in CEL.
    pub when: Spot<String>,
    /// How pressing it is, 0 to 1.
    pub urgency: f32,
    /// What the customer is told.
    pub because: Texts,
}

/// Something that can be shown.
#[derive(Clone, Debug)]
pub struct Action {
    /// Its name.
    pub id: Spot<String>,
    /// The life stage of its file.
    pub life_stage: LifeStage,
    /// What it is about.
    pub product: Spot<String>,
    /// The purpose that it needs.
    pub purpose: Option<Spot<String>>,
    /// Triggers of which one must have fired.
    pub triggers: Vec<Spot<String>>,
    /// What must hold.
    pub engagement: Engagement,
    /// The model whose score is its propensity.
    pub model: Option<Spot<String>>,
    /// The share that took it up before.
    pub propensity: f32,
    /// What it is worth.
    pub value: f32,
    /// How pressing it is by itself.
    pub urgency: f32,
    /// Factors of personas.
    pub affinity: Vec<(Spot<String>, f32)>,
    /// Formats it can be shown in.
    pub formats: Vec<Spot<String>>,
    /// Topics of pages that it belongs on; all when empty.
    pub topics: Vec<Spot<String>>,
    /// Channels it may be shown on.
    pub channels: Vec<Channel>,
    /// Whether one page may show it twice.
    pub repeat_on_page: bool,
    /// What it says, in each language.
    pub pitches: Vec<Pitch>,
}

/// What an action says in one language.
#[derive(Clone, Debug)]
pub struct Pitch {
    /// Heading.
    pub title: Spot<String>,
    /// Sentence, with values.
    pub body: Spot<String>,
    /// The sentence when a value is missing.
    pub plain: Option<Spot<String>>,
    /// Words on the button.
    pub call_to_action: Spot<String>,
}

/// Something that customers may ask.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its name.
    pub id: Spot<String>,
    /// Ways to ask it.
    pub examples: Vec<Spot<String>>,
    /// The answer, with values.
    pub answer: Texts,
}

/// The channels by the name that policies give them.
pub(crate) const CHANNELS: [(&str, Channel); 4] = [
    ("web", Channel::Web),
    ("app", Channel::App),
    ("call-centre", Channel::CallCentre),
    ("relationship-manager", Channel::RelationshipManager),
];

/// Reads the policy set in a directory.
pub fn read(dir: &Path) -> Result<Policy, PolicyErrors> {
    let log = Log::default();
    let policy = Directory::open(dir, &log).map(|directory| sets::policy(&directory, &log));
    log.close(policy.unwrap_or_default())
}

/// The file that stands for a whole policy set.
pub(crate) fn main_file() -> Arc<File> {
    Arc::new(File::new("policy.toml", ""))
}

#[cfg(test)]
mod tests;
