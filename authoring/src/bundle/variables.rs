//! Which variables a bundle computes: the ones in use, each with its purpose and its name.

use std::collections::{BTreeMap, BTreeSet};

use engine::{
    bundle::{Body, Engagement, Variable},
    policy::{Condition, Op, Part, Subject, Template},
    profile::DataClass,
    variables::Entry,
};

use super::{
    Problem, Spot,
    compiler::{Compiler, unknown},
    policy, texts,
};
use crate::problem::unique;

impl Compiler<'_> {
    /// Puts the variables in use into the body and moves all references there, and those of the
    /// triggers' conditions.
    pub(super) fn settle_variables(mut self, body: &mut Body, conditions: &mut [Condition]) {
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
                cause: self.cause(&entry.name),
            });
        }
        let to = |position: &mut u16| {
            *position = moved.get(position).copied().unwrap_or_default();
        };
        body.personas.inputs.iter_mut().for_each(to);
        for model in &mut body.models {
            let mut inputs = core::mem::take(&mut model.inputs);
            inputs.iter_mut().for_each(to);
            model.place(inputs);
        }
        for journey in &mut body.journeys {
            journey.inputs.iter_mut().for_each(to);
            to(&mut journey.began);
            journey
                .steps
                .iter_mut()
                .for_each(|step| to(&mut step.since));
        }
        for condition in conditions {
            move_condition(condition, to);
        }
        for trigger in &mut body.triggers {
            trigger.since.iter_mut().for_each(to);
            trigger
                .because
                .iter_mut()
                .for_each(|text| move_template(text, to));
        }
        for group in &mut body.groups {
            move_engagement(&mut group.engagement, to);
        }
        let wants = &mut body.market.wants;
        for condition in wants.iter_mut().filter_map(|want| want.condition.as_mut()) {
            move_condition(condition, to);
        }
        for action in &mut body.actions {
            move_engagement(&mut action.engagement, to);
            for pitch in &mut action.pitches {
                move_template(&mut pitch.body, to);
            }
        }
        let answers = body
            .questions
            .iter_mut()
            .flat_map(|question| &mut question.answer);
        answers.for_each(|text| move_template(text, to));
        self.check_labels();
        self.check_causes();
    }

    /// Whether a variable is known whenever a condition holds: the condition reads it, or reads another
    /// of its data class while this one is never missing where its data may be seen.
    pub(super) fn known_with(&self, variable: u16, condition: &Condition) -> bool {
        let entry = |variable: &u16| self.registry.get(usize::from(*variable));
        let never_missing = entry(&variable).is_some_and(|entry| entry.measure.is_always_known());
        let class = entry(&variable).map(|entry| entry.class);
        condition.variables.contains(&variable)
            || never_missing
                && condition
                    .variables
                    .iter()
                    .filter_map(entry)
                    .any(|read| Some(read.class) == class)
    }

    /// Position of the purpose that opens a variable's data. Data of the class `public` needs none to
    /// be opened, but still the purpose that the registry names.
    pub(super) fn covering_purpose(&self, entry: &Entry, user: Option<&Spot<()>>) -> Option<u8> {
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

    /// Position of the cause that a variable belongs to.
    fn cause(&self, name: &str) -> Option<u16> {
        let is_of = |cause: &policy::Cause| cause.variables.iter().any(|v| v.value == name);
        let position = self.policy.causes.iter().position(is_of)?;
        u16::try_from(position).ok()
    }

    fn check_causes(&self) {
        let named = || self.policy.causes.iter().flat_map(|cause| &cause.variables);
        unique("variable of a cause", named(), self.log);
        let known: BTreeSet<&str> = self.variables.iter().copied().collect();
        for name in named().filter(|name| !known.contains(name.value.as_str())) {
            unknown("variable", name, self.variables.iter().copied(), self.log);
        }
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

fn place(user: Option<&Spot<()>>) -> crate::place::Place {
    user.map_or_else(|| policy::main_file().whole(), Spot::place)
}

fn move_engagement(engagement: &mut Engagement, to: impl Fn(&mut u16) + Copy) {
    let parts = [
        &mut engagement.eligible,
        &mut engagement.applicable,
        &mut engagement.suitable,
    ];
    for condition in parts.into_iter().flatten() {
        move_condition(condition, to);
    }
}

fn move_condition(condition: &mut Condition, to: impl Fn(&mut u16)) {
    let tested = condition.tests.iter_mut().map(|test| &mut test.subject);
    let read = condition
        .numbers
        .iter_mut()
        .flatten()
        .filter_map(|op| match op {
            Op::Read(subject) => Some(subject),
            _ => None,
        });
    for subject in tested.chain(read) {
        if let Subject::Variable(position) = subject {
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
