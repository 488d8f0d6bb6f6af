//! Pools: several models of one thing, as one score.
//!
//! Members are scores from 0 to 1, each with a weight. A pool is over those members that did score; when
//! none did, it refuses to score as well.

use rkyv::{Archive, Portable, Serialize, bytecheck::CheckBytes};

/// Several scores as one.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Pool {
    /// Its name in policies.
    pub id: String,
    /// What is made of the members' scores.
    pub combine: Combine,
    /// Whose scores.
    pub members: Vec<Member>,
}

/// A score of a pool.
#[derive(Archive, Serialize, Clone, Copy, Debug)]
pub struct Member {
    /// Position of the score, which no pool makes.
    pub score: u16,
    /// How much it counts, above zero; at most 1 where weights are not divided by their sum.
    pub weight: f32,
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
    /// What it makes of the bundle's scores; NaN when no member scored.
    pub(crate) fn score(&self, scores: &[f64]) -> f64 {
        let total: f64 = self.said(scores).map(|said| said.weight).sum();
        let terms = || self.said(scores).map(|said| said.weight * said.score);
        if total.is_nan() || total <= 0.0 {
            return f64::NAN;
        }
        match self.combine {
            Combine::Mean => terms().sum::<f64>() / total,
            Combine::LogOdds => {
                let product = |of: fn(f64) -> f64| {
                    let said = self.said(scores);
                    said.fold(1.0, |product, said| {
                        product * libm::pow(of(said.score), said.weight / total)
                    })
                };
                let (yes, no) = (product(|p| p), product(|p| 1.0 - p));
                yes / (yes + no)
            }
            Combine::Largest => {
                terms().fold(0.0, |most, term| if term > most { term } else { most })
            }
            Combine::Any => 1.0 - terms().fold(1.0, |none, term| none * (1.0 - term)),
        }
    }

    /// Position of the score that counts most for this customer: the largest *w p*, the first of several.
    pub(crate) fn loudest(&self, scores: &[f64]) -> Option<usize> {
        let mut loudest: Option<Said> = None;
        for said in self.said(scores) {
            let term = |said: Said| said.weight * said.score;
            if loudest.is_none_or(|most| term(said) > term(most)) {
                loudest = Some(said);
            }
        }
        loudest.map(|said| said.position)
    }

    /// The members that scored.
    fn said(&self, scores: &[f64]) -> impl Iterator<Item = Said> {
        self.members.iter().filter_map(|member| {
            let position = usize::from(member.score.to_native());
            let score = scores.get(position).copied()?;
            (!score.is_nan()).then(|| Said {
                position,
                weight: f64::from(member.weight.to_native()),
                score,
            })
        })
    }
}

/// What a member says of a customer.
#[derive(Clone, Copy)]
struct Said {
    position: usize,
    weight: f64,
    score: f64,
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
        let members = (0..).zip(weights);
        let pool = Pool {
            id: "made-up".to_owned(),
            combine,
            members: members
                .map(|(score, weight)| Member {
                    score,
                    weight: *weight,
                })
                .collect(),
        };
        let bytes = rkyv::to_bytes::<Error>(&pool).unwrap();
        let pool = rkyv::access::<ArchivedPool, Error>(&bytes).unwrap();
        (pool.score(scores), pool.loudest(scores))
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
                prop_assert!(!(after < before - 1e-12), "{combine:?}: {before} to {after}");
                if matches!(combine, Combine::Mean | Combine::LogOdds) && !before.is_nan() {
                    prop_assert!(before >= least - 1e-12 && before <= most + 1e-12);
                }
            }
        }
    }
}
