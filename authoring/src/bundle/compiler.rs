//! Names to positions.
//!
//! While it compiles, variables stand at their position in the registry; once it is known which are in
//! use, [`Compiler::settle_variables`] moves them to their position in the bundle.

use std::collections::{BTreeMap, BTreeSet};

use engine::{
    models::Output,
    policy::{Condition, Formula, Op, Part, Subject, Template, triangulation::FACTORS},
    variables::{Entry, Measure},
};

use super::{
    Action, Log, PageLimit, Persona, Personas, Pitch, Placeholder, Policy, Problem, Propensity,
    Question, Spot, Trigger,
    models::{self, Imported, Steps},
    policy,
};
use crate::{
    condition::{self, Scope},
    model::{Centroids, ImportedSequence, Titled},
    suggest::suggest,
    template::{self, TemplateProblem},
};

pub(super) struct Compiler<'p> {
    pub(super) policy: &'p Policy,
    pub(super) registry: &'p [Entry],
    pub(super) log: &'p Log,
    pub(super) variables: Vec<&'p str>,
    scores: Vec<&'p str>,
    /// Models that can say what raised their scores, in their order.
    explainable: Vec<&'p str>,
    /// Positions of those that a condition asks.
    pub(super) explained: BTreeSet<u16>,
    personas: Vec<String>,
    /// Variables in use, by position in the registry, with the first place that uses each.
    pub(super) used: BTreeMap<u16, Option<Spot<()>>>,
}

impl<'p> Compiler<'p> {
    pub(super) fn new(
        policy: &'p Policy,
        registry: &'p [Entry],
        (_, centroids): &(Vec<u16>, Centroids),
        scores: &'p [String],
        log: &'p Log,
    ) -> Self {
        Self {
            policy,
            registry,
            log,
            variables: registry.iter().map(|entry| entry.name.as_str()).collect(),
            scores: scores.iter().map(String::as_str).collect(),
            explainable: models::of_one_score(policy)
                .map(|model| model.id.value.as_str())
                .collect(),
            explained: BTreeSet::new(),
            personas: centroids
                .personas
                .iter()
                .map(|persona| persona.id.clone())
                .collect(),
            used: BTreeMap::new(),
        }
    }

    pub(super) fn trigger(&mut self, trigger: &policy::Trigger) -> (Trigger, Condition) {
        // Intents follow from triggers, so a trigger cannot ask for one.
        let condition = self.condition_over(&trigger.when, &[]);
        let mut because = Vec::new();
        for text in &trigger.because {
            let template = self.template(text);
            // A reason must not be empty when its trigger fires. (Of a condition that did not compile
            // nothing is known.)
            let doubtful = values(&template).find(|variable| {
                !condition.tests.is_empty() && !self.known_with(*variable, &condition)
            });
            if let Some(entry) =
                doubtful.and_then(|variable| self.registry.get(usize::from(variable)))
            {
                let found = format!("a text with `{}`, which may be missing", entry.name);
                let remedy = format!("add `&& has({})` to the condition", entry.name);
                let key = "because".to_owned();
                self.log
                    .add(text.place(), Problem::Invalid { key, found, remedy });
            }
            because.push(template);
        }
        let compiled = Trigger {
            id: trigger.id.value.clone(),
            when: condition.source.clone(),
            intent: self.intent(&trigger.intent),
            strength: trigger.strength,
            since: trigger.since.as_ref().and_then(|name| self.since(name)),
            urgency: trigger.urgency,
            because,
        };
        (compiled, condition)
    }

    pub(super) fn action(&mut self, action: &policy::Action, limits: &[PageLimit]) -> Action {
        let known = self
            .policy
            .purposes
            .iter()
            .map(|purpose| purpose.id.value.as_str());
        let purpose = action
            .purpose
            .as_ref()
            .and_then(|id| self.find("purpose", id, known));
        let known = self
            .policy
            .triggers
            .iter()
            .map(|trigger| trigger.id.value.as_str());
        let triggers: Vec<u16> = action
            .triggers
            .iter()
            .filter_map(|id| self.find("trigger", id, known.clone()))
            .collect();
        let model = action
            .model
            .as_ref()
            .and_then(|id| self.find("model", id, self.scores.iter().copied()));
        let wants = self.wants_of(action);
        let everybody = triggers.is_empty() && wants.is_empty();
        if let (Some(purpose), None, true) = (&action.purpose, &action.model, everybody) {
            let found = format!("`{}` without a trigger, a want or a model", purpose.value);
            let remedy = "add one: what is not for everybody must say why it is shown".to_owned();
            let key = "purpose".to_owned();
            self.log
                .add(purpose.place(), Problem::Invalid { key, found, remedy });
        }
        let mut persona_affinity = vec![1.0; self.personas.len()];
        for (id, factor) in &action.affinity {
            let position = self.find("persona", id, self.personas.iter().map(String::as_str));
            if let Some(slot) = position.and_then(|at| persona_affinity.get_mut(usize::from(at))) {
                *slot = *factor;
            }
        }
        Action {
            id: action.id.value.clone(),
            life_stage: action.life_stage,
            product: action.product.value.clone(),
            purpose: purpose.and_then(|position| u8::try_from(position).ok()),
            triggers,
            wants,
            engagement: self.engagement(&action.engagement),
            groups: self.groups_of(action),
            page_limits: self.page_limits_of(action, limits),
            propensity: Propensity {
                model,
                base: action.propensity,
            },
            value: action.value,
            urgency: action.urgency,
            persona_affinity,
            formats: self.formats(&action.formats),
            topics: self.topics(&action.topics),
            channels: action
                .channels
                .iter()
                .fold(0, |bits, channel| bits | 1 << *channel as u8),
            repeat_on_page: action.repeat_on_page,
            pitches: action
                .pitches
                .iter()
                .map(|pitch| self.pitch(pitch))
                .collect(),
        }
    }

