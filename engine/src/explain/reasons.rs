//! Why an action is where it is.
//!
//! Reasons are what the decision used and nothing else: the triggers that let the action in, the want
//! that it meets, the causes that raised its model's score most, and the persona when it counted in
//! favour. Of a pool the member speaks that counts most for this customer, by its own name. A cause is what
//! several variables have in common, as income or the course of the balance: what they moved is added up, and
//! the one that raised most stands for it.

use crate::{
    bundle::{ArchivedAction, ArchivedBody, ArchivedTrigger, ArchivedVariable, Unit},
    decision::{Placement, Reason},
    models::{ArchivedModel, ArchivedOutput, Row},
    placement::insertion_sort,
    policy::{Format, Numbers, intent::Strength},
};

/// How many causes a model may name.
const MODEL_REASONS: usize = 3;

/// What moved a score.
#[derive(Clone, Copy)]
struct Cause {
    /// Its position; none for a variable by itself.
    cause: Option<u16>,
    /// How much its variables moved the score, together.
    moved: f64,
    /// How much the one that raised it most did.
    most: f64,
    /// Position of that one.
    variable: usize,
}

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
    /// The bundle's scores, NaN when missing.
    pub scores: &'a [f64],
    /// Which triggers fired, by position.
    pub fired: &'a [bool],
    /// Strengths of the bundle's intents, by position.
    pub intents: &'a [Strength],
    /// Position of the customer's persona.
    pub persona: Option<u16>,
}

