//! Where an action fits: the engine knows bits, policies know formats and topics. Each pair that some
//! placeholder accepts is a bit.

use super::{Problem, Spot, compiler::Compiler, policy};
use crate::{limits, problem::Log};

/// A format and the topic of the page, if it has one.
pub(super) type Kind<'p> = (&'p str, Option<&'p str>);

/// The pairs that placeholders accept, in their order.
pub(super) fn kinds<'p>(policy: &'p policy::Policy, log: &Log) -> Vec<Kind<'p>> {
    let mut kinds = Vec::new();
    for slot in &policy.placeholders {
        let topic = slot.topic.as_ref().map(|topic| topic.value.as_str());
        for format in &slot.formats {
            if !kinds.contains(&(format.value.as_str(), topic)) {
                kinds.push((format.value.as_str(), topic));
            }
        }
    }
    if let (true, Some(slot)) = (kinds.len() > limits::PLACES, policy.placeholders.first()) {
        let (found, limit) = (kinds.len(), limits::PLACES);
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
        kinds.truncate(limits::PLACES);
    }
    kinds
}

impl Compiler<'_> {
    /// The bits of an action.
    pub(super) fn action_kinds(&self, action: &policy::Action) -> u32 {
        let on_topic = |topic: &str| {
            action.topics.is_empty() || action.topics.iter().any(|name| name.value == topic)
        };
        self.bits(|(format, topic)| {
            action.formats.iter().any(|shape| shape.value == format) && topic.is_none_or(on_topic)
        })
    }

    /// The bits of a placeholder.
    pub(super) fn slot_kinds(&self, slot: &policy::Placeholder) -> u32 {
        let subject = slot.topic.as_ref().map(|topic| topic.value.as_str());
        self.bits(|(format, topic)| {
            topic == subject && slot.formats.iter().any(|accepted| accepted.value == format)
        })
    }

    /// Notes the formats and topics that do not exist.
    pub(super) fn check_names<'t>(
        &self,
        formats: &[Spot<String>],
        topics: impl IntoIterator<Item = &'t Spot<String>>,
    ) {
        for format in formats {
            self.find("format", format, names(&self.policy.formats));
        }
        for topic in topics {
            self.find("topic", topic, names(&self.policy.topics));
        }
    }

    /// Notes the placeholders that nothing can ever fill.
    pub(super) fn check_placeholders(&self) {
        let kinds: Vec<u32> = self
            .policy
            .actions
            .iter()
            .map(|action| self.action_kinds(action))
            .collect();
        for slot in &self.policy.placeholders {
            let accepted = self.slot_kinds(slot);
            let fits = |(action, kinds): (&policy::Action, &u32)| {
                kinds & accepted != 0 && action.channels.contains(&slot.channel)
            };
            if !self.policy.actions.iter().zip(&kinds).any(fits) {
                let key = slot.id.value.clone();
                let found = "a placeholder that no action fits".to_owned();
                let remedy =
                    "add an action of its format, topic and channel, or take it away".to_owned();
                self.log
                    .add(slot.id.place(), Problem::Invalid { key, found, remedy });
            }
        }
    }

    fn bits(&self, test: impl Fn(Kind<'_>) -> bool) -> u32 {
        let set = self
            .kinds
            .iter()
            .enumerate()
            .filter(|(_, kind)| test(**kind));
        set.fold(0, |bits, (position, _)| bits | 1 << position)
    }
}

fn names(known: &[Spot<String>]) -> impl Iterator<Item = &str> + Clone {
    known.iter().map(|name| name.value.as_str())
}
