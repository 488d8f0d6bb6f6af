//! Where an action fits: policies know formats and topics by name, the engine by bits.

use engine::bundle::{Action, Placeholder};

use super::{Problem, Spot, compiler::Compiler};

impl Compiler<'_> {
    /// A bit for each format, in the policy's order.
    pub(super) fn formats(&self, formats: &[Spot<String>]) -> u32 {
        self.bits("format", formats, &self.policy.formats)
    }

    /// A bit for each topic, in the policy's order. What names none is at home everywhere.
    pub(super) fn topics<'t>(&self, topics: impl IntoIterator<Item = &'t Spot<String>>) -> u32 {
        match self.bits("topic", topics, &self.policy.topics) {
            0 => u32::MAX,
            bits => bits,
        }
    }

    /// Notes the placeholders that nothing can ever fill.
    pub(super) fn check_placeholders(&self, actions: &[Action], placeholders: &[Placeholder]) {
        for (slot, source) in placeholders.iter().zip(&self.policy.placeholders) {
            let fits = |action: &Action| {
                action.formats & slot.formats != 0
                    && action.topics & slot.topics != 0
                    && action.channels & (1 << slot.channel as u8) != 0
            };
            if !actions.iter().any(fits) {
                let key = source.id.value.clone();
                let found = "a placeholder that no action fits".to_owned();
                let remedy =
                    "add an action of its format, topic and channel, or take it away".to_owned();
                self.log
                    .add(source.id.place(), Problem::Invalid { key, found, remedy });
            }
        }
    }

    fn bits<'t>(
        &self,
        what: &'static str,
        names: impl IntoIterator<Item = &'t Spot<String>>,
        known: &[Spot<String>],
    ) -> u32 {
        let known = known.iter().map(|name| name.value.as_str());
        names
            .into_iter()
            .filter_map(|name| self.find(what, name, known.clone()))
            .fold(0, |bits, position| {
                bits | 1u32.checked_shl(position.into()).unwrap_or(0)
            })
    }
}
