//! Journeys: which step a customer takes next on the way to being active, and after that, week by week.
//!
//! Of the active customers it is known which step followed which, and after how many weeks. A share is
//! conditional on the step before: of those who took that one last, how many took this one next. The shares
//! bend towards whom the customer is like: each is weighed by exp(sharpness × cosine) to those who took the
//! step next, against the share of those who took none, which is not weighed. Steps that the customer has
//! taken already fall out.

use rkyv::{Archive, Serialize};

use super::{Contributions, Cosine, Output, Row};
use crate::{bundle::ArchivedBody, limits::MILESTONES};

/// The steps that active customers took, and in which order.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Journey {
    /// Its name in policies.
    pub id: String,
    /// Positions of the variables that likeness is about.
    pub inputs: Vec<u16>,
    /// The share of inputs, 0 to 1, that may be missing before it says nothing.
    pub missing_allowed: f32,
    /// How much likeness counts.
    pub sharpness: f32,
    /// The least share with which a step is planned.
    pub least: f32,
    /// Position of the variable that counts the days since the journey began.
    pub began: u16,
    /// The steps. Of two taken on one day the later one here is the later.
    pub steps: Vec<Milestone>,
    /// For each step taken last, the first row for none, the share that takes each step next.
    pub shares: Vec<f32>,
    /// The same for the weeks that it takes them.
    pub weeks: Vec<f32>,
}

/// A step of a journey.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Milestone {
    /// Its name in policies, and on screens.
    pub score: Output,
    /// Position of the variable that counts the days since it was taken first; missing when it was not.
    pub since: u16,
    /// Those who took it next.
    pub alike: Cosine,
}

/// A step that a customer is expected to take, if the one before was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Planned {
    /// Position of its score in the bundle.
    pub score: u16,
    /// Which week, the first from now is 1.
    pub week: u32,
    /// How likely, 0 to 1.
    pub share: f64,
}

impl ArchivedJourney {
    /// The steps from here on. Adds the score of each, how likely it is the next: NaN for all when too little
    /// is known.
    pub(crate) fn plan(
        &self,
        variables: &[f64],
        row: &mut Row,
        scores: &mut Vec<f64>,
    ) -> Vec<Planned> {
        let mut plan = Vec::new();
        let first = scores.len();
        let number = self.steps.len().min(MILESTONES);
        scores.resize(first + self.steps.len(), f64::NAN);
        let Some(pull) = self.pull(row) else {
            return plan;
        };
        let read = |at: &rkyv::Archived<u16>| {
            let value = variables.get(usize::from(at.to_native()));
            value.copied().filter(|days| !days.is_nan())
        };
        let mut taken: Vec<_> = self.steps.iter().map(|step| read(&step.since)).collect();
        let mut last = 0;
        let mut ago = f64::INFINITY;
        for (step, days) in (1..).zip(&taken) {
            if let Some(days) = days.filter(|days| *days <= ago) {
                (last, ago) = (step, days);
            }
        }
        if last == 0 {
            ago = read(&self.began).unwrap_or(0.0);
        }
        let mut week = 0;
        for turn in 0..number {
            let share = |step: usize| {
                let share = self.shares.get(last * self.steps.len() + step);
                share.map_or(0.0, |share| f64::from(share.to_native()))
            };
            let mut rest = 1.0;
            let mut chances = [0.0; MILESTONES];
            for (step, (chance, pull)) in chances.iter_mut().zip(&pull).enumerate() {
                rest -= share(step);
                if taken.get(step).is_some_and(Option::is_none) {
                    *chance = share(step) * pull;
                }
            }
            let all = chances
                .iter()
                .fold(rest.max(0.0), |all, chance| all + chance);
            let mut best = (0, 0.0);
            for (step, chance) in chances.iter_mut().enumerate().take(number) {
                *chance = if all > 0.0 { *chance / all } else { 0.0 };
                if *chance > best.1 {
                    best = (step, *chance);
                }
            }
            if turn == 0 {
                for (score, chance) in scores.iter_mut().skip(first).zip(&chances) {
                    *score = *chance;
                }
            }
            let (step, share) = best;
            if share <= 0.0 || share < f64::from(self.least.to_native()) {
                break;
            }
            let weeks = self.weeks.get(last * self.steps.len() + step);
            let weeks = weeks.map_or(0.0, |weeks| f64::from(weeks.to_native()));
            // It is due so long after the last one taken, and may be late: then it is for the first week.
            let wait = libm::ceil(weeks - ago / 7.0).clamp(0.0, 1_000.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to 1,000"
            )]
            let wait = wait as u32;
            week = (week + wait).max(1);
            let score = u16::try_from(first + step).unwrap_or(u16::MAX);
            plan.push(Planned { score, week, share });
            if let Some(taken) = taken.get_mut(step) {
                *taken = Some(0.0);
            }
            (last, ago) = (step + 1, 0.0);
        }
        plan
    }

    /// How much each input makes the customer like those who took a step next.
    pub fn contributions(&self, step: usize, row: &mut Row) -> Contributions {
        row.gather(&self.inputs);
        let step = self.steps.get(step);
        step.map_or_else(Vec::new, |step| step.alike.contributions(&row.made))
    }

    /// What likeness makes of each share; nothing when too little is known.
    fn pull(&self, row: &mut Row) -> Option<Vec<f64>> {
        if !row.knows(self.missing_allowed, &self.inputs) {
            return None;
        }
        row.gather(&self.inputs);
        let sharpness = f64::from(self.sharpness.to_native());
        let pull = |step: &ArchivedMilestone| {
            let cosine = 2.0 * step.alike.score(&row.made) - 1.0;
            libm::exp(sharpness * cosine)
        };
        Some(self.steps.iter().map(pull).collect())
    }
}

