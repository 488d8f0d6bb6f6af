//! What a bundle calls the things that a tally counts by position.

use engine::{
    Bundle,
    bundle::{Channel, LifeStage},
    trust::hex,
};

use super::{
    interval::number,
    texts::{Texts, texts},
};

/// The names in a bundle, by position.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// The policy set's name.
    pub name: String,
    /// Hash of the bundle's body.
    pub hash: String,
    /// ISO 4217 code of all amounts.
    pub currency: String,
    /// The languages, the default first.
    pub locales: Vec<String>,
    /// Everything that it says.
    pub texts: Texts,
    /// The actions.
    pub actions: Vec<Action>,
    /// The placeholders.
    pub placeholders: Vec<Placeholder>,
    /// Names of the purposes.
    pub purposes: Vec<String>,
    /// Names of the triggers.
    pub triggers: Vec<String>,
    /// Names of the personas.
    pub personas: Vec<String>,
    /// Names of the groups.
    pub groups: Vec<String>,
    /// Names of the caps.
    pub caps: Vec<String>,
    /// Names of the quiet hours.
    pub quiet_hours: Vec<String>,
    /// Names of the challengers; the champion is not among them.
    pub challengers: Vec<String>,
}

/// An action.
#[derive(Clone, Debug)]
pub struct Action {
    /// Its name.
    pub id: String,
    /// What it says in the bundle's first language.
    pub title: String,
    /// Where in the customer's life it belongs.
    pub life_stage: LifeStage,
    /// The product it is about.
    pub product: String,
    /// What it is worth when taken up, in the bundle's currency.
    pub value: f64,
    /// Positions of the groups it is in.
    pub groups: Vec<u16>,
}

/// A placeholder.
#[derive(Clone, Debug)]
pub struct Placeholder {
    /// Its name.
    pub id: String,
    /// The channel it is on.
    pub channel: Channel,
    /// How many actions it takes.
    pub capacity: u8,
}

/// All life stages, in the order of their discriminants.
pub const LIFE_STAGES: [LifeStage; 4] = [
    LifeStage::Activation,
    LifeStage::Engagement,
    LifeStage::CrossSell,
    LifeStage::AttritionPrevention,
];

/// All channels, in the order of their discriminants.
pub const CHANNELS: [Channel; 4] = [
    Channel::Web,
    Channel::App,
    Channel::CallCentre,
    Channel::RelationshipManager,
];

impl Catalogue {
    /// Reads the names.
    pub fn new(bundle: &Bundle<'_>) -> Self {
        let body = bundle.body();
        let actions = body.actions.iter().map(|action| Action {
            id: action.id.to_string(),
            title: action
                .pitches
                .first()
                .map_or_else(String::new, |pitch| pitch.title.to_string()),
            life_stage: action.life_stage,
            product: action.product.to_string(),
            value: f64::from(action.value.to_native()),
            groups: action
                .groups
                .iter()
                .map(|group| group.to_native())
                .collect(),
        });
        let placeholders = body.placeholders.iter().map(|slot| Placeholder {
            id: slot.id.to_string(),
            channel: slot.channel,
            capacity: slot.capacity,
        });
        Self {
            name: body.name.to_string(),
            hash: hex(&bundle.hash()),
            currency: body.currency.to_string(),
            locales: names(body.locales.iter()),
            texts: texts(body),
            actions: actions.collect(),
            placeholders: placeholders.collect(),
            purposes: names(body.purposes.iter().map(|purpose| &purpose.id)),
            triggers: names(body.triggers.iter().map(|trigger| &trigger.id)),
            personas: names(body.personas.personas.iter().map(|persona| &persona.id)),
            groups: names(body.groups.iter().map(|group| &group.id)),
            caps: names(body.contact.caps.iter().map(|cap| &cap.id)),
            quiet_hours: names(body.contact.quiet_hours.iter().map(|hours| &hours.id)),
            challengers: names(body.experiments.challengers.iter().map(|arm| &arm.id)),
        }
    }

    /// What customers reached are worth: for each action the customers who see it, however often, times
    /// its value. It is what everything shown would bring if everybody took it up: a measure to compare
    /// policies by, not a forecast.
    pub fn value(&self, reached: impl IntoIterator<Item = u64>) -> f64 {
        let actions = self.actions.iter().zip(reached);
        // One order, so that the sum is the same however the work was shared.
        actions.fold(0.0, |sum, (action, reached)| {
            sum + action.value * number(reached)
        })
    }
}

/// A life stage's name in policies and JSON.
pub fn life_stage(stage: LifeStage) -> &'static str {
    match stage {
        LifeStage::Activation => "activation",
        LifeStage::Engagement => "engagement",
        LifeStage::CrossSell => "cross-sell",
        LifeStage::AttritionPrevention => "attrition-prevention",
    }
}

/// A channel's name in policies and JSON.
pub fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "web",
        Channel::App => "app",
        Channel::CallCentre => "call-centre",
        Channel::RelationshipManager => "relationship-manager",
    }
}

fn names<T: ToString>(all: impl Iterator<Item = T>) -> Vec<String> {
    all.map(|name| name.to_string()).collect()
}