impl<'b> Evidence<'_, 'b> {
    /// The reasons for showing `action`, which met `want` most strongly, the weightiest first. `row` holds
    /// the variables for models. What carried a model's score is dear to work out, so it is taken from `others`
    /// that go by the same model.
    pub fn reasons(
        &self,
        action: &'b ArchivedAction,
        want: Option<u16>,
        others: &[Placement<'b>],
        row: &mut Row,
    ) -> Vec<Reason<'b>> {
        let mut reasons = Vec::new();
        self.triggers(action, &mut reasons);
        reasons.extend(want.and_then(|want| self.want(want)));
        self.model(action, others, row, &mut reasons);
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
        insertion_sort(&mut fired, |a, b| {
            a.urgency.to_native() > b.urgency.to_native()
        });
        for trigger in fired {
            reasons.push(Reason::Trigger {
                id: &trigger.id,
                condition: &trigger.when,
                text: self.because(trigger),
            });
        }
    }

    fn want(&self, want: u16) -> Option<Reason<'b>> {
        let want = self.body.market.wants.get(usize::from(want))?;
        let team = usize::from(want.team.to_native());
        let position = usize::from(want.intent.to_native());
        let strength = self.intents.get(position)?;
        let trigger = self.body.triggers.get(usize::from(strength.trigger?))?;
        Some(Reason::Intent {
            id: &self.body.intents.get(position)?.id,
            strength: strength.value,
            team: &self.body.market.teams.get(team)?.id,
            want: &want.id,
            bid: f64::from(want.bid.to_native()),
            trigger: &trigger.id,
            text: self.because(trigger),
        })
    }

    fn because(&self, trigger: &ArchivedTrigger) -> String {
        let because = trigger.because.get(self.locale);
        let text = because.and_then(|because| because.render(self.variables, self.numbers));
        text.unwrap_or_default()
    }

    /// What raised the score most: causes, and variables that belong to none.
    fn model(
        &self,
        action: &ArchivedAction,
        others: &[Placement<'b>],
        row: &mut Row,
        reasons: &mut Vec<Reason<'b>>,
    ) {
        let position = action
            .propensity
            .model
            .as_ref()
            .map(|model| usize::from(model.to_native()));
        let outputs = self.body.outputs().count();
        let model = |position: usize| self.body.models.get(position.checked_sub(outputs)?);
        let pool = position.and_then(model).and_then(ArchivedModel::pool);
        let position = pool.map_or(position, |pool| Some(pool.score(self.scores)?.1));
        let Some(position) = position else {
            return;
        };
        if let Some(output) = self.body.outputs().nth(position) {
            reasons.extend(self.output(output, position));
            return;
        }
        let Some(model) = model(position) else {
            return;
        };
        let same = |reason: &&Reason<'b>| matches!(reason, Reason::Model { model: id, .. } if **id == model.id);
        for other in others {
            reasons.extend(other.reasons.iter().filter(same).cloned());
            if reasons.last().is_some_and(|reason| same(&reason)) {
                return;
            }
        }
        let causes = causes(self.body, model, row);
        for cause in causes.into_iter().take(MODEL_REASONS) {
            let Some(variable) = self.body.variables.get(cause.variable) else {
                continue;
            };
            let value = self
                .variables
                .get(cause.variable)
                .copied()
                .filter(|value| !value.is_nan());
            let mut text = self.words(variable, value);
            let title = cause.cause.map(usize::from);
            if let Some(title) = title.and_then(|title| self.body.causes.get(title)) {
                text.insert_str(0, " (");
                text.insert_str(0, self.text(title));
                text.push(')');
            }
            reasons.push(Reason::Model {
                model: &model.id,
                variable: &variable.name,
                value,
                contribution: cause.moved,
                text,
            });
        }
    }

    /// A score that no model made, when it is above 0.
    fn output(&self, output: &'b ArchivedOutput, position: usize) -> Option<Reason<'b>> {
        let score = self.scores.get(position).filter(|score| **score > 0.0)?;
        Some(Reason::Score {
            model: &output.id,
            score: *score,
            text: self.text(&output.title),
        })
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

    /// A variable as a person reads it: label and value, or the label alone of one that is missing.
    fn words(&self, variable: &'b ArchivedVariable, value: Option<f64>) -> String {
        let mut words = self.text(&variable.label).to_owned();
        let Some(value) = value else {
            return words;
        };
        words.push_str(": ");
        let format = match variable.unit {
            Unit::Money => Format::Money,
            Unit::Share => Format::Percent,
            Unit::Number => Format::Decimal,
            Unit::Count | Unit::Days | Unit::Years | Unit::Flag => Format::Count,
        };
        self.numbers.write(&mut words, value, format);
        words
    }

    fn text(&self, texts: &'b rkyv::vec::ArchivedVec<rkyv::string::ArchivedString>) -> &'b str {
        texts.get(self.locale).map_or("", |text| text.as_str())
    }
}

/// Position of the cause that raised a model's score most; NaN when the model does not score, when nothing
/// raised it, and when a variable did that belongs to no cause.
pub(crate) fn cause(body: &ArchivedBody, model: &ArchivedModel, row: &mut Row) -> f64 {
    let causes = causes(body, model, row);
    let first = causes.first().and_then(|first| first.cause);
    first.map_or(f64::NAN, f64::from)
}

/// What raised a model's score, most first: causes, and variables that belong to none.
#[inline(never)]
fn causes(body: &ArchivedBody, model: &ArchivedModel, row: &mut Row) -> Vec<Cause> {
    let mut causes: Vec<Cause> = Vec::new();
    let contributions = model.contributions(row).into_iter();
    for (moved, input) in contributions.zip(model.inputs.iter()) {
        let position = usize::from(input.to_native());
        let variable = body.variables.get(position);
        let cause = variable.and_then(|variable| variable.cause.as_ref());
        let cause = cause.map(|cause| cause.to_native());
        let known = cause.and_then(|_| causes.iter_mut().find(|known| known.cause == cause));
        if let Some(known) = known {
            known.moved += moved;
            if moved > known.most {
                (known.most, known.variable) = (moved, position);
            }
        } else {
            causes.push(Cause {
                cause,
                moved,
                most: moved,
                variable: position,
            });
        }
    }
    causes.retain(|cause| cause.moved > 0.0);
    insertion_sort(&mut causes, |a, b| a.moved > b.moved);
    causes
}