impl ArchivedBody {
    /// Names of all scores, in their order: of the outputs of sequences, of the steps of journeys, of models.
    pub fn score_ids(&self) -> impl Iterator<Item = &str> {
        let outputs = self.outputs().map(|output| output.id.as_str());
        outputs.chain(self.models.iter().map(|model| model.id.as_str()))
    }

    /// The scores that no model makes; they stand first.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &super::ArchivedOutput> {
        let sequences = self.sequences.iter().flat_map(|s| s.outputs.iter());
        let steps = self.journeys.iter().flat_map(|j| j.steps.iter());
        sequences.chain(steps.map(|step| &step.score))
    }
}

#[cfg(test)]
mod tests {
    use rkyv::rancor::Error;

    use super::*;
    use crate::models::ArchivedJourney;

    /// Two steps, `transfer` and `card`. Variables: days since it began, since each step, and one to be alike in.
    fn journey(sharpness: f32) -> Journey {
        let step = |id: &str, since, direction| Milestone {
            score: Output {
                id: id.to_owned(),
                title: Vec::new(),
            },
            since,
            alike: Cosine {
                means: vec![0.0],
                scales: vec![1.0],
                direction: vec![direction],
            },
        };
        Journey {
            inputs: vec![3],
            sharpness,
            least: 0.1,
            began: 0,
            steps: vec![step("transfer", 1, 1.0), step("card", 2, -1.0)],
            // After nothing, after the transfer, after the card.
            shares: vec![0.5, 0.25, 0.0, 0.6, 0.2, 0.0],
            weeks: vec![5.0, 9.0, 0.0, 2.5, 4.0, 0.0],
            ..Journey::default()
        }
    }

    fn run(journey: &Journey, variables: [f64; 4]) -> (Vec<f64>, Vec<Planned>) {
        let bytes = rkyv::to_bytes::<Error>(journey).unwrap();
        let journey = rkyv::access::<ArchivedJourney, Error>(&bytes).unwrap();
        let mut row = Row::default();
        row.fill(&variables);
        let mut scores = vec![9.0];
        let plan = journey.plan(&variables, &mut row, &mut scores);
        (scores, plan)
    }

    const NONE: f64 = f64::NAN;

    #[test]
    fn each_step_is_conditional_on_the_one_before() {
        let planned = |score, week, share| Planned { score, week, share };
        // Ten days on: the transfer is due in 4 weeks, the card 3 weeks after it.
        let (scores, plan) = run(&journey(0.0), [10.0, NONE, NONE, 2.0]);
        assert_eq!(scores, [9.0, 0.5, 0.25]);
        let share =
            f64::from(0.6f32) / (1.0 - f64::from(0.0f32) - f64::from(0.6f32) + f64::from(0.6f32));
        assert_eq!(plan, [planned(1, 4, 0.5), planned(2, 7, share)]);
        // The transfer was made 30 days ago: the card is late, so it is for this week.
        let (scores, plan) = run(&journey(0.0), [40.0, 30.0, NONE, 2.0]);
        assert_eq!((scores[1], plan.len(), plan[0].week), (0.0, 1, 1));
        // Everything is done.
        let (scores, plan) = run(&journey(0.0), [40.0, 30.0, 2.0, 2.0]);
        assert_eq!((scores, plan.len()), (vec![9.0, 0.0, 0.0], 0));
    }

    #[test]
    fn likeness_bends_the_shares() {
        let (scores, plan) = run(&journey(1.0), [1.0, NONE, NONE, 2.0]);
        let (one, other) = (0.5 * 1.0f64.exp(), 0.25 * (-1.0f64).exp());
        let all = one + other + 0.25;
        assert!((scores[1] - one / all).abs() < 1e-12 && (scores[2] - other / all).abs() < 1e-12);
        assert_eq!(plan[0].score, 1);
        let (_, plan) = run(&journey(1.0), [1.0, NONE, NONE, -2.0]);
        assert_eq!(plan[0].score, 2);
    }

    #[test]
    fn too_little_is_known_or_the_tables_lie() {
        let (scores, plan) = run(&journey(1.0), [1.0, NONE, NONE, NONE]);
        assert!(scores[1].is_nan() && scores[2].is_nan() && plan.is_empty());
        let mut lying = journey(f32::NAN);
        run(&lying, [1.0, NONE, NONE, 1.0]);
        lying = journey(f32::MAX);
        lying.weeks = vec![f32::INFINITY; 6];
        lying.shares = vec![9.0; 6];
        run(&lying, [NONE, NONE, NONE, 1.0]);
        lying = journey(1.0);
        lying.shares.clear();
        lying.steps.extend((0..40).map(|_| Milestone::default()));
        lying.began = 999;
        let (scores, _) = run(&lying, [1.0, 2.0, 2.0, 1.0]);
        assert_eq!(scores.len(), 1 + 42);
    }
}
