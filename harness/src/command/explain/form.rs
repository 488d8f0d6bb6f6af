//! What of decisions and explanations is shown. The component gives JSON; its form is that of the engine's
//! `decision` and `explain` modules.

use serde::Deserialize;

/// The parts of a decision that are shown. The component gives JSON; its form is the engine's
/// `decision` module.
#[derive(Deserialize)]
pub struct Shown {
    pub placements: Vec<Placement>,
    pub unfilled: Vec<String>,
    pub optimal: bool,
    pub signals: Signals,
    pub receipt: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
pub struct Placement {
    pub placeholder: String,
    pub action: String,
    pub life_stage: String,
    pub product: String,
    pub score: f64,
    pub breakdown: Breakdown,
    pub reasons: Vec<Reason>,
    pub pitch: Pitch,
}

#[derive(Deserialize)]
pub struct Breakdown {
    pub propensity: f64,
    pub intent: f64,
    pub urgency: f64,
    pub persona: f64,
    pub value: f64,
    pub life_stage: f64,
    pub focus: f64,
    pub need: f64,
    pub bank: f64,
    pub exploration: f64,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Reason {
    Trigger {
        id: String,
        condition: String,
        text: String,
    },
    Intent {
        id: String,
        strength: f64,
        team: String,
        want: String,
        bid: f64,
        trigger: String,
        text: String,
    },
    Model {
        model: String,
        variable: String,
        value: Option<f64>,
        contribution: f64,
        text: String,
    },
    Score {
        model: String,
        score: f64,
        text: String,
    },
    Persona {
        id: String,
        affinity: f64,
        text: String,
    },
    Everyone,
}

#[derive(Deserialize)]
pub struct Pitch {
    pub title: String,
    pub body: String,
    pub call_to_action: String,
}

#[derive(Deserialize)]
pub struct Signals {
    pub purposes: Vec<String>,
    pub persona: Option<Persona>,
    pub triggers: Vec<String>,
    pub intents: Vec<Intent>,
    pub scores: Vec<Score>,
    pub plan: Vec<PlannedStep>,
    pub experiments: Experiments,
}

#[derive(Deserialize)]
pub struct Intent {
    pub id: String,
    pub strength: f64,
}

#[derive(Deserialize)]
pub struct Experiments {
    pub challenger: Option<String>,
    pub control: bool,
    pub exploring: bool,
}

#[derive(Deserialize)]
pub struct Explanation {
    pub decision: Shown,
    pub not_shown: Vec<NotShown>,
}

#[derive(Deserialize)]
pub struct NotShown {
    pub action: String,
    pub stopped: Stopped,
    pub text: String,
}

/// What stopped an action: a kind, and details that differ by kind.
#[derive(Deserialize)]
pub struct Stopped {
    pub kind: String,
    #[serde(default)]
    pub changes: Vec<Change>,
    #[serde(flatten)]
    pub details: serde_json::Map<String, serde_json::Value>,
}

/// A number that keeps a condition from holding.
#[derive(Deserialize)]
pub struct Change {
    pub of: String,
    pub is: Option<serde_json::Value>,
    pub needs: Needs,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Needs {
    Equal(serde_json::Value),
    AtLeast(f64),
    Above(f64),
    AtMost(f64),
    Below(f64),
    Between(f64, f64),
    Present,
    Missing,
    Other,
}

#[derive(Deserialize)]
pub struct Persona {
    pub id: String,
    pub share: f64,
}

#[derive(Deserialize)]
pub struct Score {
    pub model: String,
    pub score: f64,
}

#[derive(Deserialize)]
pub struct PlannedStep {
    pub step: String,
    pub title: String,
    pub week: u32,
    pub share: f64,
}
