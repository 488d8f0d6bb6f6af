//! Intents: what the customer may be about to want, and how strongly.
//!
//! A fired trigger raises its intent to `strength · 2^(−age / half-life)`, where the age is the days since
//! what the trigger saw. The strongest of an intent's triggers counts, and nothing counts beyond the
//! intent's shelf life.

use crate::bundle::{ArchivedIntent, ArchivedTrigger};

/// An intent of one customer, now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Strength {
    /// 0 to 1.
    pub value: f64,
    /// Position of the trigger that raised it; none when nothing did.
    pub trigger: Option<u16>,
}

/// The strength of each intent, from which triggers `fired`.
pub fn strengths(
    intents: &[ArchivedIntent],
    triggers: &[ArchivedTrigger],
    fired: &[bool],
    variables: &[f64],
    strengths: &mut Vec<Strength>,
) {
    strengths.clear();
    strengths.resize(intents.len(), Strength::default());
    for ((position, trigger), _) in (0u16..)
        .zip(triggers)
        .zip(fired)
        .filter(|(_, fired)| **fired)
    {
        let Some(intent) = trigger.intent.as_ref().map(|i| usize::from(i.to_native())) else {
            continue;
        };
        let (Some(intent), Some(known)) = (intents.get(intent), strengths.get_mut(intent)) else {
            continue;
        };
        let value = intent.faded(trigger, variables);
        if value > known.value {
            *known = Strength {
                value,
                trigger: Some(position),
            };
        }
    }
}

impl ArchivedIntent {
    /// What is left of a fired trigger's strength. An age that is not known is no age to fade by, but
    /// then nothing says that the evidence is still there: it counts as gone.
    fn faded(&self, trigger: &ArchivedTrigger, variables: &[f64]) -> f64 {
        let strength = f64::from(trigger.strength.to_native());
        let Some(since) = trigger.since.as_ref() else {
            return strength.clamp(0.0, 1.0);
        };
        let age = variables
            .get(usize::from(since.to_native()))
            .copied()
            .unwrap_or(f64::NAN);
        if !(0.0..=f64::from(self.shelf_life_days.to_native())).contains(&age) {
            return 0.0;
        }
        let halvings = age / f64::from(self.half_life_days.to_native());
        // `exp2` would bring a table of 4 kB to the page; this is there already, and as exact in whole halvings.
        (strength * libm::pow(2.0, -halvings)).clamp(0.0, 1.0)
    }
}
