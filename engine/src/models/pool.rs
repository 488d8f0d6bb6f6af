//! Pools: several models of one thing, as one score.
//!
//! Members are scores from 0 to 1, each with a weight. A pool is over those members that did score; when
//! none did, it refuses to score as well.

use rkyv::{Archive, Portable, Serialize, bytecheck::CheckBytes};

/// Several scores as one: the only step of a model without inputs.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Pool {
    /// What is made of the members' scores.
    pub combine: Combine,
    /// Positions of the scores, which no pool makes.
    pub members: Vec<u16>,
    /// How much each counts, above zero; at most 1 where weights are not divided by their sum.
    pub weights: Vec<f32>,
}

/// What is made of scores *p* with weights *w*.
#[derive(Archive, Serialize, Portable, CheckBytes, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[repr(u8)]
pub enum Combine {
    /// The linear opinion pool (Stone 1961): Σ *w p*, the weights divided by their sum.
    #[default]
    Mean,
    /// The log-linear pool (Genest and Zidek 1986): log-odds that are the mean of the members' log-odds, the
    /// weights divided by their sum. Nothing when one member is sure of it and another of the contrary.
    LogOdds,
    /// The largest *w p*.
    Largest,
    /// The noisy or (Pearl 1988): 1 − ∏ (1 − *w p*).
    Any,
}

impl ArchivedPool {
    /// What it makes of the bundle's scores, and the position of the one that counts most for this customer: the
    /// largest *w p*, the first of several. Nothing when no member scored.
    #[inline(never)]
    pub(crate) fn score(&self, scores: &[f64]) -> Option<(f64, usize)> {
        let mut total = 0.0;
        self.each(scores, &mut |_, weight, _| total += weight);
        let (mut sum, mut none, mut yes, mut no) = (0.0, 1.0, 1.0, 1.0);
        let mut loudest: Option<(f64, usize)> = None;
        self.each(scores, &mut |position, weight, score| {
            let term = weight * score;
            sum += term;
            none *= 1.0 - term;
            if self.combine == Combine::LogOdds {
                yes *= libm::pow(score, weight / total);
                no *= libm::pow(1.0 - score, weight / total);
            }
            if loudest.is_none_or(|(most, _)| term > most) {
                loudest = Some((term, position));
            }
        });
        let (most, position) = loudest?;
        let score = match self.combine {
            Combine::Mean => sum / total,
            Combine::LogOdds => yes / (yes + no),
            Combine::Largest => most,
            Combine::Any => 1.0 - none,
        };
        Some((score, position))
    }

    /// Shows position, weight and score of each member that scored.
    fn each(&self, scores: &[f64], show: &mut dyn FnMut(usize, f64, f64)) {
        for (member, weight) in self.members.iter().zip(self.weights.iter()) {
            let position = usize::from(member.to_native());
            let score = scores.get(position).copied().unwrap_or(f64::NAN);
            if !score.is_nan() {
                show(position, f64::from(weight.to_native()), score);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rkyv::rancor::Error;

    use super::*;

    const ALL: [Combine; 4] = [
        Combine::Mean,
        Combine::LogOdds,
        Combine::Largest,
        Combine::Any,
    ];

    /// What a pool makes of scores, and which of them is the loudest.
    fn pooled(combine: Combine, weights: &[f32], scores: &[f64]) -> (f64, Option<usize>) {
        let pool = Pool {
            combine,
            members: (0..).take(weights.len()).collect(),
            weights: weights.to_vec(),
        };
        let bytes = rkyv::to_bytes::<Error>(&pool).unwrap();
        let pool = rkyv::access::<ArchivedPool, Error>(&bytes).unwrap();
        let (score, loudest) = pool.score(scores).unzip();
        (score.unwrap_or(f64::NAN), loudest)
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    /// Worked out by hand from the definitions.
    #[test]
    fn each_way_is_its_formula() {
        let of = |combine| pooled(combine, &[1.0, 0.5], &[0.2, 0.8]).0;
        assert!(near(of(Combine::Mean), 0.4));
        // Log-odds −ln 4 and ln 4, the first twice as heavy: −ln 4 / 3, so 1 / (1 + ∛4).
        assert!(near(of(Combine::LogOdds), 1.0 / (1.0 + 4f64.cbrt())));
        assert!(near(of(Combine::Largest), 0.4));
        assert!(near(of(Combine::Any), 1.0 - 0.8 * 0.6));
    }

    #[test]
    fn it_is_over_those_that_scored() {
        for combine in ALL {
            let alone = pooled(combine, &[0.5, 0.25], &[0.3, f64::NAN]);
            assert_eq!(alone, pooled(combine, &[0.5], &[0.3]));
            let (score, loudest) = pooled(combine, &[1.0, 1.0], &[f64::NAN, f64::NAN]);
            assert!(score.is_nan() && loudest.is_none());
            // No such score.
            assert!(pooled(combine, &[1.0, 1.0], &[]).0.is_nan());
        }
        let sure = pooled(Combine::LogOdds, &[1.0, 1.0], &[0.0, 1.0]);
        assert!(sure.0.is_nan());
        assert_eq!(sure.1, Some(1));
    }

    #[test]
    fn the_loudest_is_the_largest_weighted_score() {
        assert_eq!(pooled(Combine::Mean, &[2.0, 1.0], &[0.3, 0.5]).1, Some(0));
        assert_eq!(pooled(Combine::Mean, &[1.0, 1.0], &[0.3, 0.5]).1, Some(1));
        assert_eq!(pooled(Combine::Any, &[1.0, 1.0], &[0.5, 0.5]).1, Some(0));
    }

    proptest! {
        #[test]
        fn it_is_a_share_and_rises_with_each_member(
            members in prop::collection::vec((0.001f32..1.0, 0.0f64..=1.0), 2..6),
            position in any::<prop::sample::Index>(),
            more in 0.0f64..=1.0,
        ) {
            let (weights, scores): (Vec<f32>, Vec<f64>) = members.into_iter().unzip();
            let position = position.index(scores.len());
            let mut raised = scores.clone();
            raised[position] = raised[position].max(more);
            let (least, most) = scores.iter().fold((1.0f64, 0.0f64), |(a, b), p| (a.min(*p), b.max(*p)));
            for combine in ALL {
                let before = pooled(combine, &weights, &scores).0;
                let after = pooled(combine, &weights, &raised).0;
                prop_assert!(before.is_nan() || (0.0..=1.0).contains(&before));
                prop_assert!(before.is_nan() || after.is_nan() || after >= before - 1e-12, "{combine:?}: {before} to {after}");
                if matches!(combine, Combine::Mean | Combine::LogOdds) && !before.is_nan() {
                    prop_assert!(before >= least - 1e-12 && before <= most + 1e-12);
                }
            }
        }
    }
}
