//! Journeys: which step a customer takes next on the way to being active, and after that, week by week.
//!
//! Of the active customers it is known which step followed which, and after how many weeks. A share is
//! conditional on the step before: of those who took that one last, how many took this one next. Of that
//! share only those count who took it later than the customer's last step is ago. The shares bend towards
//! whom the customer is like: each is weighed by exp(sharpness × cosine) to those who took the step next,
//! against the share of those who took none, which is not weighed. Steps that the customer has taken already
//! fall out.

use rkyv::{Archive, Archived, Serialize};

use super::{Cosine, Output, Row};
use crate::{bundle::ArchivedBody, limits::MILESTONES};

/// From none to all, by tenths.
pub const TENTHS: usize = 11;

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
    /// The same for the weeks that it took them: a tenth of them between two neighbours, ascending.
    pub waits: Vec<[f32; TENTHS]>,
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
        let read = |at: &Archived<u16>| {
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
        let mut ago = ago / 7.0;
        let mut week = 0;
        for turn in 0..number {
            let chances = self.chances(last, ago, &taken, &pull);
            if turn == 0 {
                let scores = scores.iter_mut().skip(first);
                scores
                    .zip(chances)
                    .for_each(|(score, chance)| *score = chance);
            }
            let mut best = (0, 0.0);
            for (step, chance) in chances.into_iter().enumerate().take(number) {
                if chance > best.1 {
                    best = (step, chance);
                }
            }
            let (step, share) = best;
            if share <= 0.0 || share < f64::from(self.least.to_native()) {
                break;
            }
            let waits = self.waits.get(last * self.steps.len() + step);
            let due = waits.map_or(0.0, |waits| due(waits, ago));
            let wait = libm::ceil(due - ago.max(0.0)).clamp(0.0, 1_000.0);
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
            // As soon as it is taken, nobody has gone on yet.
            (last, ago) = (step + 1, -1.0);
        }
        plan
    }

    /// How likely each step is the next, so many weeks after the last.
    fn chances(
        &self,
        last: usize,
        ago: f64,
        taken: &[Option<f64>],
        pull: &[f64],
    ) -> [f64; MILESTONES] {
        let row = last * self.steps.len();
        let table = self.shares.iter().zip(self.waits.iter()).skip(row);
        let mut chances = [0.0; MILESTONES];
        let mut rest = 1.0;
        let steps = chances.iter_mut().zip(table).zip(taken.iter().zip(pull));
        for ((chance, (share, waits)), (taken, pull)) in steps {
            let share = f64::from(share.to_native());
            rest -= share;
            if taken.is_none() {
                *chance = share * (1.0 - gone(waits, ago)) * pull;
            }
        }
        let all = chances
            .iter()
            .fold(f64::max(rest, 0.0), |all, one| all + one);
        chances.map(|chance| if all > 0.0 { chance / all } else { 0.0 })
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

type Waits = [Archived<f32>; TENTHS];

/// The part of those who went on after such waits that had gone by then.
fn gone(waits: &Waits, ago: f64) -> f64 {
    let after = waits.partition_point(|wait| f64::from(wait.to_native()) <= ago);
    match after
        .checked_sub(1)
        .and_then(|at| wait(waits, at))
        .zip(wait(waits, after))
    {
        Some((low, high)) => {
            let tenths = u8::try_from(after - 1).unwrap_or_default();
            (f64::from(tenths) + (ago - low) / (high - low)) / 10.0
        }
        None if after > 0 => 1.0,
        None => 0.0,
    }
}

/// The median of the waits of those who had not gone on by then.
fn due(waits: &Waits, ago: f64) -> f64 {
    let gone = gone(waits, ago);
    let place = (gone + (1.0 - gone) / 2.0) * 10.0;
    let below = (0u8..10).rev().find(|below| f64::from(*below) <= place);
    let below = below.unwrap_or(0);
    let at = usize::from(below);
    match wait(waits, at).zip(wait(waits, at + 1)) {
        Some((low, high)) => low + (place - f64::from(below)) * (high - low),
        None => 0.0,
    }
}

fn wait(waits: &Waits, at: usize) -> Option<f64> {
    waits.get(at).map(|wait| f64::from(wait.to_native()))
}

impl ArchivedBody {
    /// Names of all scores, in their order: of the outputs of sequences, of the steps of journeys, of models.
    pub fn score_ids(&self) -> impl Iterator<Item = &str> {
        let outputs = self.outputs().map(|output| output.id.as_str());
        outputs.chain(self.models.iter().map(|model| model.id.as_str()))
    }

    /// The scores of sequences and journeys; they stand first.
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
            waits: [5.0, 9.0, 0.0, 2.5, 4.0, 0.0].map(even).to_vec(),
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

    /// Waits from none to twice the mean.
    fn even(mean: f32) -> [f32; TENTHS] {
        core::array::from_fn(|tenth| mean * tenth as f32 / 5.0)
    }

    #[test]
    fn waits_that_have_gone_by_do_not_come_again() {
        let bytes = rkyv::to_bytes::<Error>(&even(5.0)).unwrap();
        let waits = rkyv::access::<Waits, Error>(&bytes).unwrap();
        // Uniform from 0 to 10: a quarter of the way, half of the rest is left at 6¼.
        for (ago, gone_by, median) in [
            (-1.0, 0.0, 5.0),
            (2.5, 0.25, 6.25),
            (5.0, 0.5, 7.5),
            (99.0, 1.0, 10.0),
        ] {
            assert!((gone(waits, ago) - gone_by).abs() < 1e-6, "{ago}");
            assert!((due(waits, ago) - median).abs() < 1e-6, "{ago}");
        }
        let bytes = rkyv::to_bytes::<Error>(&even(0.0)).unwrap();
        let waits = rkyv::access::<Waits, Error>(&bytes).unwrap();
        assert_eq!(
            (gone(waits, -1.0), gone(waits, 0.0), due(waits, -1.0)),
            (0.0, 1.0, 0.0)
        );
    }

    #[test]
    fn each_step_is_conditional_on_the_one_before() {
        // 16 days on, a part of those who made the transfer (even over 10 weeks) had, of the others (18) fewer.
        let (scores, plan) = run(&journey(0.0), [16.0, NONE, NONE, 2.0]);
        let (transfer, card) = (0.5 * (1.0 - 16.0 / 70.0), 0.25 * (1.0 - 16.0 / 126.0));
        let all = transfer + card + 0.25;
        assert!((scores[1] - transfer / all).abs() < 1e-6 && (scores[2] - card / all).abs() < 1e-6);
        // Half of those who are left take it within 43 days, which is in 4 weeks; the card comes 2½ weeks later.
        let weeks: Vec<_> = plan.iter().map(|p| (p.score, p.week)).collect();
        assert_eq!(weeks, [(1, 4), (2, 7)]);
        assert!((plan[1].share - 0.6).abs() < 1e-6);
        // The transfer was made 30 days ago, longer than with most who then took a card.
        let (scores, plan) = run(&journey(0.0), [40.0, 30.0, NONE, 2.0]);
        let left = 0.6 * (1.0 - 30.0 / 7.0 / 5.0);
        assert!((scores[2] - left / (left + 0.4)).abs() < 1e-6);
        assert_eq!((scores[1], plan.len(), plan[0].week), (0.0, 1, 1));
        // It was made so long ago that all who went on had.
        let (scores, plan) = run(&journey(0.0), [90.0, 80.0, NONE, 2.0]);
        assert_eq!((scores, plan.len()), (vec![9.0, 0.0, 0.0], 0));
        // Everything is done.
        let (scores, plan) = run(&journey(0.0), [40.0, 30.0, 2.0, 2.0]);
        assert_eq!((scores, plan.len()), (vec![9.0, 0.0, 0.0], 0));
    }

    #[test]
    fn likeness_bends_the_shares() {
        let (scores, plan) = run(&journey(1.0), [0.0, NONE, NONE, 2.0]);
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
        lying.waits = vec![[f32::INFINITY; TENTHS]; 6];
        run(&lying, [NONE, NONE, NONE, 1.0]);
        lying.waits = vec![[f32::NAN; TENTHS]; 6];
        run(&lying, [NONE, NONE, NONE, 1.0]);
        lying.waits = vec![[f32::MIN; TENTHS]; 6];
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