    pub(super) fn placeholder(&self, slot: &policy::Placeholder) -> Placeholder {
        Placeholder {
            id: slot.id.value.clone(),
            channel: slot.channel,
            page: slot.page.clone(),
            capacity: slot.capacity,
            formats: self.formats(&slot.formats),
            topics: self.topics(&slot.topic),
            prominence: slot.prominence,
        }
    }

    pub(super) fn question(&mut self, question: &policy::Question) -> Question {
        Question {
            id: question.id.value.clone(),
            examples: question
                .examples
                .iter()
                .map(|example| example.value.to_lowercase())
                .collect(),
            answer: question
                .answer
                .iter()
                .map(|text| self.template(text))
                .collect(),
        }
    }

    pub(super) fn personas(&mut self, (inputs, centroids): (Vec<u16>, Centroids)) -> Personas {
        self.use_all(
            &inputs,
            self.policy.personas.as_ref().map(|file| file.path.with(())),
        );
        let persona = |persona: crate::model::Persona| Persona {
            id: persona.id,
            title: self.titles(persona.title),
        };
        let all = centroids
            .personas
            .iter()
            .flat_map(|persona| &persona.centroid);
        Personas {
            centroids: all.copied().collect(),
            inputs,
            means: centroids.means,
            scales: centroids.scales,
            personas: centroids.personas.into_iter().map(persona).collect(),
        }
    }

    pub(super) fn sequence(
        &mut self,
        id: &Spot<String>,
        sequence: ImportedSequence,
    ) -> engine::models::Sequence {
        // It reads transactions, whose purpose every variable over them has.
        let mut registry = self.registry.iter();
        let entry = registry.find(|entry| entry.measure == Measure::DaysKnown);
        let purpose = entry.and_then(|entry| self.covering_purpose(entry, Some(&id.with(()))));
        let outputs = sequence.outputs.into_iter();
        engine::models::Sequence {
            id: id.value.clone(),
            features: sequence.features,
            purpose: purpose.unwrap_or(u8::MAX),
            cells: sequence.cells,
            steps: sequence.steps,
            outputs: outputs.map(|output| self.output(id, output)).collect(),
        }
    }

    pub(super) fn journey(&mut self, steps: Steps) -> engine::models::Journey {
        let Steps { id, journey, .. } = steps;
        for variables in [&steps.inputs, &steps.since, &vec![steps.began]] {
            self.use_all(variables, Some(id.with(())));
        }
        let milestones = journey.steps.into_iter().zip(&steps.since);
        engine::models::Journey {
            inputs: steps.inputs.clone(),
            missing_allowed: steps.missing_allowed,
            sharpness: journey.sharpness,
            least: journey.least,
            began: steps.began,
            steps: milestones
                .map(|(step, since)| engine::models::Milestone {
                    score: self.output(&id, step.score),
                    since: *since,
                    alike: step.alike,
                })
                .collect(),
            shares: journey.shares,
            waits: journey.waits,
            id: id.value,
        }
    }

    fn output(&self, model: &Spot<String>, score: Titled) -> Output {
        Output {
            id: format!("{}-{}", model.value, score.id),
            title: self.titles(score.title),
        }
    }

    /// Names in the languages of the policy set, in their order.
    fn titles(&self, mut titles: BTreeMap<String, String>) -> Vec<String> {
        let locales = self.policy.locales.iter();
        locales
            .map(|tag| titles.remove(&tag.value).unwrap_or_default())
            .collect()
    }

    pub(super) fn model(&mut self, model: Imported) -> engine::models::Model {
        self.use_all(&model.inputs, Some(model.id.with(())));
        engine::models::Model {
            id: model.id.value,
            inputs: model.inputs,
            missing_allowed: model.missing_allowed,
            steps: model.steps,
            output: model.output,
        }
    }

