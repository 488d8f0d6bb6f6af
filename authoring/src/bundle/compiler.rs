//! Names to positions.
//!
//! While it compiles, variables stand at their position in the registry; once it is known which are in
//! use, they move to their position in the bundle.

use std::collections::{BTreeMap, BTreeSet};

use engine::{
    bundle::{Body, Variable},
    policy::{Condition, Op, Part, Template},
    profile::DataClass,
    variables::{Entry, Measure, Stat},
};

use super::{
    Action, Log, Persona, Personas, Pitch, Placeholder, Policy, Problem, Propensity, Question,
    Spot, Trigger, models::Imported, policy, texts,
};
use crate::{
    condition::{self, Scope},
    limits,
    model::Centroids,
    problem::suggest,
    template::{self, TemplateProblem},
};

pub(super) struct Compiler<'p> {
    policy: &'p Policy,
    registry: &'p [Entry],
    log: &'p Log,
    variables: Vec<&'p str>,
    models: Vec<&'p str>,
    personas: Vec<String>,
    /// Variables in use, by position in the registry, with the first place that uses each.
    used: BTreeMap<u16, Option<Spot<()>>>,
    /// The pairs of a format and a topic that placeholders accept, each of them a bit.
    places: Vec<(&'p str, Option<&'p str>)>,
}

impl<'p> Compiler<'p> {
    pub(super) fn new(
        policy: &'p Policy,
        registry: &'p [Entry],
        (_, centroids): &(Vec<u16>, Centroids),
        log: &'p Log,
    ) -> Self {
        let mut places = Vec::new();
        for slot in &policy.placeholders {
            let topic = slot.topic.as_ref().map(|topic| topic.value.as_str());
            for format in &slot.formats {
                if !places.contains(&(format.value.as_str(), topic)) {
                    places.push((format.value.as_str(), topic));
                }
            }
        }
        if let (true, Some(slot)) = (places.len() > limits::PLACES, policy.placeholders.first()) {
            let (found, limit) = (places.len(), limits::PLACES);
            let what = "different pairs of format and topic";
            let remedy = "let some pages share a topic";
            log.add(
                slot.id.file.whole(),
                Problem::TooMuch {
                    what,
                    found,
                    limit,
                    remedy,
                },
            );
            places.truncate(limits::PLACES);
        }
        Self {
            policy,
            registry,
            log,
            variables: registry.iter().map(|entry| entry.name.as_str()).collect(),
            models: policy
                .models
                .iter()
                .map(|model| model.id.value.as_str())
                .collect(),
            personas: centroids
                .personas
                .iter()
                .map(|persona| persona.id.clone())
                .collect(),
            used: BTreeMap::new(),
            places,
        }
    }

