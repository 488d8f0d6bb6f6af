//! Why an action is where it is, in data and in the customer's language.
//!
//! Reasons are what the decision used and nothing else: the triggers that let the action in, the
//! variables that raised its model's score most, and the persona when it counted in favour.
//!
//! ```
//! use engine::decision::Reason;
//! let reason = Reason::Persona { id: "saver", affinity: 1.2, text: "Saver".into() };
//! assert_eq!(
//!     serde_json::to_string(&reason).unwrap(),
//!     r#"{"kind":"persona","id":"saver","affinity":1.2,"text":"Saver"}"#,
//! );
//! ```

use crate::{
    bundle::{ArchivedAction, ArchivedBody, ArchivedVariable, Unit},
    decision::Reason,
    policy::{Format, Numbers},
};

/// How many variables a model may name.
const MODEL_REASONS: usize = 3;

/// What the reasons of one decision draw on.
#[derive(Clone, Copy)]
pub struct Evidence<'a, 'b> {
    /// The bundle's tables.
    pub body: &'b ArchivedBody,
    /// Position of the language.
    pub locale: usize,
    /// How that language writes numbers.
    pub numbers: Numbers<'b>,
    /// Values of the bundle's variables, NaN when missing.
    pub variables: &'a [f64],
    /// Scores of the bundle's models, NaN when missing.
    pub scores: &'a [f64],
    /// Which triggers fired, by position.
    pub fired: &'a [bool],
    /// Position of the customer's persona.
    pub persona: Option<u16>,
}

impl<'b> Evidence<'_, 'b> {
    /// The reasons for showing `action`, the weightiest first. `row` is scratch for model inputs.
    pub fn reasons(&self, action: &'b ArchivedAction, row: &mut Vec<f32>) -> Vec<Reason<'b>> {
        let mut reasons = Vec::new();
        self.triggers(action, &mut reasons);
        self.model(action, row, &mut reasons);
        self.persona(action, &mut reasons);
        if reasons.is_empty() {
            reasons.push(Reason::Everyone);
        }
        reasons
    }

    /// The most urgent first.
    fn triggers(&self, action: &ArchivedAction, reasons: &mut Vec<Reason<'b>>) {
        let fired = action.triggers.iter().filter_map(|i| {
            let i = usize::from(i.to_native());
            self.fired.get(i).filter(|fired| **fired)?;
            self.body.triggers.get(i)
        });
        let mut fired: Vec<_> = fired.collect();
        fired.sort_by(|a, b| b.urgency.to_native().total_cmp(&a.urgency.to_native()));
        for trigger in fired {
            let text = trigger
                .because
                .get(self.locale)
                .and_then(|because| because.render(self.variables, self.numbers));
            reasons.push(Reason::Trigger {
                id: &trigger.id,
                condition: &trigger.condition.source,
                text: text.unwrap_or_default(),
            });
        }
    }

    /// The inputs that raised the score most.
    fn model(&self, action: &ArchivedAction, row: &mut Vec<f32>, reasons: &mut Vec<Reason<'b>>) {
        let position = action
            .propensity
            .model
            .as_ref()
            .map(|model| usize::from(model.to_native()));
        let Some(model) = position.and_then(|position| self.body.models.get(position)) else {
            return;
        };
        let contributions = model.contributions(self.variables, row);
        let mut raised: Vec<_> = contributions
            .iter()
            .copied()
            .zip(model.inputs.iter())
            .filter(|(contribution, _)| *contribution > 0.0)
            .collect();
        raised.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (contribution, input) in raised.into_iter().take(MODEL_REASONS) {
            let position = usize::from(input.to_native());
            let Some(variable) = self.body.variables.get(position) else {
                continue;
            };
            let value = self
                .variables
                .get(position)
                .copied()
                .filter(|value| !value.is_nan());
            reasons.push(Reason::Model {
                model: &model.id,
                variable: &variable.name,
                value,
                contribution,
                text: self.words(variable, value),
            });
        }
    }

    fn persona(&self, action: &ArchivedAction, reasons: &mut Vec<Reason<'b>>) {
        let affinity = action.affinity(self.persona);
        let persona = self
            .persona
            .and_then(|i| self.body.personas.personas.get(usize::from(i)));
        if let Some(persona) = persona
            && affinity > 1.0
        {
            reasons.push(Reason::Persona {
                id: &persona.id,
                affinity,
                text: self.text(&persona.title).to_owned(),
            });
        }
    }

    /// A variable as a person reads it: label and value.
    fn words(&self, variable: &'b ArchivedVariable, value: Option<f64>) -> String {
        let mut words = self.text(&variable.label).to_owned();
        words.push_str(": ");
        let format = match variable.unit {
            Unit::Money => Format::Money,
            Unit::Share => Format::Percent,
            Unit::Number => Format::Decimal,
            Unit::Count | Unit::Days | Unit::Years | Unit::Flag => Format::Count,
        };
        self.numbers
            .write(&mut words, value.unwrap_or(f64::NAN), format);
        words
    }

    fn text(&self, texts: &'b rkyv::vec::ArchivedVec<rkyv::string::ArchivedString>) -> &'b str {
        texts.get(self.locale).map_or("", |text| text.as_str())
    }
}