    fn pitch(&mut self, pitch: &policy::Pitch) -> Pitch {
        let title = self.template(&pitch.title);
        self.no_values(&pitch.title, &title);
        let body = self.template(&pitch.body);
        let plain = match &pitch.plain {
            None if template::has_values(&body) => {
                let (what, key) = (
                    "a pitch whose body shows values".to_owned(),
                    "plain".to_owned(),
                );
                let remedy = "the sentence that is shown when a value is missing".to_owned();
                self.log
                    .add(pitch.body.place(), Problem::Missing { what, key, remedy });
                String::new()
            }
            None => literal(&body),
            Some(plain) => {
                let text = self.template(plain);
                self.no_values(plain, &text);
                literal(&text)
            }
        };
        let button = self.template(&pitch.call_to_action);
        self.no_values(&pitch.call_to_action, &button);
        Pitch {
            title: literal(&title),
            body,
            plain,
            call_to_action: literal(&button),
        }
    }

    fn no_values(&self, text: &Spot<String>, template: &Template) {
        if template::has_values(template) {
            self.log.add(text.place(), TemplateProblem::Values);
        }
    }

    pub(super) fn action_names(&self) -> impl Iterator<Item = &'p str> + Clone + use<'p> {
        self.policy
            .actions
            .iter()
            .map(|action| action.id.value.as_str())
    }

    /// A condition over variables, scores, persona, channel and intents.
    pub(super) fn condition(&mut self, source: &Spot<String>) -> Condition {
        let intents: Vec<&str> = self
            .policy
            .intents
            .iter()
            .map(|intent| intent.id.value.as_str())
            .collect();
        self.condition_over(source, &intents)
    }

    fn condition_over(&mut self, source: &Spot<String>, intents: &[&str]) -> Condition {
        let personas: Vec<&str> = self.personas.iter().map(String::as_str).collect();
        let causes = self.policy.causes.iter();
        let causes: Vec<&str> = causes.map(|cause| cause.id.value.as_str()).collect();
        let scope = Scope {
            variables: &self.variables,
            models: &self.scores,
            personas: &personas,
            intents,
            explained: &self.explainable,
            causes: &causes,
            ..Scope::default()
        };
        match condition::compile(&source.value, &scope) {
            Ok(condition) => {
                self.use_all(&condition.variables, Some(source.with(())));
                self.explained.extend(causes_in(&condition));
                condition
            }
            Err(error) => {
                self.log
                    .add(source.place_within(error.offset), error.problem);
                Condition::default()
            }
        }
    }

    /// A number over the factors of a triangulation.
    pub(super) fn formula(&self, source: &Spot<String>) -> Formula {
        let scope = Scope {
            factors: &FACTORS,
            ..Scope::default()
        };
        condition::compile_number(&source.value, &scope).unwrap_or_else(|error| {
            self.log
                .add(source.place_within(error.offset), error.problem);
            Formula::default()
        })
    }

    fn template(&mut self, text: &Spot<String>) -> Template {
        match template::parse(&text.value, self.registry) {
            Ok(template) => {
                let used: Vec<u16> = values(&template).collect();
                self.use_all(&used, Some(text.with(())));
                template
            }
            Err(error) => {
                self.log.add(text.place_within(error.offset), error.problem);
                Template::default()
            }
        }
    }

    pub(super) fn find<'n>(
        &self,
        what: &'static str,
        name: &Spot<String>,
        known: impl Iterator<Item = &'n str> + Clone,
    ) -> Option<u16> {
        let position = known.clone().position(|candidate| candidate == name.value);
        if position.is_none() {
            unknown(what, name, known, self.log);
        }
        position.and_then(|position| u16::try_from(position).ok())
    }

    pub(super) fn use_all(&mut self, variables: &[u16], user: Option<Spot<()>>) {
        for variable in variables {
            self.used.entry(*variable).or_insert_with(|| user.clone());
        }
    }
}

/// Notes a name that means nothing.
pub(super) fn unknown<'a>(
    what: &'static str,
    name: &Spot<String>,
    known: impl Iterator<Item = &'a str>,
    log: &Log,
) {
    if name.value.is_empty() || log.is_full() {
        return;
    }
    let known: BTreeSet<&str> = known.collect();
    let remedy = suggest(&name.value, known);
    log.add(
        name.place(),
        Problem::UnknownName {
            what,
            name: name.value.clone(),
            remedy,
        },
    );
}

fn values(template: &Template) -> impl Iterator<Item = u16> + '_ {
    template.parts.iter().filter_map(|part| match part {
        Part::Value { variable, .. } => Some(*variable),
        Part::Literal(_) => None,
    })
}

/// Positions of the models whose cause a condition asks for.
fn causes_in(condition: &Condition) -> impl Iterator<Item = u16> + '_ {
    let read = |op: &Op| match op {
        Op::Read(subject) => Some(*subject),
        _ => None,
    };
    let tested = condition.tests.iter().map(|test| test.subject);
    let read = condition.numbers.iter().flatten().filter_map(read);
    tested.chain(read).filter_map(|subject| match subject {
        Subject::Cause(model) => Some(model),
        _ => None,
    })
}

fn literal(template: &Template) -> String {
    let words = template.parts.iter().map(|part| match part {
        Part::Literal(text) => text.as_str(),
        Part::Value { .. } => "",
    });
    words.collect()
}
