//! Engagement policies: to whom an action, or a group of them, may be shown at all.

use super::{ArchivedCondition, Operands};
use crate::bundle::ArchivedEngagement;

/// A part of an engagement policy, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Eligible,
    Applicable,
    Suitable,
}

impl ArchivedEngagement {
    /// Whether any condition is asked.
    pub(crate) fn has_rules(&self) -> bool {
        self.eligible.is_some() || self.applicable.is_some() || self.suitable.is_some()
    }

    /// The first part that does not hold.
    pub(crate) fn broken(&self, operands: Operands<'_>) -> Option<Part> {
        let parts = [
            (self.eligible.as_ref(), Part::Eligible),
            (self.applicable.as_ref(), Part::Applicable),
            (self.suitable.as_ref(), Part::Suitable),
        ];
        let broken = |(condition, part): (Option<&ArchivedCondition>, Part)| {
            condition
                .is_some_and(|c| !c.holds(operands))
                .then_some(part)
        };
        parts.into_iter().find_map(broken)
    }

    /// The condition of a part.
    pub(crate) fn condition(&self, part: Part) -> Option<&ArchivedCondition> {
        match part {
            Part::Eligible => self.eligible.as_ref(),
            Part::Applicable => self.applicable.as_ref(),
            Part::Suitable => self.suitable.as_ref(),
        }
    }
}