    pub(super) fn trigger(&mut self, trigger: &policy::Trigger) -> Trigger {
        let condition = self.condition(&trigger.when);
        let mut because = Vec::new();
        for text in &trigger.because {
            let template = self.template(text);
            // A reason must not be empty when its trigger fires.
            let doubtful =
                values(&template).find(|variable| !self.known_with(*variable, &condition));
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
        Trigger {
            id: trigger.id.value.clone(),
            condition,
            urgency: trigger.urgency,
            because,
        }
    }

    pub(super) fn action(&mut self, action: &policy::Action) -> Action {
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
            .and_then(|id| self.find("model", id, self.models.iter().copied()));
        let mut persona_affinity = vec![1.0; self.personas.len()];
        for (id, factor) in &action.affinity {
            let position = self.find("persona", id, self.personas.iter().map(String::as_str));
            if let Some(slot) = position.and_then(|at| persona_affinity.get_mut(usize::from(at))) {
                *slot = *factor;
            }
        }
        let eligibility = action
            .eligible
            .as_ref()
            .map(|condition| self.condition(condition));
        Action {
            id: action.id.value.clone(),
            life_stage: action.life_stage,
            product: action.product.value.clone(),
            purpose: purpose.and_then(|position| u8::try_from(position).ok()),
            triggers,
            eligibility,
            propensity: Propensity {
                model,
                base: action.propensity,
            },
            value: action.value,
            urgency: action.urgency,
            persona_affinity,
            formats: self.action_places(action),
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
        let topic = slot.topic.as_ref();
        self.known_topics(topic);
        self.known_formats(&slot.formats);
        let accepts = |(format, subject): &(&str, Option<&str>)| {
            *subject == topic.map(|topic| topic.value.as_str())
                && slot
                    .formats
                    .iter()
                    .any(|accepted| accepted.value == *format)
        };
        Placeholder {
            id: slot.id.value.clone(),
            channel: slot.channel,
            page: slot.page.clone(),
            capacity: slot.capacity,
            formats: self.bits(accepts),
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
        let persona = |persona: crate::model::Persona| {
            let mut titles = persona.title;
            let locales = self.policy.locales.iter();
            Persona {
                id: persona.id,
                title: locales
                    .map(|tag| titles.remove(&tag.value).unwrap_or_default())
                    .collect(),
                centroid: persona.centroid,
            }
        };
        Personas {
            inputs,
            means: centroids.means,
            scales: centroids.scales,
            personas: centroids.personas.into_iter().map(persona).collect(),
        }
    }

    pub(super) fn model(&mut self, model: Imported) -> engine::models::Model {
        self.use_all(&model.inputs, Some(model.id.with(())));
        engine::models::Model {
            id: model.id.value,
            inputs: model.inputs,
            missing_allowed: model.missing_allowed,
            kind: model.kind,
        }
    }

    /// Notes the placeholders that nothing can ever fill.
    pub(super) fn check_placeholders(&self) {
        for slot in &self.policy.placeholders {
            let accepted = self.placeholder(slot).formats;
            let fits = |action: &policy::Action| {
                self.action_places(action) & accepted != 0
                    && action.channels.contains(&slot.channel)
            };
            if !self.policy.actions.iter().any(fits) {
                let key = slot.id.value.clone();
                let found = "a placeholder that no action fits".to_owned();
                let remedy =
                    "add an action of its format, topic and channel, or take it away".to_owned();
                self.log
                    .add(slot.id.place(), Problem::Invalid { key, found, remedy });
            }
        }
    }

    /// Puts the variables in use into the body and moves all references there.
    pub(super) fn settle_variables(mut self, body: &mut Body) {
        let used = core::mem::take(&mut self.used);
        let mut moved = BTreeMap::new();
        for (position, user) in &used {
            let Some(entry) = self.registry.get(usize::from(*position)) else {
                continue;
            };
            let Some(purpose) = self.covering_purpose(entry, user.as_ref()) else {
                continue;
            };
            // At most as many as the registry has, which its positions count in 16 bits.
            moved.insert(
                *position,
                u16::try_from(body.variables.len()).unwrap_or(u16::MAX),
            );
            body.variables.push(Variable {
                name: entry.name.clone(),
                measure: entry.measure,
                purpose,
                unit: entry.unit,
                label: self.label(entry, user.as_ref()),
            });
        }
        let to = |position: &mut u16| {
            *position = moved.get(position).copied().unwrap_or_default();
        };
        body.personas.inputs.iter_mut().for_each(to);
        body.models
            .iter_mut()
            .flat_map(|model| &mut model.inputs)
            .for_each(to);
        for trigger in &mut body.triggers {
            move_condition(&mut trigger.condition, to);
            trigger
                .because
                .iter_mut()
                .for_each(|text| move_template(text, to));
        }
        for action in &mut body.actions {
            if let Some(condition) = &mut action.eligibility {
                move_condition(condition, to);
            }
            for pitch in &mut action.pitches {
                move_template(&mut pitch.title, to);
                move_template(&mut pitch.body, to);
            }
        }
        let answers = body
            .questions
            .iter_mut()
            .flat_map(|question| &mut question.answer);
        answers.for_each(|text| move_template(text, to));
        self.check_labels();
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
            title,
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

    /// Whether a variable is known whenever a condition holds: the condition reads it, or reads another
    /// of its data class while this one is never missing where its data may be seen.
    fn known_with(&self, variable: u16, condition: &Condition) -> bool {
        let entry = |variable: &u16| self.registry.get(usize::from(*variable));
        let never_missing = entry(&variable).is_some_and(|entry| {
            matches!(
                entry.measure,
                Measure::Stream(_, Stat::Count | Stat::Sum, _)
                    | Measure::NetFlow(_)
                    | Measure::HoldingCount(_)
                    | Measure::HoldingAmount(_)
                    | Measure::HoldingPayment(_)
            )
        });
        let class = entry(&variable).map(|entry| entry.class);
        condition.variables.contains(&variable)
            || never_missing
                && condition
                    .variables
                    .iter()
                    .filter_map(entry)
                    .any(|read| Some(read.class) == class)
    }

    fn condition(&mut self, source: &Spot<String>) -> Condition {
        let personas: Vec<&str> = self.personas.iter().map(String::as_str).collect();
        let scope = Scope {
            variables: &self.variables,
            models: &self.models,
            personas: &personas,
        };
        match condition::compile(&source.value, &scope) {
            Ok(condition) => {
                self.use_all(&condition.variables, Some(source.with(())));
                condition
            }
            Err(error) => {
                self.log
                    .add(source.place_within(error.offset), error.problem);
                Condition::default()
            }
        }
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

    fn action_places(&self, action: &policy::Action) -> u32 {
        self.known_formats(&action.formats);
        self.known_topics(&action.topics);
        self.bits(|(format, topic)| {
            action
                .formats
                .iter()
                .any(|accepted| accepted.value == *format)
                && (action.topics.is_empty()
                    || topic
                        .is_none_or(|topic| action.topics.iter().any(|name| name.value == topic)))
        })
    }

    fn bits(&self, test: impl Fn(&(&str, Option<&str>)) -> bool) -> u32 {
        let set = self
            .places
            .iter()
            .enumerate()
            .filter(|(_, place)| test(place));
        set.fold(0, |bits, (position, _)| bits | 1 << position)
    }

    fn known_formats(&self, formats: &[Spot<String>]) {
        for format in formats {
            self.find(
                "format",
                format,
                self.policy.formats.iter().map(|known| known.value.as_str()),
            );
        }
    }

    fn known_topics<'t>(&self, topics: impl IntoIterator<Item = &'t Spot<String>>) {
        for topic in topics {
            self.find(
                "topic",
                topic,
                self.policy.topics.iter().map(|known| known.value.as_str()),
            );
        }
    }

    fn find<'n>(
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

    fn use_all(&mut self, variables: &[u16], user: Option<Spot<()>>) {
        for variable in variables {
            self.used.entry(*variable).or_insert_with(|| user.clone());
        }
    }

    /// Position of the purpose that opens a variable's data. Data of the class `public` needs none to
    /// be opened, but still the purpose that the registry names.
    fn covering_purpose(&self, entry: &Entry, user: Option<&Spot<()>>) -> Option<u8> {
        let position = self
            .policy
            .purposes
            .iter()
            .position(|purpose| purpose.id.value == entry.purpose);
        let covers = |purpose: &policy::Purpose| {
            entry.class == DataClass::Public || purpose.classes.contains(&entry.class)
        };
        let purpose = position.and_then(|position| self.policy.purposes.get(position));
        let Some(purpose) = purpose else {
            let remedy = format!("it opens `{}`; add it to `purposes.toml`", entry.name);
            let name = entry.purpose.to_owned();
            self.log.add(
                place(user),
                Problem::UnknownName {
                    what: "purpose",
                    name,
                    remedy,
                },
            );
            return None;
        };
        if !covers(purpose) {
            let key = "classes".to_owned();
            let found = format!(
                "without {:?} data, which `{}` reads",
                entry.class, entry.name
            )
            .to_lowercase();
            let remedy = format!(
                "add the class, or do not use `{}` ({})",
                entry.name,
                place(user)
            );
            self.log
                .add(purpose.id.place(), Problem::Invalid { key, found, remedy });
        }
        position.and_then(|position| u8::try_from(position).ok())
    }

    fn label(&self, entry: &Entry, user: Option<&Spot<()>>) -> Vec<String> {
        let found = self
            .policy
            .labels
            .iter()
            .find(|(name, _)| name.value == entry.name);
        let Some((_, label)) = found else {
            let what = format!("`variables.toml` (`{}` is used here)", entry.name);
            let remedy = format!("its name in reasons: {}", entry.description);
            self.log.add(
                place(user),
                Problem::Missing {
                    what,
                    key: entry.name.clone(),
                    remedy,
                },
            );
            return Vec::new();
        };
        texts(label)
    }

    fn check_labels(&self) {
        let known: BTreeSet<&str> = self.variables.iter().copied().collect();
        for (name, _) in self
            .policy
            .labels
            .iter()
            .filter(|(name, _)| !known.contains(name.value.as_str()))
        {
            unknown("variable", name, self.variables.iter().copied(), self.log);
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
    if name.value.is_empty() {
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

fn place(user: Option<&Spot<()>>) -> crate::place::Place {
    user.map_or_else(|| policy::main_file().whole(), Spot::place)
}

fn values(template: &Template) -> impl Iterator<Item = u16> + '_ {
    template.parts.iter().filter_map(|part| match part {
        Part::Value { variable, .. } => Some(*variable),
        Part::Literal(_) => None,
    })
}

fn literal(template: &Template) -> String {
    let words = template.parts.iter().map(|part| match part {
        Part::Literal(text) => text.as_str(),
        Part::Value { .. } => "",
    });
    words.collect()
}

fn move_condition(condition: &mut Condition, to: impl Fn(&mut u16)) {
    for op in &mut condition.ops {
        if let Op::Variable(position) = op {
            to(position);
        }
    }
    // Bundles list variables in the registry's order, so ascending stays ascending.
    condition.variables.iter_mut().for_each(to);
}

fn move_template(template: &mut Template, to: impl Fn(&mut u16)) {
    for part in &mut template.parts {
        if let Part::Value { variable, .. } = part {
            to(variable);
        }
    }
}
