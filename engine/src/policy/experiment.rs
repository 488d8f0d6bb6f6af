//! Experiments: the control group, challengers to the triangulation, and exploration. A decision's seed draws them,
//! each for itself.

use super::chance;
use crate::bundle::{ArchivedBody, ArchivedTriangulation};

/// What a seed draws.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Draws {
    /// Position of the challenger; none is the champion.
    pub challenger: Option<usize>,
    pub control: bool,
    pub exploring: bool,
    seed: u64,
}

/// Salts.
const ARM: u64 = 1 << 32;
const CONTROL: u64 = 2 << 32;
const EXPLORATION: u64 = 3 << 32;

impl Draws {
    pub fn new(body: &ArchivedBody, seed: u64) -> Self {
        let experiments = &body.experiments;
        let below = |share: f64, salt: u64| chance::draw(seed, salt) < share;
        let arm = chance::draw(seed, ARM);
        let mut until = 0.0;
        let challenger = experiments.challengers.iter().position(|challenger| {
            until += f64::from(challenger.share.to_native());
            arm < until
        });
        Self {
            challenger,
            control: experiments
                .control
                .as_ref()
                .is_some_and(|control| below(control.share.to_native().into(), CONTROL)),
            exploring: experiments
                .exploration
                .as_ref()
                .is_some_and(|explored| below(explored.share.to_native().into(), EXPLORATION)),
            seed,
        }
    }

    /// Who weighs.
    pub fn triangulation(self, body: &ArchivedBody) -> &ArchivedTriangulation {
        self.challenger
            .and_then(|i| body.experiments.challengers.get(i))
            .map_or(&body.triangulation, |c| &c.triangulation)
    }

    /// Who weighs, as a number: the champion, then the challengers.
    pub fn arm(self) -> usize {
        self.challenger.map_or(0, |i| i + 1)
    }

    /// What exploration multiplies the score of an action by.
    pub fn exploration(self, body: &ArchivedBody, action: u16) -> f64 {
        match body.experiments.exploration.as_ref() {
            Some(exploration) if self.exploring => {
                let salt = EXPLORATION + 1 + u64::from(action);
                let swing = 2.0 * chance::draw(self.seed, salt) - 1.0;
                1.0 + f64::from(exploration.spread.to_native()) * swing
            }
            _ => 1.0,
        }
    }
}
